"""The report of a run as one HTML file: what was used, what came out, how sure that is, how to repeat it."""

from __future__ import annotations

from .figures import SECTIONS, ReportFigure
from .html import write_report

__all__ = ["SECTIONS", "ReportFigure", "write_report"]
