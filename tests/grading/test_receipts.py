"""Receipts: a saved copy still verifies, and whatever is changed in it does not."""

from __future__ import annotations

import copy
import functools
import json
import random

import pytest

from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading.receipts import CODE, canonical, sign, verify
from tests.grading.samples import HOSTILE, grader_error, hostile_result, make_result, mixed, needs_human

KEY = bytes(range(32))


def leaves(value, path=()):
    """Yield the way to everything in a record that is no list or dict."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[key], (*path, key))
    else:
        yield path


def changed(receipt: dict, path: tuple, value) -> dict:
    other = copy.deepcopy(receipt)
    holder = other
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return other


@pytest.mark.parametrize("result", [make_result(), mixed(), needs_human(), grader_error()])
def test_a_receipt_survives_being_saved_and_sent(result) -> None:
    receipt = sign(result, KEY)
    assert verify(receipt, KEY)
    for text in (json.dumps(receipt), json.dumps(receipt, indent=4, ensure_ascii=False, sort_keys=True)):
        assert verify(json.loads(text), KEY)
    # Other programs write 2.0 as 2, and sort as they like.
    as_elsewhere = json.dumps(dict(reversed(receipt.items()))).replace(".0,", ",").replace(".0}", "}")
    assert verify(json.loads(as_elsewhere), KEY)
    assert CODE.fullmatch(receipt["code"])


def test_every_change_is_noticed() -> None:
    receipt = sign(mixed(), KEY)
    paths = list(leaves(receipt))
    assert len(paths) > 50
    for path in paths:
        before = functools.reduce(lambda holder, key: holder[key], path, receipt)
        for value in ("x", 7.25, None, True):
            assert value is before or not verify(changed(receipt, path, value), KEY), (path, value)
    for name in receipt:
        assert not verify({key: value for key, value in receipt.items() if key != name}, KEY), name
    assert not verify(receipt | {"added": 1}, KEY)
    assert not verify(changed(receipt, ("questions",), receipt["questions"][::-1]), KEY)


def test_random_damage_is_noticed() -> None:
    receipt, rng = sign(mixed(), KEY), random.Random(0)
    text = json.dumps(receipt, sort_keys=True)
    noticed = 0
    for _ in range(500):
        at = rng.randrange(len(text))
        damaged = text[:at] + rng.choice('0123456789abc{}",: ') + text[at + 1 :]
        try:
            record = json.loads(damaged)
        except ValueError:
            continue
        if record != receipt:
            noticed += 1
            assert not verify(record, KEY)
    assert noticed > 100


def test_another_key_or_another_result_gives_another_receipt() -> None:
    receipt = sign(make_result(), KEY)
    assert not verify(receipt, KEY[::-1])
    assert sign(make_result(), KEY) == receipt
    others = [make_result("ben"), make_result(digest="0" * 64), make_result(graded_at="2026-03-18T00:00:00+00:00")]
    assert len({sign(each, KEY)["code"] for each in [make_result(), *others]}) == 4


@pytest.mark.parametrize(
    "thing", [None, [], "receipt", 3, {}, {"schema": 1}, {"schema": 1, 2: 3}, {"schema": float("nan")}]
)
def test_what_is_no_receipt_is_no_receipt(thing) -> None:
    assert not verify(thing, KEY)


def test_neither_names_nor_messages_are_in_it() -> None:
    for text in HOSTILE.values():
        result = hostile_result(text)
        receipt = sign(result, KEY)
        assert verify(json.loads(json.dumps(receipt)), KEY)
        without = {name: value for name, value in receipt.items() if name != "submitted_at"}
        assert json.dumps(text)[1:-1] not in json.dumps(without)


@pytest.mark.parametrize("key", [b"", b"short", "a string that is long enough"])
def test_a_weak_key_is_refused(key) -> None:
    with pytest.raises(CifarTeachError, match="at least 16"):
        sign(make_result(), key)
    with pytest.raises(CifarTeachError, match="at least 16"):
        verify({}, key)


def test_the_canonical_form_is_one() -> None:
    assert canonical({"b": [1.0, 2.5, "ü"], "a": None}) == b'{"a":null,"b":[1,2.5,"\\u00fc"]}'
    with pytest.raises(ValueError):
        canonical({"a": float("inf")})
    with pytest.raises(TypeError):
        canonical({1: 2})
