"""Answers to exercise 08: wrong ones from misconceptions, right ones in other styles."""

from tests.exercises.harness import Right, Wrong


def _sql(name: str, text: str) -> str:
    """Return the student's cell that assigns a query."""
    return f'{name} = """{text}"""\n'


def _wrong(question: str, why: str, says: str, text: str, *, partly: bool = False) -> Wrong:
    return Wrong(question, why, says, _sql(NAMES[question], text), partly)


def _right(question: str, why: str, text: str) -> Right:
    return Right(question, why, _sql(NAMES[question], text))


NAMES = {
    "progress": "progress_sql",
    "comparable": "comparable_sql",
    "best_epoch": "best_epoch_sql",
    "class_metrics": "class_metrics_sql",
    "confusions": "confusions_sql",
    "seeds": "seeds_sql",
    "rules": "looks_sql",
}

PROGRESS = [
    _wrong(
        "progress",
        "inner join",
        "an inner JOIN drops them",
        """
SELECT r.run_id, r.name, COUNT(*)
FROM Runs r JOIN Model_Info m ON m.run_id = r.run_id
WHERE m.status = 'finished'
GROUP BY r.run_id
""",
    ),
    _wrong(
        "progress",
        "the condition in WHERE undoes the LEFT JOIN",
        "NULL fulfils no condition",
        """
SELECT r.run_id, r.name, COUNT(m.model_id)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id
WHERE m.status = 'finished'
GROUP BY r.run_id
""",
    ),
    _wrong(
        "progress",
        "COUNT(*) of a LEFT JOIN",
        "counts rows",
        """
SELECT r.run_id, r.name, COUNT(*)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id AND m.status = 'finished'
GROUP BY r.run_id, r.name
""",
    ),
    _wrong(
        "progress",
        "unfinished networks are counted",
        "not finished are counted, too",
        """
SELECT r.run_id, r.name, COUNT(m.model_id)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id
GROUP BY r.run_id
""",
    ),
    _wrong(
        "progress",
        "everything is counted",
        "row full of NULL",
        """
SELECT r.run_id, r.name, COUNT(*)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id
GROUP BY r.run_id
""",
    ),
    _wrong(
        "progress",
        "the status of the run",
        "status of the *run*",
        """
SELECT r.run_id, r.name, COUNT(m.model_id)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id AND m.status = 'finished'
WHERE r.status = 'finished'
GROUP BY r.run_id
""",
    ),
    _wrong(
        "progress",
        "grouped by a name",
        "a name is no key",
        """
SELECT r.run_id, r.name, COUNT(m.model_id)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id AND m.status = 'finished'
GROUP BY r.name
""",
    ),
    _wrong(
        "progress",
        "no GROUP BY",
        "one group of everything",
        """
SELECT r.run_id, r.name, COUNT(m.model_id)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id AND m.status = 'finished'
""",
    ),
    _wrong(
        "progress",
        "seeds of one network count once",
        "counts once",
        """
SELECT r.run_id, r.name, COUNT(DISTINCT m.model_name)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id AND m.status = 'finished'
GROUP BY r.run_id
""",
    ),
    _wrong(
        "progress",
        "sums the seeds",
        "to know how many",
        """
SELECT r.run_id, r.name, SUM(m.seed)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id AND m.status = 'finished'
GROUP BY r.run_id
""",
    ),
    _wrong(
        "progress",
        "columns in another order",
        "columns of the list of runs stand in another order",
        """
SELECT r.name, r.run_id, COUNT(m.model_id)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id AND m.status = 'finished'
GROUP BY r.run_id
""",
    ),
    _wrong(
        "progress",
        "a column is missing",
        "should have 3 columns",
        """
SELECT r.name, COUNT(m.model_id)
FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id AND m.status = 'finished'
GROUP BY r.run_id
""",
    ),
    _wrong(
        "progress",
        "the table of the column is not named",
        "two of the tables have a column",
        """
SELECT run_id, name, COUNT(model_id)
FROM Runs LEFT JOIN Model_Info ON Model_Info.run_id = Runs.run_id AND Model_Info.status = 'finished'
GROUP BY run_id
""",
    ),
    _wrong(
        "progress",
        "a comma is missing",
        "a missing comma",
        "SELECT r.run_id r.name FROM Runs r",
    ),
    _wrong(
        "progress",
        "deletes what is not finished first",
        "only reads",
        "DELETE FROM Model_Info WHERE status <> 'finished'",
    ),
    _wrong(
        "progress",
        "every run with every network",
        "more than 2,000 rows",
        "SELECT r.run_id, r.name, m.model_id FROM Runs r, Model_Info m, Predictions_Log p",
    ),
    Wrong(
        "progress",
        "a function instead of text",
        "should be SQL as text",
        "progress_sql = [('first try', 4)]\n",
    ),
]

COMPARABLE = [
    _wrong(
        "comparable",
        "integer division",
        "divides like `//`",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), SUM(p.correct) / COUNT(*)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished' AND m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "the same name is the same data",
        "same *name*",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.correct)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
JOIN Datasets d ON d.dataset_id = m.dataset_id
WHERE m.status = 'finished' AND d.name = (
    SELECT d2.name FROM Model_Info m2 JOIN Datasets d2 ON d2.dataset_id = m2.dataset_id WHERE m2.model_id = :model_id)
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "the same checksum is the same test set",
        "one choice",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.correct)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
JOIN Datasets d ON d.dataset_id = m.dataset_id
WHERE m.status = 'finished' AND d.checksum = (
    SELECT d2.checksum FROM Model_Info m2 JOIN Datasets d2 ON d2.dataset_id = m2.dataset_id
    WHERE m2.model_id = :model_id)
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "all networks",
        "whatever images",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.correct)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished'
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "a network that is not finished",
        "nobody has vouched",
        """
SELECT model_id, COUNT(*), SUM(correct), AVG(correct)
FROM Predictions_Log
WHERE dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY model_id
""",
    ),
    _wrong(
        "comparable",
        "only the same run",
        "networks of the same *run*",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.correct)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished' AND m.run_id = (SELECT run_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "only itself",
        "which others",
        """
SELECT model_id, COUNT(*), SUM(correct), AVG(correct) FROM Predictions_Log WHERE model_id = :model_id
""",
    ),
    _wrong(
        "comparable",
        "all but itself",
        "the network itself is missing",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.correct)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished' AND m.model_id <> :model_id
  AND m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "a join multiplies the rows",
        "repeats each prediction",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.correct)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
JOIN Epoch_Stats e ON e.model_id = m.model_id
WHERE m.status = 'finished' AND m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "the mean of the recalls",
        "mean over the *classes*",
        """
SELECT c.model_id, SUM(c.support), SUM(c.hits), AVG(c.recall)
FROM Class_Metrics c JOIN Model_Info m ON m.model_id = c.model_id
WHERE m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY c.model_id
""",
    ),
    _wrong(
        "comparable",
        "percent",
        "share from 0 to 1",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), 100.0 * SUM(p.correct) / COUNT(*)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished' AND m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "no GROUP BY",
        "a row of its own",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.correct)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished' AND m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
""",
    ),
    _wrong(
        "comparable",
        "confidence for accuracy",
        "how sure a network was",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.confidence)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished' AND m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "only right answers are counted",
        "only right answers are left",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.correct)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished' AND p.correct = 1
  AND m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "knows the data set by heart",
        "again. The data set has to follow",
        """
SELECT p.model_id, COUNT(*), SUM(p.correct), AVG(p.correct)
FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id
WHERE m.status = 'finished' AND m.dataset_id = 1
GROUP BY p.model_id
""",
    ),
    _wrong(
        "comparable",
        "a value with a name of its own",
        "a name of your own gets no value",
        """
SELECT model_id, COUNT(*), SUM(correct), AVG(correct) FROM Predictions_Log WHERE model_id = :id GROUP BY model_id
""",
    ),
]

BEST_EPOCH = [
    _wrong(
        "best_epoch",
        "two MAX in one SELECT",
        "come from different rows",
        """
SELECT model_id, MAX(epoch), MAX(val_accuracy), MAX(gap) FROM Epoch_Stats
WHERE val_accuracy IS NOT NULL GROUP BY model_id
""",
    ),
    _wrong(
        "best_epoch",
        "two MAX, and the network without validation",
        "never validated has no best epoch",
        "SELECT model_id, MAX(epoch), MAX(val_accuracy), MAX(gap) FROM Epoch_Stats GROUP BY model_id",
    ),
    _wrong(
        "best_epoch",
        "the last epoch",
        "these are the *last* epochs",
        """
SELECT e.model_id, e.epoch, e.val_accuracy, e.gap FROM Epoch_Stats e
JOIN (SELECT model_id, MAX(epoch) AS last FROM Epoch_Stats GROUP BY model_id) l
ON l.model_id = e.model_id AND l.last = e.epoch
""",
    ),
    _wrong(
        "best_epoch",
        "the last epoch that was validated",
        "these are the last epochs",
        """
SELECT e.model_id, e.epoch, e.val_accuracy, e.gap FROM Epoch_Stats e
JOIN (SELECT model_id, MAX(epoch) AS last FROM Epoch_Stats WHERE val_accuracy IS NOT NULL GROUP BY model_id) l
ON l.model_id = e.model_id AND l.last = e.epoch
""",
    ),
    _wrong(
        "best_epoch",
        "the best of all networks",
        "each network has its own",
        "SELECT model_id, epoch, val_accuracy, gap FROM Epoch_Stats ORDER BY val_accuracy DESC, epoch LIMIT 1",
    ),
    _wrong(
        "best_epoch",
        "the best training accuracy",
        "highest *training* accuracy",
        """
SELECT e.model_id, e.epoch, e.val_accuracy, e.gap FROM Epoch_Stats e
WHERE e.val_accuracy IS NOT NULL
  AND e.accuracy = (SELECT MAX(accuracy) FROM Epoch_Stats o WHERE o.model_id = e.model_id)
""",
    ),
    _wrong(
        "best_epoch",
        "the lowest validation loss",
        "lowest validation *loss*",
        """
SELECT e.model_id, e.epoch, e.val_accuracy, e.gap FROM Epoch_Stats e
WHERE e.val_loss = (SELECT MIN(val_loss) FROM Epoch_Stats o WHERE o.model_id = e.model_id)
""",
    ),
    _wrong(
        "best_epoch",
        "all epochs that tie",
        "both are there",
        """
SELECT e.model_id, e.epoch, e.val_accuracy, e.gap FROM Epoch_Stats e
WHERE e.val_accuracy = (SELECT MAX(val_accuracy) FROM Epoch_Stats o WHERE o.model_id = e.model_id)
""",
    ),
    _wrong(
        "best_epoch",
        "the later of two epochs that tie",
        "the later one came",
        """
SELECT model_id, epoch, val_accuracy, gap FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY model_id ORDER BY val_accuracy DESC, epoch DESC) AS place
    FROM Epoch_Stats WHERE val_accuracy IS NOT NULL
) WHERE place = 1
""",
    ),
    _wrong(
        "best_epoch",
        "the gap the other way round",
        "wrong sign",
        """
SELECT model_id, epoch, val_accuracy, val_accuracy - accuracy FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY model_id ORDER BY val_accuracy DESC, epoch) AS place
    FROM Epoch_Stats WHERE val_accuracy IS NOT NULL
) WHERE place = 1
""",
    ),
    _wrong(
        "best_epoch",
        "the worst epoch",
        "worst epochs",
        """
SELECT model_id, epoch, val_accuracy, gap FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY model_id ORDER BY val_accuracy, epoch) AS place
    FROM Epoch_Stats WHERE val_accuracy IS NOT NULL
) WHERE place = 1
""",
    ),
    _wrong(
        "best_epoch",
        "the largest gap beside it",
        "largest gap of the network",
        """
SELECT e.model_id, MIN(e.epoch), e.val_accuracy, g.gap FROM Epoch_Stats e
JOIN (SELECT model_id, MAX(val_accuracy) AS best, MAX(gap) AS gap FROM Epoch_Stats GROUP BY model_id) g
ON g.model_id = e.model_id AND g.best = e.val_accuracy
GROUP BY e.model_id
""",
    ),
    _wrong(
        "best_epoch",
        "all epochs",
        "keep only the best one",
        "SELECT model_id, epoch, val_accuracy, gap FROM Epoch_Stats",
    ),
    _wrong(
        "best_epoch",
        "MAX in WHERE",
        "a SELECT in parentheses",
        "SELECT model_id, epoch, val_accuracy, gap FROM Epoch_Stats WHERE val_accuracy = MAX(val_accuracy)",
    ),
    _wrong(
        "best_epoch",
        "a column that does not exist",
        "is the name spelled",
        "SELECT model_id, epoch, val_acc, gap FROM Epoch_Stats",
    ),
]

COUNTED = """
SELECT k.class_name, {support}, {recall}, {precision}
FROM (
    SELECT c.class_name,
        SUM(p.label = c.class_index) AS support, SUM(p.predicted = c.class_index) AS called,
        SUM(p.label = c.class_index AND p.predicted = c.class_index) AS hits, COUNT(*) AS n
    FROM Predictions_Log p JOIN Classes c ON {on}
    WHERE {where}
    GROUP BY c.class_id
) k
"""
PARTS = {
    "support": "k.support",
    "recall": "1.0 * k.hits / k.support",
    "precision": "COALESCE(1.0 * k.hits / k.called, 0)",
    "on": "c.dataset_id = p.dataset_id",
    "where": "p.model_id = :model_id",
}


def _counted(**changes: str) -> str:
    return COUNTED.format(**{**PARTS, **changes})


CLASS_METRICS = [
    _wrong(
        "class_metrics",
        "recall and precision exchanged",
        "changed places",
        _counted(recall=PARTS["precision"], precision=PARTS["recall"]),
    ),
    _wrong(
        "class_metrics",
        "integer division",
        "divided like `//`",
        _counted(recall="k.hits / k.support", precision="COALESCE(k.hits / k.called, 0)"),
    ),
    _wrong(
        "class_metrics",
        "NULL for a class that is never predicted",
        "precision NULL",
        _counted(precision="1.0 * k.hits / k.called"),
        partly=True,
    ),
    _wrong(
        "class_metrics",
        "1 for a class that is never predicted",
        "which precision does the question ask for",
        _counted(precision="COALESCE(1.0 * k.hits / k.called, 1)"),
        partly=True,
    ),
    _wrong(
        "class_metrics",
        "an inner join drops the class that is never predicted",
        "a class is missing",
        """
SELECT c.class_name, s.support, 1.0 * h.hits / s.support, 1.0 * h.hits / q.called
FROM Classes c
JOIN (SELECT dataset_id, label, COUNT(*) AS support, SUM(correct) AS hits FROM Predictions_Log
      WHERE model_id = :model_id GROUP BY label) s ON s.dataset_id = c.dataset_id AND s.label = c.class_index
JOIN (SELECT label, SUM(correct) AS hits FROM Predictions_Log WHERE model_id = :model_id GROUP BY label) h
    ON h.label = c.class_index
JOIN (SELECT predicted, COUNT(*) AS called FROM Predictions_Log WHERE model_id = :model_id GROUP BY predicted) q
    ON q.predicted = c.class_index
""",
        partly=True,
    ),
    _wrong(
        "class_metrics",
        "the classes of every data set",
        "once for each data set",
        _counted(on="c.class_index >= 0").replace("GROUP BY c.class_id", "GROUP BY c.class_id, c.class_name"),
    ),
    _wrong(
        "class_metrics",
        "only right answers are counted",
        "all recalls are 1",
        _counted(where="p.model_id = :model_id AND p.correct = 1"),
    ),
    _wrong("class_metrics", "all networks together", "counted together", _counted(where="1 = 1")),
    _wrong(
        "class_metrics",
        "shares of all images",
        "you divide by all images",
        _counted(recall="1.0 * k.hits / k.n", precision="1.0 * k.hits / k.n"),
    ),
    _wrong(
        "class_metrics",
        "support counts the predictions",
        "how often the class was *called*",
        _counted(support="k.called"),
    ),
    _wrong("class_metrics", "support counts the hits", "right answers only", _counted(support="k.hits")),
    _wrong(
        "class_metrics",
        "precision is the recall",
        "precision is the same as recall",
        _counted(precision=PARTS["recall"]),
    ),
    _wrong(
        "class_metrics",
        "reads the view",
        "was not run. Hint: the view `Class_Metrics` has the answer ready",
        "SELECT class_name, support, recall, precision FROM Class_Metrics WHERE model_id = :model_id",
    ),
    _wrong(
        "class_metrics",
        "numbers of the classes",
        "their names stand in `Classes`",
        """
SELECT label, COUNT(*), AVG(correct), AVG(correct) FROM Predictions_Log WHERE model_id = :model_id GROUP BY label
""",
    ),
]

MATRIX = """
SELECT {names}, k.images, {share}
FROM Confusion_Matrix k
WHERE {where}
ORDER BY {order}
{limit}
"""
MATRIX_PARTS = {
    "names": "k.true_class, k.predicted_class",
    "share": "1.0 * k.images / (SELECT SUM(o.images) FROM Confusion_Matrix o WHERE o.model_id = k.model_id AND "
    "o.true_class = k.true_class)",
    "where": "k.model_id = :model_id AND k.true_class <> k.predicted_class",
    "order": "k.images DESC, k.true_class, k.predicted_class",
    "limit": "LIMIT 3",
}


def _matrix(**changes: str) -> str:
    return MATRIX.format(**{**MATRIX_PARTS, **changes})


CONFUSIONS = [
    _wrong("confusions", "with the diagonal", "right answers are in the list", _matrix(where="k.model_id = :model_id")),
    _wrong(
        "confusions",
        "the rarest first",
        "rarest confusions",
        _matrix(order="k.images, k.true_class, k.predicted_class", where=MATRIX_PARTS["where"] + " AND k.images > 0"),
    ),
    _wrong(
        "confusions",
        "no limit",
        "only the first three",
        _matrix(where=MATRIX_PARTS["where"] + " AND images > 0", limit=""),
    ),
    _wrong(
        "confusions",
        "integer division",
        "divided like `//`",
        _matrix(share=MATRIX_PARTS["share"].replace("1.0 * ", "")),
    ),
    _wrong(
        "confusions",
        "share of all images",
        "one of *all* images",
        _matrix(share="1.0 * k.images / (SELECT SUM(o.images) FROM Confusion_Matrix o WHERE o.model_id = k.model_id)"),
    ),
    _wrong(
        "confusions",
        "share of the predicted class",
        "were *called* so",
        _matrix(share=MATRIX_PARTS["share"].replace("true_class", "predicted_class")),
    ),
    _wrong(
        "confusions",
        "share of the mistakes",
        "one of the mistakes only",
        _matrix(
            share=MATRIX_PARTS["share"]
            .replace(")", " AND o.predicted_class <> o.true_class)")
            .replace("SUM(o.images AND o.predicted_class <> o.true_class)", "SUM(o.images)")
        ),
    ),
    _wrong(
        "confusions",
        "true and predicted exchanged",
        "changed places",
        _matrix(names="k.predicted_class, k.true_class"),
    ),
    _wrong(
        "confusions", "numbers instead of names", "wants their names", _matrix(names="k.true_label, k.predicted_label")
    ),
    _wrong(
        "confusions",
        "all networks",
        "all networks are in one list",
        _matrix(where="k.true_class <> k.predicted_class"),
    ),
    _wrong(
        "confusions",
        "both directions added up",
        "two different mistakes",
        """
SELECT a.true_class, a.predicted_class, a.images + b.images,
    1.0 * (a.images + b.images) / (SELECT SUM(images) FROM Confusion_Matrix o
        WHERE o.model_id = a.model_id AND o.true_label = a.true_label)
FROM Confusion_Matrix a JOIN Confusion_Matrix b
    ON a.model_id = b.model_id AND a.true_label = b.predicted_label AND a.predicted_label = b.true_label
WHERE a.model_id = :model_id AND a.true_label < a.predicted_label
ORDER BY 3 DESC, 1, 2 LIMIT 3
""",
    ),
    _wrong(
        "confusions",
        "names of the first data set",
        "names belong to another data set",
        """
SELECT t.class_name, q.class_name, COUNT(*),
    1.0 * COUNT(*) / (SELECT COUNT(*) FROM Predictions_Log o WHERE o.model_id = p.model_id AND o.label = p.label)
FROM Predictions_Log p
JOIN Classes t ON t.class_id = p.label + 1
JOIN Classes q ON q.class_id = p.predicted + 1
WHERE p.model_id = :model_id AND p.correct = 0
GROUP BY p.label, p.predicted
ORDER BY COUNT(*) DESC, (SELECT class_name FROM Classes c WHERE c.dataset_id = p.dataset_id AND c.class_index =
    p.label), (SELECT class_name FROM Classes c WHERE c.dataset_id = p.dataset_id AND c.class_index = p.predicted)
LIMIT 3
""",
    ),
    _wrong(
        "confusions",
        "equal numbers in the order of the classes",
        "order of the class *numbers*",
        _matrix(order="k.images DESC, k.true_label, k.predicted_label"),
    ),
    _wrong(
        "confusions",
        "COUNT in WHERE",
        "WHERE looks at single rows",
        """
SELECT label, predicted, COUNT(*), 0 FROM Predictions_Log WHERE model_id = :model_id AND COUNT(*) > 1
GROUP BY label, predicted
""",
    ),
]

TABLE = """
SELECT {keys}, COUNT(*), {mean}, {low}, {high}
FROM Model_Info
WHERE {where}
GROUP BY {group}
{having}
"""
TABLE_PARTS = {
    "keys": "dataset_id, model_name",
    "mean": "AVG(accuracy)",
    "low": "MIN(accuracy)",
    "high": "MAX(accuracy)",
    "where": "status = 'finished'",
    "group": "dataset_id, model_name",
    "having": "HAVING COUNT(*) > 1",
}


def _table(**changes: str) -> str:
    return TABLE.format(**{**TABLE_PARTS, **changes})


SEEDS = [
    _wrong("seeds", "data sets mixed", "thrown together", _table(group="model_name")),
    _wrong(
        "seeds",
        "data sets of one name mixed",
        "is no key",
        """
SELECT MIN(m.dataset_id), m.model_name, COUNT(*), AVG(m.accuracy), MIN(m.accuracy), MAX(m.accuracy)
FROM Model_Info m JOIN Datasets d ON d.dataset_id = m.dataset_id
WHERE m.status = 'finished'
GROUP BY d.name, m.model_name HAVING COUNT(*) >= 2
""",
    ),
    _wrong("seeds", "each run for itself", "several runs", _table(group="run_id, model_name")),
    _wrong("seeds", "networks with one result", "has no spread", _table(having="")),
    _wrong("seeds", "three results at least", "two are enough", _table(having="HAVING COUNT(*) > 2")),
    _wrong("seeds", "unfinished networks are counted", "no accuracy yet", _table(where="1 = 1")),
    _wrong("seeds", "the best seed as the result", "luckiest one", _table(mean="MAX(accuracy)")),
    _wrong("seeds", "the sum", "the sum stands", _table(mean="SUM(accuracy)")),
    _wrong(
        "seeds",
        "ends of the intervals",
        "ends of the *intervals*",
        _table(low="MIN(accuracy_low)", high="MAX(accuracy_high)"),
    ),
    _wrong(
        "seeds", "lowest and highest exchanged", "changed places", _table(low="MAX(accuracy)", high="MIN(accuracy)")
    ),
    _wrong("seeds", "one group for each data set", "a row of its own", _table(group="dataset_id")),
    _wrong(
        "seeds",
        "the middle of lowest and highest",
        "is not the mean",
        _table(mean="(MIN(accuracy) + MAX(accuracy)) / 2"),
    ),
    _wrong(
        "seeds",
        "a condition on the group in WHERE",
        "WHERE looks at single rows",
        _table(where="status = 'finished' AND COUNT(*) >= 2", having=""),
    ),
    _wrong(
        "seeds",
        "HAVING without GROUP BY",
        "GROUP BY",
        """
SELECT dataset_id, model_name, COUNT(*), AVG(accuracy), MIN(accuracy), MAX(accuracy) FROM Model_Info
WHERE status = 'finished' HAVING COUNT(*) >= 2
""",
    ),
]

LUCKY_SEED = [
    Wrong("lucky_seed", "the best is a typical one", "is the highest a typical one", 'lucky_seed = "a"\n'),
    Wrong("lucky_seed", "the seed is better", "carry the advantage", 'lucky_seed = "b"\n'),
    Wrong("lucky_seed", "luck evens out", "no bad luck follows", 'lucky_seed = "D"\n'),
    Wrong("lucky_seed", "an option that does not exist", "one of the options", 'lucky_seed = "e"\n'),
    Wrong("lucky_seed", "a number", "one of the letters", "lucky_seed = 0.8\n"),
    Wrong("lucky_seed", "two letters", "one of the options", 'lucky_seed = "b or c"\n'),
]

CREATE = """
CREATE TABLE Test_Looks (
    look_id {look_id},
    model_id {model_id},
    looked_utc {looked_utc},
    purpose {purpose},
    accuracy {accuracy}{rest}
)
"""
CREATE_PARTS = {
    "look_id": "INTEGER PRIMARY KEY",
    "model_id": "INTEGER NOT NULL REFERENCES Model_Info (model_id)",
    "looked_utc": "TEXT NOT NULL",
    "purpose": "TEXT NOT NULL CHECK (purpose IN ('report', 'choice'))",
    "accuracy": "REAL NOT NULL CHECK (accuracy BETWEEN 0 AND 1)",
    "rest": ",\n    UNIQUE (model_id, looked_utc)",
}


def _create(**changes: str) -> str:
    return CREATE.format(**{**CREATE_PARTS, **changes})


RULES = [
    _wrong(
        "rules",
        "CHECK is thought to refuse NULL",
        "a row without accuracy was taken",
        _create(accuracy="REAL CHECK (accuracy >= 0 AND accuracy <= 1)"),
        partly=True,
    ),
    _wrong(
        "rules",
        "no rule at all",
        "was taken",
        _create(model_id="INTEGER", looked_utc="TEXT", purpose="TEXT", accuracy="REAL", rest=""),
        partly=True,
    ),
    _wrong(
        "rules",
        "each column unique for itself",
        "refuses a row that is right",
        _create(model_id=CREATE_PARTS["model_id"] + " UNIQUE", rest=""),
    ),
    _wrong(
        "rules",
        "the moment unique for itself",
        "only the *pair*",
        _create(looked_utc="TEXT NOT NULL UNIQUE", rest=""),
    ),
    _wrong("rules", "nothing is unique", "looked at twice", _create(rest=""), partly=True),
    _wrong(
        "rules",
        "a network that does not exist",
        "does not exist was taken",
        _create(model_id="INTEGER NOT NULL"),
        partly=True,
    ),
    _wrong(
        "rules",
        "a percentage",
        "an accuracy of",
        _create(accuracy="REAL NOT NULL CHECK (accuracy >= 0 AND accuracy <= 100)"),
        partly=True,
    ),
    _wrong(
        "rules",
        "0 and 1 are no accuracies",
        "refuses a row that is right",
        _create(accuracy="REAL NOT NULL CHECK (accuracy > 0 AND accuracy < 1)"),
    ),
    _wrong(
        "rules",
        "OR in place of AND",
        "both ends have to hold at once",
        _create(accuracy="REAL NOT NULL CHECK (accuracy >= 0 OR accuracy <= 1)"),
        partly=True,
    ),
    _wrong(
        "rules",
        "a purpose of any kind",
        "the purpose",
        _create(purpose="TEXT NOT NULL"),
        partly=True,
    ),
    _wrong(
        "rules",
        "a purpose whatever its case",
        "spelled exactly so",
        _create(purpose="TEXT NOT NULL CHECK (lower(purpose) IN ('report', 'choice'))"),
        partly=True,
    ),
    _wrong("rules", "the moment may be missing", "without looked_utc", _create(looked_utc="TEXT"), partly=True),
    _wrong("rules", "no key", "same look_id", _create(look_id="INTEGER"), partly=True),
    _wrong("rules", "another name of the table", "no table `Test_Looks`", _create().replace("Test_Looks", "Looks")),
    _wrong("rules", "a column of another name", "refuses a row that is right", _create().replace("purpose", "why")),
    _wrong(
        "rules",
        "also inserts a row",
        "a single statement",
        _create() + "; INSERT INTO Test_Looks VALUES (1, 1, 'now', 'report', 0.5)",
    ),
    _wrong("rules", "drops a table", "one CREATE TABLE", "DROP TABLE Epoch_Stats"),
]

LOG = """
def log_epoch(connection, model_id, epoch, loss, accuracy, val_accuracy, logged_utc):
    values = (model_id, epoch, loss, accuracy, val_accuracy, logged_utc)
"""
COLUMNS = "(model_id, epoch, loss, accuracy, val_accuracy, logged_utc)"
KNOWN = '"SELECT 1 FROM Epoch_Stats WHERE model_id = ? AND epoch = ?", (model_id, epoch)'
INSERT = f"INTO Epoch_Stats {COLUMNS} VALUES (?, ?, ?, ?, ?, ?)"

LOG_EPOCH = [
    Wrong(
        "log_epoch",
        "a plain INSERT",
        "the second call must succeed",
        LOG
        + f"""
    with connection:
        connection.execute("INSERT {INSERT}", values)
""",
        partly=True,
    ),
    Wrong(
        "log_epoch",
        "the repetition is ignored",
        "the new values are lost",
        LOG
        + f"""
    with connection:
        connection.execute("INSERT OR IGNORE {INSERT}", values)
""",
        partly=True,
    ),
    Wrong(
        "log_epoch",
        "forgets to commit",
        "not committed",
        LOG
        + f"""
    connection.execute("INSERT OR REPLACE {INSERT}", values)
""",
    ),
    Wrong(
        "log_epoch",
        "deletes all epochs of the network",
        "other epochs of the network are gone",
        LOG
        + f"""
    with connection:
        if connection.execute({KNOWN}).fetchone():
            connection.execute("DELETE FROM Epoch_Stats WHERE model_id = ?", (model_id,))
        connection.execute("INSERT {INSERT}", values)
""",
        partly=True,
    ),
    Wrong(
        "log_epoch",
        "deletes the epoch of every network",
        "gone for another network",
        LOG
        + f"""
    with connection:
        if connection.execute({KNOWN}).fetchone():
            connection.execute("DELETE FROM Epoch_Stats WHERE epoch = ?", (epoch,))
        connection.execute("INSERT {INSERT}", values)
""",
        partly=True,
    ),
    Wrong(
        "log_epoch",
        "commits between deleting and inserting",
        "both steps belong in one transaction",
        LOG
        + f"""
    connection.execute("DELETE FROM Epoch_Stats WHERE model_id = ? AND epoch = ?", (model_id, epoch))
    connection.commit()
    connection.execute("INSERT {INSERT}", values)
    connection.commit()
""",
        partly=True,
    ),
    Wrong(
        "log_epoch",
        "swallows the error",
        "without an error",
        LOG
        + f"""
    try:
        with connection:
            connection.execute("INSERT OR REPLACE {INSERT}", values)
    except Exception:
        pass
""",
        partly=True,
    ),
    Wrong(
        "log_epoch",
        "updates only the loss",
        "all values of the second call",
        LOG
        + f"""
    with connection:
        connection.execute(
            "INSERT {INSERT} ON CONFLICT (model_id, epoch) DO UPDATE SET loss = excluded.loss", values
        )
""",
        partly=True,
    ),
    Wrong(
        "log_epoch",
        "pastes the values into the text",
        "were values pasted into the text",
        LOG
        + """
    with connection:
        connection.execute(
            f"INSERT OR REPLACE INTO Epoch_Stats (model_id, epoch, loss, accuracy, val_accuracy, logged_utc) "
            f"VALUES ({model_id}, {epoch}, {loss}, {accuracy}, {val_accuracy}, {logged_utc})"
        )
""",
    ),
    Wrong(
        "log_epoch",
        "quotes the values, and None becomes a text",
        "is not right",
        LOG
        + """
    with connection:
        connection.execute(
            f"INSERT OR REPLACE INTO Epoch_Stats (model_id, epoch, loss, accuracy, val_accuracy, logged_utc) "
            f"VALUES ({model_id}, {epoch}, {loss}, {accuracy}, {val_accuracy or 0}, '{logged_utc}')"
        )
""",
    ),
    Wrong(
        "log_epoch",
        "updates and never inserts",
        "update changes only rows that are there",
        LOG
        + """
    with connection:
        connection.execute(
            "UPDATE Epoch_Stats SET loss = ?, accuracy = ?, val_accuracy = ?, logged_utc = ? "
            "WHERE model_id = ? AND epoch = ?",
            (loss, accuracy, val_accuracy, logged_utc, model_id, epoch),
        )
""",
    ),
    Wrong(
        "log_epoch",
        "columns in another order",
        "each value go into the column of its name",
        LOG
        + """
    with connection:
        connection.execute("INSERT OR REPLACE INTO Epoch_Stats (epoch, model_id, loss, accuracy, val_accuracy, "
                           "logged_utc) VALUES (?, ?, ?, ?, ?, ?)", (model_id, 9 * epoch, *values[2:]))
""",
    ),
    Wrong(
        "log_epoch",
        "turns the rules off",
        "with the rules turned off",
        LOG
        + f"""
    connection.commit()
    connection.execute("PRAGMA foreign_keys = OFF")
    with connection:
        connection.execute("INSERT OR REPLACE {INSERT}", values)
""",
        partly=True,
    ),
]

WRONG = [
    *PROGRESS, *COMPARABLE, *BEST_EPOCH, *CLASS_METRICS, *CONFUSIONS, *SEEDS, *LUCKY_SEED, *RULES, *LOG_EPOCH,
]  # fmt: skip

RIGHT = [
    _right(
        "progress",
        "a SELECT for each run",
        """
SELECT run_id, name,
    (SELECT COUNT(*) FROM Model_Info m WHERE m.run_id = r.run_id AND m.status = 'finished')
FROM Runs r
ORDER BY name
""",
    ),
    _right(
        "progress",
        "a sum of cases",
        """
SELECT r.run_id, r.name, SUM(CASE WHEN m.status = 'finished' THEN 1 ELSE 0 END)
FROM Runs r LEFT JOIN Model_Info m USING (run_id)
GROUP BY r.run_id;
""",
    ),
    _right(
        "progress",
        "a named subquery",
        """
-- how many of each run
WITH done AS (SELECT run_id, COUNT(*) AS n FROM Model_Info WHERE status = 'finished' GROUP BY run_id)
SELECT Runs.run_id, Runs.name, COALESCE(done.n, 0) FROM Runs LEFT JOIN done ON done.run_id = Runs.run_id
""",
    ),
    _right(
        "comparable",
        "the mean of correct, rounded",
        """
SELECT model_id, COUNT(*), SUM(correct), ROUND(AVG(correct), 3)
FROM Predictions_Log
WHERE model_id IN (
    SELECT b.model_id FROM Model_Info a JOIN Model_Info b ON a.dataset_id = b.dataset_id
    WHERE a.model_id = :model_id AND b.status = 'finished')
GROUP BY model_id ORDER BY 4 DESC
""",
    ),
    _right(
        "comparable",
        "counts with cases and casts",
        """
SELECT m.model_id, COUNT(p.image_index), COUNT(CASE WHEN p.label = p.predicted THEN 1 END),
    CAST(SUM(p.correct) AS REAL) / COUNT(*)
FROM Model_Info me
JOIN Model_Info m ON m.dataset_id = me.dataset_id AND m.status = 'finished'
JOIN Predictions_Log p ON p.model_id = m.model_id
WHERE me.model_id = :model_id
GROUP BY m.model_id
""",
    ),
    _right(
        "best_epoch",
        "a window function",
        """
SELECT model_id, epoch, val_accuracy, accuracy - val_accuracy FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY model_id ORDER BY val_accuracy DESC, epoch) AS place
    FROM Epoch_Stats WHERE val_accuracy IS NOT NULL
) WHERE place = 1
""",
    ),
    _right(
        "best_epoch",
        "joined with the highest values",
        """
SELECT e.model_id, MIN(e.epoch), e.val_accuracy, e.gap
FROM Epoch_Stats e
JOIN (SELECT model_id, MAX(val_accuracy) AS best FROM Epoch_Stats GROUP BY model_id) b
    ON b.model_id = e.model_id AND e.val_accuracy = b.best
GROUP BY e.model_id
""",
    ),
    _right(
        "best_epoch",
        "no epoch is better",
        """
SELECT e.model_id, e.epoch, e.val_accuracy, e.gap FROM Epoch_Stats e
WHERE e.val_accuracy IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM Epoch_Stats o WHERE o.model_id = e.model_id AND (
        o.val_accuracy > e.val_accuracy OR (o.val_accuracy = e.val_accuracy AND o.epoch < e.epoch)))
""",
    ),
    _right("class_metrics", "conditions as numbers", _counted()),
    _right(
        "class_metrics",
        "joined subqueries",
        """
WITH mine AS (SELECT * FROM Predictions_Log WHERE model_id = :model_id),
     truth AS (SELECT label, COUNT(*) AS n, AVG(correct) AS recall FROM mine GROUP BY label),
     said AS (SELECT predicted, AVG(correct) AS share FROM mine GROUP BY predicted)
SELECT c.class_name, truth.n, truth.recall, COALESCE(said.share, 0.0)
FROM Classes c
JOIN truth ON truth.label = c.class_index
LEFT JOIN said ON said.predicted = c.class_index
WHERE c.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)
""",
    ),
    _right(
        "class_metrics",
        "a SELECT for each number",
        """
SELECT c.class_name,
    (SELECT COUNT(*) FROM Predictions_Log p WHERE p.model_id = m.model_id AND p.label = c.class_index),
    (SELECT AVG(p.correct) FROM Predictions_Log p WHERE p.model_id = m.model_id AND p.label = c.class_index),
    IFNULL((SELECT AVG(correct) FROM Predictions_Log p
        WHERE p.model_id = m.model_id AND p.predicted = c.class_index), 0)
FROM Model_Info m JOIN Classes c ON c.dataset_id = m.dataset_id
WHERE m.model_id = :model_id
""",
    ),
    _right("confusions", "a SELECT for the share", _matrix()),
    _right(
        "confusions",
        "from the predictions",
        """
SELECT t.class_name, q.class_name, COUNT(*) AS n,
    CAST(COUNT(*) AS REAL) / (
        SELECT COUNT(*) FROM Predictions_Log o WHERE o.model_id = p.model_id AND o.label = p.label)
FROM Predictions_Log p
JOIN Classes t ON t.dataset_id = p.dataset_id AND t.class_index = p.label
JOIN Classes q ON q.dataset_id = p.dataset_id AND q.class_index = p.predicted
WHERE p.model_id = :model_id AND p.correct = 0
GROUP BY t.class_name, q.class_name
ORDER BY n DESC, t.class_name ASC, q.class_name ASC
LIMIT 3
""",
    ),
    _right(
        "confusions",
        "a window for the support",
        """
SELECT true_class, predicted_class, images, 1.0 * images / support FROM (
    SELECT *, SUM(images) OVER (PARTITION BY true_label) AS support FROM Confusion_Matrix WHERE model_id = :model_id)
WHERE true_label != predicted_label
ORDER BY images DESC, true_class, predicted_class LIMIT 3
""",
    ),
    _right("seeds", "more than one", _table()),
    _right(
        "seeds",
        "a subquery and its own names",
        """
SELECT * FROM (
    SELECT m.dataset_id, m.model_name, COUNT(m.accuracy) AS n, SUM(m.accuracy) / COUNT(m.accuracy),
        MIN(m.accuracy), MAX(m.accuracy)
    FROM Model_Info AS m
    WHERE m.accuracy IS NOT NULL AND m.status <> 'running'
    GROUP BY m.model_name, m.dataset_id)
WHERE n >= 2 ORDER BY 4 DESC
""",
    ),
    Right("lucky_seed", "a capital letter", 'lucky_seed = "C"\n'),
    Right("lucky_seed", "with a space", 'lucky_seed = " c "\n'),
    _right("rules", "BETWEEN", _create()),
    _right(
        "rules",
        "all rules at the end, strict types",
        """
CREATE TABLE IF NOT EXISTS "Test_Looks" (
    look_id INTEGER NOT NULL,
    model_id INTEGER NOT NULL,
    looked_utc TEXT NOT NULL,
    purpose TEXT NOT NULL,
    accuracy REAL NOT NULL,
    PRIMARY KEY (look_id),
    CONSTRAINT model_exists FOREIGN KEY (model_id) REFERENCES "Model_Info" (model_id) ON DELETE CASCADE,
    CONSTRAINT purpose_is_known CHECK (purpose = 'report' OR purpose = 'choice'),
    CONSTRAINT accuracy_is_a_share CHECK (0 <= accuracy AND accuracy <= 1.0),
    CONSTRAINT counted_once UNIQUE (looked_utc, model_id)
) STRICT
""",
    ),
    Right(
        "log_epoch",
        "INSERT OR REPLACE and commit",
        LOG
        + f"""
    try:
        connection.execute("INSERT OR REPLACE {INSERT}", values)
    except sqlite3.Error:
        connection.rollback()
        raise
    connection.commit()
""",
    ),
    Right(
        "log_epoch",
        "deletes and inserts in one transaction",
        LOG
        + f"""
    with connection:
        connection.execute("DELETE FROM Epoch_Stats WHERE model_id = ? AND epoch = ?", (model_id, epoch))
        connection.execute("INSERT {INSERT}", values)
""",
    ),
    Right(
        "log_epoch",
        "updates, and inserts when there was nothing",
        LOG
        + f"""
    with connection:
        changed = connection.execute(
            "UPDATE Epoch_Stats SET loss = ?, accuracy = ?, val_accuracy = ?, logged_utc = ? "
            "WHERE model_id = ? AND epoch = ?", (*values[2:], model_id, epoch))
        if changed.rowcount == 0:
            connection.execute("INSERT {INSERT}", values)
""",
    ),
]

HARMLESS = {
    "progress": {
        "GROUP BY r.run_id, r.name → GROUP BY r.run_id": "run_id is the key: every row of a run has the same name",
    },
    "best_epoch": {
        "o.epoch LIMIT 1 ) → SC, o.epoch LIMIT 2 )": "where one value is expected, SQLite takes the first row",
        "o.epoch LIMIT 1 ) → acy DESC, o.epoch )": "where one value is expected, SQLite takes the first row",
        "DESC, o.epoch LIMIT 1 ) → .val_accuracy DESC LIMIT 1 )": "SQLite reads the epochs of a network in the "
        "order of the key, so that the first of equal ones is the earliest; other databases promise nothing",
    },
    "class_metrics": {
        "GROUP BY c.class_index, c.class_name ) k → GROUP BY c.class_name ) k": "in one data set a name has one index",
        "c.class_index, c.class_name ) k → P BY c.class_index ) k": "in one data set an index has one name",
    },
}
