"""Code of the package as a page shows it: read from the file, without importing it, and without its docstrings."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from .errors import AuthoringError

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Excerpt:
    """A function, class or constant of the package.

    Attributes:
        name: as the page names it: ``"cifar_teach.preprocess.scaling.scale"``.
        code: its lines, moved to the left, without docstrings.
        path: its file, from the root of the repository, with forward slashes.
        first, last: its lines in that file, counted from 1.
    """

    name: str
    code: str
    path: str
    first: int
    last: int


def excerpt(name: str, root: Path) -> Excerpt:
    """Return the code of ``name``.

    Args:
        name: module and name, dotted; of the module in which it is defined, not of one that passes it on.
        root: the root of the repository.

    Raises:
        AuthoringError: there is no such module, or nothing of that name is defined in it.
    """
    path, inside = _file_of(name, root)
    text = path.read_text(encoding="utf-8")
    body, node = ast.parse(text).body, None
    for part in inside:
        node = next((each for each in body if part in _names(each)), None)
        if node is None:
            raise AuthoringError(f"'{part}' is not defined in {path.relative_to(root)}{_hint(body, inside)}")
        body = getattr(node, "body", [])
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    lines = text.splitlines()
    hidden = _docstring_lines(node, lines)
    kept = [lines[number - 1] for number in range(first, node.end_lineno + 1) if number not in hidden]
    indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
    code = "\n".join(line.removeprefix(indent) for line in kept)
    return Excerpt(name, code, path.relative_to(root).as_posix(), first, node.end_lineno)


def _file_of(name: str, root: Path) -> tuple[Path, list[str]]:
    """Return the file of the longest beginning of ``name`` that is a module, and the parts after it."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        base = root.joinpath(*parts[:length])
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return path, parts[length:]
    raise AuthoringError(f"'{name}': no module of this repository begins like that. Write module and name, dotted.")


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, Definition):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _hint(body: list[ast.stmt], inside: list[str]) -> str:
    """Say where a name that is only imported comes from, or what there is instead."""
    for node in body:
        if isinstance(node, ast.ImportFrom) and inside[0] in [alias.asname or alias.name for alias in node.names]:
            return f", only imported from '{'.' * node.level}{node.module or ''}'. Name the module that defines it."
    return f". There are: {', '.join(name for node in body for name in _names(node)) or 'none'}."


def _docstring_lines(node: ast.stmt, lines: list[str]) -> set[int]:
    """Return the numbers of the lines of every docstring in a definition, with the blank line after it."""
    hidden: set[int] = set()
    for each in ast.walk(node):
        if not isinstance(each, Definition) or ast.get_docstring(each) is None or len(each.body) == 1:
            continue  # a body that is only a docstring has to stay
        docstring = each.body[0]
        blank = not lines[docstring.end_lineno].strip()
        hidden.update(range(docstring.lineno, docstring.end_lineno + 1 + blank))
    return hidden
