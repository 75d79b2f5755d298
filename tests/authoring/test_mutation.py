"""Mutants of a reference answer: which faults are put in, and where."""

from __future__ import annotations

import numpy as np

from cifar_teach.authoring.mutation import mutants

CODE = '''def f(images, k=2):
    """Half."""
    before = 1 + 1
    ### BEGIN SOLUTION
    if k >= 2 and len(images) == 0:
        return -images
    return np.clip(images.mean(axis=0) / 2, 0, 1.5)
    ### END SOLUTION
'''


def changes() -> list[str]:
    return [mutant.change.split(" ", 1)[1] for mutant in mutants(CODE)]


def test_every_kind_of_fault_is_put_in() -> None:
    found = changes()
    assert "k >= 2 → k > 2" in found
    assert "len(images) == 0 → len(images) != 0" in found
    assert "k >= 2 and len(images) == 0 → k >= 2 or len(images) == 0" in found
    assert "-images → +images" in found
    assert "images.mean(axis=0) / 2 → images.mean(axis=0) * 2" in found
    assert "images.mean(axis=0) → images.mean()" in found
    assert "2 → 3" in found and "2 → 1" in found
    assert "1.5 → 3.0" in found


def test_a_dropped_call_leaves_its_first_argument_and_a_dropped_method_its_object() -> None:
    images = np.array([[4.0, 8.0], [0.0, 8.0]])
    values = {}
    for mutant in mutants(CODE):
        scope = {"np": np}
        exec(mutant.code, scope)
        values[mutant.change.split(" ", 1)[1]] = scope["f"](images, 1)
    dropped_clip = next(each for change, each in values.items() if change.startswith("np.clip") and "(images" in change)
    np.testing.assert_allclose(dropped_clip, [1.0, 4.0])
    dropped_mean = next(each for change, each in values.items() if change.startswith("images.mean(axis=0) → (images)"))
    np.testing.assert_allclose(dropped_mean, [[1.5, 1.5], [0, 1.5]])


def test_nothing_outside_the_solution_is_touched() -> None:
    for mutant in mutants(CODE):
        assert "before = 1 + 1" in mutant.code and "k=2" in mutant.code


def test_every_mutant_is_different_python() -> None:
    codes = [mutant.code for mutant in mutants(CODE)]
    assert len(set(codes)) == len(codes)
    for code in codes:
        compile(code, "<mutant>", "exec")
