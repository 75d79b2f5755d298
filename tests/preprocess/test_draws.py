from __future__ import annotations

import numpy as np
import pytest

from cifar_teach.exceptions import DataError
from cifar_teach.preprocess import ImageDraws

N = 20_000


def test_draws_are_uniform_and_independent() -> None:
    draws = ImageDraws(0, 0, np.arange(N))
    first, second = draws.random(N), draws.random(N)
    for values in (first, second):
        assert 0 <= values.min() and values.max() < 1
        counts, _ = np.histogram(values, bins=20, range=(0, 1))
        assert ((counts - N / 20) ** 2 / (N / 20)).sum() < 50  # chi-square, 19 degrees of freedom
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.03


def test_an_image_draws_the_same_in_any_batch() -> None:
    whole = ImageDraws(3, 5, np.arange(100))
    part = ImageDraws(3, 5, np.array([70, 2, 99]))
    for _ in range(3):
        np.testing.assert_array_equal(whole.random(100)[[70, 2, 99]], part.random(3))


@pytest.mark.parametrize("other", [(1, 0, "crop"), (0, 1, "crop"), (0, 0, "flip")])
def test_seed_epoch_and_purpose_give_independent_draws(other: tuple[int, int, str]) -> None:
    seed, epoch, purpose = other
    indices = np.arange(N)
    here, there = ImageDraws(0, 0, indices, "crop").random(N), ImageDraws(seed, epoch, indices, purpose).random(N)
    assert abs(np.corrcoef(here, there)[0, 1]) < 0.03
    assert not np.isin(here, there).any()


def test_asking_for_another_number_is_a_mistake() -> None:
    with pytest.raises(DataError, match="5 images"):
        ImageDraws(0, 0, np.arange(5)).random(6)


@pytest.mark.parametrize(("seed", "epoch"), [(-1, 0), (0, -1)])
def test_negative_numbers_are_refused(seed: int, epoch: int) -> None:
    with pytest.raises(DataError, match="negative"):
        ImageDraws(seed, epoch, np.arange(3))
