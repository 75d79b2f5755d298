"""What `nbgrader`, run in this folder, does: solutions/ -> exercises/ -> submitted/ -> autograded/ -> feedback/."""

from copy import deepcopy
from pathlib import Path

import nbformat
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
)

c = get_config()  # noqa: F821 - nbgrader provides it

c.CourseDirectory.course_id = "cifar-teach"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
# The sources of the exercises lie beside the assignments; should one get into them, students do not get it.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "feedback", "hand-in", "*.py", ".DS_Store"]

# What stands in place of an answer. It runs, so that "Run all" does not stop at a question that is still open.
c.ClearSolutions.code_stub = {"python": "# Your code here\n..."}
c.ClearSolutions.text_stub = "*Write your answer here.*"

# For one cell, in seconds. The slowest cell of a solution takes a few seconds; loading TensorFlow takes ten.
c.Execute.timeout = 120

# nbgrader gives no points to a cell that writes to stderr, be it only TensorFlow's log or a warning of Keras. A check
# that is not passed raises an error or returns fewer points, so what is on stderr is left out. (Setting
# TF_CPP_MIN_LOG_LEVEL does not do: TensorFlow 2.21 writes some lines at every level.)
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"(?s)."


class RestoreCells(NbGraderPreprocessor):
    """Bring the cells that nbgrader relies on back to what was released, wherever students have moved or lost them.

    Without it a question that was deleted, or copied, ends the grading of a submission or even of the class. Of
    several copies the last one counts, as after "Run all". A cell that is gone comes back behind the one it followed,
    else before the next one, so that it sees what the student wrote instead. Answers in code do not come back:
    an empty one would undo an answer that was typed into a new cell.
    """

    def preprocess(self, nb: nbformat.NotebookNode, resources: dict) -> tuple[nbformat.NotebookNode, dict]:
        """Repair the notebook of a student; the release says what is right."""
        ids = resources["nbgrader"]
        folder = Path(c.CourseDirectory.release_directory, ids["assignment"])
        release = nbformat.read(folder / f"{ids['notebook']}.ipynb", as_version=4)
        released = [cell for cell in release.cells if "nbgrader" in cell.metadata]
        roles = {cell.metadata.nbgrader["grade_id"]: cell.metadata.nbgrader for cell in released}

        place = {}
        for cell in reversed(nb.cells):
            role = cell.metadata.pop("nbgrader", None)
            name = str(role.get("grade_id")) if isinstance(role, dict) else None
            if name in roles and name not in place:
                cell.metadata.nbgrader = deepcopy(roles[name])
                place[name] = cell

        names = list(roles)
        for position, (name, cell) in enumerate(zip(names, released)):
            role = roles[name]
            if name in place or (role["solution"] and not role["grade"]):
                continue
            self.log.warning("The cell '%s' was missing and has been put back.", name)
            before = place.get(names[position - 1]) if position else None
            after = next((place[later] for later in names[position:] if later in place), None)
            index = len(nb.cells)
            if before is not None:
                index = self._index(nb, before) + 1
            elif after is not None:
                index = self._index(nb, after)
            place[name] = deepcopy(cell)
            nb.cells.insert(index, place[name])
        return nb, resources

    @staticmethod
    def _index(nb: nbformat.NotebookNode, wanted: nbformat.NotebookNode) -> int:
        return next(index for index, cell in enumerate(nb.cells) if cell is wanted)


c.Autograde.sanitize_preprocessors = [ClearOutput, RestoreCells, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
