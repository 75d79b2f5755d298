"""The commands of this package for ``cifar-teach``; what they do is imported when they are called."""

from __future__ import annotations

import argparse


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this package to ``commands``, the subparsers of ``cifar-teach``."""
