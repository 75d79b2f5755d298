"""What a student should do next, read off the result: one thing first, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..checks.registry import EXERCISES, get_exercise
from ..checks.verdict import State
from .records import Outcome, QuestionResult, Result, Trouble
from .text import apart, number

MORE_STEPS = 2
ORDER = (State.ERROR, State.PARTLY, State.NOT_YET, State.NOT_ATTEMPTED)
"""A cell that stops can spoil the questions below it; then what is nearly right, what is wrong, and what is new."""
OF_TROUBLE = {
    Trouble.TIME: "Your code took too long and was stopped. Look for a loop that never ends, or a loop over images "
    "that NumPy could do at once.",
    Trouble.MEMORY: "Your code needed more memory than there is. Look for an array that is larger than you meant, or a "
    "list that grows in a loop.",
    Trouble.CRASH: "Your code ended Python itself. Look for `exit`, `quit` or `os._exit`, and leave it out.",
}


@dataclass(frozen=True)
class Step:
    """The most useful next step.

    Attributes:
        heading: what to do, in one sentence.
        text: why and how, paragraph by paragraph.
        then: what comes after it, in one line each.
        question: id of the question it is about, or empty.
    """

    heading: str
    text: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    question: str = ""


def next_step(result: Result, read: Collection[str] = ()) -> Step:
    """Return what the student should do next; ``read`` are ids of the questions whose points a person gave."""
    if result.outcome is Outcome.GRADER_ERROR:
        return Step(
            "You need to do nothing.",
            ("Your file has arrived. Your instructor has been told, and it will be graded again.",),
        )
    if result.outcome is Outcome.NEEDS_HUMAN:
        return Step(
            "Check the file that you handed in.",
            (
                "Open it. Is it your notebook, complete, and of this exercise? If it is not, hand in the right one: in "
                "Colab, File → Download → Download .ipynb. If it is, your instructor will look at it.",
            ),
        )
    judged = [each for each in result.questions if not each.manual and each.id not in read]
    open_questions = [each for each in judged if each.state is not State.PASSED]
    to_do = [each for each in open_questions if each.state in ORDER]
    if not to_do:
        return _all_done(result, broken=bool(open_questions), read=read)
    if all(each.state is State.NOT_ATTEMPTED for each in judged):
        return Step(
            "Is this the notebook that you worked in?",
            (
                "No answer in it differs from the notebook as it was handed out. If you worked in a copy, hand in that "
                "copy. If you have not begun: the first question is the easiest one to begin with.",
            ),
            question=to_do[0].id,
        )
    first, *others = sorted(to_do, key=_rank)
    return Step(_heading(first), _text(first), tuple(_line(each) for each in others[:MORE_STEPS]), first.id)


def _rank(question: QuestionResult) -> tuple[int, float]:
    """Sort by state, and in a state by what there is to earn; equal ones stay in the order of the exercise."""
    missing = question.max_points - (question.points or 0)
    return ORDER.index(question.state), -missing if question.state is State.PARTLY else 0.0


def _heading(question: QuestionResult) -> str:
    missing = number(question.max_points - (question.points or 0))
    verb = {
        State.ERROR: "Make it run",
        State.PARTLY: "Finish what is nearly right",
        State.NOT_YET: "Put this right",
        State.NOT_ATTEMPTED: "Try this one",
    }[question.state]
    return f"{verb}: {question.title} ({missing} {'point' if missing == '1' else 'points'} to earn)."


def _text(question: QuestionResult) -> tuple[str, ...]:
    why = OF_TROUBLE.get(question.trouble, "")
    if not why:
        missed = next((str(part.get("message", "")) for part in question.parts if not part.get("passed")), "")
        why = apart(question.message or missed)[0]
    if question.state is State.NOT_ATTEMPTED:
        why = "You have not written anything here yet, and a try costs nothing."
    how = (
        f'In the notebook, `check("{question.id}")` looks at your answer with example values and shows what came and '
        f'what was expected; `hint("{question.id}")` gives a hint.'
    )
    return (why, how) if why else (how,)


def _line(question: QuestionResult) -> str:
    missing = number(question.max_points - (question.points or 0))
    return f"{question.title} (`{question.id}`, {missing} {'point' if missing == '1' else 'points'})"


def _all_done(result: Result, broken: bool, read: Collection[str]) -> Step:
    unread = any(each.manual and each.id not in read for each in result.questions)
    text = ["All that a program can judge is right." if not broken else "All that could be judged is right."]
    if broken:
        text.append("What could not be judged is looked at by your instructor; you need to do nothing.")
    if unread:
        text.append("The rest is read by your instructor.")
    following = [slug for slug in EXERCISES if slug > result.exercise]
    if result.exercise in EXERCISES and following:
        after = get_exercise(following[0])
        return Step(f"Go on with exercise {int(after.slug[2:4])}: {after.title}.", tuple(text))
    return Step("Well done: this exercise is complete.", tuple(text))
