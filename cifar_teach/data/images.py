"""Read pictures laid out in class folders, from a folder or from the members of a tar.

Two layouts are understood, in a folder of any name::

    train/<class>/*  and  test/<class>/*      (val, valid or validation may stand for test)
    <class>/*                                 (no split: the loader makes one)

When there is a validation folder besides ``test``, its pictures join the training set, because this course
carves its validation set out of the training images.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from ..config import CLASS_NAMES
from ..exceptions import DataError
from .dataset import LabelledImages
from .photo import decode_image

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm"})
_HELD_OUT = ("test", "val", "valid", "validation")
_SPLITS = frozenset({"train", "training", *_HELD_OUT})
_LAYOUT = "Expected train/<class>/* and test/<class>/*, or <class>/*."


def is_image_name(path: PurePosixPath) -> bool:
    """True when the name looks like a picture and neither it nor a folder above it is hidden."""
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in IMAGE_SUFFIXES and not hidden


def walk_images(folder: Path) -> list[Path]:
    """Return every picture below ``folder`` in name order; an empty class folder is an error."""
    found = []
    for parent, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        here = Path(parent)
        pictures = [here / name for name in sorted(names) if is_image_name(PurePosixPath(name))]
        if here != folder and not folders and not pictures:
            raise DataError(f"The folder '{here.relative_to(folder)}' holds no images. Fill or remove it.")
        found += pictures
    if not found:
        raise DataError(f"There are no images in '{folder}'. {_LAYOUT}")
    return found


def _unreadable(error: OSError) -> None:
    raise DataError(f"The folder '{error.filename}' cannot be read: {error.strerror}.") from error


def read_files(paths: Iterable[Path], root: Path, size: int) -> Iterator[tuple[PurePosixPath, np.ndarray]]:
    """Yield (path relative to ``root``, decoded image) for every file."""
    for path in paths:
        relative = PurePosixPath(path.relative_to(root).as_posix())
        try:
            payload = path.read_bytes()
        except OSError as error:
            raise DataError(f"'{path}' cannot be read: {error.strerror}.") from error
        yield relative, decode_image(payload, size, str(relative))


def arrange(
    decoded: list[tuple[PurePosixPath, np.ndarray]], source_name: str
) -> tuple[LabelledImages, LabelledImages, tuple[str, ...]]:
    """Sort decoded pictures into training and test arrays.

    Within a split the images are ordered by class, and within a class by file name, whatever the order in
    which they were read: image k of a class is its k-th file in name order.

    Args:
        decoded: (path, uint8 (size, size, 3)) of every picture.
        source_name: what to call the folder or archive in an error.

    Returns:
        Training images, test images (none when the layout has no split), and the class names: sorted, or in
        CIFAR-10's order when they are CIFAR-10's names.
    """
    if not decoded:
        raise DataError(f"There are no images in '{source_name}'. {_LAYOUT}")
    has_split = _check_layout([path for path, _ in decoded], source_name)
    class_names = _class_order({path.parts[-2] for path, _ in decoded})
    label_of = {name: label for label, name in enumerate(class_names)}
    decoded = sorted(decoded, key=lambda item: (label_of[item[0].parts[-2]], item[0].name, item[0].parts))
    images = np.stack([image for _, image in decoded])
    labels = np.array([label_of[path.parts[-2]] for path, _ in decoded], dtype=np.int64)
    in_test = _in_test([path for path, _ in decoded]) if has_split else np.zeros(len(decoded), dtype=bool)
    train = LabelledImages(images[~in_test], labels[~in_test])
    missing = set(range(len(class_names))) - set(train.labels.tolist())
    if missing:
        names = ", ".join(class_names[label] for label in sorted(missing))
        raise DataError(f"'{source_name}' has no training images of: {names}.")
    return train, LabelledImages(images[in_test], labels[in_test]), class_names


def _check_layout(paths: list[PurePosixPath], source_name: str) -> bool:
    """Return True when the pictures are split into training and test; raise for any other mixture."""
    depth = max(len(path.parts) for path in paths)
    for path in paths:
        if len(path.parts) != depth or depth < 2:
            raise DataError(f"In '{source_name}', '{path}' is not in a class folder like the rest. {_LAYOUT}")
    if depth == 2:
        return False
    parents = {path.parts[-3].lower() for path in paths}
    if parents <= _SPLITS:
        if not parents - set(_HELD_OUT):
            raise DataError(f"'{source_name}' has a folder '{min(parents)}' but no folder 'train'. {_LAYOUT}")
        return bool(parents & set(_HELD_OUT))
    if len({path.parts[:-2] for path in paths}) > 1:
        raise DataError(f"'{source_name}' has folders in class folders, such as '{paths[0].parent}'. {_LAYOUT}")
    return False


def _in_test(paths: list[PurePosixPath]) -> np.ndarray:
    splits = np.array([path.parts[-3].lower() for path in paths])
    held_out = next(name for name in _HELD_OUT if name in splits)
    return splits == held_out


def _class_order(names: set[str]) -> tuple[str, ...]:
    if names == set(CLASS_NAMES):
        return CLASS_NAMES
    if len(names) < 2:
        raise DataError(f"There is only one class folder, '{min(names)}'. A classifier needs at least two.")
    return tuple(sorted(names))
