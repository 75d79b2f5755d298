"""The intake as parts of nbgrader, so that plain ``nbgrader autograde`` survives damaged and rearranged notebooks.

In ``nbgrader_config.py``::

    from cifar_teach.grading.nbgrader_plugin import RebuildFromRelease, TolerantExporter

    c.Autograde.exporter_class = TolerantExporter
    c.Autograde.sanitize_preprocessors = [
        ClearOutput, RebuildFromRelease, OverwriteKernelspec, OverwriteCells, CheckCellMetadata
    ]

Both classes are made when they are asked for, because importing nbgrader takes seconds.
"""

from __future__ import annotations

import functools
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import CifarTeachError
from .decoding import decode
from .opening import UnreadableError, open_regular
from .rebuild import rebuild
from .slimming import read_slim
from .studentcells import student_cells
from .template import read_template

if TYPE_CHECKING:
    from nbformat import NotebookNode


def __getattr__(name: str) -> Any:
    makers = {"RebuildFromRelease": rebuild_from_release, "TolerantExporter": tolerant_exporter}
    if name not in makers:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return makers[name]()


@functools.cache
def rebuild_from_release() -> type:
    """Return ``RebuildFromRelease``, a preprocessor that puts the student's answers into the released notebook."""
    import nbformat
    from nbgrader.preprocessors import NbGraderPreprocessor
    from traitlets import Unicode

    class RebuildFromRelease(NbGraderPreprocessor):
        """Put the answers of a student into the released notebook; what was repaired is a warning in the log."""

        release_directory = Unicode(
            "exercises", help="Folder with the released notebooks, seen from the folder of the course."
        ).tag(config=True)

        def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
            """Rebuild the notebook of a student; the release says what is right."""
            ids = resources["nbgrader"]
            release = read_template(Path(self.release_directory, ids["assignment"], f"{ids['notebook']}.ipynb"))
            rebuilt = rebuild(nb, release)
            for repair in rebuilt.repairs:
                self.log.warning("%s: %s", ids.get("student", "student"), repair.message)
            return nbformat.from_dict(rebuilt.notebook), resources

    return RebuildFromRelease


@functools.cache
def tolerant_exporter() -> type:
    """Return ``TolerantExporter``, which reads notebook files that nbformat refuses: cut, UTF-16, marked."""
    from nbconvert.exporters import NotebookExporter

    class TolerantExporter(NotebookExporter):
        """Write a notebook, after reading it in whatever state its file is."""

        def from_file(self, file_stream: Any, resources: dict[str, Any] | None = None, **options: Any) -> Any:
            """Read the file again, as bytes, and hand on a notebook that nbformat accepts.

            Raises:
                CifarTeachError: it is no notebook; nbgrader then goes on with the next student.
            """
            path = Path(getattr(file_stream, "name", ""))
            try:
                with open_regular(path) as stream:
                    slimmed = read_slim(stream)
            except UnreadableError as problem:
                raise CifarTeachError(f"'{path.name}' was not opened: {problem}.") from None
            if slimmed.too_large:
                raise CifarTeachError(
                    f"'{path.name}' has {slimmed.size / 1e6:,.0f} MB, which is too much even without its outputs."
                )
            decoded = decode(slimmed.data, path.name)
            if decoded.content is None:
                raise CifarTeachError(decoded.problem.message)
            for repair in decoded.repairs:
                self.log.warning("%s: %s", path, repair.message)
            text = json.dumps(decoded.content if _is_sound(decoded.content) else _sound(decoded.content))
            return super().from_file(io.StringIO(text), resources, **options)

    return TolerantExporter


def _is_sound(content: dict[str, Any]) -> bool:
    """Say whether nbformat reads this notebook without complaint."""
    import nbformat

    try:
        nbformat.validate(nbformat.from_dict(content))
    except Exception:  # nbformat raises errors of many kinds for what is no notebook
        return False
    return content.get("nbformat") == 4


def _sound(content: dict[str, Any]) -> dict[str, Any]:
    """Return the cells of a notebook, and nothing else of it, in the present format."""
    cells = []
    for cell in student_cells(content)[0]:
        role = {"nbgrader": {"grade_id": cell.grade_id}} if cell.grade_id else {}
        entry = {"id": f"cell-{cell.index:04d}", "cell_type": cell.kind, "metadata": role, "source": cell.source}
        if cell.ids:
            entry["metadata"]["id"] = cell.ids[0]
        cells.append(entry | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {}))
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
