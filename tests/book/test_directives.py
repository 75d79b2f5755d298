"""What the directives of the book read: code of the package, questions, formulas."""

from __future__ import annotations

from pathlib import Path

import pytest

from cifar_teach.authoring import AuthoringError
from cifar_teach.authoring.excerpt import excerpt
from cifar_teach.authoring.quiz import read_quiz

pytest.importorskip("jupyter_book", reason="the book's tools are not installed")

MODULE = '''"""Module."""
from .deep import other

LIMIT = 3


@decorate
def outer(x):
    """Say what it does.

    Args: none.
    """

    def inner():
        """One line."""
        return x

    return inner


class Box:
    """A box."""

    size: int = 1

    def open(self):
        """Open it."""
        return f"""not a
docstring"""


def empty():
    """Only words."""
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("from .module import outer\n", encoding="utf-8")
    (tmp_path / "pack" / "module.py").write_text(MODULE, encoding="utf-8")
    return tmp_path


def test_code_is_shown_with_decorators_and_without_docstrings(root: Path) -> None:
    shown = excerpt("pack.module.outer", root)
    assert shown.code == "@decorate\ndef outer(x):\n    def inner():\n        return x\n\n    return inner"
    assert (shown.path, shown.first, shown.last) == ("pack/module.py", 7, 18)


def test_a_method_is_moved_to_the_left(root: Path) -> None:
    assert excerpt("pack.module.Box.open", root).code == 'def open(self):\n    return f"""not a\ndocstring"""'


def test_classes_and_constants_can_be_shown(root: Path) -> None:
    assert excerpt("pack.module.Box", root).code.startswith(
        "class Box:\n    size: int = 1\n\n    def open(self):\n        return"
    )
    assert excerpt("pack.module.LIMIT", root).code == "LIMIT = 3"


def test_a_body_that_is_only_a_docstring_stays(root: Path) -> None:
    assert excerpt("pack.module.empty", root).code == 'def empty():\n    """Only words."""'


def test_nothing_is_imported(root: Path) -> None:
    (root / "pack" / "bad.py").write_text("raise SystemExit\ndef f(): return 1\n", encoding="utf-8")
    assert excerpt("pack.bad.f", root).code == "def f(): return 1"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("elsewhere.thing", "no module"),
        ("pack.module.nothing", "There are: LIMIT, outer, Box, empty"),
        ("pack.outer", "imported from '.module'"),
        ("pack.module.Box.close", "'close' is not defined"),
    ],
)
def test_what_is_not_there_is_named(root: Path, name: str, words: str) -> None:
    with pytest.raises(AuthoringError, match=words):
        excerpt(name, root)


GOOD = """
- ask: How many?
  options:
    - text: 10
      why: Count them.
      right: true
    - text: "yes: all"
      why: No.
"""


def test_a_quiz_is_read() -> None:
    (question,) = read_quiz(GOOD)
    assert question.ask == "How many?"
    assert [(option.text, option.right) for option in question.options] == [("10", True), ("yes: all", False)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("      right: true\n", ""), "exactly one"),
        (("      why: No.\n", "      why: No.\n      right: true\n"), "exactly one"),
        (("      why: No.\n", ""), "option 2 lacks why"),
        (("      why: No.", "      why:"), "option 2 lacks why"),
        (("right: true", "right: perhaps"), "true or left out"),
        (("right: true", "correct: true"), "correct"),
        (("- ask: How many?\n  options", "- options"), "lacks ask"),
        (('"yes: all"', "yes: all"), "YAML"),
        (('"yes: all"', "10"), "same text"),
    ],
)
def test_a_faulty_quiz_is_refused(change: tuple[str, str], words: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(AuthoringError, match=words):
        read_quiz(GOOD.replace(*change))


@pytest.mark.parametrize(
    "text", ["", "just words", "- only: this", "- ask: x\n  options: [a, b]", "- ask: x\n  options: a"]
)
def test_a_quiz_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(AuthoringError):
        read_quiz(text)


def formula(text: str, *, block: bool = False) -> str:
    pytest.importorskip("sphinx", reason="the book's tools are not installed")
    from course_book.mathml import to_mathml

    return to_mathml(text, block=block)


def test_formulas_become_mathml() -> None:
    assert formula(r"\frac{1}{n}") == (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mn>1</mn><mi>n</mi></mfrac></math>'
    )
    assert 'display="block"' in formula("x", block=True)


def test_an_accent_stays_on_its_letter() -> None:
    assert "<msub><mover" in formula(r"\hat{p}_i")
    assert "<munderover><mo" in formula(r"\sum_{i=1}^n", block=True)


def test_lines_of_a_formula_are_set_below_each_other() -> None:
    assert formula(r"a &= b \\ c &= d", block=True).count("<mtr>") == 2


def test_an_unknown_command_is_an_error() -> None:
    from docutils.utils.math import MathError

    with pytest.raises(MathError):
        formula(r"\nosuchcommand{x}")
