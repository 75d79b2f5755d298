"""Exercise 07: where a model fails, how sure its accuracy is, and how far its confidence can be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from .compare import expect_array, expect_choice, expect_columns, expect_equal, expect_number, require
from .draw import Draw
from .registry import check, exercise, manual
from .student import Student

Case = TypeVar("Case")

exercise(
    "ex07_error_analysis",
    title="Error analysis and honest evaluation",
    goal="Find out where a model fails, how sure its accuracy is, and how far its confidence can be trusted.",
    minutes=90,
    train_size=3_000,
    test_size=1_000,
)

TRIES = 500


def _drawn(make: Callable[[], Case], suits: Callable[[Case], bool]) -> Case:
    """Draw until the case separates the right answer from the misconceptions."""
    for _ in range(TRIES):
        case = make()
        if suits(case):
            return case
    raise RuntimeError("no case was found that separates the answers")


def _all_differ(correct: Any, mistakes: Mapping[str, Any], atol: float = 2e-3) -> bool:
    """Say whether no misconception leads to the right value."""
    correct = np.asarray(correct, dtype=float)
    wrong = [np.asarray(each, dtype=float) for each in mistakes.values()]
    return not any(each.shape == correct.shape and np.allclose(each, correct, rtol=0, atol=atol) for each in wrong)


# Confusion matrix -----------------------------------------------------------------------------------------------


def _count(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


def _confusion_mistakes(correct: np.ndarray) -> dict[str, np.ndarray]:
    rows, columns = (np.maximum(correct.sum(axis=axis, keepdims=True), 1) for axis in (1, 0))
    return {
        "Rows and columns have changed places. A row stands for a true class: what does your first row add up to, and "
        "how many images of class 0 are there?": correct.T,
        "No cell goes beyond 1, although some pairs occur more often. When the same cell is named twice in one "
        "indexed assignment, NumPy writes it once.": np.minimum(correct, 1),
        "Each row adds up to 1. Shares are useful for a figure, but here the counts are asked for.": correct / rows,
        "Each column adds up to 1. Here the counts are asked for.": correct / columns,
        "The whole matrix adds up to 1. Here the counts are asked for.": correct / correct.sum(),
        "Only the right answers are counted. What about an image of class 0 that is called class 1?": np.diag(
            np.diag(correct)
        ),
        "Only the mistakes are counted. The right answers belong on the diagonal.": correct - np.diag(np.diag(correct)),
    }


@check(
    "ex07.confusion_matrix",
    points=2,
    needs="confusion_matrix",
    hints=(
        "Begin with a square array of zeros, one row and one column for each of the `num_classes` classes.",
        "Go through the images one by one. Each image belongs to exactly one cell: its true class says in which row, "
        "its predicted class in which column. That cell goes up by one.",
    ),
)
def counts_every_pair(student: Student, draw: Draw) -> None:
    """Build a confusion matrix."""

    def make() -> tuple[np.ndarray, np.ndarray]:
        labels = draw.labels(12, 3)
        shift = draw.rng.choice(3, 12, p=[0.5, 0.4, 0.1])
        return labels, (labels + shift) % 3

    def suits(case: tuple[np.ndarray, np.ndarray]) -> bool:
        return len(np.unique(case[1])) == 3 and _all_differ(_count(*case, 3), _confusion_mistakes(_count(*case, 3)))

    with student.part("rows are true classes, columns are predicted ones"):
        labels, predictions = _drawn(make, suits)
        correct = _count(labels, predictions, 3)
        expect_array(
            student.call("confusion_matrix", labels, predictions, 3),
            correct,
            what="the matrix",
            mistakes=_confusion_mistakes(correct),
            hint="Count one cell by hand: how often is the true class its row and the predicted class its column?",
        )

    with student.part("classes that do not occur keep their row and column"):
        # First a class is missing in the middle, then the last one. All arrays are small enough to be shown whole.
        for said, absent in ((2, 1), (1, 2)):
            labels = draw.rng.permutation(np.repeat([0, said], [draw.integer(3, 5), 3]))
            predictions = labels.copy()
            predictions[np.flatnonzero(labels == 0)[:2]] = said  # twice wrong in one direction, never in the other
            correct = _count(labels, predictions, 3)
            present = [0, said]
            missing = f"Class {absent} has no image here, and its row and column are missing. "
            source = "the classes that happen to occur" if absent == 1 else "the largest label"
            expect_array(
                student.call("confusion_matrix", labels, predictions, 3),
                correct,
                what="the matrix",
                mistakes={
                    f"{missing}The size must come from `num_classes`, not from {source}.": correct[
                        np.ix_(present, present)
                    ],
                    **_confusion_mistakes(correct),
                },
                hint=f"Here num_classes is 3, but class {absent} does not occur.",
            )


# The lazy model -------------------------------------------------------------------------------------------------


@check(
    "ex07.lazy_model",
    points=1,
    needs="lazy_recall",
    hints=(
        "Work out the recall of each class on its own. Of the 950 pictures without a ship, how many does the model "
        "find? Of the 50 pictures with one?",
        "Then take the plain mean of the two recalls. The sizes of the classes play no part in it.",
    ),
)
def recall_of_a_lazy_model(student: Student, draw: Draw) -> None:
    """Predict the macro recall of a model that never looks."""
    value = student.value("lazy_recall")
    require(
        isinstance(value, str),
        "`lazy_recall` should be one of the letters, as text.",
        got=value,
        expected="'a', 'b', 'c' or 'd'",
    )
    expect_choice(
        value,
        "b",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "That is the accuracy, in which the 950 easy pictures drown the 50 others. Work out the recall of "
            "each class alone, and see what the small one does to their mean.",
            "c": "Recall is a share of the images of *one* class. Of the 950 pictures without a ship, does the model "
            "really miss some?",
            "d": "The ships are all missed, that is right. But a recall belongs to each class: how many of the 950 "
            "other pictures does the model find?",
        },
        what="`lazy_recall`",
    )


# Precision, recall, F1 ------------------------------------------------------------------------------------------


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return part / np.maximum(whole, 1)


def _scores(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    hits, predicted, support = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    return _ratio(hits, predicted), _ratio(hits, support), _ratio(2 * hits, predicted + support)


def _class_mistakes(confusion: np.ndarray) -> dict[str, dict[str, Any]]:
    precision, recall, f1 = _scores(confusion)
    hits, support = np.diag(confusion), confusion.sum(axis=1)
    whole = confusion.sum()
    return {
        "precision": {
            "This is the recall: the share of the images *of* a class. Precision is a share of the images *called* so; "
            "do you divide by the sum of a row or of a column?": recall,
            "You divide by all images. Precision looks only at the images that were called this class.": hits / whole,
        },
        "recall": {
            "This is the precision: the share of the images *called* so. Recall is a share of the images that really "
            "are of this class; do you divide by the sum of a row or of a column?": precision,
            "You divide by all images. Recall looks only at the images of this class.": hits / whole,
        },
        "f1": {
            "This is the ordinary mean of precision and recall. The harmonic mean is lower, because it punishes the "
            "worse of the two.": (precision + recall) / 2,
            "It is half of what it should be. Look at the formula again.": f1 / 2,
        },
        "macro_f1": {
            "Here large classes count more. In the macro mean every class counts the same.": (f1 * support).sum()
            / whole,
            "This is the accuracy. Macro F1 is a mean over classes, not over images.": hits.sum() / whole,
            "This is F1 of the mean precision and the mean recall. Compute F1 for each class first, then the mean.": 2
            * precision.mean()
            * recall.mean()
            / max(precision.mean() + recall.mean(), 1e-9),
            "This is the mean of the recalls, not of F1.": recall.mean(),
            "This is the sum over the classes. What is asked for is the mean.": f1.sum(),
        },
    }


def _scores_of(student: Student, confusion: np.ndarray) -> Sequence[Any]:
    result = student.call("class_scores", confusion)
    expect_columns(result, 4, names=("precision", "recall", "f1", "macro_f1"), what="the result of `class_scores`")
    return result


@check(
    "ex07.class_scores",
    points=3,
    needs="class_scores",
    hints=(
        "The right answers of a class stand on the diagonal. How often a class was predicted, and how many images it "
        "has, are sums of the matrix: one along the columns, one along the rows. Which is which?",
        "A division by zero gives nan. Either divide only where the divisor is above 0, or use a divisor of at least "
        "1: where it was 0, the part above it is 0 as well.",
        "For F1 there is a form without precision and recall: twice the right answers, divided by how often the class "
        "was predicted plus how many images it has.",
    ),
)
def scores_each_class(student: Student, draw: Draw) -> None:
    """Compute precision, recall and F1 of each class."""

    def make() -> np.ndarray:
        return draw.rng.integers(1, 12, (3, 3)) + np.diag(draw.rng.integers(4, 15, 3))

    def suits(confusion: np.ndarray) -> bool:
        correct = dict(zip(("precision", "recall", "f1"), _scores(confusion)))
        correct["macro_f1"] = correct["f1"].mean()
        return all(_all_differ(correct[name], wrong) for name, wrong in _class_mistakes(confusion).items())

    confusion = _drawn(make, suits)
    precision, recall, f1 = _scores(confusion)
    mistakes = _class_mistakes(confusion)
    with student.part("precision and recall"):
        result = _scores_of(student, confusion)
        by_hand = "Compute it for the first class by hand: it needs one row or one column of the matrix, and one cell."
        expect_array(result[0], precision, what="the precision", mistakes=mistakes["precision"], hint=by_hand)
        expect_array(result[1], recall, what="the recall", mistakes=mistakes["recall"], hint=by_hand)

    with student.part("F1, and its mean over the classes"):
        result = _scores_of(student, confusion)
        by_hand = "Put precision and recall of the first class into the formula by hand."
        expect_array(result[2], f1, what="F1", mistakes=mistakes["f1"], hint=by_hand)
        _expect_macro(
            result[3], confusion, {}, "Add up the F1 of the classes by hand, and divide by how many there are."
        )

    with student.part("a class that is never predicted, or never occurs"):
        never_predicted, never_occurs = confusion.copy(), confusion.copy()
        never_predicted[:, draw.integer(0, 2)] = 0
        never_occurs[draw.integer(0, 2)] = 0
        single, ghost = draw.rng.choice(3, 2, replace=False)
        neither = np.diag([draw.integer(5, 20)] * 3)
        neither[ghost, ghost], neither[single, single] = 0, 1
        for matrix, name in (
            (never_predicted, "never predicted"),
            (never_occurs, "without any image"),
            (neither, "without any image and never predicted, and another one has a single image"),
        ):
            hint = f"One class is {name}. Where something is divided by 0, the question says what the score should be."
            result = _scores_of(student, matrix)
            for came, right, what in zip(result, _scores(matrix), ("the precision", "the recall", "F1")):
                one = {
                    "Where there was nothing to divide by, you have 1. A class that was never found earns no score.": (
                        np.where(right == 0, 1, right)
                    )
                }
                named = _class_mistakes(matrix)[what.removeprefix("the ").lower()]
                expect_array(came, right, what=what, mistakes={**one, **named}, hint=hint)
            if matrix is neither:  # whether such a class belongs into the mean is a matter of taste
                continue
            _expect_macro(
                result[3],
                matrix,
                {
                    "The class with F1 = 0 was left out of the mean. It is the one that should pull it down.": _scores(
                        matrix
                    )[2].sum()
                    / 2
                },
                hint,
            )


def _expect_macro(value: Any, confusion: np.ndarray, mistakes: Mapping[str, float], hint: str) -> None:
    correct = float(_scores(confusion)[2].mean())
    require(
        np.size(value) == 1,
        "The last of the four should be one number.",
        got=value,
        expected=correct,
        hint="Macro F1 is a single number, the mean over the classes.",
    )
    named = _class_mistakes(confusion)["macro_f1"]
    expect_number(value, correct, what="macro F1", mistakes={**mistakes, **named}, hint=hint)


# What to look at first ------------------------------------------------------------------------------------------


def _pairs(confusion: np.ndarray, count: int) -> list[tuple[int, int, int]]:
    cells = [(true, said, int(confusion[true, said])) for true, said in np.ndindex(confusion.shape) if true != said]
    return sorted((cell for cell in cells if cell[2] > 0), key=lambda cell: -cell[2])[:count]


def _pair_mistakes(confusion: np.ndarray, count: int) -> dict[str, list]:
    everything = [(true, said, int(confusion[true, said])) for true, said in np.ndindex(confusion.shape)]
    errors = [cell for cell in everything if cell[0] != cell[1]]
    found = [cell for cell in errors if cell[2] > 0]
    both = [(true, said, int(confusion[true, said] + confusion[said, true])) for true, said, _ in errors if true < said]
    correct = _pairs(confusion, count)
    return {
        "Right answers are in the list: a pair of a class with itself is no mistake.": sorted(
            (cell for cell in everything if cell[2] > 0), key=lambda cell: -cell[2]
        )[:count],
        "Both directions were added up. Cat called dog and dog called cat are two different mistakes.": sorted(
            (cell for cell in both if cell[2] > 0), key=lambda cell: -cell[2]
        )[:count],
        "The rarest mistakes come first. Which end of a sorted list do you take?": sorted(
            found, key=lambda cell: cell[2]
        )[:count],
        "The pairs with equal numbers are in the wrong order. A sorted list that is turned around turns them around as "
        "well.": sorted(found, key=lambda cell: cell[2])[::-1][:count],
        "The pairs with equal numbers are in the wrong order: the one in the upper row, or further left, comes first."
        " Sorting whole tuples compares the classes, too.": sorted(found, key=lambda cell: cell[::-1], reverse=True)[
            :count
        ],
        "In each tuple the true and the predicted class have changed places. What does a row stand for?": [
            (said, true, number) for true, said, number in correct
        ],
        "Pairs that never happened are in the list.": sorted(errors, key=lambda cell: -cell[2])[:count],
        "The number is missing: each tuple is (true, predicted, number).": [cell[:2] for cell in correct],
        "The number stands first. Each tuple is (true, predicted, number).": [
            (number, true, said) for true, said, number in correct
        ],
        "All pairs are in the list, although only `count` were asked for.": _pairs(confusion, len(everything)),
        "The pairs stand in the order of the matrix. The most frequent comes first.": found[:count],
    }


def _hardest(labels: np.ndarray, probabilities: np.ndarray, count: int) -> list[int]:
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities.max(axis=1)[wrong])][:count].tolist()


def _hardest_mistakes(labels: np.ndarray, probabilities: np.ndarray, count: int) -> dict[str, list]:
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    own = probabilities.max(axis=1)
    of_true = probabilities[np.arange(len(labels)), labels]
    return {
        "These are positions among the wrong answers only. What number does the first wrong image have in `labels`?": (
            np.argsort(-own[wrong])[:count].tolist()
        ),
        "Here the model was least sure. The surest mistake comes first.": wrong[np.argsort(own[wrong])][
            :count
        ].tolist(),
        "Right answers are among them. Keep only the images that the model got wrong.": np.argsort(-own)[
            :count
        ].tolist(),
        "Here the probability of the *true* class decides. How sure was the model of its *own* answer?": (
            wrong[np.argsort(of_true[wrong])][:count].tolist()
        ),
        "These are the first mistakes, not sorted by how sure the model was.": wrong[:count].tolist(),
        "These are probabilities. The positions of the images are asked for.": np.sort(own[wrong])[::-1][
            :count
        ].tolist(),
        "These are the right answers. Keep the images that the model got wrong.": [
            int(each) for each in np.argsort(-own) if each not in wrong
        ][:count],
    }


@check(
    "ex07.first_look",
    points=4,
    needs=("top_pairs", "hardest_images"),
    hints=(
        "For `top_pairs`: collect a tuple for every cell off the diagonal that is above 0, row by row. Then sort the "
        "list by the number alone.",
        "Python's `sorted` and `list.sort` keep the order of equal things. So sort by the *negative* number instead of "
        "turning the list around.",
        "For `hardest_images`: `np.flatnonzero` gives the positions where a condition holds. Sorting the confidences "
        "of these images gives positions *within that list*; one more indexing step leads back to `labels`.",
    ),
)
def what_to_look_at_first(student: Student, draw: Draw) -> None:
    """Rank the confused pairs and the confident mistakes."""

    def make_matrix() -> np.ndarray:
        confusion = np.diag(draw.rng.integers(20, 40, 3))
        confusion[~np.eye(3, dtype=bool)] = draw.rng.permutation([9, 6, 6, 2, 1, 0])
        return confusion

    def suits_matrix(confusion: np.ndarray) -> bool:
        wrong = _pair_mistakes(confusion, 4)
        visible = [value for hint, value in wrong.items() if "never happened" not in hint]
        return _pairs(confusion, 4) not in visible

    with student.part("the most frequent mistakes"):
        confusion = _drawn(make_matrix, suits_matrix)
        # With 4 places the order is judged, with 9 the end of the list.
        for count in (4, 9):
            result = student.call("top_pairs", confusion, count)
            expect_equal(
                result,
                _pairs(confusion, count),
                what="the list",
                mistakes=_pair_mistakes(confusion, count),
                hint="Find the largest number off the diagonal by eye: is it the first of your list, with its row and "
                "its column?",
            )

    def make_answers() -> tuple[np.ndarray, np.ndarray]:
        labels = draw.labels(12, 4)
        return labels, draw.predictions(labels, 0.4, 4)

    def suits_answers(case: tuple[np.ndarray, np.ndarray]) -> bool:
        wrong = int((case[1].argmax(axis=1) != case[0]).sum())
        certain = np.sort(case[1].max(axis=1))
        mistakes = _hardest_mistakes(*case, 3).values()
        return 5 <= wrong <= 9 and np.diff(certain).min() > 1e-4 and _hardest(*case, 3) not in mistakes

    with student.part("the most confident mistakes"):
        labels, probabilities = _drawn(make_answers, suits_answers)
        wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
        listed = ", ".join(f"{place} ({probabilities[place].max():.3f})" for place in wrong)
        for count in (3, 12):
            fewer = " Fewer than `count` images are wrong, so all of these are asked for, and nothing else."
            expect_equal(
                student.call("hardest_images", labels, probabilities, count),
                _hardest(labels, probabilities, count),
                what="the list of positions",
                mistakes=_hardest_mistakes(labels, probabilities, count),
                hint=f"The wrong images, and how sure the model was: {listed}.{fewer if count == 12 else ''}",
            )


# An interval ----------------------------------------------------------------------------------------------------


def _wilson(correct: int, n: int, z: float) -> tuple[float, float]:
    p = correct / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half


def _interval_mistakes(correct: int, n: int, z: float) -> dict[str, tuple[float, float]]:
    low, high = _wilson(correct, n, z)
    centre, half, p = (low + high) / 2, (high - low) / 2, correct / n
    spread = math.sqrt(p * (1 - p) / n)
    inner = p * (1 - p) / n + z**2 / (4 * n**2)
    return {
        "This is the textbook interval, p ± z·√(p(1 − p)/n). It is far too sure of itself near 0 and 1: try 50 right "
        "out of 50.": (p - z * spread, p + z * spread),
        "This is the textbook interval, cut off at 0 and 1. The Wilson interval has another centre.": (
            max(0.0, p - z * spread),
            min(1.0, p + z * spread),
        ),
        "These are the centre and the half width. The two ends are asked for.": (centre, half),
        "The larger end comes first. Return low, then high.": (high, low),
        "These are percentages. Return shares from 0 to 1.": (100 * low, 100 * high),
        "The interval lies around p. The Wilson interval has its centre nearer to one half.": (
            p - half,
            p + half,
        ),
        "The square root is missing in the half width.": (
            centre - z / (1 + z**2 / n) * inner,
            centre + z / (1 + z**2 / n) * inner,
        ),
        "The half width is not divided by 1 + z²/n.": (centre - z * math.sqrt(inner), centre + z * math.sqrt(inner)),
        "The centre is not divided by 1 + z²/n.": (
            centre * (1 + z**2 / n) - half,
            centre * (1 + z**2 / n) + half,
        ),
        "The half width lacks its factor z.": (centre - half / z, centre + half / z),
        "The ends lie far beyond 1. In Python, `a / 2 * n` divides by 2 and then multiplies by n.": (
            (p + z**2 / 2 * n) / (1 + z**2 / n) - half,
            (p + z**2 / 2 * n) / (1 + z**2 / n) + half,
        ),
    }


@check(
    "ex07.wilson_interval",
    points=2,
    needs="wilson_interval",
    hints=(
        "Compute the pieces one after the other, each with a name: p, then the centre, then the half width. Compare "
        "each with the example of the question.",
        "Watch the brackets: the whole numerator of the centre is divided, and both terms stand under the root. "
        "In Python, `a / 2 * n` is not `a / (2 * n)`.",
    ),
)
def interval_of_an_accuracy(student: Student, draw: Draw) -> None:
    """Compute the Wilson interval of an accuracy."""

    def expect_interval(correct: int, n: int, *z: float, hint: str) -> None:
        result = student.call("wilson_interval", correct, n, *z)
        if not isinstance(result, np.ndarray):
            expect_columns(result, 2, names=("low", "high"), what="the interval")
            result = [_number(each) for each in result]
        used = z[0] if z else 1.96
        mistakes = _interval_mistakes(correct, n, used)
        if correct in (0, n):
            certain = f"This interval has no width: would you be certain after {n} images?"
            mistakes = {certain: (correct / n, correct / n), **mistakes}
        if z:
            mistakes["The interval does not depend on `z`: it is the one for 1.96."] = _wilson(correct, n, 1.96)
        expect_array(result, np.array(_wilson(correct, n, used)), what="the interval", mistakes=mistakes, hint=hint)

    with student.part("an accuracy in the middle"):
        n = draw.integer(30, 60)
        correct = round(n * draw.number(0.65, 0.85))
        hint = "Compute the example of the question with your function, and compare centre and half width by hand."
        expect_interval(correct, n, hint=hint)
        expect_interval(correct, n, 2.576, hint=f"{hint} Here z is 2.576, for 99 %.")

    with student.part("everything right, and nothing right"):
        n = draw.integer(8, 30)
        hint = "At the ends p(1 − p) is 0. What is left under the root?"
        expect_interval(n, n, hint=hint)
        expect_interval(0, n, hint=hint)


# Two models on the same images ----------------------------------------------------------------------------------


def _p_value(only_a: int, only_b: int) -> float:
    tosses = only_a + only_b
    return min(1.0, 2 * sum(math.comb(tosses, k) for k in range(min(only_a, only_b) + 1)) / 2**tosses)


def _answers(draw: Draw, counts: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels and the answers of two models: ``counts`` says on how many images who is right."""
    who = draw.rng.permutation(np.repeat(list(counts), list(counts.values())))
    labels = draw.rng.integers(0, 4, len(who))
    first = (labels + draw.rng.integers(1, 4, len(who))) % 4  # one wrong class, and another one
    second = np.array([draw.rng.choice([c for c in range(4) if c not in (y, w)]) for y, w in zip(labels, first)])
    right_a, right_b = np.isin(who, ("both", "only a")), np.isin(who, ("both", "only b"))
    predictions_a = np.where(right_a, labels, first)
    predictions_b = np.where(right_b, labels, np.where(who == "differently wrong", second, first))
    return labels, predictions_a, predictions_b


def _p_mistakes(only_a: int, only_b: int, n: int, both: int) -> dict[str, float]:
    m, s = only_a + only_b, min(only_a, only_b)
    correct = _p_value(only_a, only_b)
    difference = abs(only_a - only_b)
    pooled = (2 * both + m) / (2 * n)
    unpaired = difference / n / math.sqrt(2 * pooled * (1 - pooled) / n)

    def tail(z: float) -> float:
        return math.erfc(z / math.sqrt(2))

    return {
        "This is one side only. The coin could have fallen as unevenly for the other model, too.": correct / 2,
        "The sum ends one step early: the smaller count itself belongs to it.": 2
        * sum(math.comb(m, k) for k in range(s))
        / 2**m,
        "This is the chance of exactly this result. What counts is this result *or a more uneven one*.": 2
        * math.comb(m, s)
        / 2**m,
        "This is the chance of exactly this result, on one side.": math.comb(m, s) / 2**m,
        "The sum goes up to the larger of the two counts. The question sums up to the smaller.": 2
        * sum(math.comb(m, k) for k in range(max(only_a, only_b) + 1))
        / 2**m,
        "This is the rest of the coin tosses, not the uneven ones.": 1 - correct,
        "This is the chi-squared approximation. It is meant for many disagreements; the exact sum is asked for.": tail(
            difference / math.sqrt(m)
        ),
        "This is the chi-squared approximation with a correction. The exact sum is asked for.": tail(
            (difference - 1) / math.sqrt(m)
        ),
        "This compares the two accuracies as if they came from different images. Here both models answered the same "
        "ones.": tail(unpaired),
        "The number of tosses seems to be the number of all images. Only those that exactly one model has right are "
        "tosses.": min(1.0, 2 * sum(math.comb(n, k) for k in range(s + 1)) / 2**n),
    }


@check(
    "ex07.paired_test",
    points=3,
    needs="paired_test",
    hints=(
        "Make two arrays of True and False first: was A right, was B right? An image where both are wrong, in whatever "
        "way, belongs to neither count.",
        "For the sum use the smaller of the two counts, and include it: k runs from 0 to s.",
        "When nothing is left to toss, m is 0. Put m = s = 0 into the formula by hand: which case needs special care, "
        "if any?",
    ),
)
def compares_on_the_same_images(student: Student, draw: Draw) -> None:
    """Compare two models on the same images."""

    def answer(labels: np.ndarray, predictions_a: np.ndarray, predictions_b: np.ndarray) -> Sequence[Any]:
        result = student.call("paired_test", labels, predictions_a, predictions_b)
        expect_columns(result, 3, names=("only_a", "only_b", "p_value"), what="the result of `paired_test`")
        return result

    with student.part("who alone is right"):
        counts = {"only a": 3, "only b": 2, "both": 4, "differently wrong": 2, "wrong": 1}
        case = _answers(draw, counts)
        expect_equal(
            [_number(each) for each in answer(*case)[:2]],
            [3, 2],
            what="(only_a, only_b)",
            mistakes={
                "The two counts have changed places.": [2, 3],
                "These are all the right answers of each model. Images that both have right say nothing.": [7, 6],
                "These are the wrong answers of each model.": [5, 6],
                "Where both are wrong with different answers, neither is right: such images belong to neither count.": [
                    5,
                    4,
                ],
                "Images on which both models are wrong are counted, too.": [6, 5],
                "Both are the number of images on which the answers differ. Which of them does A have right?": [7, 7],
            },
            hint="On 3 of these images only A is right, on 2 only B. On 2 others both are wrong, with different "
            "answers.",
        )

    def expect_p(result: Sequence[Any], only_a: int, only_b: int, mistakes: Mapping[str, float], hint: str) -> None:
        came = [_number(each) for each in result[:2]]
        if came != [only_a, only_b]:
            hint = (
                f"It rests on other counts than {only_a} and {only_b}, so look at the counts first: here they are not "
            )
            hint += "right."
        what = f"the p-value (only A right: {only_a}, only B right: {only_b})"
        expect_number(result[2], _p_value(only_a, only_b), what=what, rtol=1e-3, mistakes=mistakes, hint=hint)

    with student.part("the p-value"):
        fewer, more = draw.integer(2, 4), draw.integer(10, 13)
        for only_a, only_b in ((more, fewer), (fewer, more)):
            case = _answers(draw, {"only a": only_a, "only b": only_b, "both": 25, "wrong": 6})
            mistakes = _p_mistakes(only_a, only_b, 31 + only_a + only_b, 25)
            expect_p(answer(*case), only_a, only_b, mistakes, "Compute the sum by hand, and compare it term by term.")

    with student.part("a draw, and no disagreement at all", 0.5):
        for each in (4, 0):
            case = _answers(draw, {"only a": each, "only b": each, "both": 7, "wrong": 3})
            hint = "Both models have equally many images to themselves: nothing speaks against equally good. And no "
            hint += "probability is above 1."
            result = answer(*case)
            expect_equal(
                [_number(count) for count in result[:2]],
                [each, each],
                what="(only_a, only_b)",
                hint=f"On {each} images only A is right, and on {each} only B. On 7 both are right, on 3 neither is.",
            )
            expect_p(result, each, each, {}, hint)

    with student.part("many disagreements", 0.5):
        only_a, only_b = draw.integer(48, 52), draw.integer(28, 32)
        case = _answers(draw, {"only a": only_a, "only b": only_b, "both": 80, "wrong": 10})
        mistakes = _p_mistakes(only_a, only_b, 90 + only_a + only_b, 80)
        hint = f"Does 2 to the power of {only_a + only_b} fit into the kind of number you use?"
        expect_p(answer(*case), only_a, only_b, mistakes, hint)


def _number(value: Any) -> Any:
    """Return an array that holds one number as this number."""
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value


# Calibration ----------------------------------------------------------------------------------------------------


def _confident(draw: Draw, confidences: Sequence[float], right: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and probabilities (n, 5) with these confidences, in random order; exact for exact ones."""
    n = len(confidences)
    order = draw.rng.permutation(n)
    confidences, right = np.asarray(confidences)[order], np.asarray(right)[order]
    said = draw.rng.integers(0, 5, n)
    probabilities = np.repeat(((1 - confidences) / 4)[:, None], 5, axis=1)
    probabilities[np.arange(n), said] = confidences
    labels = np.where(right, said, (said + draw.rng.integers(1, 5, n)) % 5)
    return labels, probabilities.astype(np.float32)


def _binned(
    labels: np.ndarray, probabilities: np.ndarray, bins: int, *, lower: bool = False
) -> list[tuple[float, float, float]]:
    """Return for each bin its share of the images, mean confidence and accuracy; (0, nan, nan) when it is empty."""
    confidence = probabilities.max(axis=1).astype(float)
    right = probabilities.argmax(axis=1) == labels
    found = []
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = (confidence >= low) & (confidence < high) if lower else (confidence > low) & (confidence <= high)
        if inside.any():
            found.append((inside.mean(), confidence[inside].mean(), right[inside].mean()))
        else:
            found.append((0.0, np.nan, np.nan))
    return found


def _bin_counts(labels: np.ndarray, probabilities: np.ndarray, bins: int) -> str:
    counts = [round(share * len(labels)) for share, _, _ in _binned(labels, probabilities, bins)]
    return f"Here the bins hold {', '.join(map(str, counts[:-1]))} and {counts[-1]} images."


def _ece(groups: list[tuple[float, float, float]]) -> float:
    return float(sum(share * abs(sure - right) for share, sure, right in groups if share))


def _ece_mistakes(labels: np.ndarray, probabilities: np.ndarray, bins: int) -> dict[str, float]:
    groups = _binned(labels, probabilities, bins)
    filled = [group for group in groups if group[0]]
    gaps = [abs(sure - right) for _, sure, right in filled]
    below = _binned(labels, probabilities, bins, lower=True)
    at_one = float((probabilities.max(axis=1) == 1).mean())
    of_true = probabilities[np.arange(len(labels)), labels].astype(float)
    right = probabilities.argmax(axis=1) == labels
    apart = float(probabilities.max(axis=1).mean()) - float(right.mean())
    middles = [(number + 0.5) / bins for number in range(bins)]
    by_true = 0.0
    for number in range(bins):
        inside = (of_true > number / bins) & (of_true <= (number + 1) / bins)
        if inside.any():
            by_true += inside.mean() * abs(of_true[inside].mean() - right[inside].mean())
    with_one = [*below[:-1], _binned(labels, np.minimum(probabilities, 1 - 1e-7), bins, lower=True)[-1]]
    mistakes = {
        "Every bin counts the same here. A bin should count by its share of the images.": float(np.mean(gaps)),
        "Every bin counts the same here, the empty ones as well. A bin should count by its share of the images.": float(
            np.sum(gaps) / bins
        ),
        "This is the distance for all images together. Bins that are too sure and bins that are not sure enough cancel "
        "out in it. Take the distance within each bin, without its sign.": abs(apart),
        "Bins that are too sure and bins that are not sure enough cancel out here. Take the distance within each bin, "
        "without its sign.": -abs(apart),
        "This is the largest distance of all bins. The average is asked for.": float(max(gaps)),
        "The distances are added up without a weight.": float(sum(gaps)),
        "The distances are weighted by the number of images, but not divided by how many there are in all.": len(labels)
        * _ece(groups),
        "You seem to take the probability of the *true* class. Confidence is that of the model's own answer.": by_true,
        "The middle of each bin stands for its confidence here. The mean of the confidences in it is asked for.": float(
            sum(share * abs(middle - hit) for (share, _, hit), middle in zip(groups, middles) if share)
        ),
        "The share of *wrong* answers is compared with the confidence. It should be the share of right ones.": float(
            sum(share * abs(sure - (1 - hit)) for share, sure, hit in filled)
        ),
        "The distances are squared.": float(sum(share * (sure - hit) ** 2 for share, sure, hit in filled)),
    }
    if at_one:
        mistakes |= {
            "A confidence of exactly 1 is in no bin of yours. And in which bin is a confidence on an edge?": (
                _ece(below)
            ),
            "A confidence on the edge between two bins went into the upper one. The question says that a bin holds its "
            "upper edge.": _ece(with_one),
        }
    return mistakes


@check(
    "ex07.calibration_error",
    points=3,
    needs="calibration_error",
    hints=(
        "You need two arrays: how sure is each answer (the largest number of its row), and is it right? The true class "
        "plays a part in the second only.",
        "Go through the bins one by one. A boolean array says which confidences lie in the bin; it picks the same "
        "images out of both arrays, and its mean is the share of the images.",
        "An empty bin has no mean. Skip it before you compute one.",
    ),
)
def expected_calibration_error(student: Student, draw: Draw) -> None:
    """Compute the expected calibration error."""
    bins = 4

    def make() -> tuple[np.ndarray, np.ndarray]:
        counts = draw.rng.permutation([4, 7, 9, 16])
        confidences, right = [], []
        for number, count in enumerate(counts):
            low, high = max(number / bins, 0.205) + 0.005, (number + 1) / bins - 0.005
            hits = draw.rng.permutation(count) < round(count * draw.number(0.05, 0.95))
            confidences += draw.rng.uniform(low, high, count).tolist()
            right += hits.tolist()
        return _confident(draw, confidences, right)

    def make_edges() -> tuple[np.ndarray, np.ndarray]:
        confidences = [0.3, 0.45, 0.5, 0.5, 0.5, 0.6, 0.7, 0.75, 0.75, 0.8, 0.9, 1.0, 1.0, 1.0]
        return _confident(draw, confidences, draw.rng.random(14) < draw.number(0.3, 0.7))

    def suits(case: tuple[np.ndarray, np.ndarray]) -> bool:
        return _all_differ(_ece(_binned(*case, bins)), _ece_mistakes(*case, bins))

    with student.part("each bin counts by its images", 2):
        case = _drawn(make, suits)
        expect_number(
            student.call("calibration_error", *case, bins),
            _ece(_binned(*case, bins)),
            what="the calibration error",
            mistakes=_ece_mistakes(*case, bins),
            hint=f"{_bin_counts(*case, bins)} Follow the example of the question with your function as well.",
        )

    with student.part("an empty bin, and confidences on an edge", 1):
        case = _drawn(make_edges, suits)
        expect_number(
            student.call("calibration_error", *case, bins=bins),
            _ece(_binned(*case, bins)),
            what="the calibration error",
            mistakes=_ece_mistakes(*case, bins),
            hint=f"{_bin_counts(*case, bins)} Some confidences are exactly 0.5, 0.75 and 1: in which bins are they? "
            "And does an empty bin have a mean?",
        )


# Temperature ----------------------------------------------------------------------------------------------------


def _softmax(logits: np.ndarray, axis: int = 1) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _cooled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    return _softmax(np.log(probabilities.astype(float)) / temperature)


def _temperature_mistakes(probabilities: np.ndarray, temperature: float) -> dict[str, np.ndarray]:
    logits = np.log(probabilities.astype(float))
    powers = np.exp(logits / temperature)
    return {
        "Nothing changed. Dividing a whole row by one number and then by its sum gives the row back. It is the "
        "logarithms that are divided by the temperature.": probabilities,
        "The probabilities themselves are divided, so a row no longer adds up to 1. It is the logarithms that are "
        "divided by the temperature.": probabilities / temperature,
        "The softmax is taken of probabilities. What takes the place of the logits is their logarithm.": _softmax(
            probabilities / temperature
        ),
        "The logarithms are multiplied by the temperature. A temperature above 1 should make the model *less* sure.": (
            _softmax(logits * temperature)
        ),
        "The rows do not add up to 1 yet: the last step of a softmax is missing.": powers,
        "The columns add up to 1. Each row is one image; along which axis do you sum?": powers / powers.sum(axis=0),
        "The whole array adds up to 1. Each row is one image and adds up to 1.": powers / powers.sum(),
        "These are the logarithms, divided by the temperature. The softmax is still missing.": logits / temperature,
        "Logarithm and exponential function have different bases: `np.log` and `np.exp` belong together.": (
            _softmax(logits / temperature / math.log(10))
        ),
        "Logarithm and exponential function have different bases. `np.log` and `np.exp` belong together.": _softmax(
            logits / temperature / math.log(2)
        ),
    }


def _losses(labels: np.ndarray, probabilities: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return the mean of -log(probability of the true class) for each candidate."""
    rows = np.arange(len(labels))
    return np.array([-np.log(_cooled(probabilities, each)[rows, labels]).mean() for each in candidates])


def _fit_mistakes(labels: np.ndarray, probabilities: np.ndarray, candidates: np.ndarray) -> dict[str, float]:
    losses = _losses(labels, probabilities, candidates)
    cooled = [_cooled(probabilities, each) for each in candidates]
    calibration = [_ece(_binned(labels, each, 10)) for each in cooled]
    own = [np.log(each.max(axis=1)).mean() for each in cooled]
    return {
        "This candidate makes the true classes *least* likely. Is it the lowest or the highest value you look for?": (
            candidates[losses.argmax()]
        ),
        "This is the position of the best candidate. The temperature itself is asked for.": int(losses.argmin()),
        "This is the loss at the best temperature. The temperature itself is asked for.": losses.min(),
        "This candidate makes the model's *own* answers most likely. It is the true classes that should be likely.": (
            candidates[int(np.argmax(own))]
        ),
        "This is simply the first candidate. Accuracy, for instance, cannot choose: it is the same for all of them.": (
            candidates[0]
        ),
        "This is simply the last candidate. Accuracy, for instance, cannot choose: it is the same for all of them.": (
            candidates[-1]
        ),
        "This candidate has the lowest calibration error. The question asks for the lowest −log(probability), which "
        "depends on no bins.": candidates[int(np.argmin(calibration))],
    }


@check(
    "ex07.temperature",
    points=4,
    needs=("apply_temperature", "fit_temperature"),
    hints=(
        "Three steps: logarithm of every probability, division by the temperature, softmax of every row. Softmax is: "
        "`np.exp` of everything, then each row divided by its sum.",
        "For the sum of each row keep the axis (`keepdims=True`), so that the division fits.",
        "For the fit compute one loss per candidate in a loop, and keep them in a list. With the row numbers 0, 1, 2, "
        "… and `labels` as a pair of indices you get the probability of each true class.",
    ),
)
def repairs_the_confidence(student: Student, draw: Draw) -> None:
    """Apply a temperature and fit it."""
    with student.part("a temperature above 1 and one below"):
        for low, high in ((1.8, 3.0), (0.4, 0.7)):
            temperature = round(draw.number(low, high), 2)
            probabilities = _drawn(
                lambda: draw.probabilities(4, 3),
                lambda case, t=temperature: _all_differ(_cooled(case, t), _temperature_mistakes(case, t)),
            )
            expect_array(
                student.call("apply_temperature", probabilities, temperature),
                _cooled(probabilities, temperature),
                what="the result",
                mistakes=_temperature_mistakes(probabilities, temperature),
                hint="Do the steps with one row by hand: logarithms, division, exponential function, division by the "
                "sum of the row.",
            )

    applied = student.findings[-1].passed
    candidates = np.array([1.1, 0.4, 2.9, 0.6, 1.5, 0.8, 4.0, 2.1])

    def make(true_temperature: float) -> tuple[np.ndarray, np.ndarray]:
        logits = draw.rng.normal(0, 2.2 if true_temperature > 1 else 1.0, (150, 4))
        chances = _softmax(logits / true_temperature)
        labels = (chances.cumsum(axis=1) < draw.rng.random((150, 1))).sum(axis=1).clip(0, 3)
        return labels, _softmax(logits).astype(np.float32)

    def suits(case: tuple[np.ndarray, np.ndarray], distinct: bool) -> bool:
        best = candidates[_losses(*case, candidates).argmin()]
        if best in (candidates[0], candidates.min(), candidates.max()):
            return False
        mistakes = _fit_mistakes(*case, candidates)
        return _all_differ(best, mistakes) and (len(set(mistakes.values())) == len(mistakes) or not distinct)

    with student.part("the temperature that fits"):
        # With a wrong temperature scaling it is luck which candidate comes out.
        require(applied, "This part is judged once `apply_temperature` is right, because the fit builds on it.")
        # A model that is not sure enough, where each mistake chooses another candidate, and one that is too sure.
        for true_temperature in (0.65, 2.3):
            distinct = true_temperature < 1
            case = _drawn(lambda t=true_temperature: make(t), lambda case, only=distinct: suits(case, only))
            losses = _losses(*case, candidates)
            expect_number(
                student.call("fit_temperature", *case, candidates),
                candidates[losses.argmin()],
                what="the temperature",
                mistakes=_fit_mistakes(*case, candidates),
                hint=f"At temperature {candidates[0]} the mean of −log(probability) is {losses[0]:.4f}. Is yours?",
            )


# Grad-CAM -------------------------------------------------------------------------------------------------------


def _unit(heat: np.ndarray) -> np.ndarray:
    return heat / heat.max() if heat.max() > 0 else np.zeros_like(heat)


def _heat(features: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    return _unit(np.maximum((features * gradients.mean(axis=(0, 1))).sum(axis=-1), 0))


def _heat_mistakes(features: np.ndarray, gradients: np.ndarray) -> dict[str, np.ndarray]:
    weights = gradients.mean(axis=(0, 1))
    total = (features * weights).sum(axis=-1)
    positive = np.maximum(total, 0)
    return {
        "The map does not go up to 1: the last step is missing.": positive,
        "There are negative values: what speaks *against* the class is to be cut off.": total
        / np.where(total.max() == 0, 1, total.max()),
        "There are negative values, and the map does not go up to 1: the last two steps are missing.": total,
        "The map was stretched so that its lowest value is 0. Then places that speak against the class become part of "
        "it. Cut off the negative values instead.": (total - total.min()) / (np.ptp(total) or 1),
        "Negative values became positive ones: what speaks *against* the class now glows. Cut it off instead.": _unit(
            np.abs(total)
        ),
        "Negative values were cut off channel by channel, before the sum. A channel that speaks against the class must "
        "be able to cancel one that speaks for it.": _unit(np.maximum(features * weights, 0).sum(axis=-1)),
        "Channels with a negative weight were turned around. They must be able to cancel the others.": _unit(
            (features * np.abs(weights)).sum(axis=-1)
        ),
        "Each place has its own weight here. A channel has *one* weight: the mean of its gradient over all places.": (
            _unit(np.maximum((features * gradients).sum(axis=-1), 0))
        ),
        "The gradients were averaged over the channels. Average over the places: one weight per channel.": (
            _unit(np.maximum((features * gradients.mean(axis=-1, keepdims=True)).sum(axis=-1), 0))
        ),
        "Features and gradients have changed places: the weights are means of the gradients.": _unit(
            np.maximum((gradients * features.mean(axis=(0, 1))).sum(axis=-1), 0)
        ),
        "All channels have the same weight here: the gradients play no part.": _unit(features.sum(axis=-1)),
        "The map adds up to 1. Its largest value should be 1.": positive / (positive.sum() or 1),
        "Only the largest gradient of each channel is used. The mean over all places is asked for.": _unit(
            np.maximum((features * gradients.max(axis=(0, 1))).sum(axis=-1), 0)
        ),
    }


@check(
    "ex07.heat_map",
    points=3,
    needs="heat_map",
    hints=(
        "The arrays are (height, width, channels). One weight per channel means: average over the first two axes, and "
        "(channels,) is left.",
        "NumPy multiplies (height, width, channels) by (channels,) channel by channel. Which axis is left to add up, "
        "so that (height, width) comes out?",
        "When nothing speaks for the class, the largest value is 0. Do not divide then.",
    ),
)
def grad_cam_by_hand(student: Student, draw: Draw) -> None:
    """Compute a Grad-CAM heat map."""

    def make() -> tuple[np.ndarray, np.ndarray]:
        features = np.round(draw.rng.gamma(1.0, 1.0, (2, 3, 2)), 2)  # after a ReLU, so nothing is negative
        return features, np.round(draw.rng.normal(0, 0.1, (2, 3, 2)), 3)

    def suits(case: tuple[np.ndarray, np.ndarray]) -> bool:
        heat = _heat(*case)
        return (heat > 0.1).sum() >= 3 and (heat == 0).any() and _all_differ(heat, _heat_mistakes(*case), atol=1e-2)

    hint = "Follow the four steps with a map of 2 × 3 places by hand, and print the shape after each step."
    with student.part("weights, sum, ReLU, largest value 1", 2):
        for _ in range(2):
            case = _drawn(make, suits)
            expect_array(
                student.call("heat_map", *case),
                _heat(*case),
                what="the heat map",
                mistakes=_heat_mistakes(*case),
                hint=hint,
            )

    with student.part("when nothing speaks for the class", 1):
        features = np.round(draw.rng.gamma(1.0, 1.0, (3, 2, 2)) + 0.1, 2)
        for_it = np.full((3, 2, 2), round(draw.number(0.01, 0.1), 3))
        expect_array(
            student.call("heat_map", features, for_it),
            _heat(features, for_it),
            what="the heat map",
            mistakes={
                hint: value for hint, value in _heat_mistakes(features, for_it).items() if "does not go up" in hint
            },
            hint="Here every place speaks for the class, so nothing is cut off: follow the four steps by hand.",
        )
        expect_array(
            student.call("heat_map", features, -for_it),
            np.zeros((3, 2)),
            what="the heat map",
            mistakes={
                "A negative map was divided by its negative maximum and became positive. Cut off first.": (
                    _unit_of_negative(features, -for_it)
                ),
                "The map was stretched from its lowest to its highest value, although nothing speaks for the class.": (
                    _heat_mistakes(features, -for_it)[
                        "The map was stretched so that its lowest value is 0. Then places that speak against the class "
                        "become part of it. Cut off the negative values instead."
                    ]
                ),
            },
            hint="Every place speaks *against* the class here, so the map is 0 everywhere, and so is its largest "
            "value. What is 0 divided by 0?",
        )


def _unit_of_negative(features: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    total = (features * gradients.mean(axis=(0, 1))).sum(axis=-1)
    return total / total.max()


manual(
    "ex07.report",
    points=4,
    title="Write an error report",
    rubric=(
        "1 point: names the two most confused pairs with direction, count and share of the true class, as the notebook "
        "prints them for validation images (half a point when counts, shares or the direction are missing).",
        "1 point: gives for each pair a hypothesis about the cause that evidence could refute (half a point when only "
        "one of the two has one); 'they look alike' earns nothing.",
        "1 point: cites what was seen (pictures, heat maps, confidences) for *and* against the hypotheses, and does "
        "not read a heat map as a reason (half a point when only what fits is cited).",
        "1 point: proposes one change or measurement with the expected effect, says on which images it will be tested "
        "(not tuned on test images), and speaks of the uncertainty that the number of images leaves (half a point when "
        "one of these is missing).",
    ),
)
