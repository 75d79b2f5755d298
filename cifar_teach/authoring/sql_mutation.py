"""Small faults put into SQL, one at a time, for reference answers that are queries.

Keywords are recognised in capital letters, as the exercises write them. The faults are those of
:mod:`~cifar_teach.authoring.mutation` (numbers, comparisons, operators, AND and OR) and those that only SQL knows: an
inner join for a left one, another aggregate, a clause or one of its items left out, a rule of a table left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SQL = re.compile(r"\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE|CREATE)\s")
CONTEXT = 18
"""Characters shown on each side of a change."""

REPLACED = (
    (r"\bLEFT JOIN\b", "JOIN"), (r"\bAND\b", "OR"), (r"\bDESC\b", "ASC"), (r"\bDISTINCT\b ?", ""),
    (r"\bIS NOT\b", "IS"),
    (r"\bMIN\b", "MAX"), (r"\bMAX\b", "MIN"), (r"\bAVG\b", "SUM"), (r"\bSUM\b", "COUNT"),
    (r"\bCOUNT\((?!\*)[^()]*\)", "COUNT(*)"),
    (r"<>", "="), (r"(?<![<>!])=", "<>"), (r">=", ">"), (r"<=", "<"), (r"(?<!<)>(?!=)", ">="), (r"<(?![>=])", "<="),
    (r" / ", " * "), (r" \* ", " / "), (r" - ", " + "), (r" \+ ", " - "),
    (r"(?<=\w)'", "x'"),
    (r"(?<!IS) NOT NULL\b", ""), (r" PRIMARY KEY\b", ""), (r" UNIQUE\b(?! *\()", ""),
)  # fmt: skip
"""Pattern -> what takes its place."""

NUMBER = re.compile(r"(?<![\w.:'])\d+(?:\.\d+)?(?![\w.])")
CLAUSES = ("WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT")
LISTS = {"GROUP BY": ",", "ORDER BY": ",", "SET": ",", "WHERE": " AND ", "ON": " AND "}
"""Clauses of several items -> what stands between the items."""
RULES = re.compile(r",?\s*\b(?:UNIQUE|CHECK|REFERENCES \w+|FOREIGN KEY) *(?=\()")
BOUNDARY = re.compile(r"\b(?:SELECT|FROM|(?:LEFT )?JOIN|ON|WHERE|GROUP BY|HAVING|ORDER BY|LIMIT|SET)\b")


def is_sql(text: str) -> bool:
    """Say whether a text is an SQL statement."""
    return SQL.match(text) is not None


def sql_mutants(text: str) -> list[str]:
    """Return every mutant of an SQL statement: the whole text with one fault, each once."""
    return list(dict.fromkeys(mutant for mutant in _mutants(text) if mutant.split() != text.split()))


def sql_change(before: str, after: str) -> str:
    """Describe the one place in which two statements differ, as ``… JOIN x → LEFT JOIN x …``."""
    start = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b), min(len(before), len(after)))
    most = min(len(before), len(after)) - start
    end = next((i for i in range(most) if before[-1 - i] != after[-1 - i]), most)
    shown = [text[max(0, start - CONTEXT) : len(text) - end + CONTEXT] for text in (before, after)]
    return " → ".join(" ".join(each.split()) for each in shown)


def _mutants(text: str) -> Iterator[str]:
    for pattern, other in REPLACED:
        for found in re.finditer(pattern, text):
            yield text[: found.start()] + other + text[found.end() :]
    for found in NUMBER.finditer(text):
        whole = "." not in found[0]
        for other in (str(int(found[0]) + 1), str(int(found[0]) - 1)) if whole else (str(2 * float(found[0])),):
            yield text[: found.start()] + other + text[found.end() :]
    for start, end, keyword in _clauses(text):
        if keyword in CLAUSES:
            yield text[:start] + text[end:]
        yield from _without_an_item(text, start + len(keyword), end, LISTS.get(keyword, ""))
    for found in RULES.finditer(text):
        yield text[: found.start()] + text[_closing(text, found.end()) :]


def _clauses(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield beginning, end and keyword of every clause; it ends where the next begins or its parenthesis closes."""
    for found in BOUNDARY.finditer(text):
        depth, place = 0, found.end()
        while place < len(text):
            if text[place] == ")" and depth == 0:
                break
            depth += {"(": 1, ")": -1}.get(text[place], 0)
            if depth == 0 and BOUNDARY.match(text, place) and text[place - 1] in " \n":
                break
            place += 1
        yield found.start(), place, found[0]


def _without_an_item(text: str, start: int, end: int, separator: str) -> Iterator[str]:
    """Yield the text with one item of the list between ``start`` and ``end`` left out, when there are several."""
    items = _items(text[start:end], separator) if separator else []
    if len(items) > 1:
        for number in range(len(items)):
            kept = items[:number] + items[number + 1 :]
            yield text[:start] + " " + separator.join(kept).strip() + " " + text[end:]


def _items(text: str, separator: str) -> list[str]:
    """Split at separators that stand in no parentheses."""
    items, depth, begin, place = [], 0, 0, 0
    while place < len(text):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        # AND may stand at the beginning of a line.
        step = len(separator) if " ".join(text[place : place + len(separator)].split("\n")) == separator else 0
        if depth == 0 and step:
            items.append(text[begin:place])
            begin = place + step
            place += step
        else:
            place += 1
    return [*items, text[begin:]]


def _closing(text: str, opening: int) -> int:
    """Return the place behind the parenthesis that closes the one at ``opening``."""
    depth = 0
    for place in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return len(text)
