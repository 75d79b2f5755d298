"""What the user sees while data is fetched and decoded: single lines and progress bars on standard error."""

from __future__ import annotations

import sys

from tqdm import tqdm


def say(message: str, *, quiet: bool) -> None:
    """Print one line to standard error, unless the caller wants silence."""
    if not quiet:
        print(message, file=sys.stderr, flush=True)


def progress(what: str, total: int | None, *, unit: str, initial: int = 0, quiet: bool) -> tqdm:
    """Return a progress bar that removes itself when done.

    Args:
        what: what is being done, shown before the bar.
        total: how many units there are; None when unknown.
        unit: ``"B"`` for bytes (shown as kB, MB), or another word for single things.
        initial: how many are done already.
        quiet: show nothing.
    """
    return tqdm(
        desc=what,
        total=total,
        initial=initial,
        unit=unit,
        unit_scale=unit == "B",
        mininterval=0.5,
        leave=False,
        disable=quiet,
    )
