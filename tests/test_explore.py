from __future__ import annotations

import numpy as np
import pytest

from cifar_teach import data, explore
from cifar_teach.exceptions import DataError

NAMES = ("cat", "dog", "frog")


def pictures(n: int, seed: int = 0, size: int = 32) -> np.ndarray:
    """Smooth random pictures: low-resolution noise, enlarged, with some fine detail on top."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(30, 225, (n, 8, 8, 3)).repeat(size // 8, 1).repeat(size // 8, 2)
    return np.clip(coarse + rng.normal(0, 10, coarse.shape), 0, 255).astype(np.uint8)


def test_class_counts_names_every_class_in_order() -> None:
    counts = explore.class_counts(np.array([2, 0, 0, 2, 2]), NAMES)
    assert list(counts.items()) == [("cat", 2), ("dog", 0), ("frog", 3)]
    assert all(type(count) is int for count in counts.values())


def test_class_counts_refuses_a_label_without_a_name() -> None:
    with pytest.raises(DataError, match="3"):
        explore.class_counts(np.array([0, 3]), NAMES)


def test_channel_statistics_agree_with_numpy() -> None:
    images = pictures(1500)  # more than one chunk
    statistics = explore.channel_statistics(images)
    np.testing.assert_allclose(statistics.mean, images.mean(axis=(0, 1, 2), dtype=np.float64), rtol=1e-13)
    np.testing.assert_allclose(statistics.std, images.std(axis=(0, 1, 2), dtype=np.float64), rtol=1e-12)
    assert statistics.mean.dtype == statistics.std.dtype == np.float64


def test_channel_statistics_keep_the_channels_apart() -> None:
    images = np.zeros((2, 4, 4, 3), np.uint8)
    images[..., 1] = 200
    images[0, ..., 2] = 100
    statistics = explore.channel_statistics(images)
    assert statistics.mean.tolist() == [0, 200, 50]
    assert statistics.std.tolist() == [0, 0, 50]


def test_channel_statistics_refuses_scaled_images() -> None:
    with pytest.raises(DataError, match="uint8"):
        explore.channel_statistics(pictures(2) / 255)


@pytest.mark.parametrize("bins", [1, 16, 256])
def test_pixel_histogram_counts_every_pixel_once(bins: int) -> None:
    images = pictures(20)
    counts, edges = explore.pixel_histogram(images, bins)
    assert counts.shape == (3, bins)
    assert edges[0] == 0 and edges[-1] == 256 and len(edges) == bins + 1
    for channel in range(3):
        expected, _ = np.histogram(images[..., channel], edges)
        np.testing.assert_array_equal(counts[channel], expected)


@pytest.mark.parametrize("bins", [0, 100, 512])
def test_pixel_histogram_refuses_bins_of_unequal_width(bins: int) -> None:
    with pytest.raises(DataError, match="power of two"):
        explore.pixel_histogram(pictures(2), bins)


def test_mean_images_average_their_own_class_only() -> None:
    images = pictures(6)
    labels = np.array([0, 2, 0, 2, 2, 0])
    means = explore.mean_images(images, labels, 3)
    assert means.dtype == np.float32 and means.shape == (3, 32, 32, 3)
    np.testing.assert_allclose(means[0], images[[0, 2, 5]].astype(float).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(means[2], images[[1, 3, 4]].astype(float).mean(axis=0), rtol=1e-6)
    assert not means[1].any()


class TestNearDuplicates:
    def test_finds_planted_copies_and_nothing_else(self) -> None:
        train, test = pictures(300, seed=1), pictures(200, seed=2)
        rng = np.random.default_rng(3)
        test[5] = train[17]
        test[6] = train[40][:, ::-1]
        test[7] = np.clip(train[90] * 0.8 + 20 + rng.normal(0, 4, (32, 32, 3)), 0, 255)
        test[8] = np.roll(train[120], (1, -2), axis=(0, 1))
        found = explore.near_duplicates(train, test)
        assert {(pair.train_index, pair.test_index, pair.mirrored) for pair in found} == {
            (17, 5, False),
            (40, 6, True),
            (90, 7, False),
            (120, 8, False),
        }

    def test_an_exact_copy_has_similarity_one_and_comes_first(self) -> None:
        train, test = pictures(50, seed=1), pictures(50, seed=2)
        rng = np.random.default_rng(3)
        test[3] = np.clip(train[3] + rng.normal(0, 12, (32, 32, 3)), 0, 255)
        test[9] = train[8]
        first, second = explore.near_duplicates(train, test, threshold=0.5)
        assert (first.train_index, first.test_index) == (8, 9)
        assert first.similarity == pytest.approx(1, abs=1e-5)
        assert 0.5 <= second.similarity < first.similarity <= 1

    def test_a_pair_that_is_its_own_mirror_image_is_reported_once(self) -> None:
        train, test = pictures(40, seed=1), pictures(40, seed=2)
        train[4, :, 16:] = train[4, :, 15::-1]
        test[2] = train[4]
        assert [(pair.train_index, pair.test_index) for pair in explore.near_duplicates(train, test)] == [(4, 2)]

    def test_two_clear_skies_are_not_duplicates(self) -> None:
        """The same smooth gradient in every image must not hide that the objects differ."""
        rng = np.random.default_rng(0)
        sky = np.linspace(120, 220, 32)[:, None, None] + np.array([-40.0, 0, 30])
        skies = np.clip(sky + rng.normal(0, 2, (60, 32, 32, 3)), 0, 255).astype(np.uint8)
        for image, (row, column) in zip(skies, rng.integers(4, 16, (60, 2))):
            blocks = rng.integers(0, 256, (3, 3, 3))  # an object of nine coloured blocks
            image[row : row + 12, column : column + 12] = blocks.repeat(4, 0).repeat(4, 1)
        skies[50] = skies[10]
        found = explore.near_duplicates(skies[:30], skies[30:])
        assert [(pair.train_index, pair.test_index) for pair in found] == [(10, 20)]

    def test_keeps_the_best_pairs_when_there_are_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """More copies than the search remembers at a time, spread over several blocks."""
        monkeypatch.setattr(explore.duplicates, "_MAX_CANDIDATES", 40)
        train, test = pictures(2500, seed=1), pictures(30, seed=2)
        planted = np.arange(0, 2400, 80)
        test[:] = train[planted]
        rng = np.random.default_rng(0)
        noisy = np.clip(train[planted] + rng.normal(0, 25, (30, 32, 32, 3)), 0, 255)
        train[planted + 1] = noisy
        found = explore.near_duplicates(train, test, threshold=0.99)
        assert sorted(pair.train_index for pair in found) == planted.tolist()

    def test_limit_keeps_the_most_similar(self) -> None:
        train = pictures(30)
        everything = explore.near_duplicates(train, train)
        assert len(everything) == 30
        assert explore.near_duplicates(train, train, limit=7) == everything[:7]

    def test_flat_images_are_left_out(self) -> None:
        train, test = pictures(20), pictures(20, seed=1)
        train[:3], test[:3] = 90, 90
        assert explore.near_duplicates(train, test) == []

    @pytest.mark.parametrize("size", [16, 50, 64])
    def test_other_sizes(self, size: int) -> None:
        rng = np.random.default_rng(0)
        train, test = (rng.integers(0, 256, (12, size, size, 3), np.uint8) for _ in range(2))
        test[3] = train[7]
        assert [(pair.train_index, pair.test_index) for pair in explore.near_duplicates(train, test)] == [(7, 3)]

    def test_one_image_each(self) -> None:
        image = pictures(1)
        assert len(explore.near_duplicates(image, image)) <= 1

    @pytest.mark.parametrize(
        ("change", "match"),
        [
            ({"threshold": 0}, "threshold"),
            ({"threshold": float("nan")}, "threshold"),
            ({"limit": 0}, "limit"),
            ({"test_images": pictures(2, size=64)}, "32"),
            ({"train_images": pictures(2, size=8), "test_images": pictures(2, size=8)}, "too small"),
        ],
    )
    def test_refuses_what_it_cannot_compare(self, change: dict, match: str) -> None:
        arguments = {"train_images": pictures(2), "test_images": pictures(2), **change}
        with pytest.raises(DataError, match=match):
            explore.near_duplicates(**arguments)


def test_real_images_hold_known_twins(real_data_source) -> None:
    """CIFAR-10 is known to share pictures between training and test set (Barz and Denzler, 2020)."""
    dataset = data.load_cifar10(train_size=None, source=real_data_source, quiet=True)
    found = explore.near_duplicates(dataset.train.images, dataset.test.images, limit=300)
    assert 100 < len(found) < 300
    same_class = [dataset.train.labels[pair.train_index] == dataset.test.labels[pair.test_index] for pair in found]
    assert np.mean(same_class) > 0.98
    assert 5 < sum(pair.mirrored for pair in found) < 60
