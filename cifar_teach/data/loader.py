"""Find the data, wherever it is, and hand out the part that was asked for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .. import config, synthetic
from ..exceptions import DataError
from . import download
from .cache import through_cache
from .dataset import Dataset, Decoded, LabelledImages, Provenance, checksum_of, stratified_indices
from .reporting import say
from .sources import read_source

SYNTHETIC = "synthetic"
"""The value of ``source`` or ``CIFAR_TEACH_DATA`` that asks for the drawn set."""
SYNTHETIC_TRAIN, SYNTHETIC_TEST = 10_000, 2_000
_SYNTHETIC_TEST_SEED = 2**31
"""Far from any seed a user would choose, so that drawn training and test images never share a seed."""
_UNSPLIT_TEST_FRACTION = 0.2

_NOTHING_FOUND = (
    "There is no data: let CIFAR_TEACH_DATA (or source=, --data) name a copy of CIFAR-10, "
    "or be 'synthetic' for drawn pictures."
)


class AtMost(int):
    """A number of images that is cut to what the source holds instead of being an error."""


def load_cifar10(
    train_size: int | None = config.TRAIN_SIZE,
    *,
    test_size: int | None = None,
    source: str | os.PathLike[str] | None = None,
    seed: int = config.SUBSET_SEED,
    allow_synthetic: bool = False,
    cache: str | os.PathLike[str] | bool | None = None,
    quiet: bool = False,
    urls: Sequence[str] | None = None,
    offline: bool = False,
) -> Dataset:
    """Load CIFAR-10 (Krizhevsky, 2009), or another set of 32x32 images, from the nearest place that has it.

    The places, in this order: ``source``; the path in ``CIFAR_TEACH_DATA``; the archive in this package's
    cache; Keras's cache; a download (unless ``CIFAR_TEACH_OFFLINE=1``); and, if ``allow_synthetic``, the
    drawn stand-in. One line on standard error says which it was.

    A source may be

    - an ``.npz`` with the arrays ``x_train``, ``y_train``, ``x_test``, ``y_test``, or ``train_images``,
      ``train_labels``, ``test_images``, ``test_labels``, or only ``images`` and ``labels``; classes other than
      CIFAR-10's also need ``class_names``;
    - a tar, or a folder, with the official batches;
    - a tar, or a folder, of class folders, see :func:`load_image_folder`;
    - the word ``"synthetic"``: the drawn stand-in.

    Args:
        train_size: training images in all (validation is carved out of them later), each class keeping its
            share; None takes all, ``AtMost(n)`` takes n or all there are. The subsets of one ``seed`` are nested,
            and shuffled.
        test_size: test images, chosen likewise; None takes all, in the order of the source.
        source: where the data is; None looks for it.
        seed: which images belong to the subsets. It is not the training seed.
        allow_synthetic: draw stand-in images when nothing else is reachable.
        cache: folder for downloads and decoded images; None is the one that ``CIFAR_TEACH_CACHE`` names, or else
            ``~/.cache/cifar_teach`` (``$XDG_CACHE_HOME/cifar_teach`` where that is set); False decodes anew and
            keeps nothing.
        quiet: no messages and no progress bars.
        urls: where to download from, instead of ``CIFAR_TEACH_MIRRORS`` or the built-in hosts.
        offline: download nothing; ``CIFAR_TEACH_OFFLINE=1`` says the same for a whole session.

    Returns:
        uint8 images (n, 32, 32, 3) with int64 labels for training and test, and their provenance.

    Raises:
        DataError: the data is missing, damaged or smaller than the sizes asked for.
        DownloadError: nothing is stored and no host delivered the archive.
    """
    folder = _cache_folder(cache)
    named = source if source is not None else os.environ.get("CIFAR_TEACH_DATA") or None
    if named is not None and os.fspath(named) == SYNTHETIC:
        return _drawn(train_size, test_size, seed, quiet)
    if named is not None:
        path = Path(named).expanduser()
        if source is None and not path.exists():
            raise DataError(f"CIFAR_TEACH_DATA names '{path}', which does not exist. Correct or unset it.")
        return _finish(_decode(path, folder, quiet=quiet), path.name, train_size, test_size, seed, quiet)
    try:
        decoded, origin = _find(folder, urls, quiet, offline=offline)
    except DataError as error:
        if not allow_synthetic:
            raise
        say(str(error), quiet=quiet)
        return _drawn(train_size, test_size, seed, quiet)
    return _finish(decoded, origin, train_size, test_size, seed, quiet)


def load_image_folder(
    path: str | os.PathLike[str],
    *,
    size: int = config.IMAGE_SIZE,
    train_size: int | None = None,
    test_size: int | None = None,
    seed: int = config.SUBSET_SEED,
    cache: str | os.PathLike[str] | bool | None = None,
    quiet: bool = False,
) -> Dataset:
    """Load pictures of any classes and sizes from class folders, or from a tar of them.

    The classes are the folders' names, sorted, unless they are CIFAR-10's, which keep their order. A set
    without its own test part is split 80:20 within every class, by ``seed``. ``val``, ``valid`` or ``validation``
    may stand for ``test``; beside a ``test`` folder they join the training images.

    Args:
        path: a folder or tar with ``train/<class>/*`` and ``test/<class>/*``, or with ``<class>/*``.
        size: width and height to which every picture is cut and resized, in pixels.
        train_size, test_size, seed, cache, quiet: as in :func:`load_cifar10`.

    Returns:
        uint8 images (n, size, size, 3) with int64 labels for training and test, and their provenance.

    Raises:
        DataError: there are no images, or fewer than were asked for; one of them cannot be read; or the layout is
            another.
    """
    if size < 1:
        raise DataError(f"Images cannot be {size} pixels wide. Choose a size of at least 1, such as 32.")
    path = Path(path).expanduser()
    decoded = _decode(path, _cache_folder(cache), size=size, quiet=quiet)
    return _finish(decoded, path.name, train_size, test_size, seed, quiet)


def _cache_folder(cache: str | os.PathLike[str] | bool | None) -> Path | None:
    if cache is False:
        return None
    return config.cache_dir() if cache is None or cache is True else Path(cache).expanduser()


def _decode(path: Path, folder: Path | None, *, size: int = config.IMAGE_SIZE, quiet: bool) -> Decoded:
    """Read a source, through the cache unless it is an ``.npz``: that is as quick to read as the cache."""
    path = Path(os.path.abspath(path))  # a path such as "." has no name of its own
    if path.suffix.lower() == ".npz" or not path.exists():
        folder = None
    return through_cache(path, size, folder, lambda: read_source(path, size=size, quiet=quiet), quiet=quiet)


def _find(folder: Path | None, urls: Sequence[str] | None, quiet: bool, *, offline: bool) -> tuple[Decoded, str]:
    """Return the data and its origin from the package's cache, Keras's cache, or a download."""
    archive = folder / download.ARCHIVE_NAME if folder else None
    places = [(archive, "cache")] if archive and archive.exists() else []
    places += [(path, "Keras's cache") for path in _keras_copies()]
    for path, origin in places:
        try:
            return _decode(path, folder, quiet=quiet), origin
        except DataError as error:
            say(f"Passing over {origin}: {error}", quiet=quiet)
    if offline or os.environ.get("CIFAR_TEACH_OFFLINE", "") not in ("", "0"):
        why = "Only local copies were asked for" if offline else "CIFAR_TEACH_OFFLINE is set"
        raise DataError(f"{why}, so nothing is downloaded. {_NOTHING_FOUND}")
    return _download(folder, urls or download.chosen_urls(), quiet)


def _keras_copies() -> list[Path]:
    """Return what Keras may have left: unpacked batches in two layouts of folders, or the archive itself."""
    home = os.environ.get("KERAS_HOME")
    datasets = (Path(home).expanduser() if home else Path.home() / ".keras") / "datasets"
    found = sorted(datasets.glob("cifar-10-batches-py*"))
    inner = [path / "cifar-10-batches-py" for path in found]
    return [path for path in inner if path.is_dir()] + [path for path in found if _is_keras_copy(path)]


def _is_keras_copy(path: Path) -> bool:
    return path.is_file() or (path / "test_batch").exists()


def _download(folder: Path | None, urls: Sequence[str], quiet: bool) -> tuple[Decoded, str]:
    if folder is None or not _writable(folder, quiet):
        with tempfile.TemporaryDirectory(prefix="cifar-teach-") as temporary:
            return _download_into(Path(temporary), None, urls, quiet)
    return _download_into(folder, folder, urls, quiet)


def _download_into(place: Path, folder: Path | None, urls: Sequence[str], quiet: bool) -> tuple[Decoded, str]:
    archive = place / download.ARCHIVE_NAME
    host = download.fetch(urls, archive, quiet=quiet)
    return _decode(archive, folder, quiet=quiet), "cache" if host == "cache" else f"download from {host}"


def _writable(folder: Path, quiet: bool) -> bool:
    """Return True when files can be made in ``folder``; otherwise say so and that nothing will be kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError as error:
        say(f"The cache in {folder} cannot be written ({error.strerror}); nothing is kept.", quiet=quiet)
        return False


def _drawn(train_size: int | None, test_size: int | None, seed: int, quiet: bool) -> Dataset:
    """Draw the stand-in: exactly the images asked for, which begin the same for every size."""
    train_count = _checked_size(train_size, SYNTHETIC_TRAIN, "training")
    test_count = _checked_size(test_size, SYNTHETIC_TEST, "test")
    train = LabelledImages(*synthetic.draw(train_count, seed))
    test = LabelledImages(*synthetic.draw(test_count, _SYNTHETIC_TEST_SEED))
    provenance = Provenance(
        name="synthetic stand-in",
        kind="synthetic",
        origin="drawn",
        checksum=checksum_of(train, test),
        available_train=SYNTHETIC_TRAIN,
        available_test=SYNTHETIC_TEST,
        train_size=train_count,
        test_size=test_count,
        subset_seed=seed,
    )
    say(f"NOTE: {provenance.describe()}", quiet=quiet)
    return Dataset(train, test, config.CLASS_NAMES, provenance)


def _finish(
    decoded: Decoded, origin: str, train_size: int | None, test_size: int | None, seed: int, quiet: bool
) -> Dataset:
    """Take the subsets, write the provenance and announce it."""
    train, test = (decoded.train, decoded.test) if len(decoded.test.images) else _split(decoded, seed)
    train_count = _checked_size(train_size, len(train.images), "training")
    test_count = _checked_size(test_size, len(test.images), "test")
    chosen = stratified_indices(train.labels, train_count, seed)
    provenance = Provenance(
        name=decoded.name,
        kind=decoded.kind,
        origin=origin,
        checksum=decoded.checksum,
        available_train=len(train.images),
        available_test=len(test.images),
        train_size=train_count,
        test_size=test_count,
        subset_seed=seed,
    )
    if test_count < len(test.images):
        test = _take(test, stratified_indices(test.labels, test_count, seed))
    say(f"Data: {provenance.describe()}", quiet=quiet)
    return Dataset(_take(train, chosen), test, decoded.class_names, provenance)


def _checked_size(size: int | None, available: int, part: str) -> int:
    if size is None:
        return available
    if isinstance(size, AtMost):
        return min(size, available)
    if size < 1:
        raise DataError(f"{size} {part} images were asked for. Ask for at least 1, or for all with None.")
    if size > available:
        raise DataError(
            f"{size:,} {part} images were asked for, but this source has only {available:,}. "
            "Ask for fewer, or for all of them with None."
        )
    return size


def _split(decoded: Decoded, seed: int) -> tuple[LabelledImages, LabelledImages]:
    """Hold out a fifth of every class of a set that came without a test part."""
    labels = decoded.train.labels
    rarest = int(np.bincount(labels).argmin())
    if np.bincount(labels)[rarest] < 2:
        raise DataError(
            f"Class '{decoded.class_names[rarest]}' has only one image, but training and test need one each."
        )
    count = max(round(_UNSPLIT_TEST_FRACTION * len(labels)), len(decoded.class_names))
    held_out = np.zeros(len(labels), dtype=bool)
    held_out[stratified_indices(labels, count, seed)] = True
    return _take(decoded.train, ~held_out), _take(decoded.train, held_out)


def _take(part: LabelledImages, chosen: np.ndarray) -> LabelledImages:
    return LabelledImages(part.images[chosen], part.labels[chosen])
