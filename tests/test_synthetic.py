from __future__ import annotations

import numpy as np
import pytest

from cifar_teach import synthetic
from cifar_teach.exceptions import DataError
from cifar_teach.synthetic.canvas import Canvas, smooth_noise


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    return synthetic.draw(1_200, seed=5)


def test_images_have_the_form_of_cifar10(drawn) -> None:
    images, labels = drawn
    assert images.shape == (1_200, 32, 32, 3)
    assert images.dtype == np.uint8
    assert labels.shape == (1_200,)
    assert labels.dtype == np.int64


@pytest.mark.parametrize("n", [1, 7, 10, 123, 500, 505])
def test_classes_are_balanced_to_within_one_for_every_n(n) -> None:
    counts = np.bincount(synthetic.draw(n, seed=1)[1], minlength=10)
    assert counts.sum() == n
    assert counts.max() - counts.min() <= 1


def test_the_same_seed_draws_the_same_images(drawn) -> None:
    again = synthetic.draw(1_200, seed=5)
    np.testing.assert_array_equal(again[0], drawn[0])
    np.testing.assert_array_equal(again[1], drawn[1])


def test_an_image_does_not_depend_on_how_many_are_drawn(drawn) -> None:
    images, labels = synthetic.draw(505, seed=5)
    np.testing.assert_array_equal(images, drawn[0][:505])
    np.testing.assert_array_equal(labels, drawn[1][:505])


def test_other_seeds_draw_other_images_in_another_order(drawn) -> None:
    images, labels = synthetic.draw(100, seed=6)
    assert (labels != drawn[1][:100]).any()
    assert not {image.tobytes() for image in images} & {image.tobytes() for image in drawn[0]}


def test_labels_are_shuffled(drawn) -> None:
    labels = drawn[1]
    assert len({tuple(labels[start : start + 10]) for start in range(0, 1_000, 10)}) > 90


def test_all_images_differ_and_none_is_flat(drawn) -> None:
    images = drawn[0]
    assert len({image.tobytes() for image in images}) == len(images)
    assert images.std(axis=(1, 2, 3)).min() > 8


def test_brightness_and_contrast_are_those_of_photographs(drawn) -> None:
    means = drawn[0].mean(axis=(1, 2, 3))
    assert 90 < means.mean() < 170
    assert means.std() > 20


def test_a_picture_shows_its_class() -> None:
    """Nearest class mean on coarse pixels: far above the 10 % of guessing, far below a network."""
    train, labels = synthetic.draw(2_000, seed=0)
    test, truth = synthetic.draw(500, seed=1)

    def coarse(images: np.ndarray) -> np.ndarray:
        return images.reshape(-1, 8, 4, 8, 4, 3).mean(axis=(2, 4)).reshape(len(images), -1)

    means = np.stack([coarse(train)[labels == label].mean(axis=0) for label in range(10)])
    distance = ((coarse(test)[:, None] - means) ** 2).sum(axis=-1)
    assert 0.25 < (distance.argmin(axis=1) == truth).mean() < 0.70


@pytest.mark.parametrize(("n", "seed", "message"), [(0, 0, "0 images cannot be drawn"), (5, -1, "seed -1 is negative")])
def test_impossible_requests_are_refused(n, seed, message) -> None:
    with pytest.raises(DataError, match=message):
        synthetic.draw(n, seed)


def canvas(n: int = 2) -> Canvas:
    return Canvas(n, np.random.default_rng(0))


def covered(board: Canvas) -> np.ndarray:
    """Return how much of the black board is painted white, in pixels per picture."""
    return board.pixels[:, 0].sum(axis=(1, 2))


WHITE = (1.0, 1.0, 1.0)


def test_shapes_cover_their_area() -> None:
    """One unit is 16 pixels."""
    board = canvas()
    board.ellipse(0.0, 0.0, 0.5, np.array([0.5, 0.25]), WHITE)
    np.testing.assert_allclose(covered(board), np.pi * 8 * np.array([8, 4]), rtol=0.02)
    board = canvas()
    board.box(-0.5, -0.25, 0.5, 0.25, WHITE)
    np.testing.assert_allclose(covered(board), 16 * 8, rtol=0.02)
    board = canvas()
    board.polygon([(-0.5, -0.5), (0.5, -0.5), (0.0, 0.5)], WHITE)
    np.testing.assert_allclose(covered(board), 16 * 16 / 2, rtol=0.03)
    board = canvas()
    board.limb(-0.5, 0.0, 0.5, 0.0, 0.125, 0.125, WHITE)
    np.testing.assert_allclose(covered(board), 16 * 4 + np.pi * 4, rtol=0.03)


def test_a_polygon_in_the_wrong_direction_draws_nothing() -> None:
    board = canvas()
    board.polygon([(0.0, 0.5), (0.5, -0.5), (-0.5, -0.5)], WHITE)
    assert covered(board).max() == 0


def test_visible_leaves_shapes_out_of_some_pictures() -> None:
    board = canvas(3)
    board.ellipse(0.0, 0.0, 0.5, 0.5, WHITE, visible=np.array([1.0, 0.0, 0.5]))
    full, none, half = covered(board)
    assert none == 0
    assert half == pytest.approx(full / 2)


def centre(board: Canvas) -> np.ndarray:
    """Return the centre of what is white, (n, 2): to the right and up, in units."""
    weights = board.pixels[:, 0]
    steps = (np.arange(32) + 0.5) / 16 - 1
    total = weights.sum(axis=(1, 2))
    return (
        np.stack([(weights * steps).sum(axis=(1, 2)), -(weights * steps[:, None]).sum(axis=(1, 2))], -1)
        / total[:, None]
    )


def test_place_moves_turns_scales_and_mirrors() -> None:
    board = canvas(4)
    board.place(
        x=np.array([0.25, 0.0, 0.0, 0.0]),
        scale=np.array([1.0, 0.5, 1.0, 1.0]),
        angle=np.array([0.0, 0.0, np.pi / 2, 0.0]),
        mirror=np.array([False, False, False, True]),
    )
    board.ellipse(0.5, 0.0, 0.2, 0.2, WHITE)
    np.testing.assert_allclose(centre(board), [[0.75, 0.0], [0.25, 0.0], [0.0, 0.5], [-0.5, 0.0]], atol=0.01)


def test_noise_stays_in_its_range_and_is_smooth() -> None:
    noise = smooth_noise(np.random.default_rng(0), 5, 4, 3)
    assert noise.shape == (5, 32, 32)
    assert noise.dtype == np.float32
    assert np.abs(noise).max() <= 1
    assert np.abs(np.diff(noise, axis=2)).max() < 0.15
    assert noise.std() > 0.2
