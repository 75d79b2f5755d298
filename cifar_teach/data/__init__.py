"""Load labelled images: CIFAR-10 from any of its forms, a user's own class folders, or the drawn stand-in.

``load_cifar10`` is all that most programs need. The modules behind it: ``dataset`` (what is returned,
subsets, checks), ``loader`` (where the data is looked for), ``sources``, ``images``, ``photo``, ``pixels`` and
``archive`` (the forms it may have), ``cache``, ``download`` and ``locking``.
"""

from __future__ import annotations

from .dataset import Dataset, LabelledImages, Provenance, check_images, check_labels, stratified_indices
from .loader import AtMost, load_cifar10, load_image_folder

__all__ = [
    "AtMost",
    "Dataset",
    "LabelledImages",
    "Provenance",
    "check_images",
    "check_labels",
    "load_cifar10",
    "load_image_folder",
    "stratified_indices",
]
