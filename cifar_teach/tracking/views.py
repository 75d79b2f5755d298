"""What is derived from the tables: two views, and rules that no column constraint can express.

The views are the same plain SQL on SQLite, PostgreSQL and SQL Server. The rules need triggers, which each database
writes in its own way.
"""

from __future__ import annotations

from typing import NamedTuple

from .schema import FIVE_TABLES

SUPPORTED = ("sqlite", "postgresql", "mssql")
"""SQLAlchemy's names of the dialects."""


class ViewColumn(NamedTuple):
    """One column of a view.

    Attributes:
        name: as in SQL.
        kind: ``integer``, ``float`` or ``text``.
        doc: what it holds.
    """

    name: str
    kind: str
    doc: str


class View(NamedTuple):
    """A view: its columns in their order, its query, and what one row is."""

    name: str
    doc: str
    columns: tuple[ViewColumn, ...]
    query: str


_CELLS = """(
    SELECT model_id, label, predicted, COUNT(*) AS images
    FROM "Predictions_Log"
    GROUP BY model_id, label, predicted
)"""
"""Only the cells that are not empty; a covering index counts them without reading the predictions."""

CONFUSION_MATRIX = View(
    "Confusion_Matrix",
    "One row per finished model, true class and predicted class, empty cells included. It adds up to the test size.",
    (
        ViewColumn("model_id", "integer", "model"),
        ViewColumn("true_class_id", "integer", "true class (Classes.class_id)"),
        ViewColumn("true_label", "integer", "true class (Classes.class_index)"),
        ViewColumn("true_class", "text", "name of the true class"),
        ViewColumn("predicted_class_id", "integer", "predicted class (Classes.class_id)"),
        ViewColumn("predicted_label", "integer", "predicted class (Classes.class_index)"),
        ViewColumn("predicted_class", "text", "name of the predicted class"),
        ViewColumn("images", "integer", "test images in this cell"),
    ),
    f"""SELECT m.model_id,
    t.class_id AS true_class_id, t.class_index AS true_label, t.class_name AS true_class,
    p.class_id AS predicted_class_id, p.class_index AS predicted_label, p.class_name AS predicted_class,
    COALESCE(c.images, 0) AS images
FROM "Model_Info" m
JOIN "Classes" t ON t.dataset_id = m.dataset_id
JOIN "Classes" p ON p.dataset_id = m.dataset_id
LEFT JOIN {_CELLS} c ON c.model_id = m.model_id AND c.label = t.class_index AND c.predicted = p.class_index
WHERE m.status = 'finished'""",
)

CLASS_METRICS = View(
    "Class_Metrics",
    "One row per finished model and class.",
    (
        ViewColumn("model_id", "integer", "model"),
        ViewColumn("class_id", "integer", "class (Classes.class_id)"),
        ViewColumn("class_index", "integer", "class, position in the order of the probabilities"),
        ViewColumn("class_name", "text", "name of the class"),
        ViewColumn("support", "integer", "test images of this class"),
        ViewColumn("predicted_images", "integer", "test images taken for this class"),
        ViewColumn("hits", "integer", "test images of this class taken for it"),
        ViewColumn("precision", "float", "hits / predicted_images; 0 when there are none"),
        ViewColumn("recall", "float", "hits / support; 0 when there are none"),
        ViewColumn("f1", "float", "2 hits / (support + predicted_images); 0 when there are none"),
    ),
    f"""SELECT k.model_id, k.class_id, k.class_index, k.class_name, k.support, k.predicted_images, k.hits,
    CASE WHEN k.predicted_images = 0 THEN 0.0 ELSE CAST(k.hits AS FLOAT) / k.predicted_images END AS "precision",
    CASE WHEN k.support = 0 THEN 0.0 ELSE CAST(k.hits AS FLOAT) / k.support END AS recall,
    CASE WHEN k.support + k.predicted_images = 0 THEN 0.0
         ELSE 2 * CAST(k.hits AS FLOAT) / (k.support + k.predicted_images) END AS f1
FROM (
    SELECT m.model_id, t.class_id, t.class_index, t.class_name,
        CAST(SUM(CASE WHEN c.label = t.class_index THEN c.images ELSE 0 END) AS INTEGER) AS support,
        CAST(SUM(CASE WHEN c.predicted = t.class_index THEN c.images ELSE 0 END) AS INTEGER) AS predicted_images,
        CAST(SUM(CASE WHEN c.label = t.class_index AND c.predicted = t.class_index
                      THEN c.images ELSE 0 END) AS INTEGER) AS hits
    FROM "Model_Info" m
    JOIN "Classes" t ON t.dataset_id = m.dataset_id
    JOIN {_CELLS} c ON c.model_id = m.model_id
    WHERE m.status = 'finished'
    GROUP BY m.model_id, t.class_id, t.class_index, t.class_name
) k""",
)

VIEWS = (CONFUSION_MATRIX, CLASS_METRICS)

_INCOMPLETE = "a finished model needs one prediction for every test image"
_FINAL = "the predictions of a finished model cannot be deleted: delete the model or its run"


def view_statements(dialect: str) -> list[str]:
    """Return the statements that make the views.

    PostgreSQL takes a name without quotation marks for lower case. So there the five tables also exist under their
    lower-case names, and ``SELECT * FROM Model_Info`` works on every database.
    """
    made = [f'CREATE VIEW "{view.name}" AS\n{view.query}' for view in VIEWS]
    if dialect == "postgresql":
        made += [f'CREATE VIEW {name.lower()} AS SELECT * FROM "{name}"' for name in FIVE_TABLES]
    return made


def drop_view_statements(dialect: str) -> list[str]:
    """Return the statements that remove the views, before a migration changes what they read."""
    names = [f'"{view.name}"' for view in VIEWS]
    if dialect == "postgresql":
        names = [name.lower() for name in FIVE_TABLES] + names
    return [f"DROP VIEW IF EXISTS {name}" for name in names]


def trigger_statements(dialect: str) -> list[str]:
    """Return the statements that keep the confusion matrix of every finished model at the size of its test set.

    Two rules: a model becomes finished only when each test image has its prediction, and a finished model loses none.
    """
    return {"sqlite": _SQLITE, "postgresql": _POSTGRESQL, "mssql": _MSSQL}[dialect]


_SQLITE = [
    *(
        f"""CREATE TRIGGER finished_is_complete_{event} BEFORE {event.upper()} ON "Model_Info"
WHEN NEW.status = 'finished' AND (SELECT COUNT(*) FROM "Predictions_Log" WHERE model_id = NEW.model_id)
    <> (SELECT test_size FROM "Datasets" WHERE dataset_id = NEW.dataset_id)
BEGIN
    SELECT RAISE(ABORT, '{_INCOMPLETE}');
END"""
        for event in ("insert", "update")
    ),
    f"""CREATE TRIGGER predictions_are_final BEFORE DELETE ON "Predictions_Log"
WHEN EXISTS (SELECT 1 FROM "Model_Info" WHERE model_id = OLD.model_id AND status = 'finished')
BEGIN
    SELECT RAISE(ABORT, '{_FINAL}');
END""",
]

_POSTGRESQL = [
    f"""CREATE FUNCTION finished_is_complete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'finished' AND (SELECT COUNT(*) FROM "Predictions_Log" WHERE model_id = NEW.model_id)
        <> (SELECT test_size FROM "Datasets" WHERE dataset_id = NEW.dataset_id) THEN
        RAISE EXCEPTION '{_INCOMPLETE}' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$""",
    """CREATE TRIGGER finished_is_complete BEFORE INSERT OR UPDATE ON "Model_Info"
FOR EACH ROW EXECUTE FUNCTION finished_is_complete()""",
    f"""CREATE FUNCTION predictions_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM "Model_Info" WHERE model_id = OLD.model_id AND status = 'finished') THEN
        RAISE EXCEPTION '{_FINAL}' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END $$""",
    """CREATE TRIGGER predictions_are_final BEFORE DELETE ON "Predictions_Log"
FOR EACH ROW EXECUTE FUNCTION predictions_are_final()""",
]

_MSSQL = [
    f"""CREATE TRIGGER finished_is_complete ON "Model_Info" AFTER INSERT, UPDATE AS
IF EXISTS (
    SELECT 1 FROM inserted i JOIN "Datasets" d ON d.dataset_id = i.dataset_id
    WHERE i.status = 'finished'
      AND d.test_size <> (SELECT COUNT(*) FROM "Predictions_Log" p WHERE p.model_id = i.model_id)
)
BEGIN
    THROW 50001, '{_INCOMPLETE}', 1;
END""",
    f"""CREATE TRIGGER predictions_are_final ON "Predictions_Log" AFTER DELETE AS
IF EXISTS (
    SELECT 1 FROM deleted d JOIN "Model_Info" m ON m.model_id = d.model_id WHERE m.status = 'finished'
)
BEGIN
    THROW 50002, '{_FINAL}', 1;
END""",
]
