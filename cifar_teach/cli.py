"""The ``cifar-teach`` command."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__, config
from .exceptions import CifarTeachError
from .tracking.connecting import hide_password

DEFAULT_OUT = "cifar-teach-run"
BUNDLED_MODEL = "tinynet"
"""What ``predict`` asks when no other model is named."""
GOES_ON = {
    "run": " The same command goes on from the last finished epoch.",
    "grade": " What is graded is kept: the same command goes on with the rest.",
    "regrade": " What is graded is kept: the same command goes on with the rest.",
}
"""What is said after Ctrl-C."""
PARTS = ("tracking", "grading", "apps")
"""Packages that bring commands of their own, in their module ``cli``."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    0: done; 1: ``check`` or ``build --check`` found something; 2: something the user can put right; 130: interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(arguments)
    options.command_line = shlex.join(["cifar-teach", *map(_without_folders, arguments)])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return options.call(options) or 0
    except CifarTeachError as problem:
        print(f"cifar-teach: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader, such as `head`, has left
        return 0
    except OSError as problem:
        where = f" '{problem.filename}'" if problem.filename else ""
        print(f"cifar-teach: {problem.strerror or problem}{where}. Check the disk and the path.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        goes_on = GOES_ON.get(arguments[0] if arguments else "", "")
        print(f"\ncifar-teach: stopped.{goes_on}", file=sys.stderr)
        return 130


def _without_folders(argument: str) -> str:
    """Hide passwords and shorten absolute paths to their last part.

    A report is passed on, and a home folder is nobody's business.
    """
    argument = hide_password(argument)
    if "sqlite:////" in argument:
        before, _, path = argument.partition("sqlite:///")
        return f"{before}sqlite:///{Path(path).name}"
    if "://" in argument:
        return argument
    option, equals, value = argument.rpartition("=")
    return f"{option}{equals}{Path(value).name if os.path.isabs(value) else value}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cifar-teach", description="Image classification on CIFAR-10, step by step and measured."
    )
    parser.add_argument("--version", action="version", version=f"cifar-teach {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="the whole workflow: data, training, evaluation, errors, report")
    _add_data_options(run)
    run.add_argument(
        "--models",
        type=_names,
        metavar="A,B",
        help="networks to train, as in fastnet,tinynet:frozen,mobilenet:finetuned (default: the profile's)",
    )
    run.add_argument("--ensemble", action="store_true", help="let them vote, and say whether it was worth it")
    run.add_argument("--distill", action="store_true", help="train a small network on what the ensemble says")
    run.add_argument("--sizes", type=_sizes, metavar="N,N", help="also train on so many images: what labels are worth")
    run.add_argument("--seed", type=int, nargs="+", metavar="S", help="training seeds (default: the profile's)")
    run.add_argument("--out", type=Path, default=Path(DEFAULT_OUT), metavar="DIR", help="where everything is written")
    run.add_argument(
        "--db", metavar="URL", help="also enter every epoch and result in this database: a file, or postgresql://..."
    )
    run.add_argument("--name", help="what the run is called in the database (default: like its folder)")
    run.add_argument(
        "--db-probabilities", action="store_true", help="enter the probabilities of all classes, not only the highest"
    )
    run.set_defaults(call=_run)

    compare = commands.add_parser("compare", help="networks, optimisers or model files side by side")
    compare.add_argument("names", nargs="+", metavar="NAME", help="all networks, all optimisers, or all model files")
    _add_data_options(compare)
    compare.add_argument("--model", default="baseline", help="network for a comparison of optimisers")
    compare.add_argument("--seed", type=int, default=config.DEFAULT_SEED)
    compare.add_argument("--json", action="store_true", help="print JSON instead of a table")
    compare.set_defaults(call=_compare)

    predict = commands.add_parser("predict", help="classify your own pictures")
    predict.add_argument("images", nargs="+", metavar="IMAGE")
    predict.add_argument(
        "--model",
        metavar="NAME|FILE",
        help="a .keras file, or a network of the last run (default: the trained network that comes with the package)",
    )
    predict.add_argument("--run", type=Path, default=Path(DEFAULT_OUT), metavar="DIR", help="where NAME is looked for")
    predict.add_argument("--top", type=int, default=3, metavar="K", help="how many classes to show (default 3)")
    predict.add_argument("--json", action="store_true", help="print JSON instead of text")
    predict.set_defaults(call=_predict)

    build = commands.add_parser(
        "build", help="make the notebooks of exercises and book, and the API pages, from their sources (for authors)"
    )
    build.add_argument("--check", action="store_true", help="write nothing; fail if they are not up to date")
    build.set_defaults(call=_build)

    check = commands.add_parser("check", help="run exercise notebooks from top to bottom and say what is right")
    check.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK", help="an exercise with answers: .ipynb")
    check.add_argument("--junitxml", type=Path, metavar="FILE", help="also write JUnit XML, one test case per check")
    check.add_argument("--json", action="store_true", help="print JSON instead of text")
    check.set_defaults(call=_check)

    for part in PARTS:
        importlib.import_module(f".{part}.cli", __package__).add_commands(commands)

    doctor = commands.add_parser("doctor", help="what is installed, which data is here, what works offline")
    doctor.add_argument("--json", action="store_true", help="print JSON instead of text")
    doctor.set_defaults(call=_doctor)
    return parser


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        metavar="SRC",
        help="archive, folder, .npz or tar of images, or 'synthetic' (default: CIFAR_TEACH_DATA, cache, download)",
    )
    parser.add_argument("--train-size", type=int, metavar="N", help="training images, validation included")
    parser.add_argument(
        "--profile",
        default="quick",
        metavar="|".join(config.PROFILES),
        help="; ".join(f"{profile.name}: {profile.purpose}" for profile in config.PROFILES.values()),
    )
    parser.add_argument(
        "--no-synthetic", action="store_true", help="stop instead of drawing stand-in images when no data is reachable"
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' should be numbers of images, such as 100,1000") from None


def _run(options: argparse.Namespace) -> None:
    from .pipeline import RunSettings, run

    run(
        RunSettings(
            out=options.out,
            profile=options.profile,
            source=options.data,
            train_size=options.train_size,
            models=options.models,
            ensemble=options.ensemble,
            distill=options.distill,
            sizes=options.sizes,
            seeds=None if options.seed is None else tuple(options.seed),
            allow_synthetic=not options.no_synthetic,
            command=options.command_line,
            db=options.db,
            name=options.name,
            keep_probabilities=options.db_probabilities,
        )
    )


def _compare(options: argparse.Namespace) -> None:
    from . import comparing
    from .environment import load_keras_quietly
    from .models import get_spec
    from .pipeline.workflow import load_for
    from .preprocess import stratified_split

    profile = config.get_profile(options.profile)
    config.check_seed(options.seed)
    get_spec(options.model)
    kind = comparing.kind_of(options.names)
    data = load_for(profile, options.train_size, source=options.data, allow_synthetic=not options.no_synthetic)
    load_keras_quietly()
    if kind == "files":
        candidates = comparing.compare_files(options.names, data)
        judged = f"{len(data.test.labels):,} test images"
    else:
        train, held_out = stratified_split(*data.train, fraction=0.3)
        decide, judge = stratified_split(*held_out, fraction=0.6)
        settings = {
            "num_classes": len(data.class_names), "epoch_factor": profile.epoch_factor, "seed": options.seed,
        }  # fmt: skip
        if kind == "networks":
            candidates = comparing.compare_networks(options.names, train, decide, judge, **settings)
        else:
            settings["model"] = options.model
            candidates = comparing.compare_optimizers(options.names, train, decide, judge, **settings)
        judged = f"{len(judge.labels):,} held-out training images that decided nothing"
    comparisons = comparing.paired(candidates)
    if options.json:
        rows = [candidate.to_dict() for candidate in candidates]
        print(json.dumps({"data": data.provenance.to_dict(), "candidates": rows, "comparisons": comparisons}, indent=1))
        return
    print(f"{data.provenance.describe()}\nJudged on {judged}:")
    for row in candidates:
        cost = "" if row.seconds is None else f"  {row.seconds:6.0f} s  learning rate {row.learning_rate:g}"
        size = f"  {row.parameters:>9,} parameters  {row.macs / 1e6:5.1f} M multiply-adds"
        print(f"  {row.name:<14} {row.accuracy:6.1%}  ({row.interval[0]:.1%} to {row.interval[1]:.1%}){size}{cost}")
    for pair in comparisons:
        print(
            f"{pair['a']} minus {pair['b']}: {100 * pair['difference']:+.1f} points "
            f"(95 % interval {100 * pair['low']:+.1f} to {100 * pair['high']:+.1f}; McNemar p = {pair['p_value']:.3g})"
        )


def _predict(options: argparse.Namespace) -> None:
    from .apps.recogniser import answers_of, input_size
    from .environment import load_keras_quietly
    from .models import load_model
    from .preprocess import photo_to_images

    if options.top < 1:
        raise CifarTeachError(f"--top {options.top} shows nothing. Use at least 1.")
    path = _model_path(options.model, options.run) if options.model else None
    bundled = options.model or BUNDLED_MODEL
    load_keras_quietly()
    if path is None:
        from .backbones import load_bundled

        saved, source = load_bundled(bundled), f"{bundled}, which comes with the package"
    else:
        saved, source = load_model(path), str(path)
    images = photo_to_images(options.images, size=input_size(saved))
    found = list(zip(options.images, answers_of(saved, images, source), strict=True))
    if options.json:
        rows = [
            {
                "image": str(name),
                "top": [{"class": guess, "probability": share} for guess, share in answer.top(options.top)],
                "may_be_none": None if answer.threshold is None else answer.may_be_none,
            }
            for name, answer in found
        ]
        print(json.dumps({"model": source, "data": saved.notes.get("data"), "predictions": rows}, indent=1))
        return
    if found[0][1].is_synthetic:
        print(
            f"{Path(source).name} was trained on drawn pictures, not on CIFAR-10: do not expect it to know photographs."
        )
    for name, answer in found:
        guesses = ", ".join(f"{guess} {share:.1%}" for guess, share in answer.top(options.top))
        doubt = " (so unsure that it may be none of the classes)" if answer.may_be_none else ""
        print(f"{name}: {guesses}{doubt}")


def _model_path(name: str, run_folder: Path) -> Path | None:
    """Return the file of ``--model``: a path, or the first seed of a network trained by ``cifar-teach run``.

    None means that no run has trained it, but a trained one comes with the package.
    """
    from .backbones import BUNDLED

    if Path(name).suffix in (".keras", ".h5"):
        return Path(name)
    try:
        report = json.loads((run_folder / "report.json").read_text(encoding="utf-8"))
        files = {entry["model"]: run_folder / entry["files"]["model"] for entry in report["models"] if entry["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        files = {}
    if name in files:
        return files[name]
    if name in BUNDLED:
        return None
    from .pipeline.contenders import parse_contender

    parse_contender(name)
    raise CifarTeachError(
        f"There is no report of a trained '{name}' in '{run_folder}'. Train it with: cifar-teach run "
        f"--models {name} --out {run_folder}, or give the path of a .keras file."
    )


def _check(options: argparse.Namespace) -> int:
    from .checks.execution import run_notebook
    from .checks.reading import read_notebook
    from .checks.results import write_junit

    notebooks = [read_notebook(path) for path in options.notebooks]  # a wrong path should not cost minutes
    results = []
    for notebook in notebooks:
        print(f"Running {notebook.name} from top to bottom …", file=sys.stderr, flush=True)
        results.append(run_notebook(notebook))
        if not options.json:
            print(f"{results[-1]}\n", flush=True)
    if options.json:
        print(json.dumps([result.to_dict() for result in results], indent=1))
    if options.junitxml:
        write_junit(results, options.junitxml)
    return 0 if all(result.passed for result in results) else 1


def _build(options: argparse.Namespace) -> int:
    from .authoring import build, find_root

    drift = build(find_root(), check=options.check)
    unexpected = [found for found in drift if found.kind == "unexpected"]
    stale = [found for found in drift if found.kind != "unexpected"]
    for found in drift:
        print(found if options.check or found in unexpected else f"written: {found.path}")
    if stale and options.check:
        print("Not as the sources say. Run `cifar-teach build` and commit what it writes.")
    if unexpected:
        print("What is unexpected belongs to no exercise and no page of the book. Delete it, or write what it lacks.")
    if not drift:
        print("The notebooks are up to date.")
    return 1 if unexpected or (stale and options.check) else 0


def _doctor(options: argparse.Namespace) -> None:
    from .doctor import examine, format_findings

    findings = examine()
    print(json.dumps(findings, indent=1) if options.json else format_findings(findings))


if __name__ == "__main__":
    sys.exit(main())
