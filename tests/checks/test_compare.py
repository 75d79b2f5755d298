"""Comparing what came with what was expected, and the words for it."""

from __future__ import annotations

import numpy as np
import pytest

from cifar_teach.checks import CheckFailed
from cifar_teach.checks.compare import expect_array, expect_choice, expect_columns, expect_equal, expect_number, require
from cifar_teach.checks.values import plain, show


def failure(function, *arguments, **keywords) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        function(*arguments, **keywords)
    return caught.value


def test_right_arrays_of_any_kind_pass() -> None:
    for result in (np.array([0.5, 1.0]), [0.5, 1], (0.5, 1.0), np.array([0.5, 1.0], "float16")):
        expect_array(result, np.array([0.5, 1.0]))


def test_a_known_mistake_is_named_before_the_shape_is() -> None:
    told = failure(expect_array, np.array([1.0, 2.0]), np.zeros((2, 2)), mistakes={"rows?": np.array([1.0, 2.0])})
    assert told.hint == "rows?"


def test_a_mistake_that_happens_to_be_right_is_no_mistake() -> None:
    expect_array([1.0], np.array([1.0]), mistakes={"wrong?": np.array([1.0])})
    expect_number(1.0, 1.0, mistakes={"wrong?": 1.0})
    expect_equal([1], [1], mistakes={"wrong?": [1]})


def test_the_first_difference_is_shown_with_its_place() -> None:
    told = failure(expect_array, np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert "1 of 4 values differ, the first at [1, 1]: 5 instead of 4" in told.got
    rows = np.arange(16.0).reshape(4, 4)  # described in the same words whichever way up
    told = failure(expect_array, rows[::-1], rows, mistakes={"upside down?": rows[::-1]})
    assert told.hint == "upside down?" and "the first at [0, 0]: 12 instead of 0" in told.got


def test_the_dtype_matters_only_where_it_is_asked_for() -> None:
    expect_array(np.array([1.0]), np.array([1.0]))
    told = failure(expect_array, np.array([1.0]), np.array([1.0]), dtype="float32")
    assert "wrong dtype" in told.message and told.got == "float64"


@pytest.mark.parametrize("result", [3.0, 3, np.array(3.0), np.array([3.0])])
def test_a_number_may_come_in_an_array(result) -> None:
    expect_number(result, 3)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "Nothing came back"),
        ("3", "one number"),
        (True, "one number"),
        (np.array([3.0, 4.0]), "one number"),
        (float("nan"), "not a number"),
        (4.0, "not right"),
        (10**400, "too large"),
    ],
)
def test_what_is_no_such_number_is_told(result, words: str) -> None:
    assert words in failure(expect_number, result, 3.0).message


@pytest.mark.parametrize(
    ("result", "correct"),
    [((1, 2), [1, 2]), (np.array([1, 2]), (1, 2)), ({"a": 1.0}, {"a": 1}), ("x", "x"), (True, True)],
)
def test_equal_things_of_different_types_are_equal(result, correct) -> None:
    expect_equal(result, correct)


@pytest.mark.parametrize(("result", "correct"), [(1, True), ([1], [1, 2]), ({"a": 1}, {"b": 1}), ("X", "x"), (None, 1)])
def test_other_things_are_not(result, correct) -> None:
    assert failure(expect_equal, result, correct).got


CHOICE = {
    "right": "b",
    "options": ("a", "b", "c"),
    "why_not": {"a": "Think of a.", "c": "Think of c."},
    "what": "your guess",
}


@pytest.mark.parametrize("value", ["b", "B", " b "])
def test_a_choice_may_be_upper_case(value: str) -> None:
    expect_choice(value, **CHOICE)


def test_a_wrong_choice_is_told_what_it_overlooks_and_not_the_answer() -> None:
    told = failure(expect_choice, "a", **CHOICE)
    assert told.hint == "Think of a."
    assert not told.expected


@pytest.mark.parametrize("value", ["d", 2, ["b"], np.array([1, 2, 3])])
def test_what_is_no_option_is_told_the_options(value) -> None:
    assert "'a' or 'b' or 'c'" in failure(expect_choice, value, **CHOICE).expected


def test_several_results_are_counted() -> None:
    expect_columns((1, 2), 2, names=("one", "two"))
    told = failure(expect_columns, np.zeros(2), 2, names=("train", "validation"))
    assert "train, validation" in told.message
    assert "Nothing came back" in failure(expect_columns, None, 2, names=("a", "b")).message


def test_require_says_what_it_is_given() -> None:
    require(True, "unused")
    told = failure(require, False, "Too dark.", got=np.array([1, 2]), expected="bright", hint="Look.")
    assert (told.message, told.expected, told.hint) == ("Too dark.", "bright", "Look.")
    assert told.got == "[1, 2] (int64, shape (2,))"


def test_plain_data_of_other_libraries() -> None:
    pandas = pytest.importorskip("pandas")
    assert plain(pandas.Series([1, 2])).tolist() == [1, 2]
    assert plain({3: np.float32(1.5), "a": (1, None)}) == {3: 1.5, "a": (1, None)}
    assert plain({2, 1}) == [1, 2]
    assert plain(range(3)) == [0, 1, 2]


def test_an_image_of_pillow_is_an_array() -> None:
    from PIL import Image

    assert plain(Image.new("RGB", (3, 2))).shape == (2, 3, 3)


def test_a_sentence_may_begin_with_a_name_of_python() -> None:
    assert failure(expect_equal, 1, 2, what="prediction_blur").message.startswith("`prediction_blur` is")


def test_tensors_become_arrays() -> None:
    import keras

    np.testing.assert_array_equal(plain(keras.ops.convert_to_tensor([1.0, 2.0])), [1.0, 2.0])
    np.testing.assert_array_equal(plain(keras.Variable([1.0, 2.0])), [1.0, 2.0])


def test_long_things_are_shown_short() -> None:
    assert show(np.zeros((4, 32, 32, 3), np.uint8)) == "array uint8 (4, 32, 32, 3), values 0 to 0"
    assert show(np.append(np.arange(20.0), np.nan)) == "array float64 (21,), values 0 to 19, 1 not finite"
    assert show([(3, 5), (5,), ()]) == "[(3, 5), (5,), ()]"
    assert len(show(list(range(10_000)))) < 400
    assert len(show("x" * 10_000)) < 200
