"""Exercise 08: experiments in a database: questions asked in SQL, rules that refuse wrong rows, and a surviving log."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from statistics import fmean
from typing import Any

from .compare import expect_choice, require
from .draw import Draw
from .drawn_experiments import Experiments, Record, draw_experiments, store_with_models
from .registry import check, exercise, manual
from .sql_probes import in_transaction, roll_back, rows_of, run_definition, run_query, sql_of, try_insert
from .sql_rows import Result, Row, all_differ, expect_rows
from .student import Handle, Student
from .verdict import CheckFailed, State

exercise(
    "ex08_experiment_tracking",
    title="Experiment tracking",
    goal="Keep experiments in a database, ask it which network is better, and know which answers not to trust.",
    minutes=90,
    train_size=2_000,
    test_size=600,
)

TRIES = 200

Rows = list[Row]
Parameters = Mapping[str, Any]


def _experiments(draw: Draw, suits: Callable[[Experiments], bool]) -> Experiments:
    """Draw experiments until they separate the right answer from the misconceptions."""
    for _ in range(TRIES):
        found = draw_experiments(draw)
        if suits(found):
            return found
    raise RuntimeError("no experiments were found that separate the answers")


def _wrong(connection: sqlite3.Connection, mistakes: Mapping[str, str], parameters: Parameters | None = None) -> dict:
    """Return what each misconception, given as the query that it leads to, returns on this database."""
    return {hint: [tuple(row) for row in rows_of(connection, sql, parameters)] for hint, sql in mistakes.items()}


def _grouped(rows: Iterable[Record], key: str) -> dict[Any, list[Record]]:
    groups: dict[Any, list[Record]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


# Runs and their networks ----------------------------------------------------------------------------------------


def _progress(found: Experiments) -> Rows:
    count = Counter(model["run_id"] for model in found.finished)
    return [(run["run_id"], run["name"], count[run["run_id"]]) for run in found.runs]


_LEFT = "SELECT r.run_id, r.name, {count} FROM Runs r LEFT JOIN Model_Info m ON m.run_id = r.run_id {rest}"
_PROGRESS_MISTAKES = {
    "Runs without a finished network are missing; they should be there, with 0. An inner JOIN drops them. So does a "
    "condition on `Model_Info` in WHERE, even after a LEFT JOIN: WHERE comes later, and NULL fulfils no condition.": (
        _LEFT.format(count="COUNT(*)", rest="WHERE m.status = 'finished' GROUP BY r.run_id")
    ),
    "A run without a finished network got 1. The LEFT JOIN keeps one row for it, filled with NULL, and `COUNT(*)` "
    "counts rows. What does `COUNT(column)` count?": (
        _LEFT.format(count="COUNT(*)", rest="AND m.status = 'finished' GROUP BY r.run_id")
    ),
    "Networks that are not finished are counted, too. The status of the network tells them apart.": _LEFT.format(
        count="COUNT(m.model_id)", rest="GROUP BY r.run_id"
    ),
    "Every row of the join is counted: also networks that are not finished, and the row full of NULL that stands for a "
    "run without networks.": _LEFT.format(count="COUNT(*)", rest="GROUP BY r.run_id"),
    "The condition is on the status of the *run*. An interrupted run, too, may have finished networks.": _LEFT.format(
        count="COUNT(m.model_id)",
        rest="AND m.status = 'finished' WHERE r.status = 'finished' GROUP BY r.run_id",
    ),
    "Two runs have the same name and became one row. A name is no key: group by what is different for every run.": (
        _LEFT.format(count="COUNT(m.model_id)", rest="AND m.status = 'finished' GROUP BY r.name")
    ),
    "There is a single row, for all runs together: without GROUP BY, a COUNT makes one group of everything.": (
        _LEFT.format(count="COUNT(m.model_id)", rest="AND m.status = 'finished'")
    ),
    "A network that was trained from two seeds counts once. Each is a row of its own in `Model_Info`.": _LEFT.format(
        count="COUNT(DISTINCT m.model_name)", rest="AND m.status = 'finished' GROUP BY r.run_id"
    ),
    "These are the seeds added up, or another column. To know how many there are, count.": _LEFT.format(
        count="SUM(m.seed)", rest="AND m.status = 'finished' GROUP BY r.run_id"
    ),
}


@check(
    "ex08.progress",
    points=2,
    needs="progress_sql",
    hints=(
        "All runs should be in the list, so begin with them: `FROM Runs`, and a LEFT JOIN to the networks.",
        "A condition that belongs to the *joining* stands in ON, behind AND. A condition in WHERE is applied to the "
        "joined rows, and throws out those in which nothing was found.",
        "Run the query without COUNT and GROUP BY first, and look at the row of a run without networks.",
    ),
)
def counts_finished_networks(student: Student, draw: Draw) -> None:
    """Count the finished networks of every run."""
    sql = sql_of(student, "progress_sql")

    def suits(found: Experiments) -> bool:
        return all_differ(_progress(found), _wrong(found.connect(), _PROGRESS_MISTAKES))

    found = _experiments(draw, suits)
    connection = found.connect()
    expect_rows(
        run_query(connection, sql, what="`progress_sql`"),
        _progress(found),
        columns=("run_id", "name", "finished networks"),
        what="the list of runs",
        mistakes=_wrong(connection, _PROGRESS_MISTAKES),
        hint=f"There are {len(found.runs)} runs, and {len(found.finished)} finished networks in all.",
    )


# Comparable networks --------------------------------------------------------------------------------------------


def _comparable(found: Experiments, model_id: int) -> Rows:
    dataset = next(model["dataset_id"] for model in found.models if model["model_id"] == model_id)
    rows = []
    for model in found.finished:
        if model["dataset_id"] == dataset:
            answers = found.of(model["model_id"])
            hits = sum(row["label"] == row["predicted"] for row in answers)
            rows.append((model["model_id"], len(answers), hits, hits / len(answers)))
    return rows


_COUNTS = (
    "SELECT p.model_id, COUNT(*), SUM(p.correct), {accuracy} FROM Predictions_Log p JOIN Model_Info m "
    "ON m.model_id = p.model_id {join} WHERE {where} GROUP BY p.model_id"
)
_SHARE = "AVG(p.correct)"
_SAME = "m.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)"
_DONE = "m.status = 'finished'"
_BY_DATA = (
    "m.dataset_id IN (SELECT a.dataset_id FROM Datasets a JOIN Datasets b ON a.{column} = b.{column} "
    f"WHERE b.dataset_id = (SELECT dataset_id FROM Model_Info WHERE model_id = :model_id)) AND {_DONE}"
)
_COMPARABLE_MISTAKES = {
    "The accuracy is 0 or 1. Both numbers are whole, and SQL then divides like `//` in Python. One of them must become "
    "a number with a fraction first.": _COUNTS.format(
        accuracy="SUM(p.correct) / COUNT(*)", join="", where=f"{_SAME} AND {_DONE}"
    ),
    "Networks of other data sets are in the list: theirs have the same *name*, but other test images. A name is no "
    "key.": _COUNTS.format(accuracy=_SHARE, join="", where=_BY_DATA.format(column="name")),
    "Networks that were tested on another choice of test images are in the list. Their pictures come from the same "
    "source, so the checksum is the same, but one row of `Datasets` means one choice.": _COUNTS.format(
        accuracy=_SHARE, join="", where=_BY_DATA.format(column="checksum")
    ),
    "All networks are in the list, whatever images they were tested on.": _COUNTS.format(
        accuracy=_SHARE, join="", where=_DONE
    ),
    "A network that is not finished is in the list. It was stopped in the middle; nobody has vouched for its rows.": (
        _COUNTS.format(accuracy=_SHARE, join="", where=_SAME)
    ),
    "Only the networks of the same *run* are in the list. Other runs used the same data, too.": _COUNTS.format(
        accuracy=_SHARE,
        join="",
        where=f"m.run_id = (SELECT run_id FROM Model_Info WHERE model_id = :model_id) AND {_DONE}",
    ),
    "Only the network itself is in the list. Which others may it be compared with?": _COUNTS.format(
        accuracy=_SHARE, join="", where="m.model_id = :model_id"
    ),
    "The network itself is missing. It belongs in the comparison, too.": _COUNTS.format(
        accuracy=_SHARE, join="", where=f"{_SAME} AND {_DONE} AND m.model_id <> :model_id"
    ),
    "There are more images than the test set has. A join with `Epoch_Stats` repeats each prediction once for each "
    "epoch; the share survives that, the counts do not.": _COUNTS.format(
        accuracy=_SHARE, join="JOIN Epoch_Stats e ON e.model_id = m.model_id", where=f"{_SAME} AND {_DONE}"
    ),
    "The accuracy is a mean over the *classes*, in which a small class counts as much as a large one. Accuracy is a "
    "share of all images.": (
        "SELECT model_id, SUM(n), SUM(k), AVG(1.0 * k / n) FROM (SELECT p.model_id, p.label, COUNT(*) AS n, "
        "SUM(p.correct) AS k FROM Predictions_Log p JOIN Model_Info m ON m.model_id = p.model_id WHERE "
        f"{_SAME} AND {_DONE} GROUP BY p.model_id, p.label) GROUP BY model_id"
    ),
    "The accuracy is a percentage. In this course it is a share from 0 to 1.": _COUNTS.format(
        accuracy="100.0 * SUM(p.correct) / COUNT(*)", join="", where=f"{_SAME} AND {_DONE}"
    ),
    "There is a single row for all networks together. Each should have a row of its own.": _COUNTS.format(
        accuracy=_SHARE, join="", where=f"{_SAME} AND {_DONE}"
    ).removesuffix(" GROUP BY p.model_id"),
    "The mean confidence stands where the accuracy should be: how sure a network was is not how often it was right.": (
        _COUNTS.format(accuracy="AVG(p.confidence)", join="", where=f"{_SAME} AND {_DONE}")
    ),
    "Only right answers are left before anything is counted, so everything looks perfect. WHERE is applied first.": (
        _COUNTS.format(accuracy=_SHARE, join="", where=f"{_SAME} AND {_DONE} AND p.correct = 1")
    ),
}


@check(
    "ex08.comparable",
    points=3,
    needs="comparable_sql",
    hints=(
        "`Predictions_Log` has one row for each network and image, and `correct` is 1 or 0. So the images are a count, "
        "the right ones a sum.",
        "The data set of network :model_id is a question of its own. A SELECT in parentheses may stand where a value "
        "is expected: `WHERE … = (SELECT … )`.",
        "The mean of 0s and 1s is a share. Or multiply by 1.0 before you divide.",
    ),
)
def compares_on_the_same_images(student: Student, draw: Draw) -> None:
    """Compare the accuracies of networks that were tested on the same images."""
    sql = sql_of(student, "comparable_sql")

    def given(found: Experiments) -> list[Parameters]:
        first = {data: models[0]["model_id"] for data, models in _grouped(found.finished, "dataset_id").items()}
        return [{"model_id": first[1]}, {"model_id": first[3]}]

    def suits(found: Experiments) -> bool:
        first = given(found)[0]
        return all_differ(
            _comparable(found, first["model_id"]),
            {
                hint: rows
                for hint, rows in _wrong(found.connect(), _COMPARABLE_MISTAKES, first).items()
                if "not finished" not in hint
            },
        )

    found = _experiments(draw, suits)
    connection = found.connect()
    first, second = given(found)
    for parameters in (first, second):
        correct = _comparable(found, parameters["model_id"])
        mistakes = _wrong(connection, _COMPARABLE_MISTAKES, parameters)
        if parameters is not first:
            mistakes[
                f"These are the rows for :model_id = {first['model_id']} again. The data set has to follow from "
                ":model_id."
            ] = _comparable(found, first["model_id"])
        expect_rows(
            run_query(connection, sql, parameters, what="`comparable_sql`"),
            correct,
            columns=("model_id", "images", "right ones", "accuracy"),
            what=f"the list for :model_id = {parameters['model_id']}",
            mistakes=mistakes,
            hint=f"Network {parameters['model_id']} was tested on {correct[0][1]} images, as were "
            f"{len(correct) - 1} other finished networks.",
        )


# The best epoch -------------------------------------------------------------------------------------------------


def _best_epochs(found: Experiments) -> Rows:
    rows = []
    for model_id, epochs in _grouped(found.epochs, "model_id").items():
        if epochs[0]["val_accuracy"] is not None:
            best = max(epochs, key=lambda row: row["val_accuracy"])  # of equal ones the first
            rows.append((model_id, best["epoch"], best["val_accuracy"], best["accuracy"] - best["val_accuracy"]))
    return rows


_EPOCHS = "SELECT e.model_id, {epoch}, e.val_accuracy, {gap} FROM Epoch_Stats e WHERE {where}"
_HIGHEST = "e.val_accuracy = (SELECT MAX(val_accuracy) FROM Epoch_Stats o WHERE o.model_id = e.model_id)"
_EPOCH_MISTAKES = {
    "These are the *last* epochs. Training goes on after the best one; that is why the best one is kept.": (
        _EPOCHS.format(
            epoch="e.epoch",
            gap="e.gap",
            where="e.epoch = (SELECT MAX(epoch) FROM Epoch_Stats o WHERE o.model_id = e.model_id)",
        )
    ),
    "These are the last epochs of all networks that were validated. The best one often came earlier.": (
        _EPOCHS.format(
            epoch="e.epoch",
            gap="e.gap",
            where="e.val_accuracy IS NOT NULL AND e.epoch = (SELECT MAX(epoch) FROM Epoch_Stats o WHERE o.model_id = "
            "e.model_id)",
        )
    ),
    "The highest accuracy of each network is there, but the epoch beside it is the last one: two MAX in one SELECT "
    "come from different rows.": (
        "SELECT model_id, MAX(epoch), MAX(val_accuracy), MAX(gap) FROM Epoch_Stats WHERE val_accuracy IS NOT NULL "
        "GROUP BY model_id"
    ),
    "Two MAX in one SELECT come from different rows: the epoch beside the highest accuracy is the last one. And a "
    "network that was never validated has no best epoch.": (
        "SELECT model_id, MAX(epoch), MAX(val_accuracy), MAX(gap) FROM Epoch_Stats GROUP BY model_id"
    ),
    "There is a single row, the best epoch of all networks together. Each network has its own.": (
        "SELECT model_id, epoch, val_accuracy, gap FROM Epoch_Stats ORDER BY val_accuracy DESC, epoch LIMIT 1"
    ),
    "These epochs have the highest *training* accuracy. A network may know its training images by heart; the best "
    "epoch is the one that does best on the validation images.": (
        _EPOCHS.format(
            epoch="e.epoch",
            gap="e.gap",
            where="e.val_accuracy IS NOT NULL AND e.accuracy = (SELECT MAX(accuracy) FROM Epoch_Stats o WHERE "
            "o.model_id = e.model_id)",
        )
    ),
    "These epochs have the lowest validation *loss*. Asked for is the highest validation accuracy; the two are not "
    "always the same epoch.": _EPOCHS.format(
        epoch="e.epoch",
        gap="e.gap",
        where="e.val_loss = (SELECT MIN(val_loss) FROM Epoch_Stats o WHERE o.model_id = e.model_id)",
    ),
    "Where two epochs share the highest accuracy, both are there. Each network should have one row: the earlier "
    "epoch.": _EPOCHS.format(epoch="e.epoch", gap="e.gap", where=_HIGHEST),
    "Where two epochs share the highest accuracy, the later one came. Training on gained nothing, so the earlier one "
    "is asked for.": _EPOCHS.format(epoch="MAX(e.epoch)", gap="e.gap", where=_HIGHEST) + " GROUP BY e.model_id",
    "The gap has the wrong sign: it is the training accuracy minus the validation accuracy.": _EPOCHS.format(
        epoch="MIN(e.epoch)", gap="e.val_accuracy - e.accuracy", where=_HIGHEST
    )
    + " GROUP BY e.model_id",
    "These are the worst epochs. Is it the highest or the lowest that you look for?": _EPOCHS.format(
        epoch="MIN(e.epoch)",
        gap="e.gap",
        where=_HIGHEST.replace("MAX", "MIN"),
    )
    + " GROUP BY e.model_id",
    "The gap stands beside another epoch's accuracy: it is the largest gap of the network, not that of its best "
    "epoch.": (
        "SELECT e.model_id, MIN(e.epoch), e.val_accuracy, (SELECT MAX(gap) FROM Epoch_Stats o WHERE o.model_id = "
        f"e.model_id) FROM Epoch_Stats e WHERE {_HIGHEST} GROUP BY e.model_id"
    ),
    "Every epoch of every network is there. Keep only the best one of each.": _EPOCHS.format(
        epoch="e.epoch", gap="e.gap", where="1 = 1"
    ),
}


@check(
    "ex08.best_epoch",
    points=3,
    needs="best_epoch_sql",
    hints=(
        "Two steps. First: what is the highest validation accuracy of *one* network? Then: in which of its epochs was "
        "it reached?",
        "A SELECT in parentheses can look at the row outside of it: `WHERE e.x = (SELECT … WHERE o.model_id = "
        "e.model_id)` is worked out anew for every row.",
        "Of several epochs with that accuracy, the earliest has the smallest number: group what is left.",
    ),
)
def finds_the_best_epoch(student: Student, draw: Draw) -> None:
    """Find the best epoch of each network, and the gap there."""
    sql = sql_of(student, "best_epoch_sql")

    def suits(found: Experiments) -> bool:
        return all_differ(_best_epochs(found), _wrong(found.connect(), _EPOCH_MISTAKES))

    found = _experiments(draw, suits)
    connection = found.connect()
    correct = _best_epochs(found)
    first = next(row for row in correct if row[0] % 2 == 0)
    expect_rows(
        run_query(connection, sql, what="`best_epoch_sql`"),
        correct,
        columns=("model_id", "epoch", "val_accuracy", "gap"),
        what="the list of best epochs",
        mistakes=_wrong(connection, _EPOCH_MISTAKES),
        hint=f"The validation accuracies of network {first[0]}, epoch by epoch: "
        + ", ".join(f"{row['val_accuracy']:.3f}" for row in found.epochs if row["model_id"] == first[0])
        + ". Networks without a validation accuracy have no best epoch.",
    )


# Recall and precision -------------------------------------------------------------------------------------------


def _class_rows(found: Experiments, model_id: int) -> Rows:
    answers = found.of(model_id)
    names = found.class_names(answers[0]["dataset_id"])
    rows = []
    for index, name in enumerate(names):
        support = sum(row["label"] == index for row in answers)
        called = sum(row["predicted"] == index for row in answers)
        hits = sum(row["label"] == index == row["predicted"] for row in answers)
        rows.append((name, support, hits / support, hits / called if called else 0.0))
    return rows


_OWN_CLASSES = "c.dataset_id = p.dataset_id"
_HITS = "SUM(p.label = c.class_index AND p.predicted = c.class_index)"
_SUPPORT, _CALLED = "SUM(p.label = c.class_index)", "SUM(p.predicted = c.class_index)"
_CLASSES = (
    "SELECT c.class_name, {support}, {recall}, COALESCE({precision}, 0) FROM Predictions_Log p JOIN Classes c ON "
    "{on} WHERE {where} GROUP BY c.class_id"
)
_RECALL, _PRECISION = f"1.0 * {_HITS} / {_SUPPORT}", f"1.0 * {_HITS} / {_CALLED}"
_OF_MODEL = "p.model_id = :model_id"
_CLASS_PARTS = {
    "support": _SUPPORT, "recall": _RECALL, "precision": _PRECISION, "on": _OWN_CLASSES, "where": _OF_MODEL,
}  # fmt: skip


def _class_query(**changes: str) -> str:
    return _CLASSES.format(**{**_CLASS_PARTS, **changes})


_CLASS_MISTAKES = {
    "Recall and precision have changed places. Recall is a share of the images that *are* of the class, precision of "
    "those that are *called* so.": _class_query(recall=f"COALESCE({_PRECISION}, 0)", precision=_RECALL),
    "The shares are 0 or 1: whole numbers are divided like `//` in Python. Make one of them a fraction first.": (
        _class_query(recall=f"{_HITS} / {_SUPPORT}", precision=f"{_HITS} / {_CALLED}")
    ),
    "The class that the network never predicted has the precision NULL, because SQLite makes NULL of a division by 0. "
    "It should be 0.": _class_query().replace("COALESCE", "").replace(", 0)", ")"),
    "A class is missing: the one that the network never predicted. Joining over `predicted` finds no row for it.": (
        _class_query() + f" HAVING {_CALLED} > 0"
    ),
    "Every class name is there once for each data set: each data set has classes of its own, and a class is found by "
    "its data set *and* its index.": _class_query(on="1 = 1"),
    "Too many images are counted, because classes of other data sets are in the join: each data set has classes of its "
    "own, and a class is found by its data set *and* its index.": (
        _class_query(on="1 = 1").replace("GROUP BY c.class_id", "GROUP BY c.class_name")
    ),
    "All recalls are 1, because only right answers are left. WHERE is applied before anything is counted.": (
        _class_query(where=f"{_OF_MODEL} AND p.correct = 1")
    ),
    "All networks are counted together. Asked for is network :model_id.": _class_query(where="1 = 1"),
    "You divide by all images. Recall looks at the images of one class, precision at those called so.": _class_query(
        recall=f"1.0 * {_HITS} / COUNT(*)", precision=f"1.0 * {_HITS} / COUNT(*)"
    ),
    "The second column says how often the class was *called*. Support is how many test images *are* of it.": (
        _class_query(support=_CALLED)
    ),
    "The second column counts the right answers only. Support is how many test images are of the class.": _class_query(
        support=_HITS
    ),
    "Precision is the same as recall: both are shares of the images that *are* of the class. Precision is a share of "
    "those *called* so.": _class_query(precision=_RECALL),
    "The first column holds the numbers of the classes. Their names stand in `Classes`.": (
        _class_query().replace("c.class_name", "c.class_index")
    ),
    "The first column holds the numbers of the classes; their names stand in `Classes`. And precision is the same as "
    "recall, but should be a share of the images *called* so.": (
        _class_query(precision=_RECALL).replace("c.class_name", "c.class_index")
    ),
}
_READY = {
    "Class_Metrics": "The view `Class_Metrics` has the answer ready; here you write what stands behind such a view.",
    "Confusion_Matrix": "Count from `Predictions_Log`; the view `Confusion_Matrix` has the counting behind it.",
}


@check(
    "ex08.class_metrics",
    points=4,
    needs="class_metrics_sql",
    hints=(
        "Join each prediction with *all* classes of its data set; then `SUM(CASE WHEN … THEN 1 ELSE 0 END)` counts "
        "under any condition you like, for each class.",
        "Three counts are enough: images of the class, images called so, and images of which both is true.",
        "`NULLIF(x, 0)` is NULL when x is 0, and `COALESCE(y, 0)` is 0 when y is NULL. A CASE does the same.",
    ),
)
def measures_each_class(student: Student, draw: Draw) -> None:
    """Compute recall and precision of each class from the predictions."""
    sql = sql_of(student, "class_metrics_sql")

    def chosen(found: Experiments) -> tuple[int | None, int | None]:
        """Return a network that predicts every class, and one that never predicts one of them."""
        every = never = None
        for model in found.finished:
            called = {row["predicted"] for row in found.of(model["model_id"])}
            if len(called) == 4:
                every = every or model["model_id"]
            else:
                never = model["model_id"]
        return every, never

    def suits(found: Experiments) -> bool:
        every, never = chosen(found)
        if every is None or never is None:
            return False
        connection = found.connect()
        for model_id in (every, never):
            mistakes = _wrong(connection, _CLASS_MISTAKES, {"model_id": model_id})
            if model_id == every:
                mistakes = {hint: rows for hint, rows in mistakes.items() if "never predicted" not in hint}
            if not all_differ(_class_rows(found, model_id), mistakes):
                return False
        return True

    found = _without_a_class(draw, suits)
    connection = found.connect()
    parts = (
        (
            "recall and precision of each class",
            3,
            "Count one class by hand: how many rows have it as label, how many as predicted, how many both?",
        ),
        (
            "a class that the network never predicted",
            1,
            "This network never predicted one of the classes. Which precision does the question ask for then?",
        ),
    )
    for (title, weight, hint), model_id in zip(parts, chosen(found)):
        with student.part(title, weight):
            parameters = {"model_id": model_id}
            correct = _class_rows(found, model_id)
            expect_rows(
                run_query(connection, sql, parameters, what="`class_metrics_sql`", refused=_READY),
                correct,
                columns=("class_name", "support", "recall", "precision"),
                what=f"the list for :model_id = {model_id}",
                mistakes=_wrong(connection, _CLASS_MISTAKES, parameters),
                hint=hint,
            )
    with student.part("new predictions are in it at once", 1):
        _follows_the_predictions(student, found, connection, sql)


def _without_a_class(draw: Draw, suits: Callable[[Experiments], bool]) -> Experiments:
    """Draw experiments in which the last finished network never predicts one of the classes."""
    for _ in range(TRIES):
        found = draw_experiments(draw)
        lazy, absent = found.finished[-1]["model_id"], draw.integer(0, 3)
        for row in found.predictions:
            if row["model_id"] == lazy and row["predicted"] == absent:
                row["predicted"] = (absent + 1) % 4
        if suits(found):
            return found
    raise RuntimeError("no experiments were found that separate the answers")


def _follows_the_predictions(student: Student, found: Experiments, connection: sqlite3.Connection, sql: str) -> None:
    """Change predictions of one network and expect that the query sees it."""
    require(
        all(finding.passed for finding in student.findings),
        "This part is judged once the query is right, because it is the same query.",
    )
    model_id = found.finished[0]["model_id"]
    for row in found.of(model_id)[::2]:
        row["predicted"] = (row["predicted"] + 1) % 4
        connection.execute(
            "UPDATE Predictions_Log SET predicted = :predicted WHERE model_id = :model_id AND image_index = "
            ":image_index",
            {key: row[key] for key in ("predicted", "model_id", "image_index")},
        )
    expect_rows(
        run_query(connection, sql, {"model_id": model_id}, what="`class_metrics_sql`", refused=_READY),
        _class_rows(found, model_id),
        columns=("class_name", "support", "recall", "precision"),
        what=f"the list for :model_id = {model_id}, after some of its predictions were corrected,",
        hint="The numbers must be counted from the rows of `Predictions_Log`, each time anew.",
    )


# Confused pairs -------------------------------------------------------------------------------------------------


def _pairs(found: Experiments, model_id: int, most: int = 3) -> Rows:
    answers = found.of(model_id)
    names = found.class_names(answers[0]["dataset_id"])
    support = Counter(row["label"] for row in answers)
    cells = Counter((row["label"], row["predicted"]) for row in answers if row["label"] != row["predicted"])
    rows = [(names[true], names[said], count, count / support[true]) for (true, said), count in cells.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))[:most]


_SUPPORT_OF_ROW = (
    "(SELECT SUM(o.images) FROM Confusion_Matrix o WHERE o.model_id = k.model_id AND o.true_label = k.true_label)"
)
_CALLED_SO = _SUPPORT_OF_ROW.replace("true_label", "predicted_label")
_PAIR_PARTS = {
    "names": "k.true_class, k.predicted_class",
    "images": "k.images",
    "share": f"1.0 * k.images / {_SUPPORT_OF_ROW}",
    "where": "k.model_id = :model_id AND k.true_label <> k.predicted_label AND k.images > 0",
    "order": "k.images DESC, k.true_class, k.predicted_class LIMIT 3",
}


def _pair_query(**changes: str) -> str:
    return ("SELECT {names}, {images}, {share} FROM Confusion_Matrix k WHERE {where} ORDER BY {order}").format(
        **{**_PAIR_PARTS, **changes}
    )


_PAIR_MISTAKES = {
    "Right answers are in the list: a class with itself is no confusion.": _pair_query(
        where="k.model_id = :model_id AND k.images > 0"
    ),
    "The rarest confusions came. ORDER BY begins with the smallest number unless you say otherwise.": _pair_query(
        order="k.images, k.true_class, k.predicted_class LIMIT 3"
    ),
    "All confusions are there. Only the first three are asked for.": _pair_query(
        order="k.images DESC, k.true_class, k.predicted_class"
    ),
    "The share is 0 or 1: whole numbers are divided like `//` in Python. Make one of them a fraction first.": (
        _pair_query(share=f"k.images / {_SUPPORT_OF_ROW}")
    ),
    "The share is one of *all* images. Asked for is the share of the true class: of all cats, how many were called "
    "dogs?": _pair_query(share="1.0 * k.images / (SELECT COUNT(*) FROM Predictions_Log WHERE model_id = k.model_id)"),
    "The share is one of the images that were *called* so. Asked for is the share of the true class.": _pair_query(
        share=f"1.0 * k.images / {_CALLED_SO}"
    ),
    "The share is one of the mistakes only. All images of the true class count, the right ones, too.": _pair_query(
        share=f"1.0 * k.images / ({_SUPPORT_OF_ROW} - (SELECT d.images FROM Confusion_Matrix d WHERE d.model_id = "
        "k.model_id AND d.true_label = k.true_label AND d.predicted_label = k.true_label))"
    ),
    "True and predicted class have changed places.": _pair_query(names="k.predicted_class, k.true_class"),
    "These are numbers of classes. A reader wants their names.": _pair_query(names="k.true_label, k.predicted_label"),
    "The confusions of all networks are in one list. Asked for is network :model_id.": _pair_query(
        where="k.true_label <> k.predicted_label AND k.images > 0"
    ),
    "Both directions were added up. Cat called dog and dog called cat are two different mistakes.": (
        "SELECT a.true_class, a.predicted_class, a.images + b.images, 1.0 * (a.images + b.images) / (SELECT "
        "SUM(o.images) FROM Confusion_Matrix o WHERE o.model_id = a.model_id AND o.true_label = a.true_label) FROM "
        "Confusion_Matrix a JOIN Confusion_Matrix b ON b.model_id = a.model_id AND b.true_label = a.predicted_label "
        "AND b.predicted_label = a.true_label WHERE a.model_id = :model_id AND a.true_label < a.predicted_label ORDER "
        "BY 3 DESC, 1, 2 LIMIT 3"
    ),
    "The names belong to another data set: a class is found by its data set *and* its index.": (
        "SELECT t.class_name, g.class_name, k.images, "
        + _PAIR_PARTS["share"]
        + " FROM Confusion_Matrix k JOIN Classes "
        "t ON t.dataset_id = 1 AND t.class_index = k.true_label JOIN Classes g ON g.dataset_id = 1 AND g.class_index = "
        f"k.predicted_label WHERE {_PAIR_PARTS['where']} ORDER BY {_PAIR_PARTS['order']}"
    ),
}
_TIES = {
    "Equal numbers stand in the order of the class *numbers*. The alphabetical order of the names is asked for.": (
        _pair_query(order="k.images DESC, k.true_label, k.predicted_label LIMIT 3")
    ),
    "Equal numbers stand in the order of the predicted class. The true class comes first, then the predicted one.": (
        _pair_query(order="k.images DESC, k.predicted_class, k.true_class LIMIT 3")
    ),
}
"""Mistakes that show only where numbers are equal."""


@check(
    "ex08.confusions",
    points=3,
    needs="confusions_sql",
    hints=(
        "The view `Confusion_Matrix` has one row for each pair of classes, with their names and `images`. Keep one "
        "network, and throw out the diagonal.",
        "For the share you need all images of the true class: the sum of `images` over the row of the matrix, as a "
        "SELECT in parentheses.",
        "ORDER BY may have several columns, and each may have its own DESC. LIMIT comes last.",
    ),
)
def lists_confused_pairs(student: Student, draw: Draw) -> None:
    """List the three most frequent confusions of a network."""
    sql = sql_of(student, "confusions_sql")

    def of_another_order(found: Experiments) -> int | None:
        """Return a network of the third data set, whose classes stand in another order, that separates the answers."""
        for model in found.finished:
            correct = _pairs(found, model["model_id"], 4)
            if model["dataset_id"] == 3 and len(correct) == 4 and correct[2][2] > correct[3][2]:
                return model["model_id"]
        return None

    def with_ties(found: Experiments) -> set[int]:
        """Return networks with equal numbers, so that each other way to order these gives another list; or nothing."""
        orders = (
            lambda row, names: (-row[2], names.index(row[0]), names.index(row[1])),
            lambda row, names: (-row[2], row[1], row[0]),
            lambda row, names: (-row[2], row[1], names.index(row[0])),
            lambda row, names: (-row[2], row[0], names.index(row[1])),
        )
        chosen = {}
        for model in found.finished:
            names = found.class_names(model["dataset_id"])
            correct = _pairs(found, model["model_id"], 12)
            if len(correct) < 4:  # otherwise pairs that never happened would be in the list
                continue
            for number, order in enumerate(orders):
                if sorted(correct, key=lambda row: order(row, names))[:3] != correct[:3]:
                    chosen.setdefault(number, model["model_id"])
        return set(chosen.values()) if len(chosen) == len(orders) else set()

    def suits(found: Experiments) -> bool:
        model_id = of_another_order(found)
        if model_id is None or not with_ties(found):
            return False
        mistakes = _wrong(found.connect(), _PAIR_MISTAKES, {"model_id": model_id})
        return all_differ(_pairs(found, model_id), mistakes)

    found = _experiments(draw, suits)
    connection = found.connect()
    for model_id in (of_another_order(found), *sorted(with_ties(found))):
        correct = _pairs(found, model_id)
        expect_rows(
            run_query(connection, sql, {"model_id": model_id}, what="`confusions_sql`"),
            correct,
            columns=("true class", "predicted class", "images", "share of the true class"),
            what=f"the list for :model_id = {model_id}",
            ordered=True,
            mistakes=_wrong(connection, _PAIR_MISTAKES | _TIES, {"model_id": model_id}),
            hint=f"The most frequent confusion of this network is {correct[0][0]} called {correct[0][1]}, "
            f"{correct[0][2]} times.",
        )


# Seeds ----------------------------------------------------------------------------------------------------------


def _by_network(found: Experiments) -> Rows:
    groups: dict[tuple[int, str], list[float]] = defaultdict(list)
    for model in found.finished:
        groups[model["dataset_id"], model["model_name"]].append(model["accuracy"])
    return [
        (*key, len(values), fmean(values), min(values), max(values))
        for key, values in groups.items()
        if len(values) >= 2
    ]


_SEEDS = (
    "SELECT {keys}, COUNT({counted}), {middle}, MIN(m.accuracy), MAX(m.accuracy) FROM Model_Info m WHERE {where} "
    "GROUP BY {group} {having}"
)
_SEED_PARTS = {
    "keys": "m.dataset_id, m.model_name", "counted": "*", "middle": "AVG(m.accuracy)",
    "where": "m.status = 'finished'", "group": "m.dataset_id, m.model_name", "having": "HAVING COUNT(*) >= 2",
}  # fmt: skip


def _seed_query(**changes: str) -> str:
    return _SEEDS.format(**{**_SEED_PARTS, **changes})


_SEED_MISTAKES = {
    "Results on different data sets are thrown together. An accuracy on other test images is another quantity: each "
    "data set needs groups of its own.": _seed_query(group="m.model_name"),
    "The name of the data set is no key: several data sets have it.": (
        "SELECT MIN(m.dataset_id), m.model_name, COUNT(*), AVG(m.accuracy), MIN(m.accuracy), MAX(m.accuracy) FROM "
        "Model_Info m JOIN Datasets d ON d.dataset_id = m.dataset_id WHERE m.status = 'finished' GROUP BY d.name, "
        "m.model_name HAVING COUNT(*) >= 2"
    ),
    "Each run has groups of its own here. The same network may have been trained in several runs.": _seed_query(
        group="m.run_id, m.model_name"
    ),
    "Networks that were trained only once are in the list. One result has no spread.": _seed_query(having=""),
    "Networks with exactly two results are missing: two are enough.": _seed_query(having="HAVING COUNT(*) > 2"),
    "Networks that are not finished are counted: COUNT(*) counts their rows, too, which hold no accuracy yet.": (
        _seed_query(where="1 = 1")
    ),
    "The highest accuracy stands where the mean should be. The best seed is the luckiest one, not a better network.": (
        _seed_query(middle="MAX(m.accuracy)")
    ),
    "The sum stands where the mean should be.": _seed_query(middle="SUM(m.accuracy)"),
    "Lowest and highest are the ends of the *intervals*. Asked for are the accuracies themselves; how far seeds lie "
    "apart, and how well one accuracy is known, are two different questions.": (
        _seed_query()
        .replace("MIN(m.accuracy)", "MIN(m.accuracy_low)")
        .replace("MAX(m.accuracy)", "MAX(m.accuracy_high)")
    ),
    "Lowest and highest have changed places.": (
        "SELECT m.dataset_id, m.model_name, COUNT(*), AVG(m.accuracy), MAX(m.accuracy), MIN(m.accuracy) FROM "
        "Model_Info m WHERE m.status = 'finished' GROUP BY m.dataset_id, m.model_name HAVING COUNT(*) >= 2"
    ),
    "Everything is one group: all networks of a data set. Each network needs a row of its own.": _seed_query(
        group="m.dataset_id"
    ),
    "There is a single row: without GROUP BY, all finished networks are one group.": (
        _seed_query().partition("GROUP BY")[0]
    ),
    "The mean of lowest and highest is not the mean of all seeds.": _seed_query(
        middle="(MIN(m.accuracy) + MAX(m.accuracy)) / 2"
    ),
}


@check(
    "ex08.seeds",
    points=3,
    needs="seeds_sql",
    hints=(
        "Which columns must be equal for two results to be the same experiment from another seed? Those belong in "
        "GROUP BY.",
        "WHERE chooses rows before they are grouped, HAVING chooses groups. Which of your two conditions is which?",
    ),
)
def spreads_over_the_seeds(student: Student, draw: Draw) -> None:
    """Summarise each network over its seeds, on each data set."""
    sql = sql_of(student, "seeds_sql")

    def suits(found: Experiments) -> bool:
        return all_differ(_by_network(found), _wrong(found.connect(), _SEED_MISTAKES))

    found = _experiments(draw, suits)
    connection = found.connect()
    correct = _by_network(found)
    expect_rows(
        run_query(connection, sql, what="`seeds_sql`"),
        correct,
        columns=("dataset_id", "model_name", "results", "mean", "lowest", "highest"),
        what="the table of networks",
        mistakes=_wrong(connection, _SEED_MISTAKES),
        hint=f"On data set {correct[0][0]}, {correct[0][1]} has {correct[0][2]} finished results.",
    )


# The lucky seed -------------------------------------------------------------------------------------------------


@check(
    "ex08.lucky_seed",
    points=1,
    needs="lucky_seed",
    hints=(
        "All twenty are equally good. What makes their accuracies differ, then?",
        "Twenty people throw a hundred coins each, and you report the one with most heads. What do you report, and "
        "what will she throw next time?",
    ),
)
def reports_the_best_seed(student: Student, draw: Draw) -> None:
    """Predict what the best of twenty equal networks will do."""
    value = student.value("lucky_seed")
    require(
        isinstance(value, str),
        "`lucky_seed` should be one of the letters, as text.",
        got=value,
        expected="'a', 'b', 'c' or 'd'",
    )
    expect_choice(
        value,
        "c",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "The mean of the twenty will be close to 0.80. But it is the *highest* that is reported. Throw twenty "
            "dice: is the highest a typical one?",
            "b": "On these images it was indeed the highest, and higher than it deserves. But what would carry the "
            "advantage over to new images, when all twenty are right equally often?",
            "d": "Nothing pushes it below 0.80 later: its luck ends, but no bad luck follows. What does a network do "
            "on new images that is right 80 times in 100?",
        },
        what="`lucky_seed`",
    )


# A table with rules ---------------------------------------------------------------------------------------------


def _look(draw: Draw, **changes: Any) -> Record:
    return {
        "look_id": draw.integer(100, 10**9),
        "model_id": draw.integer(1, 3),
        # No two moments are the same by chance: a wrong row must be refused for what is wrong with it.
        "looked_utc": f"2026-03-{draw.integer(10, 28)} 12:{draw.integer(10, 59)}:{draw.number(10, 59):.4f}",
        "purpose": "report",
        "accuracy": round(draw.number(0.3, 0.9), 3),
        **changes,
    }


def _store_of_looks(sql: str) -> sqlite3.Connection:
    connection = store_with_models(3)
    run_definition(connection, sql, what="`looks_sql`")
    found = rows_of(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND lower(name) = 'test_looks'")
    require(found, "There is no table `Test_Looks` afterwards.", hint="Is its name spelled as in the question?")
    return connection


def _takes(connection: sqlite3.Connection, row: Record, hint: str) -> None:
    refusal = try_insert(connection, "Test_Looks", row)
    require(
        not refusal,
        "The table refuses a row that is right.",
        got=f"{_row(row)}: {refusal}",
        expected="the row is taken",
        hint=hint,
    )


def _refuses(connection: sqlite3.Connection, row: Record, message: str, hint: str) -> None:
    require(
        try_insert(connection, "Test_Looks", row), message, got=f"{_row(row)} was taken", expected="refused", hint=hint
    )


def _row(row: Record) -> str:
    values = ", ".join(f"{key} = {'NULL' if value is None else repr(value)}" for key, value in row.items())
    return f"({values})"


@check(
    "ex08.rules",
    points=3,
    needs="looks_sql",
    hints=(
        "A column is `name TYPE rules`, and the rules of a column follow each other without commas: `NOT NULL`, "
        "`CHECK (…)`, `REFERENCES table (column)`.",
        "`CHECK (x >= 0 AND x <= 1)` lets NULL pass: comparing with NULL gives neither true nor false. What refuses "
        "NULL?",
        "A rule about two columns *together* stands at the end of the list, as if it were a column: UNIQUE (…, …).",
    ),
)
def refuses_wrong_rows(student: Student, draw: Draw) -> None:
    """Make a table that refuses wrong rows."""
    sql = sql_of(student, "looks_sql")
    with student.part("right rows are taken"):
        connection = _store_of_looks(sql)
        first = _look(draw, look_id=1, model_id=1)
        _takes(connection, first, "Compare the names of your columns and their rules with the question.")
        _takes(connection, _look(draw, look_id=2, model_id=2, accuracy=0.0), "0 is an accuracy, though a sad one.")
        _takes(connection, _look(draw, look_id=3, model_id=3, accuracy=1.0, purpose="choice"), "1 is an accuracy, too.")
        _takes(
            connection,
            {**first, "look_id": 4, "looked_utc": "2026-04-01 12:00:00"},
            "The same network may be looked at again at another moment; then it counts twice, which is the purpose of "
            "the table.",
        )
        _takes(
            connection,
            {**first, "look_id": 5, "model_id": 2},
            "Two networks may be looked at in the same moment: only the *pair* must not come twice.",
        )
    right = student.findings[-1].passed

    with student.part("values out of range are refused"):
        require(right, "This part is judged once the table takes right rows.")
        for accuracy in (round(draw.number(1.01, 1.5), 3), -round(draw.number(0.01, 0.5), 3), draw.integer(60, 90)):
            _refuses(
                connection,
                _look(draw, accuracy=accuracy),
                f"An accuracy of {accuracy} was taken.",
                "An accuracy is a share from 0 to 1: both ends have to hold at once. A percentage slips in easily.",
            )
        for purpose in ("tuning", "Report", ""):
            _refuses(
                connection,
                _look(draw, purpose=purpose),
                f"The purpose {purpose!r} was taken.",
                "Only 'report' and 'choice' are allowed, spelled exactly so: whoever counts the looks relies on it.",
            )

    with student.part("missing values are refused"):
        require(right, "This part is judged once the table takes right rows.")
        for column in ("model_id", "looked_utc", "purpose", "accuracy"):
            _refuses(
                connection,
                _look(draw, **{column: None}),
                f"A row without {column} was taken.",
                "Neither CHECK nor REFERENCES refuses NULL: what is unknown breaks no rule. It takes a rule of its "
                "own.",
            )

    with student.part("a look that stands there already, or at a network that does not exist"):
        require(right, "This part is judged once the table takes right rows.")
        _refuses(
            connection,
            {**first, "look_id": 6, "accuracy": 0.5},
            "The same network was looked at twice in the same moment.",
            "model_id and looked_utc *together* must be unique. A program that was restarted would otherwise count "
            "its look twice.",
        )
        _refuses(
            connection,
            {**first, "look_id": 1, "looked_utc": "2026-05-01 12:00:00"},
            "Two rows have the same look_id.",
            "look_id is the key of the table.",
        )
        _refuses(
            connection,
            _look(draw, model_id=draw.integer(4, 50)),
            "A look at a network that does not exist was taken.",
            "model_id must be found in `Model_Info`. Which rule says so?",
        )


# Logging an epoch -----------------------------------------------------------------------------------------------


def _epoch(draw: Draw, model_id: int, epoch: int, **changes: Any) -> Record:
    return {
        "model_id": model_id,
        "epoch": epoch,
        "loss": round(draw.number(0.5, 2.0), 3),
        "accuracy": round(draw.number(0.3, 0.9), 3),
        "val_accuracy": round(draw.number(0.2, 0.8), 3),
        "logged_utc": f"2026-03-{draw.integer(10, 28)} 12:{draw.integer(10, 59)}:00",
        **changes,
    }


_REFUSALS = {
    "syntax error": "Were values pasted into the text? SQL then reads them as part of the statement. Let the database "
    "put them in, as with `:model_id` in section 2.",
    "no such column": "Were values pasted into the text? SQL then reads a word as the name of a column. Let the "
    "database put them in, as with `:model_id` in section 2.",
    "FOREIGN KEY": "There is no network of this number in `Model_Info`. Does each value go into the column of its "
    "name?",
}
"""Part of SQLite's message about a row that is right -> what it usually means."""


def _log(student: Student, store: Handle, row: Record) -> None:
    student.call("log_epoch", store, *row.values())


def _expect_epochs(student: Student, store: Handle, rows: list[Record], hints: Mapping[str, Rows], hint: str) -> None:
    """Expect that exactly these epochs stand in the database, and are visible to other programs."""
    columns = ("model_id", "epoch", "loss", "accuracy", "val_accuracy", "logged_utc")
    came = student.probe(store, rows_of, f"SELECT {', '.join(columns)} FROM Epoch_Stats ORDER BY model_id, epoch")
    expect_rows(
        Result(columns, [tuple(row) for row in came]),
        [tuple(row.values()) for row in rows],
        columns=columns,
        what="what stands in Epoch_Stats",
        mistakes=hints,
        hint=hint,
    )
    require(
        not student.probe(store, in_transaction),
        "The row is written, but not committed.",
        hint="Until `commit`, no other program sees it, and it is gone when yours is killed. `with connection:` "
        "commits at its end.",
    )


@check(
    "ex08.log_epoch",
    points=4,
    needs="log_epoch",
    hints=(
        "Write the SQL with one `?` for each value, and give the values as a tuple: `connection.execute(sql, values)`. "
        "Then neither quotation marks nor None can do harm.",
        "The key of `Epoch_Stats` is (model_id, epoch). SQLite can replace the row of a key, or update it "
        "`ON CONFLICT`: look for UPSERT in its documentation.",
        "`with connection:` commits when its body has ended, and takes everything back when an error leaves it.",
    ),
)
def logs_an_epoch_once(student: Student, draw: Draw) -> None:
    """Log an epoch so that a repetition replaces its row."""
    with student.part("a new epoch is written, and committed"):
        store = student.make(store_with_models, 3)
        one, two = _epoch(draw, 1, 1), _epoch(draw, 1, 2, val_accuracy=None)
        three = _epoch(draw, 2, 1)
        for row in (one, two, three):
            try:
                _log(student, store, row)
            except CheckFailed as failure:
                failure.hint = failure.hint or next(
                    (meaning for part, meaning in _REFUSALS.items() if part in failure.message), ""
                )
                raise
        _expect_epochs(
            student,
            store,
            [one, two, three],
            {"Nothing was written. UPDATE changes only rows that are there, and a new epoch has none yet.": []},
            "Three calls were made: epochs 1 and 2 of network 1, and epoch 1 of network 2. The second has no "
            "validation accuracy: None, which is NULL in the database.",
        )
    right = student.findings[-1].passed

    with student.part("an epoch that is logged again replaces its row", 2):
        require(right, "This part is judged once new epochs are written.")
        store = student.make(store_with_models, 3)
        old = [_epoch(draw, 1, 1), _epoch(draw, 1, 2), _epoch(draw, 2, 2)]
        new = _epoch(draw, 1, 2)
        for row in old:
            _log(student, store, row)
        try:
            _log(student, store, new)
        except CheckFailed as failure:
            failure.hint = (
                failure.hint
                or "A training that was killed repeats its last epoch, so the second call must succeed: the new row "
                "takes the place of the old one."
            )
            raise
        _expect_epochs(
            student,
            store,
            [old[0], new, old[2]],
            {
                "The old row is still there, and the new values are lost. The epoch was trained again, and the "
                "weights that go on are those of the repetition.": [tuple(row.values()) for row in old],
                "Other epochs of the network are gone. Only the row of this epoch may be replaced.": [
                    tuple(row.values()) for row in (new, old[2])
                ],
                "The epoch is gone for another network, too. A row belongs to a network *and* an epoch.": [
                    tuple(row.values()) for row in (old[0], new)
                ],
            },
            "Epoch 2 of network 1 was logged twice, with other values. All values of the second call should be there, "
            "and nothing else should have changed.",
        )

    with student.part("a wrong row is refused, and the right one stays"):
        require(right, "This part is judged once new epochs are written.")
        store = student.make(store_with_models, 3)
        good = _epoch(draw, 1, 1)
        _log(student, store, good)
        for wrong in (
            _epoch(draw, 1, 1, accuracy=round(draw.number(1.1, 1.9), 3)),
            _epoch(draw, 1, draw.integer(-3, 0)),
            _epoch(draw, 9, 1),
        ):
            _expect_refusal(student, store, wrong)
            student.probe(store, roll_back)  # what happens to a program that ends here
            _expect_epochs(
                student,
                store,
                [good],
                {
                    "The right row is gone: it was deleted, and committed, before the new one was refused. Both steps "
                    "belong in one transaction.": []
                },
                "One right row was logged, then a wrong one that the database refuses. The right row should still be "
                "there.",
            )


def _expect_refusal(student: Student, store: Handle, row: Record) -> None:
    """Expect that logging a wrong row raises an error, whatever its name."""
    try:
        _log(student, store, row)
    except CheckFailed as failure:
        if failure.state is State.ERROR:
            return
        raise
    raise CheckFailed(
        "A wrong row was logged without an error.",
        got=_row({key: row[key] for key in ("model_id", "epoch", "accuracy")}),
        expected="the error that the database raises",
        hint="Whoever calls must hear of it. `OR IGNORE` and `except: pass` turn a wrong row into a missing one that "
        "nobody notices, and with the rules turned off it stays in the table.",
    )


manual(
    "ex08.report",
    points=4,
    title="Give a number its papers",
    rubric=(
        "1 point: names one number of the notebook with its interval and the number of test images, or with the "
        "spread over the seeds; half a point for the bare number.",
        "1 point: names the seed, the data set with checksum and size, the revision of the code and the versions or "
        "hardware, as the database holds them, and says for at least one of them what it is needed for.",
        "1 point: says how the network was chosen and on which images, and how often the test set was looked at for "
        "it; does not present the best seed as the result.",
        "1 point: names one thing that the database still does not know, and why it could change the number (for "
        "example: the order of threads, a library's own cache, who chose the recipe and after what).",
    ),
)
