"""The four files that name versions agree with one another."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-oldest.lock", "requirements-colab.lock")


def read(name: str) -> list[Requirement]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def lower_bounds(requirements: list[Requirement]) -> dict[str, Version]:
    return {
        canonicalize_name(requirement.name): Version(clause.version)
        for requirement in requirements
        for clause in requirement.specifier
        if clause.operator in (">=", "==")
    }


def declared(*extras: str) -> list[Requirement]:
    lines = PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    return [Requirement(line) for line in lines if not line.startswith("cifar-teach")]


@pytest.mark.parametrize("requirement", declared(), ids=lambda requirement: requirement.name)
def test_the_package_asks_for_lower_bounds_only(requirement: Requirement) -> None:
    assert [clause.operator for clause in requirement.specifier] == [">="]


def test_requirements_txt_has_the_bounds_of_the_package() -> None:
    assert lower_bounds(read("requirements.txt")) == lower_bounds(
        declared("book", "authoring", "grading", "cluster", "tracking", "postgresql", "apps", "onnx", "test", "dev")
    )


@pytest.mark.parametrize("requirement", read("requirements.txt"), ids=lambda requirement: requirement.name)
def test_the_lock_meets_requirements_txt(requirement: Requirement) -> None:
    locked = lower_bounds(read("requirements.lock"))
    assert locked[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.parametrize("requirement", declared("test", "tracking"), ids=lambda requirement: requirement.name)
def test_the_oldest_lock_holds_exactly_the_lower_bounds(requirement: Requirement) -> None:
    name = canonicalize_name(requirement.name)
    assert lower_bounds(read("requirements-oldest.lock"))[name] == lower_bounds([requirement])[name]


@pytest.mark.parametrize("requirement", read("requirements-colab.txt"), ids=lambda requirement: requirement.name)
def test_the_colab_lock_holds_the_published_versions(requirement: Requirement) -> None:
    locked = lower_bounds(read("requirements-colab.lock"))
    assert locked[canonicalize_name(requirement.name)] in requirement.specifier


def test_colab_is_without_what_cannot_be_installed_there() -> None:
    assert not {"nbgrader", "jupytext", "jupyter-book"} & {each.name for each in read("requirements-colab.lock")}


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_exact_versions_and_no_place(name: str) -> None:
    assert all(str(requirement.specifier).startswith("==") for requirement in read(name))
    assert re.findall(r"://|--\w|@|(?<![\w-])/\w", (ROOT / name).read_text(encoding="utf-8")) == []
