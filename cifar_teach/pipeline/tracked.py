"""What a run of the workflow enters in the experiment store, when it is given one."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data import Dataset, LabelledImages
from ..environment import hardware, versions
from ..evaluate import evaluate, expected_calibration_error
from ..exceptions import CifarTeachError
from ..files import replacing
from ..train.resume import fingerprint
from .contenders import Plan
from .members import Member

if TYPE_CHECKING:
    import keras

    from ..tracking.store import ExperimentStore
    from .workflow import RunSettings

KEY_FILE = "tracking.json"
"""Lies in the run's folder and says which row of a database is this run."""


class RunLog:
    """Enters the networks of one run; without a store it does nothing.

    Args:
        store: the database, or None.
        run_id: the run in it.
        data: supplies test images, labels and class names.
        keep_probabilities: keep the probabilities of all classes for each test image.
    """

    def __init__(
        self,
        store: ExperimentStore | None = None,
        run_id: int = 0,
        data: Dataset | None = None,
        keep_probabilities: bool = False,
    ) -> None:
        self.store, self.run_id, self.data, self.keep_probabilities = store, run_id, data, keep_probabilities

    def callbacks(self, plan: Plan, seed: int) -> tuple[keras.callbacks.Callback, ...]:
        """Enter a network whose training begins, and return what logs its epochs."""
        if self.store is None:
            return ()
        from ..tracking.logging import epoch_logger

        label, epochs = plan.contender.label, plan.epochs
        return (epoch_logger(self.store, self.store.start_model(self.run_id, label, seed, planned_epochs=epochs)),)

    def finish(self, member: Member) -> None:
        """Enter all that is known about a trained network, or a vote, unless it was entered before."""
        if self.store is None:
            return
        model_id = self.store.start_model(self.run_id, member.model, member.seed, planned_epochs=len(member.history))
        if self.store.is_finished(model_id):
            return
        test, calibrated = self.data.test, member.calibrated_test_probabilities
        self.store.complete_epochs(model_id, member.history)
        self.store.log_predictions(
            model_id, member.test_probabilities,
            calibrated=calibrated, images=test.images, keep_probabilities=self.keep_probabilities,
        )  # fmt: skip
        scores = evaluate(test.labels, member.test_probabilities, self.data.class_names)
        self.store.finish_model(
            model_id,
            parameters=member.parameters,
            parameters_not_trainable=member.parameters_not_trainable,
            macs=member.macs * member.recipe.get("test_views", 1),
            number_format=member.precision,
            recipe=member.recipe,
            train_seconds=member.train_seconds,
            train_cpu_seconds=member.train_cpu_seconds,
            predict_seconds=member.predict_seconds,
            temperature=member.temperature,
            nll=scores.nll,
            brier=scores.brier,
            ece=scores.ece,
            ece_calibrated=expected_calibration_error(test.labels, calibrated),
        )


@contextmanager
def logged_run(
    store: ExperimentStore | None,
    settings: RunSettings,
    data: Dataset,
    train: LabelledImages,
    validation: LabelledImages,
    plans: Sequence[Plan],
    seeds: Sequence[int],
) -> Iterator[RunLog]:
    """Enter a run, yield its :class:`RunLog`, and close the run as finished, interrupted or failed.

    The same settings in the same folder are the same run: after a kill, or when it is simply called again, it goes on
    with its rows and enters nothing twice.

    Args:
        store: the database; None for a run that is not entered anywhere.
        settings: how the workflow was called.
        data: the images and where they come from.
        train, validation: the parts of its training images.
        plans: what is trained, and how.
        seeds: training seeds.
    """
    if store is None:
        yield RunLog()
        return
    out = Path(settings.out).expanduser()
    what = fingerprint(
        versions(), [[plan.contender.label, plan.to_dict()] for plan in plans], list(seeds), settings.profile,
        settings.ensemble, settings.distill, data.provenance.to_dict() | {"origin": None},
    )  # fmt: skip
    run_id = store.start_run(
        _key(out / KEY_FILE, what),
        name=settings.name or out.resolve().name,
        seed=seeds[0],
        data=data.provenance,
        class_names=data.class_names,
        test_labels=data.test.labels,
        train_images=len(train.labels),
        validation_images=len(validation.labels),
        hardware=hardware(),
        versions=versions(),
        profile=settings.profile,
        command=settings.command or None,
    )
    started, cpu_started = time.perf_counter(), time.process_time()

    def spent() -> dict[str, Any]:
        return {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu_started}

    try:
        yield RunLog(store, run_id, data, settings.keep_probabilities)
    except BaseException as problem:
        stopped = isinstance(problem, KeyboardInterrupt | SystemExit)
        with suppress(CifarTeachError):  # a database that is gone must not hide what went wrong first
            store.finish_run(run_id, status="interrupted" if stopped else "failed", **spent())
        raise
    store.finish_run(run_id, **spent())


def _key(path: Path, what: str) -> str:
    """Return the key kept in ``path`` when it belongs to these settings; otherwise make one and keep it there."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        if known["settings"] == what:
            return str(known["key"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none yet, or damaged
    key = uuid.uuid4().hex
    with replacing(path) as draft:
        draft.write_text(json.dumps({"settings": what, "key": key}) + "\n", encoding="utf-8")
    return key
