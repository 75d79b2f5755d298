"""Which hand-ins resemble each other more than the class does. It finds pairs to read, and proves nothing.

Every answer is reduced to fingerprints (:mod:`~cifar_teach.grading.fingerprints`). What the exercise gives, and what
a good part of the class wrote, does not count; what few wrote counts more. The score of a pair is the share of the
smaller one's weight that the other has as well.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..exceptions import CifarTeachError
from .feedback import exercise_title
from .fingerprints import Fingerprints, all_runs, fingerprints
from .pages import write_page
from .records import Submission

COMMON_SHARE = 0.2
COMMON_LEAST = 4
"""What more than a fifth of the class wrote, and more than four, is the usual way and not a sign of anything."""
LEAST_SHARED = 6
"""Fewer fingerprints in common are no pair: so much also happens by chance."""
PAIRS_FOR_USUAL = 10
QUESTIONS_SHOWN = 3
LINES, COLUMNS = 60, 160
"""What is shown of an answer."""


@dataclass(frozen=True)
class Line:
    """A line of an answer, and whether the other one has it too."""

    text: str
    same: bool


@dataclass(frozen=True)
class Shared:
    """One question in which two students resemble each other.

    Attributes:
        question: its name.
        score: 0 to 1, as for the pair, for this question alone.
        shared: number of fingerprints in common.
        left, right: both answers, line by line.
    """

    question: str
    score: float
    shared: int
    left: tuple[Line, ...] = ()
    right: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Pair:
    """Two students whose answers resemble each other.

    Attributes:
        exercise: its slug.
        left, right: the students' ids.
        left_name, right_name: their names; may be empty.
        score: 0 to 1: the share of what is unusual in the smaller hand-in that the other has too.
        shared: number of fingerprints in common.
        usual: the median score of all pairs of this class; None when there are too few to say.
        questions: where, the most similar first.
    """

    exercise: str
    left: str
    right: str
    left_name: str
    right_name: str
    score: float
    shared: int
    usual: float | None
    questions: tuple[Shared, ...]


@dataclass
class _HandIn:
    """One student's fingerprints, by question."""

    submission: Submission
    prints: dict[str, Fingerprints] = field(default_factory=dict)

    def keys(self) -> np.ndarray:
        """Return the fingerprints of all questions, each once; the same code in two questions is two things."""
        found = [_keys(question, prints) for question, prints in self.prints.items()]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.uint64)


def compare(
    submissions: Iterable[Submission],
    releases: str | Path,
    *,
    least: float = 0.5,
    limit: int = 100,
    published: Sequence[str] = (),
) -> list[Pair]:
    """Return the pairs of a class that resemble each other, the most similar first.

    Args:
        submissions: hand-ins of one exercise or several; each is compared with those of the same exercise. Of several
            of one student the last one counts.
        releases: folder of the exercises as handed out, ``<slug>/<slug>.ipynb``: what stands there does not count.
        least: lowest score of a pair, 0 to 1.
        limit: most pairs for each exercise.
        published: further code that all students have seen, such as a worked example: it does not count either.

    Raises:
        CifarTeachError: an exercise has no release there.
    """
    groups: dict[str, dict[str, Submission]] = {}
    for submission in submissions:
        if submission.exercise and submission.answers:
            groups.setdefault(submission.exercise, {})[submission.student] = submission
    pairs: list[Pair] = []
    for exercise in sorted(groups):
        given, prose = _release(Path(releases), exercise)
        known = {kind: _runs_in([*given, *published], prose=kind) for kind in (False, True)}
        hand_ins = [_hand_in(groups[exercise][student], known, prose) for student in sorted(groups[exercise])]
        pairs += _pairs(exercise, hand_ins, least, limit)
    return sorted(pairs, key=lambda pair: (-pair.score, -pair.shared, pair.exercise, pair.left, pair.right))


def _release(releases: Path, exercise: str) -> tuple[list[str], set[str]]:
    """Return the text of each cell of the release, and which of its questions are answered in words."""
    path = releases / exercise / f"{exercise}.ipynb"
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        raise CifarTeachError(
            f"'{path}' cannot be read. Give the folder 'exercises' of the course, in which the exercise lies as it was "
            "handed out: what stands there does not count as copied."
        ) from None
    roles = [(cell["cell_type"], cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")) for cell in cells]
    return ["".join(cell["source"]) for cell in cells], {name for kind, name in roles if name and kind != "code"}


def _runs_in(texts: Sequence[str], *, prose: bool) -> set[int]:
    return {run for text in texts for run in all_runs(text, prose=prose).tolist()}


def _hand_in(submission: Submission, known: dict[bool, set[int]], prose: set[str]) -> _HandIn:
    hand_in = _HandIn(submission)
    for question, answer in sorted(submission.answers.items()):
        found = fingerprints(answer, prose=question in prose)
        new = np.array([each not in known[question in prose] for each in found.hashes.tolist()], dtype=bool)
        if new.any():
            hand_in.prints[question] = Fingerprints(found.hashes[new], found.first_line[new], found.last_line[new])
    return hand_in


def _keys(question: str, prints: Fingerprints) -> np.ndarray:
    return prints.hashes ^ np.uint64(zlib.crc32(question.encode("utf-8", "surrogatepass")) << 20)


def _pairs(exercise: str, hand_ins: list[_HandIn], least: float, limit: int) -> list[Pair]:
    from scipy import sparse

    if len(hand_ins) < 2:
        return []
    columns = [hand_in.keys() for hand_in in hand_ins]
    keys, places, owners = np.unique(np.concatenate(columns), return_inverse=True, return_counts=True)
    rare = owners <= max(COMMON_LEAST, COMMON_SHARE * len(hand_ins))
    weights = np.where(rare, np.log((len(hand_ins) + 1) / owners), 0.0)
    starts = np.cumsum([0, *map(len, columns)])
    matrix = sparse.csr_matrix((rare[places].astype(float), places, starts), shape=(len(hand_ins), len(keys)))
    common = (matrix.multiply(weights).tocsr() @ matrix.T).toarray()
    shared = (matrix @ matrix.T).toarray().round().astype(int)
    own = np.diag(common)
    score = common / np.maximum(np.minimum.outer(own, own), 1e-9)
    upper = np.triu_indices(len(hand_ins), k=1)
    usual = float(np.median(score[upper])) if len(upper[0]) >= PAIRS_FOR_USUAL else None
    weight_of = dict(zip(keys.tolist(), weights.tolist()))
    wanted = [(a, b) for a, b in zip(*upper) if shared[a, b] >= LEAST_SHARED and score[a, b] >= least]
    wanted.sort(key=lambda pair: (-score[pair], -shared[pair], pair))
    return [
        _pair(exercise, hand_ins[a], hand_ins[b], float(score[a, b]), int(shared[a, b]), usual, weight_of)
        for a, b in wanted[:limit]
    ]


def _pair(
    exercise: str, a: _HandIn, b: _HandIn, score: float, shared: int, usual: float | None, weight_of: dict[int, float]
) -> Pair:
    questions = [_shared(name, a, b, weight_of) for name in a.prints if name in b.prints]
    questions = sorted((each for each in questions if each.shared), key=lambda each: (-each.shared, -each.score))
    one, other = a.submission, b.submission
    return Pair(exercise, one.student, other.student, one.name, other.name, score, shared, usual, tuple(questions))


def _shared(question: str, a: _HandIn, b: _HandIn, weight_of: dict[int, float]) -> Shared:
    keys = [_keys(question, hand_in.prints[question]) for hand_in in (a, b)]
    both = {key for key in np.intersect1d(*keys).tolist() if weight_of[key] > 0}
    marked = np.fromiter(both, dtype=np.uint64, count=len(both))
    own = [sum(weight_of[key] for key in set(each.tolist())) for each in keys]
    score = sum(weight_of[key] for key in both) / max(min(own), 1e-9)
    left, right = (
        _lines(hand_in.submission.answers[question], hand_in.prints[question], np.isin(each, marked, kind="sort"))
        for hand_in, each in zip((a, b), keys)
    )
    return Shared(question, min(1.0, score), len(both), left, right)


def _lines(answer: str, prints: Fingerprints, same: np.ndarray) -> tuple[Line, ...]:
    marked: set[int] = set()
    for first, last in zip(prints.first_line[same].tolist(), prints.last_line[same].tolist()):
        marked.update(range(first, last + 1))
    lines = answer.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    shown = [Line(_shortened(line), index in marked and bool(line.strip())) for index, line in enumerate(lines[:LINES])]
    more = len(lines) - LINES
    return (*shown, Line(f"… {more} more lines", False)) if more > 0 else tuple(shown)


def _shortened(line: str) -> str:
    return line if len(line) <= COLUMNS else f"{line[:COLUMNS]}…"


def write_similarity(pairs: Sequence[Pair], path: str | Path) -> Path:
    """Write the report of :func:`compare`: every pair with its score and both texts side by side.

    It is for the instructor alone: it shows the work of students to whoever opens it.

    Raises:
        CifarTeachError: the file cannot be written.
    """
    return write_page(
        Path(path),
        "similarity.html",
        pairs=[(pair, exercise_title(pair.exercise).heading, pair.questions[:QUESTIONS_SHOWN]) for pair in pairs],
        groups=_groups(pairs),
    )


def _groups(pairs: Sequence[Pair]) -> list[tuple[str, list[str]]]:
    """Return the students that pairs connect, where there are three or more: a solution that went round."""
    groups: list[tuple[str, set[str]]] = []
    for pair in pairs:
        joined = {pair.left, pair.right}
        apart = []
        for exercise, students in groups:
            if exercise == pair.exercise and students & joined:
                joined |= students
            else:
                apart.append((exercise, students))
        groups = [*apart, (pair.exercise, joined)]
    large = [(exercise, sorted(students)) for exercise, students in groups if len(students) > 2]
    return sorted(large, key=lambda group: (-len(group[1]), group))
