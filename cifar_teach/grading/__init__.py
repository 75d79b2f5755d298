"""Grading a class: intake, sandbox, judge, journal, gradebook, feedback, exports."""
