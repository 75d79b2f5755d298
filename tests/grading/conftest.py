"""What several files of tests about grading share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def new_gradebook(tmp_path_factory) -> Path:
    """An empty gradebook, to be copied: nbgrader starts a program to make one, which takes seconds."""
    from cifar_teach.grading.gradebook import GradebookWriter
    from tests.grading.handmade import ROOT

    root = tmp_path_factory.mktemp("gradebook")
    GradebookWriter(root, ROOT).close()
    return root / "gradebook.db"
