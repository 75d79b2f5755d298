"""Who may import whom, what an import may cost, and that everything public says what it does."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "cifar_teach"

WORKFLOW = (
    "exceptions",
    "files",
    "config",
    "synthetic",
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
)
"""The steps in the order of the course: each may import only those before it."""

UP_TO_EVALUATE = WORKFLOW[: WORKFLOW.index("evaluate") + 1]
BESIDE = {
    "environment": (),
    "tracking": (*UP_TO_EVALUATE, "environment"),
    "apps": (*WORKFLOW, "environment"),
    "book": (*WORKFLOW, "environment"),
    "checks": (*WORKFLOW, "environment", "book", "tracking", "apps"),
    "authoring": (*WORKFLOW, "environment", "book", "checks", "tracking", "apps", "grading"),
    "grading": (*WORKFLOW, "environment", "checks"),
    "report": WORKFLOW,
    "pipeline": (*WORKFLOW, "environment", "report", "tracking"),
    "comparing": (*WORKFLOW, "pipeline"),
    "doctor": (*WORKFLOW, "environment", "grading"),
}
"""What stands beside the workflow, and what each part may import."""

STEPS = {*WORKFLOW, *BESIDE, "cli"}
"""All of it; ``cli`` calls the rest and is called by nothing."""

HEAVY = {
    *("tensorflow", "keras", "matplotlib", "seaborn", "pandas"),
    *("sqlalchemy", "plotly", "pyarrow", "gradio", "streamlit", "nbgrader", "distributed", "onnx", "onnxruntime"),
}
"""Libraries that take seconds to import; only functions that need them may."""

SOURCES = sorted(PACKAGE.rglob("*.py"))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def step_of(path: Path) -> str:
    """Return the module or subpackage directly below ``cifar_teach`` that ``path`` belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def allowed_for(step: str) -> tuple[str, ...] | None:
    """Return the steps that ``step`` may import, or None when it is not on the map."""
    if step in WORKFLOW:
        return WORKFLOW[: WORKFLOW.index(step)]
    if step == "cli":
        return (*WORKFLOW, *BESIDE)
    return BESIDE.get(step)


def imported_names(node: ast.AST, package: tuple[str, ...]) -> list[str]:
    """Return the absolute dotted names that an import statement may load; ``package`` holds the file."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
    module = ".".join(part for part in (base, node.module) if part)
    return [f"{module}.{alias.name}" for alias in node.names]


def package_of(path: Path) -> tuple[str, ...]:
    return ("cifar_teach", *path.relative_to(PACKAGE).parent.parts)


def steps_imported(path: Path, tree: ast.Module) -> set[str]:
    """Return the steps of this package that a file imports anywhere, also inside functions."""
    package = package_of(path)
    names = {name for node in ast.walk(tree) for name in imported_names(node, package)}
    parts = (name.split(".") for name in names if name.startswith("cifar_teach."))
    return {part[1] for part in parts} & STEPS


def run_at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run at import: all but functions and TYPE_CHECKING blocks."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            yield from run_at_import(statement.orelse)
            continue
        yield statement
        for field in ("body", "orelse", "finalbody"):
            yield from run_at_import(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from run_at_import(handler.body)


def forbidden_steps(path: Path, tree: ast.Module) -> set[str]:
    step = step_of(path)
    if step == "__init__":
        return steps_imported(path, tree)
    allowed = allowed_for(step)
    assert allowed is not None, f"'{step}' is not on the map at the top of this file: what may it import?"
    return steps_imported(path, tree) - {step, *allowed}


def heavy_at_import(path: Path, tree: ast.Module) -> set[str]:
    names = (name for node in run_at_import(tree.body) for name in imported_names(node, package_of(path)))
    return {name.split(".")[0] for name in names} & HEAVY


def undocumented(tree: ast.Module) -> list[str]:
    """Return the public modules, classes, functions and methods without a docstring."""
    missing = [] if ast.get_docstring(tree) else ["module"]
    pending = [("", tree)]
    while pending:
        prefix, parent = pending.pop()
        for node in parent.body:
            definition = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            if not definition or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                missing.append(prefix + node.name)
            if isinstance(node, ast.ClassDef):
                pending.append((f"{prefix}{node.name}.", node))
    return missing


def relative_id(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", SOURCES, ids=relative_id)
def test_imports_point_to_earlier_steps_only(path: Path) -> None:
    assert forbidden_steps(path, parse(path)) == set()


@pytest.mark.parametrize("path", SOURCES, ids=relative_id)
def test_heavy_libraries_are_imported_inside_functions(path: Path) -> None:
    assert heavy_at_import(path, parse(path)) == set()


@pytest.mark.parametrize("path", SOURCES, ids=relative_id)
def test_everything_public_has_a_docstring(path: Path) -> None:
    assert undocumented(parse(path)) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from ..config import CLASS_NAMES", set()),
        ("from .. import config", set()),
        ("from .dataset import Dataset", set()),
        ("from ..evaluate import accuracy", {"evaluate"}),
        ("import cifar_teach.evaluate", {"evaluate"}),
        ("from cifar_teach import plots", {"plots"}),
        ("def late():\n    from ..models import build_model", {"models"}),
    ],
)
def test_the_order_is_enforced_however_the_import_is_written(source: str, expected: set[str]) -> None:
    assert forbidden_steps(PACKAGE / "data" / "new.py", ast.parse(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import tensorflow as tf", {"tensorflow"}),
        ("from keras import ops", {"keras"}),
        ("try:\n    import matplotlib.pyplot\nexcept ImportError:\n    pass", {"matplotlib"}),
        ("class Layer:\n    import pandas", {"pandas"}),
        ("def f():\n    import keras", set()),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import keras", set()),
        ("from .keras import thing", set()),
    ],
)
def test_heavy_imports_are_found_wherever_they_hide(source: str, expected: set[str]) -> None:
    assert heavy_at_import(PACKAGE / "data" / "new.py", ast.parse(source)) == expected


def test_a_missing_docstring_is_found() -> None:
    source = """
class Public:
    def method(self): ...
    def _private(self): ...
def public(): ...
"""
    assert sorted(undocumented(ast.parse(source))) == ["Public", "Public.method", "module", "public"]


def run_python(code: str) -> dict:
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    return json.loads(result.stdout)


def test_importing_the_package_is_fast() -> None:
    code = (
        "import json, sys, time; start = time.perf_counter(); import cifar_teach; "
        "print(json.dumps({'seconds': time.perf_counter() - start, 'modules': list(sys.modules)}))"
    )
    runs = [run_python(code) for _ in range(3)]
    assert min(run["seconds"] for run in runs) < 0.3
    assert {name.split(".")[0] for name in runs[0]["modules"]} & HEAVY == set()


def test_no_module_loads_a_heavy_library() -> None:
    names = [".".join((*package_of(path), path.stem)).removesuffix(".__init__") for path in SOURCES]
    names = [name for name in names if not name.endswith(".__main__")]
    code = (
        f"import importlib, json, sys; [importlib.import_module(name) for name in {names!r}]; "
        "print(json.dumps({'modules': list(sys.modules)}))"
    )
    assert {name.split(".")[0] for name in run_python(code)["modules"]} & HEAVY == set()
