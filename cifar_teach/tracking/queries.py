"""Reading the store: each function returns plain rows, a list of dicts, for a table, a chart or an export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .connecting import reading
from .problems import TrackingError
from .provenance import state_of
from .schema import table
from .store import ExperimentStore

if TYPE_CHECKING:
    from sqlalchemy import Engine

Row = dict[str, Any]

_RUNS = """SELECT r.*, d.name AS data_name, d.kind AS data_kind, d.is_synthetic, d.checksum, d.train_size, d.test_size,
    (SELECT COUNT(*) FROM "Model_Info" m WHERE m.run_id = r.run_id) AS models,
    (SELECT MAX(m.accuracy) FROM "Model_Info" m WHERE m.run_id = r.run_id) AS best_accuracy
FROM "Runs" r JOIN "Datasets" d ON d.dataset_id = r.dataset_id ORDER BY r.run_id"""

_MODELS = """SELECT m.*, r.name AS run_name, r.started_utc AS run_started_utc, r.profile, d.name AS data_name,
    d.is_synthetic, d.test_size, r.train_images,
    (SELECT COUNT(*) FROM "Epoch_Stats" e WHERE e.model_id = m.model_id) AS epochs
FROM "Model_Info" m JOIN "Runs" r ON r.run_id = m.run_id JOIN "Datasets" d ON d.dataset_id = m.dataset_id
ORDER BY m.model_id"""


def select(store: ExperimentStore, sql: str, **parameters: Any) -> list[Row]:
    """Return the rows of a query. Values go into ``:name`` places of ``sql``, never into its text.

    Dates come as :class:`datetime.datetime` where the database or the schema says so.

    Raises:
        TrackingError: the query cannot be run.
    """
    from sqlalchemy import text

    with reading(store.engine) as connection:
        return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]


def runs(store: ExperimentStore) -> list[Row]:
    """Return all runs, the oldest first.

    Columns: those of the table ``Runs`` (``run_id``, ``run_key``, ``name``, ``status``, ``seed``, ``dataset_id``,
    ``profile``, ``train_images``, ``validation_images``, ``git_revision``, ``command``, ``hardware``, ``versions``,
    ``machine``, ``process``, ``started_utc``, ``seen_utc``, ``finished_utc``, ``seconds``, ``cpu_seconds``);
    ``data_name``, ``data_kind``, ``is_synthetic``, ``checksum``, ``train_size``, ``test_size`` of the data set;
    ``models`` (how many); ``best_accuracy`` (None before the first is finished); and ``state``, which is the status,
    except that a run whose process is gone is ``interrupted``. :func:`export_tables` says what each column of a table
    holds.
    """
    return [
        {**row, "state": state_of(row["status"], row["machine"], row["process"], row["seen_utc"])}
        for row in _dated(store.engine, _RUNS, ("started_utc", "seen_utc", "finished_utc"))
    ]


def run(store: ExperimentStore, run_id: int) -> Row:
    """Return one run, as in :func:`runs`.

    Raises:
        TrackingError: there is no such run.
    """
    for row in runs(store):
        if row["run_id"] == run_id:
            return row
    raise TrackingError(f"There is no run {run_id} in this database. `cifar-teach runs list` shows what there is.")


def models(store: ExperimentStore, run_ids: Iterable[int] | None = None) -> list[Row]:
    """Return all models, or those of some runs, in the order in which they were entered.

    Columns: those of the table ``Model_Info`` (``model_id``, ``run_id``, ``dataset_id``, ``model_name``, ``seed``,
    ``status``, ``parameters``, ``parameters_not_trainable``, ``macs``, ``number_format``, ``recipe``,
    ``planned_epochs``, ``train_seconds``, ``train_cpu_seconds``, ``predict_seconds``, ``temperature``, ``accuracy``,
    ``accuracy_low``, ``accuracy_high``, ``macro_f1``, ``nll``, ``brier``, ``ece``, ``ece_calibrated``,
    ``started_utc``, ``finished_utc``); ``run_name``, ``run_started_utc``, ``profile``, ``train_images`` of the run;
    ``data_name``, ``is_synthetic``, ``test_size`` of the data set; and ``epochs``, how many were logged.
    """
    wanted = None if run_ids is None else set(run_ids)
    rows = _dated(store.engine, _MODELS, ("started_utc", "finished_utc", "run_started_utc"))
    return [row for row in rows if wanted is None or row["run_id"] in wanted]


def best_models(store: ExperimentStore) -> list[Row]:
    """Return the finished model with the highest accuracy on each data set, with the columns of :func:`models`.

    Models are only compared on the same test images; of equal ones the first wins.
    """
    best: dict[int, Row] = {}
    for row in models(store):
        leader = best.get(row["dataset_id"])
        if row["status"] == "finished" and (leader is None or row["accuracy"] > leader["accuracy"]):
            best[row["dataset_id"]] = row
    return list(best.values())


def epochs(store: ExperimentStore, model_ids: Sequence[int] | None = None) -> list[Row]:
    """Return the logged epochs of all models, or of some, in the order of models and epochs.

    Columns: those of the table ``Epoch_Stats``: ``model_id``, ``epoch`` (from 1), ``loss``, ``accuracy``, ``val_loss``,
    ``val_accuracy``, ``gap`` (``accuracy`` minus ``val_accuracy``), ``learning_rate``, ``seconds``, ``logged_utc``.
    """
    return _rows(store, "Epoch_Stats", model_ids, ("model_id", "epoch"))


def class_metrics(store: ExperimentStore, model_ids: Sequence[int] | None = None) -> list[Row]:
    """Return one row for each class of all finished models, or of some, in the order of models and classes.

    Columns: those of the view ``Class_Metrics``: ``model_id``, ``class_id``, ``class_index``, ``class_name``,
    ``support``, ``predicted_images``, ``hits``, ``precision``, ``recall``, ``f1``.
    """
    return _view_rows(store, "Class_Metrics", model_ids, ("model_id", "class_index"))


def confusion_matrix(store: ExperimentStore, model_ids: Sequence[int] | None = None) -> list[Row]:
    """Return one row for each cell of the confusion matrices of all finished models, or of some, empty cells too.

    Columns: those of the view ``Confusion_Matrix``: ``model_id``, ``true_class_id``, ``true_label``, ``true_class``,
    ``predicted_class_id``, ``predicted_label``, ``predicted_class``, ``images``.
    """
    return _view_rows(store, "Confusion_Matrix", model_ids, ("model_id", "true_label", "predicted_label"))


def classes(store: ExperimentStore) -> list[Row]:
    """Return the rows of ``Classes``."""
    return _rows(store, "Classes", None, ("dataset_id", "class_index"))


def mistakes(store: ExperimentStore, model_id: int, limit: int | None = None) -> list[Row]:
    """Return what a model got wrong, the surest mistakes first.

    Columns: ``image_index``, ``label``, ``predicted``, ``confidence``, ``calibrated_confidence``, ``true_class``,
    ``predicted_class``, ``png`` (bytes, or None when the picture was not kept).
    """
    rows = select(
        store,
        """SELECT p.image_index, p.label, p.predicted, p.confidence, p.calibrated_confidence,
    t.class_name AS true_class, g.class_name AS predicted_class, i.png
FROM "Predictions_Log" p
JOIN "Classes" t ON t.dataset_id = p.dataset_id AND t.class_index = p.label
JOIN "Classes" g ON g.dataset_id = p.dataset_id AND g.class_index = p.predicted
JOIN "Test_Images" i ON i.dataset_id = p.dataset_id AND i.image_index = p.image_index
WHERE p.model_id = :model_id AND p.correct = 0
ORDER BY p.confidence DESC, p.image_index""",
        model_id=model_id,
    )
    return rows if limit is None else rows[:limit]


def confidences(store: ExperimentStore, model_id: int) -> Mapping[str, np.ndarray]:
    """Return what calibration is measured from, for the test images of one model in their order.

    Returns:
        ``confidence`` float ``(n,)``, ``calibrated_confidence`` float ``(n,)`` (nan where there is none), ``correct``
        bool ``(n,)``, ``label`` and ``predicted`` int ``(n,)``.
    """
    log = table("Predictions_Log")
    names = ("confidence", "calibrated_confidence", "correct", "label", "predicted")
    chosen = log.select().with_only_columns(*(log.c[name] for name in names))
    with reading(store.engine) as connection:
        rows = connection.execute(chosen.where(log.c.model_id == model_id).order_by(log.c.image_index)).all()
    columns = list(zip(*rows)) or [()] * len(names)
    kinds = (float, float, bool, np.int64, np.int64)
    return {name: np.array(column, dtype=kind) for name, column, kind in zip(names, columns, kinds)}


def _rows(store: ExperimentStore, name: str, model_ids: Sequence[int] | None, order: Sequence[str]) -> list[Row]:
    found = table(name)
    chosen = found.select().order_by(*(found.c[column] for column in order))
    if model_ids is not None:
        chosen = chosen.where(found.c.model_id.in_(list(model_ids)))
    with reading(store.engine) as connection:
        return [dict(row) for row in connection.execute(chosen).mappings()]


def _view_rows(store: ExperimentStore, name: str, model_ids: Sequence[int] | None, order: Sequence[str]) -> list[Row]:
    rows = select(store, f'SELECT * FROM "{name}" ORDER BY {", ".join(order)}')
    wanted = None if model_ids is None else set(model_ids)
    return [row for row in rows if wanted is None or row["model_id"] in wanted]


def _dated(engine: Engine, sql: str, dates: Sequence[str]) -> list[Row]:
    """Run a query in plain SQL, whose dates SQLite would return as text."""
    from sqlalchemy import DateTime, text

    with reading(engine) as connection:
        query = text(sql).columns(**dict.fromkeys(dates, DateTime()))
        return [dict(row) for row in connection.execute(query).mappings()]
