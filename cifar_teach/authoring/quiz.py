"""The questions of a quiz, as a page writes them in YAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .errors import AuthoringError, missing_tool


@dataclass(frozen=True)
class Option:
    """One answer to choose, what the reader is told who has chosen it, and whether it is the right one."""

    text: str
    why: str
    right: bool


@dataclass(frozen=True)
class QuizQuestion:
    """A question with its answers, in the order in which they are shown. Texts are Markdown."""

    ask: str
    options: tuple[Option, ...]


def read_quiz(text: str) -> tuple[QuizQuestion, ...]:
    """Return the questions of a ``{quiz}``.

    Args:
        text: a YAML list; each item has ``ask:`` and ``options:``, each option ``text:``, ``why:``, and exactly one
            ``right: true``.

    Raises:
        AuthoringError: it has another form; the message says which question.
    """
    try:
        import yaml
    except ImportError as problem:
        raise missing_tool(problem) from None
    try:
        items = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise AuthoringError(f"The quiz is not valid YAML: {problem}") from None
    if not isinstance(items, list) or not items:
        raise AuthoringError("A quiz is a list of questions, each beginning with '- ask:'.")
    return tuple(_question(item, number) for number, item in enumerate(items, 1))


def _question(item: Any, number: int) -> QuizQuestion:
    where = f"Question {number} of the quiz"
    entries = _fields(item, where, required={"ask", "options"})
    if not isinstance(entries["options"], list) or len(entries["options"]) < 2:
        raise AuthoringError(f"{where}: give at least two options.")
    options = []
    for position, each in enumerate(entries["options"], 1):
        found = _fields(each, f"{where}, option {position}", required={"text", "why"}, allowed={"right"})
        if not isinstance(found.get("right", False), bool):
            raise AuthoringError(f"{where}, option {position}: 'right' is true or left out.")
        options.append(Option(_words(found["text"]), _words(found["why"]), found.get("right", False)))
    if sum(option.right for option in options) != 1:
        raise AuthoringError(f"{where}: exactly one option has 'right: true', not {sum(o.right for o in options)}.")
    if len({option.text for option in options}) < len(options):
        raise AuthoringError(f"{where}: two options have the same text.")
    return QuizQuestion(_words(entries["ask"]), tuple(options))


def _fields(item: Any, where: str, *, required: set[str], allowed: frozenset[str] | set[str] = frozenset()) -> dict:
    if not isinstance(item, dict):
        raise AuthoringError(f"{where} is not of the form 'key: value'. A text with a colon needs quotes around it.")
    missing, unknown = required - set(item), set(item) - required - set(allowed)
    empty = {key for key in required & set(item) if item[key] in (None, "", [])}
    if missing or empty:
        raise AuthoringError(f"{where} lacks {', '.join(sorted(missing | empty))}.")
    if unknown:
        raise AuthoringError(f"{where} has {', '.join(sorted(map(str, unknown)))}, which is not known here.")
    return item


def _words(value: Any) -> str:
    """Return a YAML value as text; a number or yes and no may be meant as an answer."""
    return ("yes" if value else "no") if isinstance(value, bool) else " ".join(str(value).split())
