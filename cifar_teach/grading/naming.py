"""Whose file it is, read from the names that learning platforms give to files and folders.

==================  =================================================================================
Canvas              ``schmidtanna_LATE_12345_67890_ex02.ipynb``: name, number of the user, of the file
Moodle              ``Anna Schmidt_123_assignsubmission_file_/ex02.ipynb``: name, number
Gradescope          ``submission_123/ex02.ipynb``, and ``submission_metadata.yml`` says who that is
Google Classroom    ``Anna Schmidt - ex02.ipynb``
nbgrader            ``submitted/anna/ex02_preprocess/ex02_preprocess.ipynb``, with ``timestamp.txt``
a folder            ``anna/ex02.ipynb``
a file              ``ex02_anna.ipynb``
==================  =================================================================================

The outermost name that says something counts: a student may put folders with any names into an archive.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from .identity import digest_of

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL)
CANVAS = re.compile(
    r"(?P<name>[^\W_]+?)(?P<late>_LATE)?_(?P<user>\d+|[A-Za-z0-9]{5})_(?P<number>\d+)_(?P<file>.+)", re.DOTALL
)
AGAIN_ON_CANVAS = re.compile(r"-(\d{1,3})(?=\.ipynb)", re.IGNORECASE)
GRADESCOPE = re.compile(r"submission_(\d+)")
CLASSROOM = re.compile(r"(?P<name>[^\d/]{3,80}?) [-\u2013] (?P<file>.*(?:ex\d\d|ipynb).*)", re.IGNORECASE | re.DOTALL)
ENDING = re.compile(r"(?:\.ipynb.*|\.zip|\.gdoc|\.html?|\.pdf|\.txt|\.json|\.py)$", re.IGNORECASE | re.DOTALL)
EXERCISE = re.compile(r"(?<![A-Za-z0-9])ex ?\d\d(?!\d)", re.IGNORECASE)
WITHOUT_MEANING = re.compile(
    r"\(\d+\)|\b(?:copy of|kopie von|copie de|copia de|copy|hand-?in|submission|final|notebook|solution|homework"
    r"|exercise|assignment|untitled\d*|colab|v\d+)\b",
    re.IGNORECASE,
)
GENERAL_FOLDERS = {"submitted", "submissions", "downloads", "desktop", "documents", "tmp", "hand-in", "home", ""}


@dataclass(frozen=True)
class Owner:
    """Whose a file is.

    Attributes:
        key: the same for two files exactly when they belong to the same student of the same platform.
        label: what the id is made of when there is no roster.
        name: of the person; may be empty.
        values: what the roster is searched for: column -> number, id or address.
        notes: what else the name says: column -> value.
        sequence: grows with later files of the same student; 0 when the name does not tell.
        hand_in: files with the same value were handed in together.
        exercise: slug of the exercise that its folder names; may be empty.
    """

    key: str
    label: str
    name: str = ""
    values: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    sequence: int = 0
    hand_in: str = ""
    exercise: str = ""

    @property
    def known(self) -> bool:
        """False when nothing says whose it is."""
        return not self.key.startswith("unnamed:")


def owner_of(parts: tuple[str, ...], context: tuple[str, ...], exercises: Collection[str]) -> Owner:
    """Return whose file it is.

    Args:
        parts: the path of the file below the folder or in the archive that was given.
        context: names of the folders above it, outermost first.
        exercises: slugs of the exercises, which nbgrader uses as names of folders.
    """
    for depth, part in enumerate(parts):
        is_file = depth == len(parts) - 1
        own_name = is_file or part.casefold().endswith(".zip")
        # Canvas first: what follows its two numbers is the student's choice, and may look like a name of Moodle.
        if own_name and (match := CANVAS.fullmatch(part)):
            again = AGAIN_ON_CANVAS.search(match["file"])
            user, late = match["user"], {"late_on_canvas": "yes"} if match["late"] else {}
            return Owner(
                f"canvas:{user}",
                f"{match['name']}_{user}",
                match["name"],
                {"canvas_id": user},
                late,
                sequence=int(again[1]) if again else 0,
                hand_in=f"canvas:{user}",
            )
        if match := MOODLE.fullmatch(part):
            name = match["name"].strip()
            key = f"moodle:{match['number']}"
            return Owner(
                key, f"{name}_{match['number']}".replace(" ", "_"), name, {"moodle_id": match["number"]}, hand_in=key
            )
        if (match := GRADESCOPE.fullmatch(part)) and not is_file:
            return Owner(f"gradescope:{match[1]}", part, notes={"gradescope_submission": match[1]}, hand_in=part)
        if part in exercises and not is_file:
            student = parts[depth - 1] if depth else _last_meaningful(context)
            if student:
                return Owner(
                    f"folder:{student}",
                    student,
                    values={"student_id": student},
                    hand_in=f"{student}/{part}",
                    exercise=part,
                )
        if own_name and (match := CLASSROOM.fullmatch(part)):
            name = re.sub(r"^(?:copy of|kopie von)\s+", "", match["name"].strip(), flags=re.IGNORECASE)
            return Owner(f"classroom:{name}", name.replace(" ", "_"), name, hand_in=f"classroom:{name}")
    return _by_place(parts, context, exercises)


def _by_place(parts: tuple[str, ...], context: tuple[str, ...], exercises: Collection[str]) -> Owner:
    """Take the name of the folder that the file lies in, else of the file itself, else of the folder above."""
    if len(parts) > 1 and parts[0] not in exercises:
        folder = parts[0]
        label = meaningful(folder, exercises) if folder.casefold().endswith(".zip") else folder
        if label:
            return Owner(f"folder:{label}", label, label, {"student_id": label}, hand_in=folder)
    label = meaningful(parts[-1], exercises)
    if label:
        return Owner(f"folder:{label}", label, label, {"student_id": label}, hand_in=label)
    above = context[-1] if context else ""
    if above in exercises and len(context) > 1:
        return Owner(
            f"folder:{context[-2]}",
            context[-2],
            values={"student_id": context[-2]},
            hand_in=context[-2],
            exercise=above,
        )
    if above and above.casefold() not in GENERAL_FOLDERS:
        return Owner(f"folder:{above}", above, above, {"student_id": above}, hand_in=above)
    path = "/".join((*context, *parts))
    return Owner(f"unnamed:{path}", f"unnamed-{digest_of(path)}", hand_in=path)


def meaningful(name: str, exercises: Collection[str]) -> str:
    """Return what the name of a file says beside the exercise: usually who wrote it."""
    rest = re.sub(r"[\s_]+", " ", ENDING.sub("", name))
    for slug in exercises:
        rest = re.sub(rf"(?<![a-z0-9]){slug.replace('_', '[ -]')}(?![a-z])", " ", rest, flags=re.IGNORECASE)
    rest = WITHOUT_MEANING.sub(" ", EXERCISE.sub(" ", rest))
    return re.sub(r"\s+", "_", rest.strip(" -.()"))


def _last_meaningful(context: tuple[str, ...]) -> str:
    return context[-1] if context and context[-1].casefold() not in GENERAL_FOLDERS else ""
