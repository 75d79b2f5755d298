from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cifar_teach import preprocess
from cifar_teach.exceptions import DataError
from cifar_teach.preprocess.draws import Draws

STEPS: dict[str, Callable[[np.ndarray, Draws], np.ndarray]] = {
    "random_flip": preprocess.random_flip,
    "pad_and_crop": preprocess.pad_and_crop,
    "random_rotation": lambda x, rng: preprocess.random_rotation(x, rng, 20),
    "random_zoom": lambda x, rng: preprocess.random_zoom(x, rng, 0.2),
    "random_shift": lambda x, rng: preprocess.random_shift(x, rng, 0.2),
    "random_brightness": lambda x, rng: preprocess.random_brightness(x, rng, 0.3),
    "random_contrast": lambda x, rng: preprocess.random_contrast(x, rng, 0.5),
    "cutout": lambda x, rng: preprocess.cutout(x, rng, 8),
}
each_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def images() -> np.ndarray:
    return generator(7).integers(0, 256, (300, 32, 32, 3), np.uint8)


@pytest.fixture
def copies(images: np.ndarray) -> np.ndarray:
    """The same image, 300 times: any difference afterwards is the augmentation's."""
    return np.repeat(images[:1], 300, axis=0)


@each_step
def test_uint8_in_new_uint8_out(step: Callable, images: np.ndarray) -> None:
    before = images.copy()
    result = step(images, generator())
    assert result.dtype == np.uint8 and result.shape == images.shape
    assert result.flags.c_contiguous and result.flags.writeable
    assert not np.shares_memory(result, images)
    np.testing.assert_array_equal(images, before)


@each_step
def test_each_image_is_drawn_for_itself(step: Callable, copies: np.ndarray) -> None:
    different = {image.tobytes() for image in step(copies, generator())}
    assert len(different) == 2 if step is preprocess.random_flip else len(different) > 50


@each_step
def test_the_generator_decides(step: Callable, images: np.ndarray) -> None:
    np.testing.assert_array_equal(step(images, generator(1)), step(images, generator(1)))
    assert not np.array_equal(step(images, generator(1)), step(images, generator(2)))


@each_step
def test_read_only_and_strided_images_are_fine(step: Callable, images: np.ndarray) -> None:
    view = images[::3]
    view.flags.writeable = False
    np.testing.assert_array_equal(step(view, generator()), step(view.copy(), generator()))


@each_step
@pytest.mark.parametrize("wrong", [np.zeros((2, 32, 32, 3), np.float32), np.zeros((32, 32, 3), np.uint8)])
def test_other_arrays_are_refused(step: Callable, wrong: np.ndarray) -> None:
    with pytest.raises(DataError):
        step(wrong, generator())


class TestFlips:
    def test_about_half_are_mirrored_and_the_rest_untouched(self, images: np.ndarray) -> None:
        result = preprocess.random_flip(images, generator())
        same = (result == images).all(axis=(1, 2, 3))
        mirrored = (result == images[:, :, ::-1]).all(axis=(1, 2, 3))
        assert (same ^ mirrored).all()
        assert 0.4 < mirrored.mean() < 0.6

    def test_flipping_twice_is_the_identity(self, images: np.ndarray) -> None:
        twice = preprocess.random_flip(preprocess.random_flip(images, generator(3)), generator(3))
        np.testing.assert_array_equal(twice, images)

    def test_alternating_shows_both_sides_of_every_image_in_two_epochs(self, images: np.ndarray) -> None:
        first, second, third = (preprocess.alternating_flip(images, epoch=epoch, seed=4) for epoch in (0, 1, 2))
        np.testing.assert_array_equal(second, first[:, :, ::-1])
        np.testing.assert_array_equal(third, first)
        mirrored = (first == images[:, :, ::-1]).all(axis=(1, 2, 3))
        assert 0.4 < mirrored.mean() < 0.6

    def test_alternating_belongs_to_the_image_not_to_its_place(self, images: np.ndarray) -> None:
        whole = preprocess.alternating_flip(images, epoch=3)
        order = generator().permutation(len(images))
        shuffled = preprocess.alternating_flip(images[order], epoch=3, indices=order)
        np.testing.assert_array_equal(shuffled, whole[order])

    def test_the_seed_chooses_the_half(self, images: np.ndarray) -> None:
        results = [preprocess.alternating_flip(images, epoch=0, seed=seed) for seed in (0, 1)]
        assert not np.array_equal(*results)

    @pytest.mark.parametrize("indices", [np.arange(3), np.arange(300) * 1.0, np.arange(300) - 1])
    def test_indices_must_fit(self, images: np.ndarray, indices: np.ndarray) -> None:
        with pytest.raises(DataError, match="indices"):
            preprocess.alternating_flip(images, epoch=0, indices=indices)


class TestPadAndCrop:
    @pytest.mark.parametrize(("mode", "numpy_mode"), [("reflect", "reflect"), ("edge", "edge"), ("zero", "constant")])
    def test_each_result_is_a_window_of_its_padded_image(self, images: np.ndarray, mode: str, numpy_mode: str) -> None:
        result = preprocess.pad_and_crop(images[:40], generator(), 2, mode)
        for image, window in zip(images[:40], result):
            padded = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode=numpy_mode)
            windows = [padded[row : row + 32, column : column + 32] for row in range(5) for column in range(5)]
            assert any(np.array_equal(window, one) for one in windows)

    def test_every_offset_occurs(self) -> None:
        """The position is written into the pixels, so the middle pixel tells the offset."""
        rows, columns = np.mgrid[:32, :32].astype(np.uint8)
        image = np.stack([rows, columns, 0 * rows], axis=-1)
        result = preprocess.pad_and_crop(np.repeat(image[None], 3000, 0), generator(), 4)
        offsets, counts = np.unique(result[:, 16, 16, :2].astype(int) - 16, axis=0, return_counts=True)
        assert offsets.min() == -4 and offsets.max() == 4 and len(offsets) == 81
        assert counts.min() > 10 and counts.max() < 80

    def test_no_padding_changes_nothing(self, images: np.ndarray) -> None:
        np.testing.assert_array_equal(preprocess.pad_and_crop(images, generator(), 0), images)

    @pytest.mark.parametrize("padding", [-1, 32, 1.5, "4"])
    def test_padding_must_be_pixels_of_the_image(self, images: np.ndarray, padding: object) -> None:
        with pytest.raises(DataError, match="padding"):
            preprocess.pad_and_crop(images, generator(), padding)

    def test_an_unknown_mode_names_the_known_ones(self, images: np.ndarray) -> None:
        with pytest.raises(DataError, match="Did you mean 'reflect'"):
            preprocess.pad_and_crop(images, generator(), 4, "reflection")


class TestLight:
    def test_brightness_adds_one_value_to_all_pixels_of_an_image(self) -> None:
        images = np.full((500, 8, 8, 3), 100, np.uint8)
        images[:, :4] = 140
        added = preprocess.random_brightness(images, generator(), 0.2).astype(int) - images
        assert (added == added[:, :1, :1, :1]).all()
        assert -51 <= added.min() < -40 and 40 < added.max() <= 51

    def test_brightness_clips_instead_of_wrapping_around(self) -> None:
        images = np.full((200, 8, 8, 3), 250, np.uint8)
        images[:, :4] = 5
        result = preprocess.random_brightness(images, generator(), 1).astype(int)
        assert (result[:, 4:] >= result[:, :4]).all()
        assert result.min() == 0 and result.max() == 255

    def test_contrast_keeps_the_mean_and_changes_the_deviation(self) -> None:
        images = generator().integers(80, 170, (300, 32, 32, 3), np.uint8)
        result = preprocess.random_contrast(images, generator(), 0.5)
        ratio = result.std(axis=(1, 2, 3)) / images.std(axis=(1, 2, 3))
        np.testing.assert_allclose(result.mean(axis=(1, 2, 3)), images.mean(axis=(1, 2, 3)), atol=0.2)
        assert 0.5 < ratio.min() < 0.55 and 1.45 < ratio.max() < 1.51

    @pytest.mark.parametrize("step", [preprocess.random_brightness, preprocess.random_contrast])
    def test_no_amount_changes_nothing(self, step: Callable, images: np.ndarray) -> None:
        np.testing.assert_array_equal(step(images, generator(), 0), images)

    @pytest.mark.parametrize("step", [preprocess.random_brightness, preprocess.random_contrast])
    @pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan"), "0.5", None])
    def test_amounts_are_fractions(self, step: Callable, images: np.ndarray, amount: object) -> None:
        with pytest.raises(DataError, match="from 0 to 1"):
            step(images, generator(), amount)


class TestCutout:
    @pytest.mark.parametrize("size", [1, 7, 8])
    def test_covers_one_square_and_leaves_the_rest(self, size: int) -> None:
        images = np.full((2000, 32, 32, 3), 200, np.uint8)
        covered = preprocess.cutout(images, generator(), size) == 128
        assert (covered.all(axis=-1) == covered.any(axis=-1)).all()
        pixels = covered[..., 0]
        heights, widths = pixels.any(axis=2).sum(axis=1), pixels.any(axis=1).sum(axis=1)
        np.testing.assert_array_equal(pixels.sum(axis=(1, 2)), heights * widths)
        assert heights.max() == widths.max() == size
        assert heights.min() >= size // 2 and heights.min() >= 1

    def test_every_pixel_can_be_covered_and_squares_reach_beyond_the_border(self) -> None:
        images = np.full((5000, 32, 32, 3), 200, np.uint8)
        pixels = preprocess.cutout(images, generator(), 8)[..., 0] == 128
        assert pixels.any(axis=0).all()
        assert (pixels.sum(axis=(1, 2)) < 64).any()

    def test_fill(self, images: np.ndarray) -> None:
        result = preprocess.cutout(np.full_like(images, 9), generator(), 8, fill=255)
        assert set(np.unique(result)) == {9, 255}

    def test_size_zero_changes_nothing(self, images: np.ndarray) -> None:
        np.testing.assert_array_equal(preprocess.cutout(images, generator(), 0), images)

    @pytest.mark.parametrize("change", [{"size": 33}, {"size": -1}, {"size": 2.5}, {"size": 8, "fill": 256}])
    def test_refuses_what_does_not_fit(self, images: np.ndarray, change: dict) -> None:
        with pytest.raises(DataError, match=r"cutout|fill"):
            preprocess.cutout(images, generator(), **change)
