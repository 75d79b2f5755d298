"""Find images that are in the training set and, nearly unchanged, in the test set as well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..data import check_images
from ..exceptions import DataError


@dataclass(frozen=True)
class DuplicatePair:
    """A test image and the training image that shows the same picture.

    Attributes:
        train_index, test_index: positions in the arrays that were compared.
        similarity: correlation of the details of the two images, at most 1.
        mirrored: True when one is the mirror image of the other.
    """

    train_index: int
    test_index: int
    similarity: float
    mirrored: bool = False


_TINY = 8  # side of the thumbnails that are compared first
_CANDIDATE_COSINE = 0.5  # thumbnails below this are not looked at again
_MAX_CANDIDATES = 5_000  # per orientation
_SHIFT = 2  # pixels by which two copies may be displaced


def near_duplicates(
    train_images: np.ndarray, test_images: np.ndarray, *, threshold: float = 0.8, limit: int = 50
) -> list[DuplicatePair]:
    """Find test images that also are, nearly, in the training set.

    Barz and Denzler (2020, "Do We Train on Test Data?", ciFAIR) found that 286 of CIFAR-10's 10,000 test images
    have such a twin (3.25 % have one when twins within the test set count, too). A network can answer those 286
    from memory. This search needs no network, only pixels:

    1. Each image becomes an 8×8 thumbnail, as in Torralba, Fergus and Freeman (2008, "80 Million Tiny
       Images", the collection CIFAR-10 was taken from), without its mean and contrast, and whitened by PCA
       (Jégou and Chum, 2012), so that every clear sky does not resemble every other. The cosine of all pairs
       of thumbnails, also with the test images mirrored, gives the candidates.
    2. Each candidate is compared at full size: what remains after a 5×5 local mean is taken away (edges and
       texture, not the colour of the sky) is compared, at the best of 25 displacements of up to 2 pixels.
       The cosine between the two, their correlation, is the ``similarity``.

    Among the 50,000 × 10,000 pairs of CIFAR-10, those above 0.8 are nearly all the same picture; between 0.7
    and 0.8 about four in five are, and below 0.6 few. The search is not exhaustive: at 0.8 it finds about a
    third of the pairs that ciFAIR lists. Twins that differ in scale or rotation or by more than 2 pixels
    are missed, and images without any detail are never reported.

    Args:
        train_images: uint8 (n, size, size, 3) with size at least 16.
        test_images: uint8 (m, size, size, 3).
        threshold: smallest similarity reported, above 0 and at most 1.
        limit: largest number of pairs returned.

    Returns:
        Pairs, most similar first. One test image can appear in several pairs.

    Raises:
        DataError: the images differ in size or are smaller than 16 pixels; ``threshold`` or ``limit`` is
            out of range.
    """
    check_images(train_images)
    check_images(test_images, size=train_images.shape[1])
    if train_images.shape[1] < 16:
        raise DataError(f"Images of {train_images.shape[1]} pixels are too small to compare: use 16 or more.")
    if not 0 < threshold <= 1:
        raise DataError(f"threshold must lie above 0 and at most at 1, not {threshold}.")
    if limit < 1:
        raise DataError(f"limit must be at least 1, not {limit}.")
    train_thumbnails, test_thumbnails = _tiny(train_images), _tiny(test_images)
    whitening = _whitening(_unit(train_thumbnails))
    train_vectors = _unit(_unit(train_thumbnails) @ whitening)
    best: dict[tuple[int, int], DuplicatePair] = {}
    for mirrored in (False, True):
        thumbnails = test_thumbnails[:, :, ::-1] if mirrored else test_thumbnails
        test_vectors = _unit(_unit(thumbnails) @ whitening)
        train_index, test_index = _closest_pairs(train_vectors, test_vectors)
        similarity = _detail_similarity(train_images, test_images, train_index, test_index, mirrored)
        for position in np.flatnonzero(similarity >= threshold):
            key = int(train_index[position]), int(test_index[position])
            pair = DuplicatePair(*key, min(float(similarity[position]), 1.0), mirrored)
            if key not in best or pair.similarity > best[key].similarity:
                best[key] = pair
    order = sorted(best.values(), key=lambda pair: (-pair.similarity, pair.test_index, pair.train_index))
    return order[:limit]


def _tiny(images: np.ndarray, chunk: int = 1000) -> np.ndarray:
    """Return float32 (n, 8, 8, 3): each image reduced to block means; an odd border is cut off."""
    cell = images.shape[1] // _TINY
    border = (images.shape[1] - cell * _TINY) // 2
    inner = slice(border, border + cell * _TINY)
    tiny = np.empty((len(images), _TINY, _TINY, 3), np.float32)
    for start in range(0, len(images), chunk):
        part = images[start : start + chunk, inner, inner]
        rows = part.reshape(-1, _TINY, cell, _TINY * cell, 3).sum(axis=2, dtype=np.float32)
        tiny[start : start + chunk] = rows.reshape(-1, _TINY, _TINY, cell, 3).mean(axis=3)
    return tiny / cell


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Return float32 (n, d): each row without its mean, at length 1 (a constant row becomes 0)."""
    rows = vectors.reshape(len(vectors), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-3)


def _whitening(vectors: np.ndarray) -> np.ndarray:
    """Return the (d, d) matrix after which all directions of ``vectors`` vary about equally."""
    variance, directions = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    # Few images know little about the weak directions, so those are amplified less.
    ridge = (1e-3 + 1 / len(vectors)) * max(float(variance[-1]), 1e-12)
    return directions / np.sqrt(np.maximum(variance, 0) + ridge)


def _closest_pairs(
    train_vectors: np.ndarray, test_vectors: np.ndarray, block: int = 1000
) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the pairs with the largest cosine, at most ``_MAX_CANDIDATES`` of them."""
    floor = _CANDIDATE_COSINE
    rows = columns = np.empty(0, np.int64)
    cosines = np.empty(0, np.float32)
    for start in range(0, len(train_vectors), block):
        products = train_vectors[start : start + block] @ test_vectors.T
        found = np.flatnonzero(products > floor)
        row, column = np.divmod(found, len(test_vectors))
        rows, columns = np.concatenate([rows, row + start]), np.concatenate([columns, column])
        cosines = np.concatenate([cosines, products.ravel()[found]])
        if len(cosines) > _MAX_CANDIDATES:
            keep = np.argpartition(-cosines, _MAX_CANDIDATES)[:_MAX_CANDIDATES]
            rows, columns, cosines = rows[keep], columns[keep], cosines[keep]
            floor = cosines.min()
    return rows, columns


def _detail_similarity(
    train_images: np.ndarray,
    test_images: np.ndarray,
    train_index: np.ndarray,
    test_index: np.ndarray,
    mirrored: bool,
    chunk: int = 200,
) -> np.ndarray:
    """Return float32 (pairs,): the best cosine of the details over small displacements."""
    size = train_images.shape[1]
    middle = slice(_SHIFT, size - _SHIFT)
    shifts = [slice(start, start + size - 2 * _SHIFT) for start in range(2 * _SHIFT + 1)]
    similarity = np.full(len(train_index), -1, np.float32)
    for start in range(0, len(train_index), chunk):
        part = slice(start, start + chunk)
        test_part = test_images[test_index[part]]
        test_detail = _detail(test_part[:, :, ::-1] if mirrored else test_part)
        train_detail = _detail(train_images[train_index[part]])[:, middle, middle]
        for rows in shifts:
            for columns in shifts:
                cosine = _cosine(train_detail, test_detail[:, rows, columns])
                similarity[part] = np.maximum(similarity[part], cosine)
    return similarity


def _cosine(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return float32 (n,): the cosine between each pair of images; 0 where one is flat."""
    product = np.einsum("nhwc,nhwc->n", first, second)
    energy = np.einsum("nhwc,nhwc->n", first, first) * np.einsum("nhwc,nhwc->n", second, second)
    return np.divide(product, np.sqrt(energy), out=np.zeros_like(product), where=energy > 1)


def _detail(images: np.ndarray) -> np.ndarray:
    """Return float32 (n, size, size, 3): the images minus their local mean over 5×5 pixels."""
    from scipy.ndimage import uniform_filter

    values = images.astype(np.float32)
    return values - uniform_filter(values, size=(1, 5, 5, 1))
