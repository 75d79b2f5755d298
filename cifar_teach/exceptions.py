"""Errors that are written for the person who made the mistake.

Every error the package raises on purpose is a :class:`CifarTeachError`. Its text says what was wrong,
what was expected and what to do next; the command line prints it as it stands and exits with code 2.

A :class:`CifarTeachError` is a ``ValueError``, and a :class:`DownloadError` is a :class:`DataError`, too. Some parts
have errors of their own, such as ``TrackingError`` in :mod:`cifar_teach.tracking`; each is a :class:`CifarTeachError`
as well. Only ``CheckFailed`` in :mod:`cifar_teach.checks`, which says that an answer is wrong, is none.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["CifarTeachError", "DataError", "DownloadError", "ModelError", "TrainingError"]


class CifarTeachError(ValueError):
    """Base class: something the caller can put right. Its message is meant to be read."""


class DataError(CifarTeachError):
    """Images or labels that cannot be found, read or used."""


class DownloadError(DataError):
    """No host delivered a complete and correct file."""


class ModelError(CifarTeachError):
    """A model that cannot be built, loaded or applied to these images."""


class TrainingError(CifarTeachError):
    """A recipe that cannot be trained: an unknown optimiser, a schedule out of range, a lost run."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> str:
    """Return the sentence for a name that does not exist, with the nearest known one.

    Args:
        kind: what the name should have named, for example ``"model"``.
        name: what the caller gave.
        known: the names that exist.

    Returns:
        For example ``There is no model 'fasnet'. Did you mean 'fastnet'? Known: baseline, fastnet.``
    """
    names = sorted(known)
    near = difflib.get_close_matches(str(name).lower(), names, n=1, cutoff=0.5)
    question = f" Did you mean '{near[0]}'?" if near else ""
    return f"There is no {kind} '{name}'.{question} Known: {', '.join(names)}."
