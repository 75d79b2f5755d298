"""The verdict on an ensemble: right when it helps, and honest when it does not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cifar_teach import evaluate
from cifar_teach.ensemble import EnsembleReport, assess, fit_weights, soft_vote
from cifar_teach.exceptions import DataError

NAMES = ("baseline", "fastnet", "tinynet")
SKILLS = (2.6, 3.2, 3.3)
COSTS = (
    {"train_seconds": 75, "predict_seconds": 1, "params": 400_000, "macs": 12e6},
    {"train_seconds": 280, "predict_seconds": 3, "params": 900_000, "macs": 41e6},
    {"train_seconds": 300, "predict_seconds": 4, "params": 1_900_000, "macs": 60e6},
)


@pytest.fixture
def data(draw) -> dict[str, object]:
    """Arguments of ``assess``: three members that make partly different errors."""
    labels, members = draw(3000, SKILLS, seed=1)
    validation_labels, validation = draw(800, SKILLS, seed=2)
    return {
        "labels": labels,
        "members": members,
        "names": NAMES,
        "validation_labels": validation_labels,
        "validation_members": validation,
    }


def copies(members: list[np.ndarray], index: int) -> list[np.ndarray]:
    """Three times the same member: an ensemble that cannot gain anything."""
    return [members[index]] * 3


def test_every_number_is_what_evaluate_says_about_the_vote(data) -> None:
    report = assess(**data)
    labels, members = data["labels"], data["members"]
    weights = fit_weights(data["validation_labels"], data["validation_members"])
    vote = soft_vote(members, weights)
    result = evaluate.evaluate(labels, vote, [str(i) for i in range(10)])
    assert report.weights == pytest.approx(weights)
    assert (report.accuracy, report.interval) == (result.accuracy, result.interval)
    assert (report.ece, report.nll) == (result.ece, result.nll)
    assert (report.n_test, report.n_validation) == (3000, 800)
    right = vote.argmax(axis=1) == labels
    best = members[NAMES.index(report.best_single.name)].argmax(axis=1) == labels
    assert report.gain == evaluate.paired_bootstrap(right, best)
    assert report.mcnemar == evaluate.mcnemar(right, best)
    for member, probabilities in zip(report.members, members, strict=True):
        assert member.accuracy == evaluate.accuracy(labels, probabilities.argmax(axis=1))


def test_members_with_errors_of_their_own_help(data) -> None:
    report = assess(**data)
    assert report.gain.low > 0.02
    assert report.verdict.startswith(f"The ensemble helps: {100 * report.accuracy:.1f} % on 3,000 images against ")
    assert "McNemar p < 0.001" in report.verdict


def test_copies_of_one_member_do_not_help(data) -> None:
    data |= {key: copies(data[key], 2) for key in ("members", "validation_members")}
    report = assess(**data)
    assert report.gain.difference == 0
    assert report.verdict.startswith("The ensemble does not help measurably: ")
    assert "; 0.0 points (95 % interval 0.0 to 0.0, McNemar p = 1.000)" in report.verdict
    assert "Equal weights do as well" in report.remarks[0]
    assert [remark.split()[1] for remark in report.remarks[1:]] == list(NAMES)


def test_a_vote_led_by_the_worst_member_does_harm(data) -> None:
    report = assess(**data, weights=[0.96, 0.02, 0.02])
    assert report.verdict.startswith("The ensemble does harm: ")
    assert report.gain.high < 0
    assert not report.fitted
    assert any(remark.startswith("Without baseline the vote is better") for remark in report.remarks)


def test_given_weights_are_used_and_never_called_fitted(data) -> None:
    report = assess(**data, weights=[1, 1, 2])
    assert report.weights == pytest.approx([0.25, 0.25, 0.5])
    assert not any("Equal weights" in remark for remark in report.remarks)


def test_the_member_to_beat_is_chosen_on_validation(data) -> None:
    """The member that happens to lead on the test images must not become the rival."""
    first, second, third = data["validation_members"]
    data["validation_members"] = [third, second, first]
    report = assess(**data)
    assert report.best_single.name == "baseline"
    assert report.best_single.accuracy < max(member.accuracy for member in report.members)


def test_equal_validation_accuracy_is_settled_by_the_loss(data) -> None:
    member = data["validation_members"][1]
    timid = 0.5 * member + 0.05
    data["validation_members"] = [timid, member, timid]
    assert assess(**data).best_single.name == "fastnet"


def test_the_test_labels_decide_nothing(data) -> None:
    """Other test labels change the scores, but neither weights nor temperature nor rival."""
    report = assess(**data)
    other = assess(**data | {"labels": np.random.default_rng(0).permutation(data["labels"])})
    assert other.accuracy < 0.2
    assert other.weights.tolist() == report.weights.tolist()
    assert other.temperature == report.temperature
    assert other.best_single.name == report.best_single.name


def test_the_temperature_repairs_the_calibration_of_the_vote(data) -> None:
    report = assess(**data)
    # A mean of opinions is less sure than each of them, so these votes need sharpening.
    assert report.temperature < 0.9
    assert report.ece_calibrated < 0.5 * report.ece
    assert report.nll_calibrated < report.nll


def test_costs_add_up(data) -> None:
    report = assess(**data, costs=COSTS)
    assert report.cost == {"train_seconds": 655, "predict_seconds": 8, "params": 3_200_000, "macs": 113e6}
    ratio = 113e6 / report.best_single.cost["macs"]
    assert report.verdict.endswith(f", at {ratio:.1f} times its multiply-adds.")


def test_an_unknown_cost_is_not_a_cost_of_zero(data) -> None:
    costs = [{"train_seconds": 1, "macs": 5, "model": "ignored"}, {"train_seconds": 2, "macs": None}, {"macs": 3}]
    report = assess(**data, costs=costs)
    assert report.cost == dict.fromkeys(("train_seconds", "predict_seconds", "params", "macs"))
    assert "times" not in report.verdict
    assert set(assess(**data).cost.values()) == {None}


def test_it_survives_json(data) -> None:
    data["members"][0] = np.eye(10)[data["labels"]]  # no errors: its correlation is undefined
    report = assess(**data, costs=COSTS)
    assert np.isnan(report.error_correlation[0]).all()
    entry = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert entry["error_correlation"][0] == [None, None, None]
    assert entry["error_correlation"][1][2] == pytest.approx(report.error_correlation[1, 2])
    assert entry["best_single"] == report.best_single.name
    assert entry["members"][1]["name"] == "fastnet"
    assert entry["members"][1]["value"]["difference"] == report.members[1].value.difference
    assert entry["gain"] == {"difference": report.gain.difference, "low": report.gain.low, "high": report.gain.high}
    assert (entry["verdict"], tuple(entry["remarks"])) == (report.verdict, report.remarks)
    assert set(entry) == {*EnsembleReport.__dataclass_fields__, "verdict", "remarks"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"names": ("a", "b")}, "2 names but 3 members"),
        ({"names": ("a", "b", "a")}, "'a' stands for more than one member"),
        ({"labels": np.zeros(5, dtype=int)}, "5 labels but 3000 rows"),
        ({"validation_labels": np.zeros(5, dtype=int)}, "5 labels but 800 rows"),
        ({"weights": [1, 2]}, "one weight for each of 3"),
        ({"costs": COSTS[:2]}, "2 costs but 3 members"),
        ({"costs": [*COSTS[:2], {"macs": -1}]}, "'macs' of member 2 must be a number of 0 or more, but it is -1"),
        ({"costs": [*COSTS[:2], {"macs": "many"}]}, "but it is 'many'"),
    ],
)
def test_bad_input_is_refused(data, changes, message) -> None:
    with pytest.raises(DataError, match=message):
        assess(**data | changes)


def test_validation_must_have_the_same_members(data) -> None:
    data["validation_members"] = data["validation_members"][:2]
    with pytest.raises(DataError, match="3 members with 10 classes on test and 2 with 10"):
        assess(**data)


def test_test_images_are_no_validation_images(data) -> None:
    data |= {"validation_labels": data["labels"], "validation_members": data["members"]}
    with pytest.raises(DataError, match="make the ensemble look better than it is"):
        assess(**data)
