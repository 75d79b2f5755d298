"""What a student is told about parts of a notebook that did not run as they do in Colab.

With a salt the student's process has seen inputs that are secret, so nothing is shown that it says: a note that it may
choose among many carries a secret out as well as one that it may write. What was left out is read off the text of the
cells, here. Only whether a training was cut short is known to that process alone; that is said once for the notebook.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ..checks.magics import InertShell
from ..checks.reading import Cell, Notebook
from ..checks.values import shorten
from .names import as_python, parse

COLAB = "`google.colab` is there only while you work in Colab; here its commands do nothing."
CIFAR10 = "The pictures of `keras.datasets.cifar10` are drawn ones while grading."
SET_UP = "The set-up cell is missing; it was run for you."
SHELL = {"run_line_magic": 2, "run_cell_magic": 3, "magic": 1, "getoutput": 1, "system": 1}
"""What :func:`~cifar_teach.checks.magics.to_python` makes of magics and shell commands, and their older names, with
the number of arguments."""
LENGTH = 300
MANY = 50


def training_ended(steps: int) -> str:
    """Return what is said about a training that was cut short after so many steps."""
    return f"Training was ended after {steps} steps: no points depend on how long a cell trains."


def notices(notebook: Notebook, handed_out: Collection[str], said: Collection[str]) -> tuple[str, ...]:
    """Return what to tell the student, each sentence once.

    Args:
        notebook: what was run.
        handed_out: sources of the cells of the exercise as it was handed out; nothing is said about these.
        said: what the grader itself has noticed: :data:`SET_UP`, or that a training was cut short.
    """
    found = [each for each in (SET_UP,) if each in said]
    for cell in notebook.code:
        if cell.source not in handed_out:
            found += [f"Cell [{cell.number}]: {shorten(each, LENGTH)}" for each in _of_cell(cell)]
    found += [each for each in said if each != SET_UP]
    return tuple(dict.fromkeys(found))[:MANY]


def colab_modules(tree: ast.AST) -> set[str]:
    """Return the modules of Colab that code imports outside of a ``try``, that is, without reckoning that they lack."""
    pending, found = [tree], set()
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Try):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        pending += ast.iter_child_nodes(node)
    colab = {name for name in found if name == "google.colab" or name.startswith("google.colab.")}
    return colab | {"google.colab"} if colab else set()


def _of_cell(cell: Cell) -> list[str]:
    python = as_python(cell.source)
    tree = None if python is None else parse(python)
    if tree is None:
        return []
    found: list[str] = []
    shell = InertShell(run=lambda _: None, note=found.append)
    for name, arguments in _commands(tree):
        getattr(shell, name)(*arguments)
    if colab_modules(tree):
        found.append(COLAB)
    if "cifar10" in cell.source and "load_data" in cell.source:
        found.append(CIFAR10)
    return found


def _commands(tree: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """Yield the magics and shell commands of a cell, as far as they stand in it word by word."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=name), args=arguments
            ):
                words = [each.value for each in arguments if isinstance(each, ast.Constant) and type(each.value) is str]
                if len(words) == len(arguments) == SHELL.get(name):
                    yield name, words
