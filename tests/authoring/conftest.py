"""A tiny exercise, and a copy of the course that holds nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cifar_teach.checks.registry import Exercise, Question

ROOT = Path(__file__).resolve().parents[2]

# Its checks are its own: the cell "tools" replaces those of the package, so that only the notebooks are under test.
SOURCE = '''\
# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 90 · Doubling
#
# What is twice as much?

# %% tags=["setup"]

# %% id="tools"
import sys


def check(id):
    print("I0000 00:00:1795257342.944458 port.cc:153] a log, as TensorFlow writes it", file=sys.stderr)
    name = id.partition(".")[2]
    if name == "double":
        result = double(3)
        assert result in (6, -6), f"double(3) is {result}"
        return 2.0 if result == 6 else 0.5
    assert answer == 42


# %% [markdown]
# ## 1. A function
#
# Write `double`.

# %% question="double"
def double(number):
    """Return twice the number.

    # %% not the beginning of a cell
    """
    ### BEGIN SOLUTION
    twice = number + number
    return twice
    ### END SOLUTION


# %%
double(4)

# %% [markdown]
# ## 2. A number
#
# ```python
# # no heading
# ```

# %% question="answer"
### BEGIN SOLUTION
half_of_it = 21
### END SOLUTION
# Now double it.
### BEGIN SOLUTION
answer = double(half_of_it)
### END SOLUTION

# %% [markdown]
# ### Thinking back

# %% [markdown] question="think-back"
# In a sentence:
#
# ### BEGIN SOLUTION
# Doubling is linear — “twice” the sum is the sum of both doubles.
# ### END SOLUTION

# %% [markdown]
# ## What comes next
'''


def judge(student: object, draw: object) -> None:
    """Never called: the notebook brings its own checks."""


@pytest.fixture
def source() -> str:
    return SOURCE


@pytest.fixture(scope="session")
def exercise() -> Exercise:
    questions = [
        Question("ex90.double", "Double a number", 2.0, judge, ("double",)),
        Question("ex90.answer", "The answer", 1.5, judge, ("answer",)),
        Question("ex90.think-back", "Say why", 1.0, rubric=("1 point: linearity is named", "0 points: otherwise")),
    ]
    return Exercise("ex90_doubling", "Doubling", "You can double a number.", 10, 100, 50, questions)


def make_course(root: Path) -> Path:
    (root / "solutions").mkdir(parents=True)
    (root / "solutions" / "ex90_doubling.py").write_text(SOURCE, encoding="utf-8")
    (root / "solutions" / "README.md").write_text("# Solutions\n", encoding="utf-8")
    (root / "_config.yml").write_text(
        "repository:\n  url: https://github.com/a-school/its-course\n  branch: v2.1\n", encoding="utf-8"
    )
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course")


@pytest.fixture(scope="module")
def shared_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("authoring") / "course")
