"""What can be wrong when notebooks are built."""

from __future__ import annotations

from ..exceptions import CifarTeachError


class AuthoringError(CifarTeachError):
    """A source from which no notebook can be made. The message names file and line."""


def missing_tool(problem: ImportError) -> AuthoringError:
    """Return the error for a program that only authors need and that is not installed."""
    return AuthoringError(
        f"Building notebooks needs '{problem.name}', which is not installed. In a copy of the course run: "
        "make environment. Elsewhere: pip install 'cifar-teach[authoring]'."
    )
