"""The tables of the experiment store: a small star schema in which every row can say where it comes from.

``Runs`` and ``Datasets`` answer *who, when, on what*; ``Classes`` and ``Test_Images`` describe what is predicted;
``Model_Info``, ``Epoch_Stats`` and ``Predictions_Log`` hold the facts. ``Class_Metrics`` and ``Confusion_Matrix`` are
views (:mod:`.views`): they are counted from the predictions, so they can never contradict them.

Times are UTC without a time zone (columns ``*_utc``), durations are seconds, flags are 0 or 1, shares lie in 0..1, and
lists are JSON text, so that the same SQL runs on SQLite, PostgreSQL and SQL Server.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Column, MetaData, Table

SCHEMA_VERSION = 2
"""1: all tables and views. 2: ``Test_Images.png``, so that a dashboard can show what was taken for what."""

FIVE_TABLES = ("Model_Info", "Epoch_Stats", "Class_Metrics", "Confusion_Matrix", "Predictions_Log")
"""What a course on reporting works with; the derived ones, Class_Metrics and Confusion_Matrix, are views."""

RUN_STATES = ("running", "finished", "failed", "interrupted")


@cache
def metadata() -> MetaData:
    """Return the tables as SQLAlchemy's MetaData, in an order in which they can be created.

    Every column's ``doc`` says what it holds; the SQL scripts and the data dictionary are written from it.
    """
    from sqlalchemy import MetaData

    found = MetaData()
    for make in (_version, _datasets, _classes, _test_images, _runs, _model_info, _epoch_stats, _predictions_log):
        make(found)
    return found


def table(name: str) -> Table:
    """Return one table by name, for example ``table("Runs")``."""
    return metadata().tables[name]


def _version(found: MetaData) -> None:
    from sqlalchemy import DateTime, Integer, Table

    Table(
        "Schema_Version", found,
        _column("version", Integer, "version that was created or migrated to", primary_key=True, autoincrement=False),
        _column("applied_utc", DateTime, "when"),
        info={"doc": "Which versions of the schema this database has been through; the highest is its own."},
    )  # fmt: skip


def _datasets(found: MetaData) -> None:
    from sqlalchemy import BigInteger, Integer, SmallInteger, String, Table, Unicode, UniqueConstraint

    Table(
        "Datasets", found,
        _column("dataset_id", Integer, "key", primary_key=True),
        _column("name", Unicode(200), "what a reader is told, such as 'CIFAR-10'"),
        _column("kind", String(40), "cifar10, cifar10-jpeg, image-folder or synthetic"),
        _column("is_synthetic", SmallInteger, "1: drawn pictures, whose results say nothing about CIFAR-10"),
        _column("checksum", String(64), "SHA-256 of all images and labels of the source, before a subset is taken"),
        _column("train_size", Integer, "training images in use, validation included"),
        _column("test_size", Integer, "test images in use; what every confusion matrix adds up to"),
        _column("subset_seed", BigInteger, "seed that chose the images in use"),
        _column("num_classes", Integer, "number of classes"),
        UniqueConstraint("checksum", "train_size", "test_size", "subset_seed", name="one_row_per_dataset"),
        _check("is_synthetic IN (0, 1)", "is_synthetic_is_a_flag"),
        _check("train_size > 0 AND test_size > 0 AND num_classes > 1", "dataset_is_not_empty"),
        info={"doc": "The images that runs were trained and tested on."},
    )  # fmt: skip


def _classes(found: MetaData) -> None:
    from sqlalchemy import ForeignKey, Integer, Table, Unicode, UniqueConstraint

    Table(
        "Classes", found,
        _column("class_id", Integer, "key, unique over all data sets", primary_key=True),
        _column("dataset_id", Integer, "data set it belongs to", ForeignKey("Datasets.dataset_id")),
        _column("class_index", Integer, "position in the order of the probabilities, from 0"),
        _column("class_name", Unicode(100), "name, such as 'frog'"),
        UniqueConstraint("dataset_id", "class_index", name="one_class_per_index"),
        UniqueConstraint("dataset_id", "class_name", name="one_class_per_name"),
        _check("class_index >= 0", "class_index_counts_from_0"),
        info={"doc": "The classes of each data set."},
    )  # fmt: skip


def _test_images(found: MetaData) -> None:
    from sqlalchemy import ForeignKeyConstraint, Integer, LargeBinary, Table, UniqueConstraint

    Table(
        "Test_Images", found,
        _column("dataset_id", Integer, "data set", primary_key=True, autoincrement=False),
        _column("image_index", Integer, "position in the test set, from 0", primary_key=True, autoincrement=False),
        _column("label", Integer, "true class (Classes.class_index)"),
        _column("png", LargeBinary, "the picture as PNG; kept for some that a model got wrong", nullable=True),
        ForeignKeyConstraint(
            ["dataset_id", "label"], ["Classes.dataset_id", "Classes.class_index"], name="true_class_exists"
        ),
        UniqueConstraint("dataset_id", "image_index", "label", name="one_label_per_image"),
        info={"doc": "The test images and their true classes."},
    )  # fmt: skip


def _runs(found: MetaData) -> None:
    from sqlalchemy import BigInteger, DateTime, Float, ForeignKey, Integer, String, Table, Text, Unicode, UnicodeText
    from sqlalchemy import UniqueConstraint as Unique

    Table(
        "Runs", found,
        _column("run_id", Integer, "key", primary_key=True),
        _column("run_key", String(64), "what an interrupted run finds its row again by", unique=True),
        _column("name", Unicode(200), "what people call it"),
        _column("status", String(20), f"one of {', '.join(RUN_STATES)}"),
        _column("seed", BigInteger, "first training seed; the others stand in Model_Info"),
        _column("dataset_id", Integer, "data set", ForeignKey("Datasets.dataset_id")),
        _column("profile", String(40), "smoke, quick or full", nullable=True),
        _column("train_images", Integer, "images trained on, validation not included"),
        _column("validation_images", Integer, "images that only decide"),
        _column("git_revision", String(60), "commit of the code, '+changes' when files differed", nullable=True),
        _column("command", UnicodeText, "command line, without folders and passwords", nullable=True),
        _column("hardware", Text, "processor, cores, memory_gib, system, accelerators (JSON)"),
        _column("versions", Text, "Python, this package and its libraries (JSON)"),
        _column("machine", String(16), "digest of the computer's name: the same machine or not", nullable=True),
        _column("process", BigInteger, "process that writes this run", nullable=True),
        _column("started_utc", DateTime, "when it started"),
        _column("seen_utc", DateTime, "last sign of life: the last epoch or result"),
        _column("finished_utc", DateTime, "when it ended; NULL while it runs", nullable=True),
        _column("seconds", Float, "wall-clock seconds of work, summed over resumptions", nullable=True),
        _column("cpu_seconds", Float, "processor seconds of all cores, summed over resumptions", nullable=True),
        Unique("run_id", "dataset_id", name="run_has_one_dataset"),
        _check("status IN ('running', 'finished', 'failed', 'interrupted')", "run_status_is_known"),
        _check("seed >= 0", "run_seed_is_not_negative"),
        info={"doc": "One row per call of `cifar-teach run`: what made the results."},
    )  # fmt: skip


def _model_info(found: MetaData) -> None:
    from sqlalchemy import BigInteger, DateTime, Float, ForeignKeyConstraint, Integer, String, Table, Text, Unicode
    from sqlalchemy import UniqueConstraint as Unique

    shares = ("accuracy", "accuracy_low", "accuracy_high", "macro_f1", "ece", "ece_calibrated")
    Table(
        "Model_Info", found,
        _column("model_id", Integer, "key", primary_key=True),
        _column("run_id", Integer, "run that trained it"),
        _column("dataset_id", Integer, "data set, that of the run"),
        _column("model_name", Unicode(200), "network and way of training, such as 'tinynet:frozen'"),
        _column("seed", BigInteger, "seed of weights, order, augmentation and dropout"),
        _column("status", String(20), "running or finished"),
        _column("parameters", BigInteger, "numbers the network holds", nullable=True),
        _column("parameters_not_trainable", BigInteger, "those that training does not change", nullable=True),
        _column("macs", BigInteger, "multiply-adds for one answer, all views of the image together", nullable=True),
        _column("number_format", String(20), "number format of the training, such as float32", nullable=True),
        _column("recipe", Text, "how it was trained (JSON)", nullable=True),
        _column("planned_epochs", Integer, "epochs it was meant to be trained for; 0 for none", nullable=True),
        _column("train_seconds", Float, "wall-clock seconds of training", nullable=True),
        _column("train_cpu_seconds", Float, "processor seconds of training, all cores", nullable=True),
        _column("predict_seconds", Float, "wall-clock seconds for all test images", nullable=True),
        _column("temperature", Float, "fitted on validation images; divides the logits", nullable=True),
        _column("accuracy", Float, "share of test images that are right", nullable=True),
        _column("accuracy_low", Float, "lower end of the 95 % Wilson interval of accuracy", nullable=True),
        _column("accuracy_high", Float, "upper end of the 95 % Wilson interval of accuracy", nullable=True),
        _column("macro_f1", Float, "mean F1 over the classes", nullable=True),
        _column("nll", Float, "mean negative log-likelihood of the true class, in nats", nullable=True),
        _column("brier", Float, "mean Brier score, 0 to 2", nullable=True),
        _column("ece", Float, "expected calibration error before the temperature", nullable=True),
        _column("ece_calibrated", Float, "expected calibration error after the temperature", nullable=True),
        _column("started_utc", DateTime, "when its training started"),
        _column("finished_utc", DateTime, "when its results were complete; NULL before", nullable=True),
        ForeignKeyConstraint(
            ["run_id", "dataset_id"], ["Runs.run_id", "Runs.dataset_id"],
            name="model_belongs_to_run", ondelete="CASCADE",
        ),
        Unique("run_id", "model_name", "seed", name="one_model_per_run_and_seed"),
        Unique("model_id", "dataset_id", name="model_has_one_dataset"),
        _check("seed >= 0", "model_seed_is_not_negative"),
        _check("status IN ('running', 'finished')", "model_status_is_known"),
        _check("status = 'running' OR accuracy IS NOT NULL", "finished_model_has_accuracy"),
        _check("parameters >= 0 AND macs >= 0", "costs_are_not_negative"),
        *(_check(f"{name} >= 0 AND {name} <= 1", f"{name}_is_a_share") for name in shares),
        # SQL Server refuses INSERT ... OUTPUT on a table with triggers; the new key is asked for in another way.
        implicit_returning=False,
        info={"doc": "One row per trained network (and per vote): what it is, what it costs, how well it does."},
    )  # fmt: skip


def _epoch_stats(found: MetaData) -> None:
    from sqlalchemy import Computed, DateTime, Float, ForeignKey, Integer, Table

    Table(
        "Epoch_Stats", found,
        _column(
            "model_id", Integer, "model", ForeignKey("Model_Info.model_id", ondelete="CASCADE"),
            primary_key=True, autoincrement=False,
        ),
        _column("epoch", Integer, "number of the epoch, from 1", primary_key=True, autoincrement=False),
        _column("loss", Float, "mean training loss while the weights still moved"),
        _column("accuracy", Float, "training accuracy, measured on the augmented batches"),
        _column("val_loss", Float, "loss on the validation images after the epoch", nullable=True),
        _column("val_accuracy", Float, "accuracy on the validation images after the epoch", nullable=True),
        _column(
            "gap", Float, "generalisation gap: accuracy minus val_accuracy (computed)",
            Computed("accuracy - val_accuracy", persisted=True), nullable=True,
        ),
        _column("learning_rate", Float, "learning rate of the first step", nullable=True),
        _column("seconds", Float, "duration, validation included", nullable=True),
        _column("logged_utc", DateTime, "when the row was written"),
        _check("epoch >= 1", "epochs_count_from_1"),
        _check("accuracy >= 0 AND accuracy <= 1", "train_accuracy_is_a_share"),
        _check("val_accuracy >= 0 AND val_accuracy <= 1", "val_accuracy_is_a_share"),
        info={"doc": "One row per model and epoch, written as the epoch ends."},
    )  # fmt: skip


def _predictions_log(found: MetaData) -> None:
    from sqlalchemy import Computed, Float, ForeignKeyConstraint, Index, Integer, Table, Text

    Table(
        "Predictions_Log", found,
        _column("model_id", Integer, "model", primary_key=True, autoincrement=False),
        _column("image_index", Integer, "position in the test set, from 0", primary_key=True, autoincrement=False),
        _column("dataset_id", Integer, "data set, that of the model"),
        _column("label", Integer, "true class (Classes.class_index), that of the image"),
        _column("predicted", Integer, "most probable class (Classes.class_index)"),
        _column("confidence", Float, "probability given to the predicted class"),
        _column("calibrated_confidence", Float, "the same after temperature scaling", nullable=True),
        _column(
            "correct", Integer, "1 when predicted is label, else 0 (computed)",
            Computed("CASE WHEN label = predicted THEN 1 ELSE 0 END", persisted=True),
        ),
        _column("probabilities", Text, "of all classes in their order (JSON), when they were kept", nullable=True),
        ForeignKeyConstraint(
            ["model_id", "dataset_id"], ["Model_Info.model_id", "Model_Info.dataset_id"],
            name="prediction_belongs_to_model", ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["dataset_id", "image_index", "label"],
            ["Test_Images.dataset_id", "Test_Images.image_index", "Test_Images.label"],
            name="label_is_that_of_the_image",
        ),
        ForeignKeyConstraint(
            ["dataset_id", "predicted"], ["Classes.dataset_id", "Classes.class_index"], name="predicted_class_exists"
        ),
        Index("predictions_by_cell", "model_id", "label", "predicted"),
        _check("confidence >= 0 AND confidence <= 1", "confidence_is_a_share"),
        _check("calibrated_confidence >= 0 AND calibrated_confidence <= 1", "calibrated_confidence_is_a_share"),
        info={"doc": "One row per model and test image."},
    )  # fmt: skip


def _column(name: str, kind: object, doc: str, *more: object, nullable: bool = False, **options: object) -> Column:
    """Return a column with its documentation; NOT NULL unless said otherwise."""
    from sqlalchemy import Column

    return Column(name, kind, *more, doc=doc, nullable=nullable, **options)


def _check(condition: str, name: str) -> object:
    """Return a named CHECK constraint: the name is what a refused row is told."""
    from sqlalchemy import CheckConstraint

    return CheckConstraint(condition, name=name)
