"""A free port for an app whose user does not care which."""

from __future__ import annotations

import socket

from ..exceptions import CifarTeachError


def free_port(host: str) -> int:
    """Return a port of ``host`` that nothing listens at.

    Raises:
        CifarTeachError: this computer has no such address.
    """
    try:
        with socket.socket() as probe:
            probe.bind((host, 0))
            return probe.getsockname()[1]
    except OSError as problem:
        raise CifarTeachError(
            f"This computer cannot listen at '{host}' ({problem}). Leave --host out, or use 0.0.0.0 for all of its "
            "addresses."
        ) from problem
