"""Was the ensemble worth it? Everything needed to answer, in one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..evaluate import (
    BootstrapResult,
    McNemarResult,
    accuracy,
    apply_temperature,
    expected_calibration_error,
    fit_temperature,
    mcnemar,
    negative_log_likelihood,
    paired_bootstrap,
    wilson_interval,
)
from ..exceptions import DataError
from .costs import COSTS, as_costs, total
from .diversity import disagreement, error_correlation, leave_one_out
from .inputs import as_labels_and_members, as_names, as_weights
from .voting import fit_weights, soft_vote
from .words import remarks, verdict


@dataclass(frozen=True)
class MemberReport:
    """One member of an ensemble.

    Attributes:
        name: as given.
        weight: its say in the vote, 0..1.
        accuracy: of the member alone on the test images, 0..1.
        interval: 95 % Wilson interval of that accuracy.
        validation_accuracy: of the member alone on the validation images, 0..1.
        value: accuracy of the vote minus that of the vote without this member, with paired 95 % interval.
        cost: ``train_seconds``, ``predict_seconds``, ``params`` and ``macs``; None where unknown.
    """

    name: str
    weight: float
    accuracy: float
    interval: tuple[float, float]
    validation_accuracy: float
    value: BootstrapResult
    cost: dict[str, float | None]


@dataclass(frozen=True)
class EnsembleReport:
    """Quality and cost of an ensemble on one test set, from :func:`assess`.

    Attributes:
        members: one entry for each member, in the order given.
        fitted: whether the weights were fitted on the validation images; otherwise they were given.
        accuracy: share of right answers of the vote, 0..1.
        interval: 95 % Wilson interval of the accuracy.
        best_single: the member with the highest accuracy on the *validation* images: what one would use instead.
        gain: accuracy of the vote minus that of ``best_single``, with paired 95 % interval.
        mcnemar: McNemar's test of the same difference.
        over_equal: accuracy of the vote minus that of a vote with equal weights, with paired 95 % interval.
        temperature: fitted on the validation images after the vote; above 1 when the vote is too sure.
        ece: expected calibration error of the vote in 15 bins, 0..1.
        ece_calibrated: the same after the temperature.
        nll: negative log-likelihood of the vote, nats.
        nll_calibrated: the same after the temperature.
        error_correlation: float64 ``(members, members)``, see :func:`error_correlation`.
        disagreement: float64 ``(members, members)``, see :func:`disagreement`.
        cost: sum over the members of each cost; None where it is unknown of any member. Members that share a
            backbone or its features can be cheaper together than this sum.
        n_test: number of test images.
        n_validation: number of validation images.
    """

    members: tuple[MemberReport, ...]
    fitted: bool
    accuracy: float
    interval: tuple[float, float]
    best_single: MemberReport
    gain: BootstrapResult
    mcnemar: McNemarResult
    over_equal: BootstrapResult
    temperature: float
    ece: float
    ece_calibrated: float
    nll: float
    nll_calibrated: float
    error_correlation: np.ndarray
    disagreement: np.ndarray
    cost: dict[str, float | None]
    n_test: int
    n_validation: int

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members, in the order given."""
        return tuple(member.name for member in self.members)

    @property
    def weights(self) -> np.ndarray:
        """Weights of the vote, float64 ``(members,)``, sum 1."""
        return np.array([member.weight for member in self.members])

    @property
    def verdict(self) -> str:
        """One sentence with numbers, such as that the vote helps, does not help measurably, or does harm."""
        return verdict(self)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about weights and members that make no measurable difference; often there is none."""
        return remarks(self)

    def to_dict(self) -> dict[str, object]:
        """Return plain numbers, lists and strings, ready for ``json.dump``; an undefined correlation is None."""
        entry = asdict(self)
        correlation = self.error_correlation.astype(object)
        correlation[np.isnan(self.error_correlation)] = None
        return {
            **entry,
            "members": [{**member, "interval": list(member["interval"])} for member in entry["members"]],
            "interval": list(self.interval),
            "best_single": self.best_single.name,
            "error_correlation": correlation.tolist(),
            "disagreement": self.disagreement.tolist(),
            "verdict": self.verdict,
            "remarks": list(self.remarks),
        }


def assess(
    labels: ArrayLike,
    members: Sequence[ArrayLike],
    names: Sequence[str],
    *,
    validation_labels: ArrayLike,
    validation_members: Sequence[ArrayLike],
    weights: ArrayLike | None = None,
    costs: Sequence[Mapping[str, object]] | None = None,
    seed: int = 0,
) -> EnsembleReport:
    """Compare a soft vote with the best of its members, and count what it costs.

    The validation images decide everything that is decided: the weights, the member to beat and the
    temperature. The test images are only counted. Taking the member that is best on the *test* images would be
    a choice made on them, and picking the weights there would flatter the ensemble.

    Args:
        labels: true classes of the test images, int ``(n,)``.
        members: for each model its probabilities of the test images, ``(n, classes)``; rows sum to 1.
        names: one name for each member, all different.
        validation_labels: true classes of validation images that no member was trained on, int ``(m,)``.
        validation_members: for each model, in the same order, its probabilities ``(m, classes)`` of these.
        weights: for each model its say in the vote, 0 or more; None: :func:`fit_weights` on the validation images.
        costs: for each model a mapping with any of ``train_seconds``, ``predict_seconds``, ``params`` and
            ``macs``; other keys are ignored, so the entries under ``models`` in ``report.json`` fit.
        seed: seed of the bootstrap.

    Raises:
        DataError: fewer than two members, wrong shapes, values, weights, costs or lengths, names that occur
            twice, or test images given as validation images.

    Source:
        Vote first, temperature afterwards: Rahaman & Thiery (2021), "Uncertainty quantification and deep
        ensembles", since the mean of calibrated members is not sure enough.
    """
    labels, stacked = as_labels_and_members(labels, members)
    validation_labels, validation = as_labels_and_members(validation_labels, validation_members)
    _check_pair(stacked, validation)
    names, costs = as_names(names, len(stacked)), as_costs(costs, len(stacked))
    fitted = weights is None
    weights = fit_weights(validation_labels, validation) if fitted else as_weights(weights, len(stacked))

    vote, validation_vote = soft_vote(stacked, weights), soft_vote(validation, weights)
    temperature = fit_temperature(validation_labels, validation_vote)
    calibrated = apply_temperature(vote, temperature)
    right = vote.argmax(axis=1) == labels
    right_alone = stacked.argmax(axis=2) == labels
    best = _best_on_validation(validation_labels, validation)
    values = leave_one_out(labels, stacked, weights, seed=seed)
    entries = tuple(
        MemberReport(
            name=names[index],
            weight=float(weights[index]),
            accuracy=float(right_alone[index].mean()),
            interval=wilson_interval(int(right_alone[index].sum()), len(labels)),
            validation_accuracy=accuracy(validation_labels, validation[index].argmax(axis=1)),
            value=values[index],
            cost=costs[index],
        )
        for index in range(len(stacked))
    )
    return EnsembleReport(
        members=entries,
        fitted=fitted,
        accuracy=float(right.mean()),
        interval=wilson_interval(int(right.sum()), len(labels)),
        best_single=entries[best],
        gain=paired_bootstrap(right, right_alone[best], seed=seed),
        mcnemar=mcnemar(right, right_alone[best]),
        over_equal=paired_bootstrap(right, soft_vote(stacked).argmax(axis=1) == labels, seed=seed),
        temperature=temperature,
        ece=expected_calibration_error(labels, vote),
        ece_calibrated=expected_calibration_error(labels, calibrated),
        nll=negative_log_likelihood(labels, vote),
        nll_calibrated=negative_log_likelihood(labels, calibrated),
        error_correlation=error_correlation(labels, stacked),
        disagreement=disagreement(labels, stacked),
        cost={key: total(costs, key) for key in COSTS},
        n_test=len(labels),
        n_validation=len(validation_labels),
    )


def _best_on_validation(labels: np.ndarray, stacked: np.ndarray) -> int:
    """Return the index of the most accurate member; of equals the one with the lower loss."""
    ranks = [(-accuracy(labels, member.argmax(axis=1)), negative_log_likelihood(labels, member)) for member in stacked]
    return ranks.index(min(ranks))


def _check_pair(test: np.ndarray, validation: np.ndarray) -> None:
    """Raise DataError when the answers to the validation images cannot come from the same members."""
    if len(test) != len(validation) or test.shape[2] != validation.shape[2]:
        raise DataError(
            f"Test and validation need the same members and classes, but there are {len(test)} members with "
            f"{test.shape[2]} classes on test and {len(validation)} with {validation.shape[2]} on validation."
        )
    if np.array_equal(test, validation):
        raise DataError(
            "The validation probabilities are the test probabilities. Weights and temperature fitted on test images "
            "make the ensemble look better than it is: set validation images aside from the training images."
        )
