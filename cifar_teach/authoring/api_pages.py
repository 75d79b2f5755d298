"""The pages of the book that describe the package: a page for each step of the workflow, every public name on it.

Sphinx writes signatures and docstrings while it builds the book (``sphinx.ext.autodoc``). These pages only say which
names there are, so they change when a name comes or goes, and ``cifar-teach build --check`` notices.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Mapping
from enum import Enum
from itertools import pairwise
from types import ModuleType

PACKAGE = "cifar_teach"
OVERVIEW = "api"
STEPS = (
    "data",
    "explore",
    "preprocess",
    "models",
    "backbones",
    "train",
    "evaluate",
    "ensemble",
    "errors",
    "explain",
    "plots",
    "checks",
    "tracking",
    "apps",
    "grading",
    "exceptions",
)
"""What has a page: the workflow in its order, then what stands beside it, then the errors of all of them."""

INTRODUCTION = f"""\
# The package

All that the chapters and exercises use, one module for each step of the workflow. Each step uses only those above it.
Checks, tracking, apps and grading stand beside the workflow: they use it, and no step uses them. Exceptions are the
errors that all of them raise.

Everything is imported from the module of its step: `from {PACKAGE}.data import load_cifar10`. In Python,
`help(load_cifar10)` shows the same text as these pages.
"""


def api_files() -> dict[str, str]:
    """Return the text of every page by its name in the book: ``"api"``, ``"api/data"`` and so on."""
    modules = {step: importlib.import_module(f"{PACKAGE}.{step}") for step in STEPS}
    rows = [
        f"| [{PACKAGE}.{step}]({OVERVIEW}/{step}.md) | {_markdown(_paragraphs(module)[0])} |"
        for step, module in modules.items()
    ]
    overview = "\n".join([INTRODUCTION, "| module | what it holds |", "|---|---|", *rows, ""])
    return {OVERVIEW: overview} | {f"{OVERVIEW}/{step}": _page(module) for step, module in modules.items()}


def _page(module: ModuleType) -> str:
    kinds: dict[str, list[str]] = {"Functions": [], "Classes": [], "Constants": []}
    for name in sorted(module.__all__, key=str.lower):
        value, full = getattr(module, name), f"{module.__name__}.{name}"
        if inspect.isclass(value):
            kinds["Classes"] += [f".. autoclass:: {full}", "   :members:", *_shown_fields(value), ""]
        elif callable(value):
            kinds["Functions"] += [f".. autofunction:: {full}", ""]
        else:
            # Without the empty option Sphinx would put the module before the full name a second time.
            kinds["Constants"] += [f".. py:data:: {full}", "   :module:", "", *_constant(module, name), ""]
    text = [f".. py:module:: {module.__name__}", "", "\n\n".join(_paragraphs(module)), ""]
    lines = [f"# {module.__name__}", "", *_rst(text)]
    for title, entries in kinds.items():
        if entries:
            lines += ["", f"## {title}", "", *_rst(entries)]
    return "\n".join([*lines, ""])


def _rst(lines: list[str]) -> list[str]:
    return ["```{eval-rst}", *lines[:-1], "```"]


def _paragraphs(module: ModuleType) -> list[str]:
    """Return the paragraphs of a module's docstring, examples as blocks of code.

    The tables of its parts are left out: they are for those who change the package.
    """
    result = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(module.__doc__ or "")):
        if paragraph.startswith("    ") and result[-1].startswith(".. code-block"):
            result[-1] += f"\n\n{paragraph}"
        elif paragraph.startswith("    "):
            result[-1] = re.sub(r"::$", ":", result[-1])
            result.append(f".. code-block:: python\n\n{paragraph}")
        elif not paragraph.startswith("==="):
            result.append(paragraph)
    return result


def _markdown(paragraph: str) -> str:
    """Return a paragraph of a docstring as one line of Markdown."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", " ".join(paragraph.split()))
    return text.replace("``", "`")


def _shown_fields(value: type) -> list[str]:
    """Return the option for the members of an enumeration or of a named tuple.

    Those of an enumeration are shown in their order, although most have no docstring. The fields of a named tuple are
    left out: its docstring lists them already.
    """
    if issubclass(value, Enum):
        return ["   :undoc-members:", "   :member-order: bysource"]
    fields = getattr(value, "_fields", ())
    return [f"   :exclude-members: {', '.join(fields)}"] if fields else []


def _constant(module: ModuleType, name: str) -> list[str]:
    """Return what is said about a constant: the text below its definition, and its values or keys."""
    value = getattr(module, name)
    text = _text_below(module, name)
    if isinstance(value, Mapping):
        kinds = {type(each).__name__ for each in value.values()} - {"tuple"}
        kind = kinds.pop() if len(kinds) == 1 else ""
        of_kind = f", each {'an' if kind[0] in 'AEIOU' else 'a'} :class:`{kind}`" if kind else ""
        values = f"A dictionary{of_kind}. Its keys are {_literals(value)}."
    elif isinstance(value, tuple):
        values = f"The values are {_literals(value)}."
    else:
        values = f"The value is {value:,}."
    return textwrap.indent(f"{text}\n\n{values}" if text else values, "   ").split("\n")


def _literals(values: object) -> str:
    return ", ".join(f"``{value}``" for value in values)


def _text_below(module: ModuleType, name: str) -> str:
    """Return the string below the definition of a constant, in the module from which ``module`` takes it."""
    own = ast.parse(inspect.getsource(module))
    homes = [
        importlib.import_module(f"{'.' * node.level}{node.module}", module.__name__)
        for node in ast.walk(own)
        if isinstance(node, ast.ImportFrom) and node.module and name in [alias.name for alias in node.names]
    ]
    body = ast.parse(inspect.getsource(homes[0] if homes else module)).body
    for node, following in pairwise(body):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        if named and isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            return inspect.cleandoc(following.value.value)
    return ""
