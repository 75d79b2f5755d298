"""Grades for other programs: plain CSV, Canvas, Moodle, Gradescope. Each module has one function, ``write``.

All of them hold to three rules: no score above the maximum, no score where a person must look (an empty cell, never a
zero), and no cell that a spreadsheet would run.
"""
