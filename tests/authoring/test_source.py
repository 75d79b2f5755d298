"""Every way in which a source can disagree with its format or with the registry, found with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cifar_teach.authoring import AuthoringError
from cifar_teach.authoring.source import read_source

pytest.importorskip("jupytext", reason="for authors only; not installed with the oldest supported versions")


@pytest.fixture
def read(course: Path, exercise):
    path = course / "solutions" / "ex90_doubling.py"

    def read_text(text: str):
        path.write_text(text, encoding="utf-8")
        return read_source(path, exercise)

    return read_text


def test_cells_know_their_kind_line_and_question(read, source: str):
    cells = read(source)
    lines = source.split("\n")
    assert all(lines[cell.line - 1].startswith("# %%") for cell in cells)
    assert [cell.question.name for cell in cells if cell.question] == ["double", "answer", "think-back"]
    assert [cell.id for cell in cells if cell.id] == ["tools"]
    assert [cell.setup for cell in cells].index(True) == 1
    assert "# %% not the beginning of a cell" in cells[4].source


def test_windows_line_ends_change_nothing(read, source: str):
    assert read(source.replace("\n", "\r\n")) == read(source)


SETUP = '# %% tags=["setup"]\n'
FIRST = "# %% [markdown]\n"
TITLE = "# # 90 · Doubling\n"
DOUBLE = '# %% question="double"'
THINK = '# %% [markdown] question="think-back"'
CALL = "# %%\ndouble(4)"
ANSWER_CELL = "answer = double(half_of_it)"


@pytest.mark.parametrize(
    ("old", "new", "near", "words"),
    [
        (DOUBLE, '# %% question="dubble"', '# %% question="dubble"', "Did you mean 'double'?"),
        (DOUBLE, '# %% question="answer"', '# %% question="answer"\n###', "asked a second time"),
        (DOUBLE, "# %% question=double", "# %% question=double", "header of the cell is not understood"),
        (DOUBLE, '# %% Title question="double"', "# %% Title", "(title)"),
        (DOUBLE, '# %% question="double" id="x"', '# %% question="double" id', "not several"),
        (DOUBLE, '# %% question="double" points=2', '# %% question="double" points', "(points)"),
        (THINK, "# %% [markdown]", "# ### BEGIN", "a cell that asks no question"),
        (THINK, '# %% question="think-back"', '# %% question="think-back"', "is read by a person"),
        (DOUBLE, '# %% [markdown] question="double"', '# %% [markdown] question="double"', "holds code"),
        (CALL, "# %%\n### BEGIN SOLUTION\ndouble(4)\n### END SOLUTION", "### BEGIN SOLUTION\ndouble(4)", "asks no"),
        ("    ### END SOLUTION\n", "", "    ### BEGIN", "never closed"),
        (ANSWER_CELL, f"### BEGIN SOLUTION\n{ANSWER_CELL}", f"### BEGIN SOLUTION\n{ANSWER_CELL}", "still open"),
        ("    ### END", "### END", "### END", "indented differently"),
        ("# ### BEGIN", "#     ### BEGIN", "#     ### BEGIN", "not indented"),
        ("# ### END", "# ## END", "# ## END", "is no marker"),
        (f"{ANSWER_CELL}\n### END SOLUTION", "### end solution", "### end solution", "is no marker"),
        (SETUP, "", FIRST, "found: none"),
        (SETUP, SETUP + "\n" + SETUP, FIRST, "found: lines 12, 14"),
        (SETUP, SETUP + "import math\n", SETUP.strip(), "empty cell of code"),
        (SETUP, '# %% tags=["set-up"]\n', '# %% tags=["set-up"]', "the only tag"),
        ('# %% id="tools"', "# %%\n\n# %%", "# %%\n\n", "an empty cell"),
        ('# %% id="tools"', '# %% id="my tools"', '# %% id="my', "letters, digits"),
        ('# %% id="tools"', '# %% [markdown] id="tools"', '# %% [markdown] id="tools"', "id= names a cell of code"),
        (TITLE, "# ## 90 · Doubling\n", FIRST, "'# Doubling'"),
        (TITLE, "# # Halving\n", FIRST, "'# Doubling'"),
        ("# %% [markdown]\n# # 90", "import math\n# %% [markdown]\n# # 90", "# ---", "text before the first cell"),
        (CALL, "# %%\ndouble(4", "double(4", "not Python"),
        (CALL, "# %% [raw]\n# double(4)", "# %% [raw]", "(raw)"),
        ("# ### Thinking back\n", "# Thinking back\n", THINK, "needs a cell of text with a heading"),
        ("# %% [markdown]\n# ### Thinking back\n\n", "", THINK, "needs a cell of text with a heading"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_line(read, source: str, old: str, new: str, near: str, words: str):
    assert source.count(old) >= 1
    text = source.replace(old, new, 1)
    with pytest.raises(AuthoringError) as caught:
        read(text)
    place, _, reason = str(caught.value).partition(": ")
    assert words in reason
    name, line = place.split(":")
    assert name == "solutions/ex90_doubling.py"
    expected = text[: text.index(near)].count("\n") + 1
    assert int(line) == expected


def test_a_question_that_is_not_asked_is_named(read, source: str):
    before, _, rest = source.partition("# %% [markdown]\n# ### Thinking back")
    _, _, after = rest.partition("# ### END SOLUTION\n\n")
    with pytest.raises(AuthoringError, match="not asked: think-back"):
        read(before + after)


def test_questions_are_asked_in_the_order_of_the_registry(read, source: str):
    first = source.index("# %% [markdown]\n# ## 1.")
    second = source.index("# %% [markdown]\n# ## 2.")
    third = source.index("# %% [markdown]\n# ### Thinking")
    swapped = source[:first] + source[second:third] + source[first:second] + source[third:]
    with pytest.raises(AuthoringError, match="order answer, double, think-back, but registered as double, answer"):
        read(swapped)


def test_a_question_before_the_set_up_is_refused(read, source: str):
    text = source.replace(SETUP, "", 1) + "\n" + SETUP
    with pytest.raises(AuthoringError, match="'double' stands before the set-up cell"):
        read(text)


def test_a_source_that_is_missing(course: Path, exercise):
    (course / "solutions" / "ex90_doubling.py").unlink()
    with pytest.raises(AuthoringError, match="has checks but no source"):
        read_source(course / "solutions" / "ex90_doubling.py", exercise)
