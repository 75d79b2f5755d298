"""The markers around reference answers: nothing that is nearly one may pass."""

from __future__ import annotations

import pytest

from cifar_teach.authoring.markers import MarkerError, solution_regions

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def test_regions_are_found_at_any_depth_of_code():
    lines = ["def f():", f"    {BEGIN}", "    return 1", f"    {END}", BEGIN, "x = 1", END]
    assert solution_regions(lines, code=True) == [(1, 3), (4, 6)]


@pytest.mark.parametrize(
    "line",
    ["# The solution begins here", "Begin solution 2 with this.", "solution = begin(solution_end)", "end = solution"],
)
def test_words_about_solutions_are_no_markers(line: str):
    assert solution_regions([line], code=True) == []


@pytest.mark.parametrize(
    ("lines", "index", "words"),
    [
        ([BEGIN, BEGIN, "x = 1", END], 1, "still open"),
        ([BEGIN, "x = 1"], 0, "never closed"),
        ([BEGIN, "x = 1", END, BEGIN, "y = 1"], 3, "never closed"),
        (["x = 1", END], 1, "without a '### BEGIN SOLUTION'"),
        ([f"    {BEGIN}", "    x = 1", END], 2, "indented differently"),
        ([BEGIN, "", END], 0, "nothing stands between"),
        ([BEGIN, "x = 1", f"{END}S"], 2, "is no marker"),
        (["## BEGIN SOLUTION", "x = 1", "## END SOLUTION"], 0, "is no marker"),
        (["### begin solution", "x = 1"], 0, "is no marker"),
        (["### Begin  Solution ###"], 0, "is no marker"),
        (["x = 1  ### BEGIN SOLUTION", END], 0, "is no marker"),
        (["### BEGIN SOLUTION of part 2"], 0, "is no marker"),
        (["### BEGIN HIDDEN TESTS"], 0, "BEGIN HIDDEN TESTS"),
        (["### BEGIN MARK SCHEME"], 0, "rubric stands in the registry"),
        (["### AUTOTEST f(1)"], 0, "AUTOTEST"),
    ],
)
def test_what_is_not_exactly_a_marker_is_refused_with_its_line(lines: list[str], index: int, words: str):
    with pytest.raises(MarkerError) as caught:
        solution_regions(lines, code=True)
    assert caught.value.index == index
    assert words in str(caught.value)


def test_a_marker_in_text_is_not_indented():
    with pytest.raises(MarkerError, match="not indented"):
        solution_regions([f"    {BEGIN}", "    Because.", f"    {END}"], code=False)
