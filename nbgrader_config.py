"""What `nbgrader`, run in this folder, does: solutions/ -> exercises/ -> submitted/ -> autograded/ -> feedback/."""

from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, OverwriteCells, OverwriteKernelspec

from cifar_teach.grading.nbgrader_plugin import RebuildFromRelease, TolerantExporter

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

# Students lose, copy, move and retype cells, and their files are cut on the way. Without these two parts one such
# notebook ends the grading of its student, and a copied cell that of the whole class.
c.RebuildFromRelease.release_directory = c.CourseDirectory.release_directory
c.Autograde.exporter_class = TolerantExporter
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    RebuildFromRelease,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]
