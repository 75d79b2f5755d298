"""From folders, archives and files to one submission per student and exercise.

Nothing that a student hands in ends this, nothing gets lost: what cannot be graded becomes a submission that says why
a person has to look at it, and what was refused or left out is listed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ..exceptions import CifarTeachError, unknown_name
from .candidates import Candidate, look, nothing_in
from .gradescope_export import FILE as GRADESCOPE_FILE
from .gradescope_export import Entry, entries_in
from .identity import safe_id, shown, with_hash
from .moments import as_utc
from .naming import Owner, owner_of
from .opening import Found, UnreadableError, find_files
from .records import Repair, Submission
from .roster import Person, Roster
from .template import Template, read_templates

TIMESTAMP = "timestamp.txt"
MAX_NOTEBOOKS = 40
"""Notebooks of one hand-in that are looked at."""
TRIED = 6
"""Files without the ending of a notebook that are looked at when a hand-in holds no notebook."""
SMALL_FILE = 20_000_000
ROSTER = "roster:"
"""Begins the key of a student whom the roster knows."""


@dataclass(frozen=True)
class Skipped:
    """A file that belongs to no submission.

    Attributes:
        source: where it lies, for people.
        why: why it was left out.
    """

    source: str
    why: str


@dataclass(frozen=True)
class Collected:
    """What :func:`collect_all` found.

    Attributes:
        submissions: one for each student and exercise, sorted by both.
        skipped: files that belong to nobody's submission, or that were refused.
        absent: students of the roster of whom there is no submission.
    """

    submissions: list[Submission]
    skipped: list[Skipped]
    absent: tuple[Person, ...] = ()


@dataclass
class _HandIn:
    """What one student handed in at one time."""

    owner: Owner
    order: int
    files: list[Found]
    submitted_at: str = ""


def collect(
    paths: Sequence[Path], *, releases: Path, exercise: str = "", roster: Roster | None = None
) -> list[Submission]:
    """Find, open, repair and rebuild everything that students handed in.

    Args:
        paths: folders, notebooks, and zip archives of Canvas, Moodle, Gradescope or Google Classroom, in any mixture;
            of two hand-ins of a student the newer counts, and where no time is known that of the later path.
        releases: the folder ``exercises/`` of the course, with the notebooks that students started from.
        exercise: slug of the exercise that was asked for. Empty: each notebook is taken for what it looks like.
        roster: who is in the class. Without it ids are made from the names of files and folders.

    Returns:
        One submission for each student and exercise, sorted by both.

    Raises:
        CifarTeachError: a path or a release does not exist, or there is no such exercise. Never for what a student
            handed in.
    """
    return collect_all(paths, releases=releases, exercise=exercise, roster=roster).submissions


def collect_all(
    paths: Sequence[Path], *, releases: Path, exercise: str = "", roster: Roster | None = None
) -> Collected:
    """Return what :func:`collect` returns, and beside it what was skipped and who handed in nothing.

    Arguments and errors are those of :func:`collect`.
    """
    templates = read_templates(releases)
    slug = next((each for each in templates if exercise in (each, each[:4])), "")
    if exercise and not slug:
        raise CifarTeachError(unknown_name("exercise", exercise, templates))
    with ExitStack() as stack:
        found = find_files([Path(path) for path in paths], stack)
        intake = _Intake(templates, slug, roster)
        intake.take(found)
        return intake.result()


class _Intake:
    """One run of the intake."""

    def __init__(self, templates: Mapping[str, Template], wanted: str, roster: Roster | None) -> None:
        self._templates = templates
        self._wanted = wanted
        self._roster = roster
        self._skipped: list[Skipped] = []
        self._all: list[tuple[str, Submission, tuple]] = []  # key of the owner, submission, its age

    def take(self, files: Sequence[Found]) -> None:
        """Look at all files and make the submissions."""
        exports, unreadable = entries_in(files)
        self._skipped += [Skipped(found.shown, why) for found, why in unreadable]
        for hand_in in self._hand_ins(files):
            parts = hand_in.files[0].parts
            places = ((hand_in.order, parts[:depth]) for depth in range(1, len(parts)))
            entry = next((exports[place] for place in places if place in exports), None)
            for owner, submitted_at in self._owners(hand_in, entry):
                self._take_hand_in(replace_owner(hand_in, owner, submitted_at))

    def result(self) -> Collected:
        """Return the newest submission of each student and exercise."""
        ids = self._ids()
        newest: dict[tuple[str, str], tuple[str, Submission, tuple]] = {}
        for entry in sorted(self._all, key=lambda entry: entry[2]):
            newest[ids[entry[0]], entry[1].exercise] = entry
        submissions = []
        for (student, _), (_, submission, age) in newest.items():
            older = [
                other
                for other in self._all
                if ids[other[0]] == student and other[1].exercise == submission.exercise and other[1] is not submission
            ]
            submissions.append(_with_older(replace(submission, student=student), age, older))
        there = {each.student for each in submissions}
        absent = tuple(person for person in self._roster.people if person.id not in there) if self._roster else ()
        submissions.sort(key=lambda each: (each.student.casefold(), each.exercise))
        return Collected(submissions, self._skipped, absent)

    # Whose files these are

    def _hand_ins(self, files: Sequence[Found]) -> list[_HandIn]:
        """Group the files that a student handed in together."""
        owners = self._owners_of(files)
        groups: dict[tuple[int, str, str], _HandIn] = {}
        for found in files:
            if found.name == GRADESCOPE_FILE:
                continue
            owner = owners[found.order, found.parts]
            if not owner.known and not found.is_notebook:
                self._skipped.append(
                    Skipped(found.shown, found.refused or "nothing says whose it is, and it is no notebook")
                )
                continue
            if self._wanted and owner.exercise and owner.exercise != self._wanted:
                continue  # another assignment of the same class
            key = (found.order, owner.key, owner.hand_in)
            groups.setdefault(key, _HandIn(owner, found.order, [])).files.append(found)
        for hand_in in groups.values():
            # nbgrader writes it. From elsewhere it would be the student who says when it was handed in.
            written = hand_in.files if hand_in.owner.exercise else ()
            stamps = [found for found in written if found.name == TIMESTAMP and not found.in_archive]
            if stamps and stamps[0].size < 1_000:
                try:
                    hand_in.submitted_at = as_utc(stamps[0].read().data.decode("utf-8-sig", "replace"))
                except UnreadableError:
                    pass
            hand_in.files = [found for found in hand_in.files if found.name != TIMESTAMP] or hand_in.files
        return list(groups.values())

    def _owners_of(self, files: Sequence[Found]) -> dict[tuple[int, tuple[str, ...]], Owner]:
        """Return whose each file is, by the names below each path that was given."""
        owners = {}
        for order in {found.order: None for found in files}:
            own = [found for found in files if found.order == order]
            outer = _enclosing([found.parts for found in own], own[0].root.is_dir())
            here = {(order, found.parts): owner_of(found.parts[outer:], (), self._templates) for found in own}
            root = own[0].root
            in_folders = root.is_dir() or not root.name.casefold().endswith(".zip")
            if (
                in_folders
                and not outer
                and not any(here[order, found.parts].known for found in own if found.is_notebook)
            ):
                # One student's folder or file was given: the folders above it may say whose it is.
                above = root.resolve().parts[-3:] if root.is_dir() else root.resolve().parts[-4:-1]
                here = {(order, found.parts): owner_of(found.parts, above, self._templates) for found in own}
            owners |= here
        return owners

    def _owners(self, hand_in: _HandIn, entry: Entry | None) -> list[tuple[Owner, str]]:
        """Return the student, or the members of the group, with the time at which it was handed in."""
        if entry is None or not entry.submitters:
            return [(hand_in.owner, hand_in.submitted_at)]
        owners = []
        for each in entry.submitters:
            label = each.sid or each.email or each.name.replace(" ", "_")
            if not label:
                continue
            values = {"student_id": each.sid, "gradescope_sid": each.sid, "email": each.email}
            owners.append(
                Owner(
                    f"gradescope:{label}", label, each.name, {k: v for k, v in values.items() if v}, hand_in.owner.notes
                )
            )
        return [(owner, entry.submitted_at) for owner in owners] or [(hand_in.owner, entry.submitted_at)]

    def _ids(self) -> dict[str, str]:
        """Return key of an owner -> id; different owners never get the same one, unless the roster says so."""
        by_id: dict[str, set[str]] = {}
        ids: dict[str, str] = {}
        for key, submission, _ in self._all:
            ids[key] = submission.student
            by_id.setdefault(submission.student.casefold(), set()).add(key)
        for keys in by_id.values():
            if len(keys) > 1:
                ids |= {key: with_hash(ids[key], key) for key in keys if not key.startswith(ROSTER)}
        return ids

    # What is in them

    def _take_hand_in(self, hand_in: _HandIn) -> None:
        owner = hand_in.owner
        wanted = self._wanted or owner.exercise
        notebooks = [found for found in hand_in.files if found.is_notebook][:MAX_NOTEBOOKS]
        candidates = [look(found, wanted, self._templates) for found in notebooks]
        if not any(candidate.problem is None for candidate in candidates):
            rest = sorted((found for found in hand_in.files if not found.is_notebook), key=lambda found: found.size)
            readable = [found for found in rest if not found.refused and found.size < SMALL_FILE][:TRIED]
            more = [look(found, wanted, self._templates) for found in readable]
            # Any file may be a notebook with another ending; if none is, the notebook-like ones explain themselves.
            candidates += [each for each in more if each.problem is None or not notebooks]
        groups: dict[str, list[Candidate]] = {}
        for candidate in candidates:
            groups.setdefault(wanted or candidate.exercise, []).append(candidate)
        if not candidates:
            self._add(hand_in, wanted, nothing_in(hand_in.files), ())
        elif not wanted and "" in groups and len(groups) > 1:
            del groups[""]
        for slug, group in groups.items():
            best = max(group, key=lambda candidate: candidate.rank)
            self._add(hand_in, slug, best, group)

    def _add(self, hand_in: _HandIn, slug: str, best: Candidate, group: Sequence[Candidate]) -> None:
        owner, repairs = hand_in.owner, list(best.repairs)
        person = self._roster.find(values=owner.values, name=owner.name) if self._roster else None
        seen = owner.values | owner.notes | (person.columns if person else {})
        rest = [each for each in group if each is not best and each.slimmed]
        if rest and best.problem is None:
            names = ", ".join(f"'{shown(each.found.name, 60)}'" for each in rest[:4])
            message = f"There is more than one notebook: '{shown(best.found.name, 60)}' was graded, not {names}."
            repairs.append(Repair("several-notebooks", message))
        refused = [found for found in hand_in.files if found.refused and found is not best.found]
        repairs += [
            Repair("file-refused", f"'{shown(each.name, 60)}' was not opened: {each.refused}.") for each in refused[:5]
        ]
        if not owner.known:
            message = "The name of the file does not say whose it is: put your name or number into it."
            repairs.append(Repair("unknown-student", message))
        elif self._roster and person is None:
            repairs.append(Repair("not-in-roster", "The name was not found in the list of the class."))
        submission = Submission(
            student=person.id if person else safe_id(owner.label),
            exercise=slug,
            source=best.found.shown,
            digest=best.slimmed.digest if best.slimmed else hashlib.sha256(b"").hexdigest(),
            notebook=best.rebuilt.notebook if best.rebuilt else None,
            name=person.name if person else shown(owner.name, 80),
            submitted_at=hand_in.submitted_at,
            repairs=tuple(dict.fromkeys(repairs)),
            problem=best.problem,
            answers=best.rebuilt.answers if best.rebuilt else {},
            others=tuple(found.shown for found in hand_in.files if found is not best.found)[:50],
            seen_ids=seen,
        )
        age = (hand_in.submitted_at, owner.sequence, hand_in.order, best.found.modified)
        key = f"{ROSTER}{person.id}" if person else owner.key
        self._all.append((key, submission, age))


def replace_owner(hand_in: _HandIn, owner: Owner, submitted_at: str) -> _HandIn:
    """Return the same files as the hand-in of ``owner``."""
    return _HandIn(owner, hand_in.order, hand_in.files, submitted_at)


def _with_older(submission: Submission, age: tuple, older: Sequence[tuple[str, Submission, tuple]]) -> Submission:
    """Say that there were earlier hand-ins, and fall back on the newest good one when the newest is none."""
    if not older:
        return submission
    good = [entry for entry in older if entry[1].problem is None]
    if submission.problem is not None and good:
        best = max(good, key=lambda entry: entry[2])[1]
        note = Repair(
            "newest-unusable",
            f"Your newest file was not used: {submission.problem.message} The one before it was graded.",
        )
        others = (*best.others, submission.source)
        return replace(best, student=submission.student, repairs=(*best.repairs, note), others=others)
    count = len(older)
    what = "an earlier file" if count == 1 else f"{count} earlier files"
    note = Repair("handed-in-again", f"You handed in {what} too; the newest one was graded.")
    others = (*submission.others, *(entry[1].source for entry in older))
    return replace(submission, repairs=(*submission.repairs, note), others=others)


def _enclosing(paths: Sequence[tuple[str, ...]], in_folder: bool) -> int:
    """Return how many folders enclose everything and say nothing about a student."""
    depth = 0
    while all(len(path) > depth + 1 for path in paths) and len({path[depth] for path in paths}) == 1:
        # A single folder with notebooks is a student, with several folders in it a class. In an archive several
        # notebooks in a single folder are a class, too: this is how Google Drive packs them.
        if paths[0][depth].casefold().endswith(".zip"):
            break
        inside = {
            path[depth + 1]
            for path in paths
            if len(path) > depth + 2 or (not in_folder and ".ipynb" in path[depth + 1].casefold())
        }
        if len(inside) < 2:
            break
        depth += 1
    return depth
