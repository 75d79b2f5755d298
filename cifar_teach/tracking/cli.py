"""The commands of this package for ``cifar-teach``; what they do is imported when they are called."""

from __future__ import annotations

import argparse
from pathlib import Path

from .connecting import DEFAULT_URL
from .dashboard_cli import add_dashboard_command
from .views import SUPPORTED


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this package to ``commands``, the subparsers of ``cifar-teach``."""
    runs = commands.add_parser("runs", help="the experiments in a database: list, show, compare, best, delete, export")
    actions = runs.add_subparsers(required=True, metavar="ACTION")

    listing = _action(actions, "list", _list, "all runs, one line each")
    listing.add_argument("--json", action="store_true", help="print JSON instead of a table")

    show = _action(actions, "show", _show, "one run: where it comes from, its networks, their epochs and classes")
    show.add_argument("run", type=int, metavar="RUN", help="number of the run, as `list` shows it")
    show.add_argument("--json", action="store_true", help="print JSON instead of text")

    compare = _action(actions, "compare", _compare, "networks side by side, over all runs or some")
    compare.add_argument("run", type=int, nargs="*", metavar="RUN", help="numbers of runs (default: all)")
    compare.add_argument("--json", action="store_true", help="print JSON instead of a table")

    best = _action(actions, "best", _best, "the network with the highest accuracy, on each data set")
    best.add_argument("--json", action="store_true", help="print JSON instead of text")

    delete = _action(actions, "delete", _delete, "remove a run with its epochs and predictions")
    delete.add_argument("run", type=int, metavar="RUN", help="number of the run")
    delete.add_argument("--yes", action="store_true", help="do not ask")

    export = _action(actions, "export", _export, "all tables as CSV or Parquet, with a data dictionary")
    export.add_argument("--out", type=Path, default=Path("experiments"), metavar="DIR", help="where to (experiments)")
    export.add_argument("--format", choices=("csv", "parquet"), default="csv", help="default csv")
    export.add_argument("--powerbi", action="store_true", help="also write a Power BI project that reads the CSV files")

    mlflow = _action(actions, "mlflow", _mlflow, "copy the networks of a run to MLflow, when that is installed")
    mlflow.add_argument("run", type=int, metavar="RUN", help="number of the run")
    mlflow.add_argument("--uri", metavar="URI", help="where MLflow keeps its runs (default: as MLflow is set)")

    sql = actions.add_parser("sql", help="the CREATE statements of the store, as an SQL script")
    sql.add_argument("--dialect", choices=SUPPORTED, default="sqlite", help="database they are for (default sqlite)")
    sql.set_defaults(call=_sql)

    add_dashboard_command(commands)


def _action(actions: argparse._SubParsersAction, name: str, call, what: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=what)
    parser.add_argument("--db", default=DEFAULT_URL, metavar="URL", help=f"the database (default {DEFAULT_URL})")
    parser.set_defaults(call=call)
    return parser


def _open(options: argparse.Namespace):
    from .store import ExperimentStore

    return ExperimentStore(options.db, must_exist=True)


def _list(options: argparse.Namespace) -> None:
    from . import queries, tables

    with _open(options) as store:
        rows = queries.runs(store)
    print(tables.as_json([tables.run_facts(row) for row in rows]) if options.json else tables.run_list(rows))


def _show(options: argparse.Namespace) -> None:
    from . import queries, tables

    with _open(options) as store:
        run = queries.run(store, options.run)
        models = queries.models(store, [options.run])
        keys = [model["model_id"] for model in models]
        epochs, classes = queries.epochs(store, keys), queries.class_metrics(store, keys)
    if options.json:
        found = {"run": tables.run_facts(run), "models": models, "epochs": epochs, "class_metrics": classes}
        print(tables.as_json(found))
    else:
        print(tables.run_page(run, models, epochs, classes))


def _compare(options: argparse.Namespace) -> None:
    from . import queries, tables

    with _open(options) as store:
        for run_id in options.run:
            queries.run(store, run_id)  # says so when there is none
        models = queries.models(store, options.run or None)
    finished = sorted(
        (model for model in models if model["status"] == "finished"),
        key=lambda model: (model["data_name"], model["dataset_id"], -model["accuracy"]),
    )
    print(tables.as_json(finished) if options.json else tables.comparison(finished))


def _best(options: argparse.Namespace) -> None:
    from . import queries, tables

    with _open(options) as store:
        winners = queries.best_models(store)
    print(tables.as_json(winners) if options.json else tables.comparison(winners))


def _delete(options: argparse.Namespace) -> int:
    from . import queries

    with _open(options) as store:
        run = queries.run(store, options.run)
        what = f"run {options.run}, '{run['name']}' of {run['started_utc']:%Y-%m-%d}, with {run['models']} networks"
        if run["state"] == "running":
            what += ", which is still running,"
        if not options.yes:
            print(f"This would delete {what}. It cannot be undone. Add --yes to do it.")
            return 1
        store.delete_run(options.run)
    print(f"Deleted: {what}.")
    return 0


def _export(options: argparse.Namespace) -> None:
    from .export import DICTIONARY, export_experiments
    from .powerbi import write_project
    from .problems import TrackingError

    if options.powerbi and options.format != "csv":
        raise TrackingError("The Power BI project reads CSV files: use --powerbi with --format csv.")
    with _open(options) as store:
        rows = export_experiments(store, options.out, form=options.format)
    for name, count in rows.items():
        print(f"{count:>10,} rows  {options.out / f'{name}.{options.format}'}")
    print(f"What the columns mean: {options.out / DICTIONARY}.md")
    if options.powerbi:
        project = write_project(options.out / "powerbi", options.out)
        print(f"Power BI project: {project}. On another computer, set its parameter Folder to where the CSV files are.")


def _mlflow(options: argparse.Namespace) -> None:
    from .mlflow_logger import log_to_mlflow

    with _open(options) as store:
        copied = log_to_mlflow(store, options.run, tracking_uri=options.uri)
    print(f"Copied to MLflow: {len(copied)} networks." if copied else "Nothing new to copy: all of them are there.")


def _sql(options: argparse.Namespace) -> None:
    from .scripts import create_script

    print(create_script(options.dialect), end="")
