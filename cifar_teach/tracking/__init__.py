"""Experiments in SQL: a store that keeps every run, what it says about them, and how it is handed on.

``cifar-teach run --db experiments.db`` enters a run while it works; this reads it::

    from cifar_teach.tracking import ExperimentStore, models

    with ExperimentStore("sqlite:///experiments.db", must_exist=True) as store:
        for row in models(store):
            print(row["model_name"], row["accuracy"])

``sqlite:///experiments.db`` is a file in the current folder; ``postgresql://`` and ``mssql+pyodbc://`` are servers.

======================  ========================================================================================
``store``               ``ExperimentStore``: writes runs, epochs and predictions; with ``entries`` and
                        ``predictions`` (what it writes), and ``provenance`` (who wrote it)
``queries``             reads the store as plain rows
``logging``             ``epoch_logger``: a Keras callback that enters each epoch as it ends
``schema``              the tables; ``views`` are the derived ones and the rules that need triggers
``migrations``          creating the tables, and bringing older ones up to date
``scripts``             the same as SQL scripts, kept in ``sql/``
``connecting``          addresses of databases, transactions; ``problems`` is what can go wrong
``export``              ``export_experiments``: CSV or Parquet; ``exported`` says which columns
``powerbi``             ``write_project``: a Power BI project; with ``powerbi_report`` (its pages)
``mlflow_logger``       the same experiments in MLflow
``dashboard``           ``write_dashboard``: one HTML file; with ``dashboard_data``, ``dashboard_measures``,
                        ``dashboard_pictures`` (what is in it) and ``page/`` (its template and scripts)
``sample``              a small database to show
``tables``              runs and networks as text for a terminal
``cli``                 ``cifar-teach runs``; ``dashboard_cli`` is ``cifar-teach dashboard``
======================  ========================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dashboard import write_dashboard
    from .export import export_experiments
    from .exported import ExportColumn, ExportTable, export_tables
    from .logging import epoch_logger
    from .mlflow_logger import log_to_mlflow, mlflow_epoch_logger
    from .powerbi import write_project
    from .problems import TrackingError
    from .queries import best_models, class_metrics, confusion_matrix, epochs, mistakes, models, runs, select
    from .scripts import create_script
    from .store import ExperimentStore

__all__ = [
    "ExperimentStore",
    "ExportColumn",
    "ExportTable",
    "TrackingError",
    "best_models",
    "class_metrics",
    "confusion_matrix",
    "create_script",
    "epoch_logger",
    "epochs",
    "export_experiments",
    "export_tables",
    "log_to_mlflow",
    "mistakes",
    "mlflow_epoch_logger",
    "models",
    "runs",
    "select",
    "write_dashboard",
    "write_project",
]

# The command line loads this package to learn its commands, so nothing is imported before it is asked for.
_HOMES = {
    "dashboard": ("write_dashboard",),
    "export": ("export_experiments",),
    "exported": ("ExportColumn", "ExportTable", "export_tables"),
    "logging": ("epoch_logger",),
    "mlflow_logger": ("log_to_mlflow", "mlflow_epoch_logger"),
    "powerbi": ("write_project",),
    "problems": ("TrackingError",),
    "queries": (
        "best_models", "class_metrics", "confusion_matrix", "epochs", "mistakes", "models", "runs", "select",
    ),
    "scripts": ("create_script",),
    "store": ("ExperimentStore",),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
