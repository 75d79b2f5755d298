"""Exercise 06: let several models vote, and find out whether it was worth it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any, TypeVar

import numpy as np

from .compare import expect_array, expect_choice, expect_columns, expect_number, require
from .draw import Draw
from .registry import check, exercise, manual
from .student import Student
from .verdict import CheckFailed

Case = TypeVar("Case")

exercise(
    "ex06_ensembles",
    title="Ensembles",
    goal="Let several models vote, know when that helps, and set the gain against its cost.",
    minutes=90,
    train_size=3_000,
    test_size=1_000,
)

TRIES = 1_000


def _drawn(make: Callable[[], Case], suits: Callable[[Case], bool]) -> Case:
    """Draw until the case separates the right answer from the misconceptions."""
    for _ in range(TRIES):
        case = make()
        if suits(case):
            return case
    raise RuntimeError("no case was found that separates the answers")


def _all_differ(correct: Any, mistakes: Mapping[str, Any], atol: float = 1e-3) -> bool:
    """Say whether no misconception leads to the right value."""
    correct = np.asarray(correct, dtype=float)
    wrong = [np.asarray(each, dtype=float) for each in mistakes.values()]
    return not any(each.shape == correct.shape and np.allclose(each, correct, rtol=0, atol=atol) for each in wrong)


def _all_apart(values: Sequence[np.ndarray]) -> bool:
    """Say whether no two misconceptions lead to the same value, so that each is called by its name."""
    pairs = itertools.combinations(values, 2)
    return not any(np.allclose(one, other, rtol=0, atol=1e-3) for one, other in pairs)


def _vote(members: np.ndarray, weights: Any = None) -> np.ndarray:
    """Return the soft vote, float64 (n, classes)."""
    weights = np.ones(len(members)) if weights is None else np.asarray(weights, dtype=float)
    return np.tensordot(weights / weights.sum(), members.astype(float), axes=1)


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == labels))


# The soft vote --------------------------------------------------------------------------------------------------


def _vote_mistakes(members: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    correct = _vote(members, weights)
    product = np.exp(_vote(np.log(members), weights))
    hands = np.eye(members.shape[2])[members.argmax(axis=2)]
    return {
        "The rows do not sum to 1. What must the sum be divided by?": correct * weights.sum(),
        "The rows do not sum to 1, as if the weighted sum had been divided by the number of members. What do the "
        "weights add up to here?": correct * weights.sum() / len(members),
        "One row for each member came back: the images have been averaged away. Which axis holds the members?": (
            members.mean(axis=1)
        ),
        "The classes have been averaged away. Which axis holds the members?": members.mean(axis=2),
        "This is the mean of the hands raised: it does not hear how sure a member is. Average the probabilities "
        "themselves.": _vote(hands, weights),
        "This is a mean of logarithms, or a product. It gives each member a veto; the soft vote is a plain mean.": (
            product
        ),
        "This is a mean of logarithms, or a product. It gives each member a veto; the soft vote is a plain mean. ": (
            product / product.sum(axis=1, keepdims=True)
        ),
        "These are classes. The vote should return the probabilities of all classes, one row for each image.": (
            correct.argmax(axis=1)
        ),
        "The weights were not used. This is the vote with equal ones.": _vote(members),
        "This is the answer of one member only.": members[int(np.argmax(weights))],
        "This is the answer of one member only. ": members[0],
        "This is the largest probability that any member gives. A vote is a mean.": members.max(axis=0),
    }


@check(
    "ex06.soft_vote",
    points=3,
    needs="soft_vote",
    hints=(
        "Work out the example by hand: which numbers are averaged for the class 0 of an image?",
        "The first axis holds the members. That is the axis that has to disappear.",
        "Make the weights sum to 1 first, and use equal ones when none are given. Then the vote is a weighted sum over "
        "the first axis. A loop over the members that adds up is fine.",
    ),
)
def averages_the_probabilities(student: Student, draw: Draw) -> None:
    """Average the members' probabilities."""

    def members_of(count: int, n: int, classes: int) -> np.ndarray:
        return np.stack([draw.probabilities(n, classes) for _ in range(count)])

    with student.part("equal weights when none are given"):
        members = members_of(3, 5, 4)
        mistakes = _vote_mistakes(members, np.ones(3))
        expect_array(
            student.call("soft_vote", members),
            _vote(members),
            what="the vote",
            mistakes=mistakes,
            hint="Here 3 members speak about 5 images of 4 classes. Work out the first row by hand.",
        )

    with student.part("weights that sum to 1"):
        members = members_of(3, 6, 4)
        weights = draw.rng.permutation([0.5, 0.3, 0.2])
        expect_array(
            student.call("soft_vote", members, weights),
            _vote(members, weights),
            what="the vote",
            mistakes=_vote_mistakes(members, weights),
            hint=f"The weights are {weights.tolist()}. Which one belongs to the first member?",
        )

    with student.part("weights of any sum, also 0 for a member"):
        members = members_of(4, 3, 5)
        weights = draw.rng.permutation([3.0, 2.0, 1.5, 0.0])
        softmax = np.exp(weights) / np.exp(weights).sum()
        expect_array(
            student.call("soft_vote", members, weights),
            _vote(members, weights),
            what="the vote",
            mistakes={
                "The weights went through a softmax. A weight of 0 should mean: no say at all.": _vote(
                    members, softmax
                ),
                **_vote_mistakes(members, weights),
            },
            hint=f"The weights are {weights.tolist()} and add up to 6.5. Does each row of your result add up to 1?",
        )


# Probabilities or logarithms ------------------------------------------------------------------------------------


@check(
    "ex06.prediction_average",
    points=1,
    needs="prediction_average",
    hints=(
        "Vote 1: add the three probabilities of cat, and the three of dog. Which sum is larger?",
        "Vote 2: the natural logarithm of 0.85 is about −0.16, of 0.15 about −1.9, of 0.001 about −6.9, and of 0.999 "
        "almost 0. Add three for each class.",
    ),
)
def knows_the_veto(student: Student, draw: Draw) -> None:
    """Predict: probabilities or logits?"""
    expect_choice(
        student.value("prediction_average"),
        "c",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "Right for one of the two votes. The other one does not count members. How small can a logarithm "
            "become, and what does one very small number do to a mean?",
            "b": "Right for one of the two votes. For the other one, add up what is said for cat and for dog: how much "
            "can a single member take away?",
            "d": "The two votes do differ. Work each out with numbers: which of them lets one member outweigh two?",
        },
        what="the prediction",
    )


# The hard vote --------------------------------------------------------------------------------------------------


def _hands(members: np.ndarray) -> np.ndarray:
    """Return how many members chose each class, (n, classes)."""
    return np.eye(members.shape[2])[members.argmax(axis=2)].sum(axis=0)


def _hard(members: np.ndarray) -> np.ndarray:
    return (_hands(members) + members.mean(axis=0) / 2).argmax(axis=1)


def _hard_mistakes(members: np.ndarray) -> dict[str, np.ndarray]:
    _, n, classes = members.shape
    hands, choices = _hands(members), members.argmax(axis=2)
    images = np.arange(n)
    last = classes - 1 - hands[:, ::-1].argmax(axis=1)
    surest = choices[members.max(axis=2).argmax(axis=0), images]
    tied = hands == hands.max(axis=1, keepdims=True)
    loudest = np.where(tied, members.max(axis=0), -1).argmax(axis=1)
    in_tie = np.take_along_axis(tied, choices.T, axis=1)
    first = choices[in_tie.argmax(axis=1), images]
    return {
        "Among tied classes yours always takes the one with the lowest number. The question says what decides "
        "a tie.": hands.argmax(axis=1),
        "Among tied classes yours always takes the one with the highest number. The question says what decides "
        "a tie.": last,
        "Among tied classes yours takes the one that the first member wanted. The question says what decides "
        "a tie.": first,
        "Among tied classes yours takes the one with the largest single probability. The question asks for the "
        "largest sum.": loudest,
        "Each tie is settled by the largest sum of all classes. Only the tied classes take part.": np.where(
            tied.sum(axis=1) > 1, members.sum(axis=0).argmax(axis=1), hands.argmax(axis=1)
        ),
        "The sums of probabilities were added to the hands as they are. They can be larger than 1, and then overturn a "
        "difference of one hand.": (hands + members.sum(axis=0)).argmax(axis=1),
        "This is the soft vote. In a hard vote, a member that is sure counts no more than one that is not.": (
            members.sum(axis=0).argmax(axis=1)
        ),
        "This is the class of the surest member. Each member has one hand.": surest,
        "These are the hands of the first member.": choices[0],
        "This is the class with the fewest hands.": hands.argmin(axis=1),
        "These are numbers of hands. Which class do they belong to?": hands.max(axis=1),
        "This is the mean of the class numbers. Class 1 does not lie between class 0 and class 2 in any sense that "
        "matters here.": np.rint(choices.mean(axis=0)),
        "This is the median of the class numbers. Their order means nothing.": np.median(choices, axis=0),
    }


@check(
    "ex06.hard_vote",
    points=3,
    needs="hard_vote",
    hints=(
        "First find the hand of each member: an array `(m, n)`. Then count, for each image and each class, how many "
        "hands it has: an array `(n, classes)`.",
        "Comparing the hands with one class gives True and False; their sum over the members is the count of that "
        "class. Now look at the classes whose count is as large as the largest.",
        "A tie: what can you add to the counts that decides between equal ones, yet is too small to overturn a "
        "difference of one hand?",
    ),
)
def counts_hands_and_settles_ties(student: Student, draw: Draw) -> None:
    """Count hands and settle ties."""
    classes = 5
    pool = np.stack([draw.probabilities(10_000, classes) for _ in range(4)])
    hands, correct, soft = _hands(pool), _hard(pool), pool.sum(axis=0).argmax(axis=1)
    most = np.sort(hands, axis=1)[:, ::-1]
    tie = most[:, 0] == most[:, 1]

    def chosen(*kinds: np.ndarray) -> np.ndarray:
        """Return images, some of each kind, in any order."""
        found = [draw.rng.choice(np.flatnonzero(kind), 3, replace=False) for kind in kinds]
        return pool[:, draw.rng.permutation(np.unique(np.concatenate(found)))]

    with student.part("most hands win", 2):
        hint = "There is no tie among these images. Print the hands of the members for the first one and count."
        middle = np.median(pool.argmax(axis=2), axis=0)
        clear = chosen(~tie & (correct != soft), ~tie & (correct != middle), most[:, 0] > 2)
        for images in (clear, _reluctant_majority(draw, 6, classes)):
            expect_array(
                student.call("hard_vote", images),
                _hard(images),
                what="the winner of each image",
                mistakes=_hard_mistakes(images),
                hint=hint,
            )

    with student.part("ties"):
        # Without images on which the sums, added to the hands as they are, bring in another class.
        tie &= (hands + pool.sum(axis=0)).argmax(axis=1) == correct
        by_number = list(_hard_mistakes(pool).values())[:4]
        ties = chosen(*(tie & (correct != wrong) for wrong in (*by_number, soft)))
        expect_array(
            student.call("hard_vote", ties),
            _hard(ties),
            what="the winner of each image",
            mistakes=_hard_mistakes(ties),
            hint="Each of these images has a tie. Among the tied classes, and only among them, the larger sum of "
            "probabilities wins.",
        )


def _reluctant_majority(draw: Draw, n: int, classes: int) -> np.ndarray:
    """Return five members: three prefer a class by a hair, two are sure of another, which has the larger sum."""
    images, winner = np.arange(n), draw.labels(n, classes)
    rival = (winner + draw.rng.integers(1, classes, n)) % classes
    members = np.full((5, n, classes), 0.02)
    members[:3, images, winner] = draw.rng.uniform(0.47, 0.5, (3, n))
    members[3:, images, winner] = 0.02
    members[:, images, rival] = 0
    members[:, images, rival] = 1 - members.sum(axis=2)
    return draw.rng.permutation(members).astype(np.float32)


# Copies or independent ------------------------------------------------------------------------------------------


@check(
    "ex06.prediction_copies",
    points=1,
    needs="prediction_copies",
    hints=(
        "Copies: when one of them is wrong about an image, what do the two others say? And what does the vote say?",
        "Independent: the vote is wrong when two or three are wrong. All three are wrong on 0.4 · 0.4 · 0.4 of the "
        "images. On how many are exactly two wrong?",
    ),
)
def knows_when_a_vote_helps(student: Student, draw: Draw) -> None:
    """Predict: copies or independent members?"""
    expect_choice(
        student.value("prediction_copies"),
        "b",
        options=("a", "b", "c", "d"),
        why_not={
            "a": "A vote is not the mean of the accuracies. When one of three independent classifiers is wrong about "
            "an image, what do the two others usually say, and who wins?",
            "c": "Think of the copies: on an image that one of them gets wrong, who is there to correct it?",
            "d": "More classifiers make more errors in all, but the vote errs only where at least two of three fail "
            "on the same image. How often is that?",
        },
        what="the prediction",
    )


# Error correlation ----------------------------------------------------------------------------------------------


def _phi(first: np.ndarray, second: np.ndarray) -> float:
    """Return the correlation of two lists of 0 and 1, nan when one of them never varies."""
    spread = first.std() * second.std()
    return float(np.mean((first - first.mean()) * (second - second.mean())) / spread) if spread > 1e-9 else np.nan


def _matrix(function: Callable[[np.ndarray, np.ndarray], float], lists: np.ndarray) -> np.ndarray:
    return np.array([[function(first, second) for second in lists] for first in lists])


def _correlation_mistakes(labels: np.ndarray, members: np.ndarray) -> dict[str, np.ndarray]:
    predictions = members.argmax(axis=2)
    wrong = (predictions != labels).astype(float)
    flat = members.reshape(len(members), -1).astype(float)
    truth = members[:, np.arange(len(labels)), labels].astype(float)
    correct = _matrix(_phi, wrong)
    return {
        "This is the share of images on which both are right or both are wrong. Two good members share many right "
        "answers by chance alone; the correlation takes that out.": _matrix(lambda a, b: np.mean(a == b), wrong),
        "This is the share of images on which exactly one of the two is wrong (their disagreement). Useful, but "
        "another number.": _matrix(lambda a, b: np.mean(a != b), wrong),
        "This is the share of images on which both are wrong. It depends on how good the members are; the correlation "
        "takes that out.": _matrix(lambda a, b: np.mean(a * b), wrong),
        "This is the covariance. What must it be divided by, so that a list goes together with itself by 1?": _matrix(
            lambda a, b: np.mean((a - a.mean()) * (b - b.mean())), wrong
        ),
        "This is the covariance. What must it be divided by, so that a list goes together with itself by 1? ": np.cov(
            wrong
        ),
        "Errors common to two members were divided by the errors of either: that is an overlap, not a "
        "correlation.": _matrix(lambda a, b: np.sum(a * b) / max(np.sum(np.maximum(a, b)), 1), wrong),
        "The class numbers themselves were correlated. Class 7 is not 'more' than class 2; compare the predictions "
        "with the labels first.": _matrix(_phi, predictions.astype(float)),
        "All probabilities were correlated. Members that are right together have similar probabilities too; the "
        "question is whether they are *wrong* together.": _matrix(_phi, flat),
        "The probabilities of the true class were correlated. Turn each answer into right or wrong first.": _matrix(
            _phi, truth
        ),
        "The share of equal predictions is not a correlation, and does not look at the labels.": _matrix(
            lambda a, b: np.mean(a == b), predictions
        ),
        "The values are squared. A correlation keeps its sign.": correct**2,
        "The sign is lost. Two members can also fail on different images, more than chance would have it.": np.abs(
            correct
        ),
    }


@check(
    "ex06.error_correlation",
    points=3,
    needs="error_correlation",
    hints=(
        "Step 1: which class does each member answer? An array `(m, n)`. Step 2: where is that not the label?",
        "You now have `m` lists of True and False, one row for each member. NumPy has a function that correlates all "
        "rows with one another.",
    ),
)
def correlates_the_errors(student: Student, draw: Draw) -> None:
    """Correlate the errors of each two members."""
    n, classes = 60, 5
    images = np.arange(n)

    def members_that_err(wrong: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return probabilities whose largest value is at the label exactly where ``wrong`` says no."""
        members = np.stack([draw.probabilities(n, classes) for _ in wrong])
        for member, errs in zip(members, wrong, strict=True):
            top = member.argmax(axis=1)
            want = np.where(errs, (labels + draw.rng.integers(1, classes, n)) % classes, labels)
            member[images, top], member[images, want] = member[images, want], member[images, top].copy()
        return members

    def errors() -> np.ndarray:
        # The first two fail on much the same images, the third on its own, the fourth rather where the others do not.
        hard = draw.rng.random(n)
        return np.stack(
            [
                hard + draw.rng.normal(0, 0.1, n) > 0.6,
                hard + draw.rng.normal(0, 0.2, n) > 0.5,
                draw.rng.random(n) > 0.7,
                hard + draw.rng.normal(0, 0.4, n) < 0.4,
            ]
        )

    def make() -> tuple[np.ndarray, np.ndarray]:
        labels = draw.labels(n, classes)
        return labels, members_that_err(draw.rng.permutation(errors()), labels)

    def suits(case: tuple[np.ndarray, np.ndarray]) -> bool:
        labels, members = case
        correct = _matrix(_phi, (members.argmax(axis=2) != labels).astype(float))
        return not np.isnan(correct).any() and _all_differ(correct, _correlation_mistakes(labels, members), 0.02)

    with student.part("the correlations", 2):
        labels, members = _drawn(make, suits)
        correct = _matrix(_phi, (members.argmax(axis=2) != labels).astype(float))
        result = student.call("error_correlation", labels, members)
        if isinstance(result, np.ndarray) and result.shape == (n, n):
            raise CheckFailed(
                "The result has one row for each image.",
                got=f"shape {result.shape}",
                expected=f"shape {correct.shape}",
                hint="The members are to be correlated, not the images: which of the two should be the rows?",
            )
        expect_array(
            result,
            correct,
            what="the correlation of errors",
            mistakes=_correlation_mistakes(labels, members),
            hint="Take two members, write down 1 for wrong and 0 for right, and correlate the two lists.",
        )

    with student.part("a member without errors"):
        labels = draw.labels(n, classes)
        wrong = errors()
        wrong[2] = False
        wrong = draw.rng.permutation(wrong)
        place = int(np.flatnonzero(~wrong.any(axis=1))[0])
        members = members_that_err(wrong, labels)
        result = student.call("error_correlation", labels, members)
        _expect_undefined(result, _matrix(_phi, wrong.astype(float)), place)


def _expect_undefined(result: Any, correct: np.ndarray, place: int) -> None:
    """Expect nan in the row and column ``place`` and the right correlations elsewhere."""
    array = np.asarray(result, dtype=float) if isinstance(result, np.ndarray | list | tuple) else np.zeros(0)
    undefined = np.isnan(correct)
    require(
        array.shape == correct.shape,
        "The correlation of errors has the wrong shape when one member is right on every image.",
        got=f"shape {array.shape}",
        expected=f"shape {correct.shape}",
    )
    others = ~undefined
    expect_array(
        array[others],
        correct[others],
        what="the correlation of the members that do have errors",
        hint=f"Member {place} is right on every image. The correlations of the others do not depend on it.",
    )
    diagonal = np.eye(len(correct), dtype=bool) & undefined
    require(
        np.isnan(array[undefined & ~diagonal]).all() and np.isnan(array[diagonal]).all(),
        f"Member {place} is right on every image. Its row and its column should be nan.",
        got=str(np.round(array[place], 3).tolist()),
        expected="nan in each place",
        hint="A 0 would claim that its errors are independent of the others', a 1 that they are the same. It has none.",
    )


# Weights fitted on validation -----------------------------------------------------------------------------------

SMALLEST = 1e-7


def _grid(count: int, steps: int) -> np.ndarray:
    """Return all weights on the grid, (candidates, count)."""
    rows = [each for each in itertools.product(range(steps + 1), repeat=count) if sum(each) == steps]
    return np.array(rows) / steps


def _scores(labels: np.ndarray, members: np.ndarray, candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return accuracy and mean log-likelihood of each candidate."""
    members = members.astype(float)
    votes = np.tensordot(candidates, members, axes=1)
    truth = votes[:, np.arange(len(labels)), labels]
    return (votes.argmax(axis=2) == labels).mean(axis=1), np.log(np.maximum(truth, SMALLEST)).mean(axis=1)


def _best(shares: np.ndarray, likelihoods: np.ndarray) -> int:
    return int(np.lexsort((likelihoods, shares))[-1])


def _tie_mistakes(labels: np.ndarray, members: np.ndarray, steps: int) -> dict[str, np.ndarray]:
    """Return what comes of a tie that the likelihood does not settle."""
    grid = _grid(len(members), steps)
    shares, likelihoods = _scores(labels, members, grid)
    top = np.flatnonzero(shares == shares.max())
    return {
        "This candidate does have the highest accuracy, but so have others: it was the first in the row. What settles "
        "the tie?": grid[top[0]],
        "This candidate does have the highest accuracy, but so have others: it was the last in the row. What settles "
        "the tie?": grid[top[-1]],
        "Of the candidates with the highest accuracy this one has the *highest* loss. Which sign does the loss have in "
        "your code?": grid[top[likelihoods[top].argmin()]],
        "This is the mean of all candidates with the highest accuracy. One of them is asked for.": grid[top].mean(
            axis=0
        ),
    }


def _weight_mistakes(labels: np.ndarray, members: np.ndarray, steps: int) -> dict[str, np.ndarray]:
    grid = _grid(len(members), steps)
    shares, likelihoods = _scores(labels, members, grid)
    alone = np.array([_accuracy(member, labels) for member in members])
    correct = grid[_best(shares, likelihoods)]
    return {
        "This candidate has the lowest loss of all, but not the highest accuracy. The accuracy decides; the loss only "
        "settles ties.": grid[likelihoods.argmax()],
        "These weights are proportional to the accuracies of the members alone. That overlooks what they have in "
        "common; try the candidates instead.": alone / alone.sum(),
        "All the say went to the member with the highest accuracy. A mixture does better here.": (
            np.eye(len(members))[alone.argmax()]
        ),
        "This is the candidate with the highest loss. Which sign does the loss have in your code?": (
            grid[likelihoods.argmin()]
        ),
        "This is the candidate with the lowest accuracy.": grid[_best(-shares, likelihoods)],
        "The weights are all equal.": np.full(len(members), 1 / len(members)),
        "The weights are right, but in reverse order.": correct[::-1],
    }


def _close_calls(
    draw: Draw, target: np.ndarray, pull: np.ndarray, close: int, lost: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and members whose vote is most accurate with the weights ``target`` and some near them.

    Of three kinds of images, the first (``close`` of them) are won by ``target`` by a narrow margin, so that weights
    further away lose some. About the second all members are right, each very sure of its own images; how many it has
    makes ``pull`` the likeliest weights. About the third all are wrong; ``lost`` of them give the true class nothing.
    """
    rng, count, classes = draw.rng, len(target), 6
    clear, wrong = 30, 6
    unsure, sure = 0.18, 0.93
    margin = rng.uniform(-0.5, 0.5, (count, close))
    margin += np.outer(target / (target @ target), rng.uniform(0, 0.2, close) - target @ margin)
    ends = np.cumsum(unsure + (sure - unsure) * pull)
    owner = np.searchsorted(np.rint(ends / ends[-1] * clear), np.arange(clear), side="right")
    own = np.where(owner == np.arange(count)[:, None], sure, unsure)
    wide = np.ones((count, 1))
    truth = np.concatenate([0.45 + np.clip(margin, -0.8, 0.8) / 2, own, wide.repeat(wrong, axis=1) * 0.1], axis=1)
    rival = np.concatenate(
        [0.9 - truth[:, :close], (1 - own) / (classes - 1), wide.repeat(wrong, axis=1) * 0.7], axis=1
    )
    n = close + clear + wrong
    truth[:, n - lost :] = 0
    labels, images = rng.permutation(np.resize(np.arange(classes), n)), np.arange(n)
    other = (labels + rng.integers(1, classes, n)) % classes
    members = np.repeat((1 - truth - rival)[..., None] / (classes - 2), classes, axis=2)
    members[:, images, labels], members[:, images, other] = truth, rival
    order = rng.permutation(n)
    return labels[order], members[:, order].astype(np.float32)


@check(
    "ex06.fit_weights",
    points=4,
    needs="fit_weights",
    hints=(
        "Split the work in two: make a list of all candidates, and write down accuracy and loss of one candidate. The "
        "best is then found with one comparison in a loop.",
        "Count in whole numbers from 0 to `steps`, keep those whose sum is `steps`, and divide at the very end. "
        "`itertools.product(range(steps + 1), repeat=m)` goes through all combinations.",
        "The loss of one candidate: the soft vote is `(n, classes)`. Of each row only the probability of the true "
        "class is needed; an index array for the rows and `labels` for the columns picks it. For the ties: Python "
        "compares tuples from left to right.",
    ),
)
def finds_the_best_weights_on_the_grid(student: Student, draw: Draw) -> None:
    """Choose the weights on validation images."""

    def drawn(
        counts: Sequence[int], pull: Sequence[float], *, close: int, tie: bool, lost: int = 0, tell_apart: bool = True
    ) -> tuple[np.ndarray, np.ndarray, int]:
        """Return labels, members and steps for which ``counts`` are best.

        With ``tie`` they share the highest accuracy with others before and after them in the row, and the likelihood
        decides. Without it the likeliest candidate of all has a lower accuracy.
        """
        steps = int(sum(counts))
        grid, target = _grid(len(counts), steps), np.asarray(counts) / steps

        def suits(case: tuple[np.ndarray, np.ndarray]) -> bool:
            labels, members = case
            accuracies, likelihoods = _scores(labels, members, grid)
            best = _best(accuracies, likelihoods)
            top = accuracies == accuracies.max()
            likeliest = likelihoods.argmax() == best
            if not np.allclose(grid[best], target) or likeliest != tie or tie != (top.sum() > 1) or top.all():
                return False
            # Rounding must decide nothing: neither who wins an image nor who wins a tie.
            votes = np.sort(np.tensordot(grid, members.astype(float), axes=1), axis=2)
            ranked = np.sort(likelihoods[top])
            if (votes[..., -1] - votes[..., -2]).min() < 1e-6 or (ranked[-1:] - ranked[-2:-1] < 1e-4).any():
                return False
            if not tell_apart:
                return True
            mistakes = (_tie_mistakes if tie else _weight_mistakes)(labels, members, steps)
            # With two members the worst of a tie is always its first or its last.
            apart = len(counts) == 2 or _all_apart(list(mistakes.values()))
            return apart and _all_differ(target, mistakes)

        return *_drawn(lambda: _close_calls(draw, target, np.asarray(pull), close, lost), suits), steps

    def expect_best(
        labels: np.ndarray, members: np.ndarray, steps: int, hint: str, *, mistakes: Callable[..., Any] | None = None
    ) -> None:
        grid = _grid(len(members), steps)
        given = {} if steps == 10 else {"steps": steps}
        result = student.call("fit_weights", labels, members, **given)
        flat = isinstance(result, list | tuple) or (isinstance(result, np.ndarray) and result.ndim == 1)
        numbers = flat and len(result) == len(members) and all(isinstance(weight, Real) for weight in result)
        require(
            not numbers or abs(sum(result) - 1) < 1e-3,
            "The weights do not sum to 1.",
            got=result,
            expected="weights that sum to 1",
            hint="Only candidates whose weights sum to 1 take part. Is it whole numbers that you return?",
        )
        expect_array(
            result,
            grid[_best(*_scores(labels, members, grid))],
            what="the best candidate",
            rtol=0,
            atol=1e-4,
            mistakes=mistakes(labels, members, steps) if mistakes else None,
            hint=hint,
        )

    with student.part("the best candidate", 3):
        hint = "Here steps=4, so each weight is a multiple of 0.25, and 0 is one of them."
        zero = drawn(draw.rng.permutation((0, 1, 3)), draw.rng.permutation((0.6, 0.2, 0.2)), close=10, tie=False)
        expect_best(*zero, hint, mistakes=_weight_mistakes)
        # For a computer, these three fractions do not add up to exactly 1 in this order.
        counts = ((2, 7, 1), (3, 6, 1), (6, 3, 1), (7, 2, 1))[draw.integer(0, 3)]
        hint = (
            "Three members, steps of 0.1: there are 66 candidates. Were all of them tried? For a computer, the sum of "
            f"{' + '.join(str(each / 10) for each in counts)} is not exactly 1."
        )
        expect_best(*drawn(counts, np.array(counts) / 10, close=5, tie=True), hint, mistakes=_tie_mistakes)

        alone = drawn(draw.rng.permutation((5, 0)), (0.5, 0.5), close=12, tie=False, tell_apart=False)
        expect_best(*alone, "Here one member deserves all the say. Is the weight 1 among your candidates?")

    with student.part("images whose true class no member believed in"):
        hint = (
            "If the part above is right, look at this: for three images every member gives the true class a "
            "probability of 0. What is the logarithm of 0, and what does one such image do to the mean loss of *every* "
            "candidate?"
        )
        counts = draw.rng.permutation((3, 5))
        expect_best(*drawn(counts, counts / 8, close=3, tie=True, lost=3), hint)


# Leave one out --------------------------------------------------------------------------------------------------


def _values(labels: np.ndarray, members: np.ndarray, weights: np.ndarray) -> np.ndarray:
    whole = _accuracy(_vote(members, weights), labels)
    return np.array([whole - each for each in _without(labels, members, weights)])


def _without(labels: np.ndarray, members: np.ndarray, weights: np.ndarray) -> np.ndarray:
    keep = ~np.eye(len(members), dtype=bool)
    return np.array([_accuracy(_vote(members[rest], weights[rest]), labels) for rest in keep])


def _value_mistakes(labels: np.ndarray, members: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    correct, without = _values(labels, members, weights), _without(labels, members, weights)
    alone = np.array([_accuracy(member, labels) for member in members])
    whole = _accuracy(_vote(members, weights), labels)
    in_turn = [_accuracy(_vote(members[i:], weights[i:]), labels) for i in range(1, len(members))]
    in_turn.append(float(np.mean(labels == 0)))  # nobody is left: all sums are 0, and the first class wins
    return {
        "The signs are turned round. A member without which the vote is worse has a positive value.": -correct,
        "The values are in percent. Shares of 1 are asked for.": 100 * correct,
        "This is the accuracy of the vote without each member. What does the member *add*?": without,
        "This is the accuracy of each member alone. A good member can be worth nothing to the vote.": alone,
        "This compares the vote with each member alone. Leave the member out of the vote instead.": whole - alone,
        "The weights are not used: this is the answer for equal weights.": _values(
            labels, members, np.ones(len(members))
        ),
        "The whole vote uses the weights, the vote without a member does not. The others keep their weights.": (
            whole - _without(labels, members, np.ones(len(members)))
        ),
        "A member that was left out never came back: by the last one hardly anybody votes. Start from all members "
        "each time.": whole - np.array(in_turn),
        "The weights of the others seem to have moved by one place. Leave out the weight that belongs to the "
        "member.": np.array(
            [whole - _accuracy(_vote(np.delete(members, i, axis=0), weights[:-1]), labels) for i in range(len(members))]
        ),
    }


@check(
    "ex06.leave_one_out",
    points=3,
    needs="leave_one_out",
    hints=(
        "Write down the accuracy of the whole vote first: it is the same for every member.",
        "Then loop over the members. There are two ways to leave one out: give it the weight 0, or delete it from "
        "the members *and* from the weights.",
    ),
)
def values_each_member(student: Student, draw: Draw) -> None:
    """Find out what each member adds."""
    equal = np.ones(4)

    def make(weights: np.ndarray, skills: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        labels = draw.labels(150, 6)
        members = np.stack([draw.predictions(labels, skill, 6) for skill in draw.rng.permutation(skills)])
        return labels, members, draw.rng.permutation(weights)

    def suits(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> bool:
        labels, members, weights = case
        correct = _values(labels, members, weights)
        mistakes = _value_mistakes(labels, members, weights)
        if (weights == weights[0]).all():
            mistakes = {hint: wrong for hint, wrong in mistakes.items() if "weights" not in hint}
        # Values on both sides of 0, and no image so close that rounding decides it.
        return bool((correct > 0.005).any() and (correct < -0.005).any()) and _all_differ(correct, mistakes, 0.004)

    def expect_values(case: tuple[np.ndarray, np.ndarray, np.ndarray], hint: str) -> None:
        expect_array(
            student.call("leave_one_out", *case),
            _values(*case),
            what="what the members add",
            mistakes=_value_mistakes(*case),
            hint=hint,
        )

    with student.part("a vote with equal weights"):
        expect_values(
            _drawn(lambda: make(equal, (0.75, 0.7, 0.6, 0.15)), suits),
            "Take the first member: the accuracy of the vote of all four, minus that of the three others.",
        )

    with student.part("a vote with other weights", 2):
        expect_values(
            _drawn(lambda: make(np.array([0.4, 0.3, 0.2, 0.1]), (0.75, 0.65, 0.5, 0.2)), suits),
            "The members vote with different weights, also after one of them has left.",
        )


# The gain, paired -----------------------------------------------------------------------------------------------


def _answers(draw: Draw, n: int, only_vote: int, only_single: int, both: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two lists of right answers with exactly these counts, in any order."""
    kinds = np.repeat([0, 1, 2, 3], [only_vote, only_single, both, n - only_vote - only_single - both])
    kinds = draw.rng.permutation(kinds)
    return (kinds == 0) | (kinds == 2), (kinds == 1) | (kinds == 2)


def _triple(result: Any) -> tuple[float, float, float]:
    if isinstance(result, np.ndarray) and result.shape == (3,):
        result = result.tolist()
    expect_columns(result, 3, names=("gain", "low", "high"))
    names = ("the gain", "the lower end", "the upper end")
    for value, name in zip(result, names, strict=True):
        number = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
        require(
            isinstance(number, int | float) and not isinstance(number, bool) and np.isfinite(number),
            f"{name.capitalize()} should be one number.",
            got=value,
        )
    gain, low, high = (float(np.asarray(each).ravel()[0]) for each in result)
    return gain, low, high


@check(
    "ex06.paired_gain",
    points=4,
    needs="paired_gain",
    hints=(
        "Two lists of True and False. Make one list of differences from them: +1 where only the vote is right, −1 "
        "where only the single model is, 0 elsewhere. (NumPy refuses to subtract True and False; numbers it can.)",
        "One redraw: `rng.choice(n, n)` gives `n` image numbers, some of them several times. The mean of the "
        "differences at these numbers is one redrawn gain.",
        "Make the generator once, before the loop, with `np.random.default_rng(seed)`. Collect all redrawn gains, then "
        "ask `np.quantile` for two of them at once.",
    ),
)
def redraws_the_same_images_for_both(student: Student, draw: Draw) -> None:
    """Report the gain with a paired interval."""
    n, resamples = 1_000, 4_000
    only_vote, only_single = draw.integer(118, 132), draw.integer(68, 82)
    both = draw.integer(500, 540)
    vote, single = _answers(draw, n, only_vote, only_single, both)
    correct = (only_vote - only_single) / n
    seed = draw.integer(1, 10_000)

    with student.part("the gain"):
        gain, _, _ = _triple(student.call("paired_gain", vote, single, resamples=100, seed=seed))
        expect_number(
            gain,
            correct,
            what="the gain",
            mistakes={
                "The sign is turned round: the vote is the first argument, and it is the better one here.": -correct,
                "The gain is in percent. Shares of 1 are asked for.": 100 * correct,
                "This is the accuracy of the vote. By how much is it better?": float(vote.mean()),
                "This is the gain relative to the accuracy of the single model. A difference is asked for.": (
                    correct / float(single.mean())
                ),
                "This is the number of images. Divide by how many there are.": float(only_vote - only_single),
            },
            hint="It is the difference of two shares: how often each of the two is right, on the images as they are, "
            "not on redrawn ones.",
        )

    with student.part("the ends of the interval", 2):
        same = _answers(draw, n, 0, 0, 600)
        _, low, high = _triple(student.call("paired_gain", *same, resamples=200, seed=seed))
        require(
            max(abs(low), abs(high)) < 1e-9,
            "Both are right on the same images, so the gain is 0 whichever images are redrawn.",
            got=f"an interval from {low:.4g} to {high:.4g}",
            expected="0 to 0",
            hint="Were the images redrawn for each of the two on its own? Both must be looked at on the same redrawn "
            "images.",
        )
        _, low, high = _triple(student.call("paired_gain", vote, single, resamples=resamples, seed=seed))
        _expect_interval(low, high, correct, (only_vote + only_single) / n, n)

    with student.part("the seed"):
        small = {"resamples": 50}
        first = [_triple(student.call("paired_gain", vote, single, **small, seed=each))[1:] for each in (3, 4, 5)]
        again = _triple(student.call("paired_gain", vote, single, **small, seed=3))[1:]
        require(
            first[0] == again,
            "Called twice with the same seed, it gives two different intervals.",
            got=f"{_ends(first[0])}, then {_ends(again)}",
            hint="All draws should come from one generator, made inside the function from `seed`.",
        )
        require(
            len(set(first)) > 1,
            "With resamples=50, the seeds 3, 4 and 5 all give the same interval.",
            got=_ends(first[0]),
            hint="Is the generator made from the `seed` that the function was given? And does it draw anything?",
        )


def _ends(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.4f} to {interval[1]:.4f}"


def _expect_interval(low: float, high: float, gain: float, differing: float, n: int) -> None:
    """Compare with the normal approximation, in units of the standard error of the gain.

    The quantiles of 4,000 redraws scatter by 0.04 of it and are rounded to whole images, 0.07 of it.
    """
    error = np.sqrt((differing - gain**2) / n)
    width, middle = (high - low) / error, ((high + low) / 2 - gain) / error
    got, expected = _ends((low, high)), f"close to {_ends((gain - 1.96 * error, gain + 1.96 * error))}"
    hint = "Collect the redrawn gains and look at them in a histogram: which range holds the middle 95 %?"
    if high > 0.9 and low < -0.9:
        hint = "−1 and 1 are what single images say. The quantiles of the redrawn *gains* are asked for."
    elif abs(middle) > 0.35:
        hint = "The interval does not lie around the gain: of what were the quantiles taken?"
        if abs((high + low) / 2) < 0.35 * error:
            hint = "The interval lies around 0, not around the gain. Redraw the images as they are, with their answers."
        if abs((low + high) / 2 - 100 * gain) < 35 * error:
            hint = "The interval is in percent. Shares of 1 are asked for."
    elif width < 0.01:
        hint = (
            "The interval has no width: each redraw gave the same gain. Drawing all images *without* replacement only "
            "shuffles them, and a generator made anew for each redraw begins again with the same numbers."
        )
    elif width < 0.5:
        hint = (
            "The interval is far too narrow. Is each redraw as large as the test set, and is the spread divided by "
            "something once too often?"
        )
    elif abs(width - 2) < 0.25:
        hint = "The interval is gain plus and minus one standard deviation, which holds 68 %, not 95 %."
    elif abs(width - 3.29) < 0.28:
        hint = "This interval holds 90 %. How much lies outside on each side, if 5 % lie outside in all?"
    elif abs(width - 5.15) < 0.3:
        hint = "This interval holds 99 %. How much lies outside on each side, if 5 % lie outside in all?"
    elif width > 6.5:
        hint = "The interval runs from the smallest to the largest redraw, or is much too wide in another way."
    require(
        abs(width - 3.92) < 0.35
        and max(abs(low - gain + 1.96 * error), abs(high - gain - 1.96 * error)) < 0.25 * error,
        "The interval is not the middle 95 % of the redrawn gains.",
        got=got,
        expected=expected,
        hint=hint,
    )


# Targets for distillation ---------------------------------------------------------------------------------------


def _softened(teacher: np.ndarray, temperature: float) -> np.ndarray:
    powers = teacher.astype(float) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def _targets(teacher: np.ndarray, labels: np.ndarray, temperature: float, hard_share: float) -> np.ndarray:
    one_hot = np.eye(teacher.shape[1])[labels]
    return (1 - hard_share) * _softened(teacher, temperature) + hard_share * one_hot


def _target_mistakes(
    teacher: np.ndarray, labels: np.ndarray, temperature: float, hard_share: float
) -> dict[str, np.ndarray]:
    correct = _targets(teacher, labels, temperature, hard_share)
    one_hot = np.eye(teacher.shape[1])[labels]
    softened = _softened(teacher, temperature)
    exponentials = np.exp(teacher.astype(float) / temperature)
    power = teacher.astype(float) ** (1 / temperature)
    softmaxed = exponentials / exponentials.sum(axis=1, keepdims=True)
    own = np.eye(teacher.shape[1])[teacher.argmax(axis=1)]
    return {
        "The probabilities became surer instead of softer. A temperature above 1 should lift the small ones.": _targets(
            teacher, labels, 1 / temperature, hard_share
        ),
        "The rows do not sum to 1. After the power, what must each row be divided by?": (
            (1 - hard_share) * power + hard_share * one_hot
        ),
        "The temperature divides the logits, not the probabilities: here the softmax was taken of probabilities.": (
            (1 - hard_share) * softmaxed + hard_share * one_hot
        ),
        "The probabilities were divided by the temperature. It divides the logits: the logarithms.": (
            (1 - hard_share) * teacher / temperature + hard_share * one_hot
        ),
        "The temperature has no effect.": _targets(teacher, labels, 1.0, hard_share),
        "The true labels have no effect. What is `hard_share` for?": softened,
        "The shares have changed places: `hard_share` belongs to the true label.": _targets(
            teacher, labels, temperature, 1 - hard_share
        ),
        "The rows sum to more than 1. When the label gets `hard_share`, what is left for the teacher?": (
            softened + hard_share * one_hot
        ),
        "The hard part is the class that the teacher finds most likely. It should be the true class, so that the "
        "small network does not learn the teacher's errors.": (1 - hard_share) * softened + hard_share * own,
        "First soften, then mix: here the label was softened along with the teacher.": _softened(
            _targets(teacher, labels, 1.0, hard_share), temperature
        ),
        "`hard_share` was spread over all classes. It belongs to the true class.": (
            (1 - hard_share) * softened + hard_share / teacher.shape[1]
        ),
        "The axes have changed places: one row for each image.": correct.T,
    }


@check(
    "ex06.soft_targets",
    points=3,
    needs="soft_targets",
    hints=(
        "Do the example with pencil and paper: the square roots of 0.8 and 0.2, then make them sum to 1.",
        "`keepdims=True` lets you divide an array `(n, classes)` by the sums of its rows.",
        "One-hot labels: row `c` of the unit matrix `np.eye(classes)` is the one-hot vector of class `c`.",
    ),
)
def softens_and_mixes(student: Student, draw: Draw) -> None:
    """Make targets for distillation."""

    def expect_targets(n: int, classes: int, temperature: float, hard_share: float, hint: str) -> None:
        labels = draw.labels(n, classes)
        # Wrong about some images, so that the teacher's class and the label can be told apart.
        teacher = _drawn(
            lambda: draw.probabilities(n, classes),
            lambda drawn: 0 < np.sum(drawn.argmax(axis=1) != labels) < n and drawn.min() > 1e-3,
        )
        given = (teacher, labels, temperature, hard_share)
        expect_array(
            student.call("soft_targets", *given),
            _targets(*given),
            what="the array of targets",
            mistakes=_target_mistakes(*given),
            hint=hint,
        )

    with student.part("the temperature", 2):
        for temperature in (2.0, 4.0, 0.5):
            expect_targets(
                6,
                4,
                temperature,
                0.0,
                f"Here hard_share is 0 and T is {temperature:g}. Look at one row: does it sum to 1?",
            )

    with student.part("the share of the true label"):
        for hard_share in (0.3, 0.1):
            expect_targets(
                7, 3, 1.0, hard_share, "Here T is 1, so the teacher stays as it is. Look at the true class of one row."
            )


# Worth its cost? ------------------------------------------------------------------------------------------------

manual(
    "ex06.worth_it",
    points=4,
    title="Is this ensemble worth its cost?",
    rubric=(
        "1 point, interval: states the gain on the test images with its 95 % interval and the data, and says what the "
        "interval leaves open (whether it contains 0, what the lower end promises). Half a point for the gain alone.",
        "1 point, paired: explains that both models answered the same images, so that the same redrawn images must "
        "be used for both; separate intervals count the luck of the draw twice and may overlap although a gain is "
        "real.",
        "1 point, cost: sets the gain against the measured cost as a factor or in seconds, and sees that it is paid "
        "for every image. Half a point for 'it is slower' without a number.",
        "1 point, correlation and decision: half for a member to drop, argued with error correlation *and* leave-one-"
        "out value, not with its accuracy alone; half for a decision that fits the numbers and a use for which it "
        "would be another.",
    ),
)
