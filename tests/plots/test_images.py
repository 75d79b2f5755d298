"""Sheets of images: the right images in the right places, and clear words when they cannot be shown."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from cifar_teach import plots
from cifar_teach.exceptions import DataError
from cifar_teach.plots.predictions import blend
from cifar_teach.plots.tiles import MAX_TILES

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, size=(12, 32, 32, 3), dtype=np.uint8)


def tiles(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


def captions(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def row_names(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def column_names(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


def corners(figure: Figure) -> list[tuple[float, float]]:
    """Return the left and top edge of every image."""
    extents = [image.get_extent() for image in figure.axes[0].images]
    return [(round(left, 3), round(top, 3)) for left, _, _, top in extents]


def test_grid_shows_every_image_unchanged_in_rows() -> None:
    figure = plots.image_grid(IMAGES, columns=5)
    assert all(np.array_equal(tile, image) for tile, image in zip(tiles(figure), IMAGES, strict=True))
    places = corners(figure)
    assert len({left for left, _ in places}) == 5
    assert len({top for _, top in places}) == 3
    assert places[5][0] == places[0][0]
    assert places[5][1] > places[0][1]


def test_images_are_not_smoothed_and_not_upside_down() -> None:
    image = plots.image_grid(IMAGES[:1]).axes[0].images[0]
    left, right, bottom, top = image.get_extent()
    assert image.get_interpolation() == "nearest"
    assert bottom > top  # y grows downwards on a sheet
    assert (right - left) == pytest.approx(bottom - top)


def test_captions_stand_above_their_images() -> None:
    names = [f"n{i}" for i in range(12)]
    figure = plots.image_grid(IMAGES, names, columns=4)
    assert captions(figure) == names
    for text, (left, top) in zip(figure.axes[0].texts, corners(figure), strict=True):
        x, y = text.get_position()
        assert left < x < left + 1
        assert y < top


def test_a_caption_of_three_lines_keeps_their_order() -> None:
    figure = plots.image_grid(IMAGES[:1], ["one\ntwo\nthree"])
    by_height = sorted(figure.axes[0].texts, key=lambda text: text.get_position()[1])
    assert [text.get_text() for text in by_height] == ["one", "two", "three"]
    assert "one two three" in plots.alt_text(figure)


def test_long_captions_are_broken_not_shrunk() -> None:
    figure = plots.image_grid(IMAGES, ["airplane → automobile"] * 12, columns=6)
    assert captions(figure)[:2] == ["automobile", "airplane →"]
    assert min(text.get_fontsize() for text in figure.axes[0].texts) > 7
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_long_column_names_do_not_run_into_each_other() -> None:
    names = ["airplane → automobile"] * 8
    figure = plots.heatmap_overlay(IMAGES[:8], np.zeros((8, 32, 32)), names)
    assert column_names(figure) == ["airplane →\nautomobile"] * 8
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("scale", [np.float32(1 / 255), np.float64(1.0)])
def test_floats_show_as_the_integers_they_came_from(scale: np.floating) -> None:
    (tile,) = tiles(plots.image_grid(IMAGES[:1] * scale))
    np.testing.assert_allclose(tile, IMAGES[0] / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES[0], r"shape \(n, height, width, 3\).*image\[None\]"),
        (IMAGES[:0], "n at least 1"),
        (IMAGES[..., :1], "shape"),
        (np.zeros((MAX_TILES + 1, 2, 2, 3), np.uint8), "cannot be read"),
        ((IMAGES[:2] / 127.5) - 1, "before they were standardised"),
        (np.full((1, 4, 4, 3), np.nan), "Pixels must lie"),
        (np.full((1, 4, 4, 3), 300), "Pixels must lie"),
    ],
)
def test_what_cannot_be_shown_is_refused(images: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        plots.image_grid(images)


def test_titles_must_match_the_images() -> None:
    with pytest.raises(DataError, match="12 images but 2 titles"):
        plots.image_grid(IMAGES, ["a", "b"])


def test_samples_come_from_their_class() -> None:
    images = np.repeat(np.arange(30, dtype=np.uint8), 8 * 8 * 3).reshape(30, 8, 8, 3)
    labels = np.arange(30) % 3
    figure = plots.class_samples(images, labels, ["a", "b", "c"], per_class=4)
    shown = [int(tile[0, 0, 0]) for tile in tiles(figure)]
    assert [number % 3 for number in shown] == [0] * 4 + [1] * 4 + [2] * 4
    assert len(set(shown)) == 12
    assert row_names(figure) == ["a", "b", "c"]


def test_samples_depend_on_the_seed_only() -> None:
    labels = np.zeros(12, int)
    first, again, other = (
        np.stack(tiles(plots.class_samples(IMAGES, labels, ["a"], per_class=3, seed=seed))) for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_rare_and_absent_classes_leave_no_wrong_tiles() -> None:
    labels = np.array([0] * 11 + [2])
    figure = plots.class_samples(IMAGES, labels, ["often", "never", "once"], per_class=5)
    assert len(tiles(figure)) == 6
    assert row_names(figure) == ["often", "once"]
    assert corners(figure)[5][0] == 0


def test_samples_need_a_known_label() -> None:
    with pytest.raises(DataError, match="nothing to show"):
        plots.class_samples(IMAGES, np.full(12, 7), ["a", "b"])


def test_mean_images_in_0_255_are_scaled() -> None:
    figure = plots.mean_image_grid(np.full((3, 8, 8, 3), 127.5, np.float32), ["a", "b", "c"])
    assert tiles(figure)[0][0, 0, 0] == pytest.approx(0.5)
    assert captions(figure) == ["a", "b", "c"]


def test_duplicates_stand_one_above_the_other() -> None:
    pairs = [
        SimpleNamespace(train_index=3, test_index=1, similarity=0.991, mirrored=True),
        SimpleNamespace(train_index=0, test_index=2, similarity=0.952, mirrored=False),
    ]
    figure = plots.duplicate_pairs(IMAGES, IMAGES[::-1], pairs)
    expected = [IMAGES[3], IMAGES[0], IMAGES[::-1][1], IMAGES[::-1][2]]
    assert all(np.array_equal(tile, image) for tile, image in zip(tiles(figure), expected, strict=True))
    assert row_names(figure) == ["training", "test"]
    assert column_names(figure) == ["0.991\nmirrored", "0.952"]


def test_the_number_of_duplicates_left_out_is_told() -> None:
    pairs = [SimpleNamespace(train_index=i, test_index=i, similarity=1.0) for i in range(9)]
    figure = plots.duplicate_pairs(IMAGES, IMAGES, pairs, limit=4)
    assert len(tiles(figure)) == 8
    assert "4 of 9" in figure.axes[0].get_title(loc="left")


def test_no_duplicates_is_a_result_too() -> None:
    figure = plots.duplicate_pairs(IMAGES, IMAGES, [])
    assert captions(figure) == ["No near-duplicates were found."]


def test_augmented_images_stand_below_their_originals() -> None:
    flipped = IMAGES[:4, :, ::-1]
    figure = plots.augmentation_sheet(IMAGES[:4], [("flip", flipped), ("float", IMAGES[:4] / 255.0)])
    assert row_names(figure) == ["original", "flip", "float"]
    np.testing.assert_allclose(tiles(figure)[4], flipped[0] / 255, atol=1e-6)
    np.testing.assert_allclose(tiles(figure)[8], IMAGES[0] / 255, atol=1e-6)


def test_augmented_images_must_be_the_same_images() -> None:
    with pytest.raises(DataError, match="Row 'crop'"):
        plots.augmentation_sheet(IMAGES[:4], [("crop", IMAGES[:3])])


def test_hard_images_name_truth_answer_and_confidence() -> None:
    labels, probabilities = np.array([0, 1, 0]), np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3]])
    figure = plots.hardest_images_grid(IMAGES[:3], labels, probabilities, ["cat", "dog"], [0])
    assert sorted(captions(figure)) == ["90\N{NO-BREAK SPACE}% sure", "is cat", "said dog"]
    assert figure.axes[0].get_title(loc="left") == "Wrong, and sure of it"
    assert "called dog with 90" in plots.alt_text(figure)


def test_right_answers_are_not_called_errors() -> None:
    labels, probabilities = np.array([0, 1]), np.array([[0.1, 0.9], [0.2, 0.8]])
    figure = plots.hardest_images_grid(IMAGES[:2], labels, probabilities, ["cat", "dog"], [1, 0])
    assert figure.axes[0].get_title(loc="left") == "Images and predictions"


def test_no_hard_image_is_told() -> None:
    with pytest.raises(DataError, match="empty"):
        plots.hardest_images_grid(IMAGES, np.zeros(12, int), np.ones((12, 1)), ["cat"], [])


def test_cold_places_show_the_image_and_hot_ones_the_map() -> None:
    pixels, heat = np.full((1, 4, 4, 3), 0.2, np.float32), np.zeros((1, 4, 4), np.float32)
    heat[0, 0, 0] = 1
    mixed = blend(pixels, heat)
    np.testing.assert_allclose(mixed[0, 1:], 0.2)
    assert mixed[0, 0, 0, 0] > 0.7  # inferno ends in a bright yellow


def test_only_as_many_heatmaps_as_columns_are_shown() -> None:
    figure = plots.heatmap_overlay(IMAGES, np.zeros((12, 32, 32)), [f"n{i}" for i in range(12)], columns=5)
    assert len(tiles(figure)) == 10
    assert column_names(figure) == ["n0", "n1", "n2", "n3", "n4"]
    assert row_names(figure) == ["image", "heatmap"]


@pytest.mark.parametrize(
    ("heatmaps", "message"),
    [(np.zeros((12, 16, 16)), "do not fit"), (np.full((12, 32, 32), 2.0), "between 0 and 1")],
)
def test_heatmaps_that_do_not_fit_are_refused(heatmaps: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        plots.heatmap_overlay(IMAGES, heatmaps)
