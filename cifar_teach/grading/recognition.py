"""Which exercise a notebook is an answer to, by all that is in it and not by what it is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..checks.reading import metadata_of
from .names import called_checks, read_code
from .studentcells import StudentCell
from .template import Template, key_of

CLEARLY = 2.0
"""Another exercise must fit this many times better before a notebook is taken for it."""
SHORT = 20
"""Texts of fewer characters, such as ``submit()``, stand in every exercise."""


def fits(cells: Sequence[StudentCell], content: Mapping[str, Any], templates: Mapping[str, Template]) -> Counter[str]:
    """Return slug -> how much of a notebook comes from that exercise; nothing for those of which nothing does."""
    mark = metadata_of(dict(content)).get("cifar_teach")
    named = str(mark.get("exercise", "")) if isinstance(mark, dict) else ""
    score: Counter[str] = Counter()
    for cell in cells:
        key = key_of(cell.source)
        called = {check[:4] for check in called_checks(cell.source)} if cell.kind == "code" else set()
        defined = read_code(cell.source).defined if cell.kind == "code" and not cell.blank else {}
        for slug, template in templates.items():
            score[slug] += 2 * (len(key) >= SHORT and key in template.by_key)
            score[slug] += 3 * (slug[:4] in called)
            score[slug] += 2 * any(name in template.by_need for name in defined)
            score[slug] += 1 * (cell.grade_id.startswith("check-") and cell.grade_id in template.by_grade_id)
    if named in templates:
        score[named] += 2
    return Counter({slug: points for slug, points in score.items() if points})


def looks_like(score: Counter[str], wanted: str) -> str:
    """Return the exercise that a notebook belongs to: ``wanted`` unless another one fits clearly better."""
    if not score:
        return ""
    best, points = score.most_common(1)[0]
    if wanted and points < CLEARLY * score[wanted] + 4 and score[wanted]:
        return wanted
    return best
