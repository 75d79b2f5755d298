"""``run``: the workflow of the course from the first look at the data to the report."""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from .. import config, plots
from ..data import AtMost, Dataset, LabelledImages, load_cifar10
from ..environment import hardware, load_keras_quietly, versions
from ..errors import write_error_browser
from ..exceptions import CifarTeachError
from ..explore import DuplicatePair, channel_statistics, class_counts, near_duplicates
from ..files import replacing
from ..preprocess import stratified_split
from ..report import ReportFigure, write_report
from ..tracking.store import ExperimentStore
from ..train import Recipe
from . import figures
from .contenders import Plan, fetch_weights, make_plan, parse_contender, slug_of
from .curves import accuracy_by_size
from .ensembling import STUDENT, distil, vote
from .findings import compare_all, describe_model
from .members import Member, train_member
from .tracked import RunLog, logged_run

SMALLEST_TRAIN_SIZE = 200
SPLIT_SEED = 20
"""Chooses the validation images. Fixed, so that every network and every seed is judged by the same ones."""


@dataclass(frozen=True)
class RunSettings:
    """What a run is asked to do; None means what the profile says.

    Attributes:
        out: folder for everything the run writes.
        profile: ``smoke``, ``quick`` or ``full``, see :data:`cifar_teach.config.PROFILES`.
        source: where the data is, as in :func:`cifar_teach.data.load_cifar10`.
        train_size: training images, validation included.
        models: contenders, see :func:`cifar_teach.pipeline.contenders.parse_contender`.
        seeds: training seeds.
        ensemble: let all contenders vote, and say whether it was worth it.
        distill: also train a small network on what the vote says; needs ``ensemble``.
        sizes: numbers of training images to train every contender on, for the learning curve; empty for none.
        allow_synthetic: use the drawn stand-in when no real data is reachable.
        progress: progress bars; None means when stderr is a terminal.
        command: the command line, for the report.
        db: database for the experiments, see :func:`cifar_teach.tracking.connecting.open_engine`; None for none.
        name: what the run is called there; None means like its folder.
        keep_probabilities: keep the probabilities of all classes there, for each test image.
    """

    out: Path
    profile: str = "quick"
    source: str | None = None
    train_size: int | None = None
    models: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None
    ensemble: bool = False
    distill: bool = False
    sizes: tuple[int, ...] | None = None
    allow_synthetic: bool = True
    progress: bool | None = None
    command: str = ""
    db: str | None = None
    name: str | None = None
    keep_probabilities: bool = False


def run(settings: RunSettings, *, say: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Run the workflow and write ``report.json``, ``report.html``, figures, models and error browsers.

    Finished trainings found in ``settings.out`` are reused when they belong to the same data, recipe and seed;
    an interrupted one goes on where it stopped.

    Args:
        settings: what to do.
        say: takes one line of progress at a time; None prints to stderr.

    Returns:
        What was written to ``report.json``.

    Raises:
        CifarTeachError: something in the settings or the data cannot be used; nothing was half-written.
    """
    say = say or (lambda line: print(line, file=sys.stderr, flush=True))
    profile = config.get_profile(settings.profile)
    names = tuple(dict.fromkeys(profile.models if settings.models is None else settings.models))
    seeds = tuple(dict.fromkeys(profile.seeds if settings.seeds is None else settings.seeds))
    sizes = tuple(sorted(set(profile.sizes if settings.sizes is None else settings.sizes)))
    plans = [make_plan(parse_contender(name), lambda recipe: scaled(recipe, profile.epoch_factor)) for name in names]
    _check(settings, names, seeds, sizes)
    for plan in plans:
        fetch_weights(plan.contender)  # a run of an hour should not end because the last weights are missing

    store = ExperimentStore(settings.db) if settings.db else None  # an address that is wrong should cost no training

    say("[1/5] Data")
    data = load_for(profile, settings.train_size, source=settings.source, allow_synthetic=settings.allow_synthetic)
    out = _prepare_folder(settings.out)
    footer = data.provenance.describe()
    train_images, validation_images = stratified_split(
        data.train.images, data.train.labels, fraction=config.VALIDATION_FRACTION, seed=SPLIT_SEED
    )
    say(f"      {len(train_images.images):,} images to train on, {len(validation_images.images):,} to decide with")
    pairs = near_duplicates(data.train.images, data.test.images, limit=len(data.test.images))
    drawn = [*_save(figures.data_figures(data, pairs, footer), out)]
    drawn += _save([figures.augmentation_figure(train_images, footer)], out)

    say("[2/5] Training")
    load_keras_quietly()
    runs = out / "runs"
    with logged_run(store, settings, data, train_images, validation_images, plans, seeds) as log:

        def train(plan: Plan, seed: int) -> Member:
            return _train_one(plan, seed, data, train_images, validation_images, runs, settings.progress, say, log)

        # A head that is fitted directly has one best answer, whatever the seed.
        members = [[train(plan, seed) for seed in (seeds if plan.epochs else seeds[:1])] for plan in plans]
        firsts = [group[0] for group in members]
        curve = accuracy_by_size(
            plans, firsts, sizes, data, train_images, validation_images,
            seed=seeds[0], runs=runs, progress=settings.progress, say=say,
        )  # fmt: skip

        say("[3/5] Evaluation on the test set")
        entries = [describe_model(group, data, out) for group in members]
        ensemble = None
        if settings.ensemble:
            ensemble, voters = vote(firsts, entries, data, validation_images)
            log.finish(voters)
            members.append([voters])
            if settings.distill:
                say(f"      {STUDENT} learns from the vote ...")
                plan = make_plan(parse_contender(STUDENT), lambda recipe: scaled(recipe, profile.epoch_factor))
                student = distil(
                    firsts, ensemble, plan, data, train_images, validation_images,
                    runs=runs, log=log, progress=settings.progress,
                )  # fmt: skip
                members.append([student])
            entries += [describe_model(group, data, out) for group in members[len(entries) :]]
            firsts = [group[0] for group in members]
    for entry in entries:
        low, high = entry["interval"]
        say(f"      {entry['model']}: {entry['accuracy']:.1%} (95 % interval {low:.1%} to {high:.1%})")
    if ensemble is not None:
        say(f"      {ensemble.verdict}")
    comparisons = compare_all(firsts, data.test.labels)

    say("[4/5] Errors and figures")
    drawn += _save(_result_figures(firsts, plans, entries, data, len(train_images.images), footer), out)
    drawn += _save(figures.comparison_figures(entries, ensemble, curve, data.class_names, footer), out)
    for member in firsts:
        path = out / f"errors-{member.slug}.html"
        write_error_browser(
            path, data.test.images, data.test.labels, member.calibrated_test_probabilities, data.class_names,
            title=f"What {member.model} gets wrong", provenance=footer,
        )  # fmt: skip

    say("[5/5] Report")
    report = {
        "schema": 1,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": settings.command,
        "profile": profile.name,
        "data": data.provenance.to_dict(),
        "validation_size": len(validation_images.images),
        "hardware": hardware(),
        "versions": versions(),
        "explore": _exploration(data, pairs),
        "models": entries,
        "comparisons": comparisons,
        "ensemble": None if ensemble is None else ensemble.to_dict(),
        "accuracy_by_size": curve,
        "error_browsers": {member.model: f"errors-{member.slug}.html" for member in firsts},
    }
    with replacing(out / "report.json") as draft:
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    write_report(out / "report.html", report, drawn)
    say(f"      {(out / 'report.html').resolve()}")
    return report


def scaled(recipe: Recipe, factor: float) -> Recipe:
    """Return ``recipe`` with its epochs multiplied by ``factor`` and rounded up, at least 1."""
    return recipe.with_changes(epochs=max(1, math.ceil(recipe.epochs * factor)))


def load_for(profile: config.Profile, train_size: int | None, *, source: str | None, allow_synthetic: bool) -> Dataset:
    """Load the data of a run: ``train_size`` images, or the profile's number, or fewer when the source holds fewer."""
    return load_cifar10(
        AtMost(profile.train_size) if train_size is None else train_size,
        test_size=None if profile.test_size is None else AtMost(profile.test_size),
        source=source,
        allow_synthetic=allow_synthetic,
    )


def _check(settings: RunSettings, names: tuple[str, ...], seeds: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    """Raise for what can be known to be wrong before anything is loaded or written."""
    if not names or not seeds:
        raise CifarTeachError("There is nothing to train: name at least one network and one seed.")
    for seed in seeds:
        config.check_seed(seed)
    slugs: dict[str, str] = {}
    for name in names:
        same = slugs.setdefault(slug_of(name), name)
        if same != name:
            raise CifarTeachError(f"'{same}' and '{name}' would write files of the same name. Rename one of the files.")
    if settings.ensemble and len(names) < 2:
        raise CifarTeachError("A vote needs two or more networks: name them with --models, or leave out --ensemble.")
    if settings.distill and not settings.ensemble:
        raise CifarTeachError("--distill trains a network on what the ensemble says: add --ensemble.")
    for size in sizes:
        if size < 1:
            raise CifarTeachError(f"--sizes {size} cannot be trained on. Use numbers of images such as 100 or 1000.")
    if settings.train_size is not None and settings.train_size < SMALLEST_TRAIN_SIZE:
        raise CifarTeachError(
            f"--train-size {settings.train_size} is too small: a tenth is set aside for validation and every class "
            f"must appear in both parts. Use at least {SMALLEST_TRAIN_SIZE}."
        )
    out = Path(settings.out).expanduser()
    if out.exists() and not out.is_dir():
        raise CifarTeachError(f"--out '{out}' is a file. Give the name of a folder; it is created when needed.")


def _prepare_folder(out: Path) -> Path:
    """Make the folder, prove that it can be written, and remove the figures and browsers of an earlier report."""
    out = Path(out).expanduser()
    try:
        (out / "figures").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out / "figures"):
            pass
        if (out / "report.json").exists():  # only in a folder of ours: elsewhere such files belong to someone else
            for old in (*out.glob("figures/*.png"), *out.glob("errors-*.html")):
                old.unlink()
    except OSError as problem:
        raise CifarTeachError(
            f"The folder '{out}' cannot be written ({problem.strerror}). Choose another --out."
        ) from problem
    return out


def _train_one(
    plan: Plan,
    seed: int,
    data: Dataset,
    train: LabelledImages,
    validation: LabelledImages,
    runs: Path,
    progress: bool | None,
    say: Callable[[str], None],
    log: RunLog,
) -> Member:
    label = plan.contender.label
    work = f"{plan.epochs} epoch{'s' * (plan.epochs > 1)}" if plan.epochs else "a head on extracted features"
    say(f"      {label}, seed {seed}: {work} ...")
    callbacks = log.callbacks(plan, seed)
    member = train_member(plan, data, train, validation, seed=seed, runs=runs, callbacks=callbacks, progress=progress)
    log.finish(member)
    right = member.validation_probabilities.argmax(axis=1) == validation.labels
    say(f"      {label}, seed {seed}: {member.train_seconds:.0f} s, validation accuracy {right.mean():.1%}")
    return member


def _exploration(data: Dataset, pairs: list[DuplicatePair]) -> dict[str, Any]:
    statistics = channel_statistics(data.train.images)
    return {
        "class_counts": class_counts(data.train.labels, data.class_names),
        "channel_mean": [float(value) for value in statistics.mean],
        "channel_std": [float(value) for value in statistics.std],
        "near_duplicates": len({pair.test_index for pair in pairs}),
    }


def _result_figures(
    firsts: list[Member],
    plans: list[Plan],
    entries: list[dict[str, Any]],
    data: Dataset,
    n_train: int,
    footer: str,
) -> Iterable[figures.Drawing]:
    yield from figures.summary_figures(entries, footer)
    histories = {member.model: member.history for member in firsts if member.history}
    recipes = {plan.contender.label: plan.recipe for plan in plans if plan.recipe}
    for_steps = {name: recipe.epochs * (n_train // min(recipe.batch_size, n_train)) for name, recipe in recipes.items()}
    yield from figures.training_figures(histories, recipes, for_steps, footer)
    for member, entry in zip(firsts, entries, strict=True):
        yield from figures.model_figures(member, data, np.array(entry["confusion"]), footer)


def _save(drawings: Iterable[figures.Drawing], out: Path) -> Iterable[ReportFigure]:
    """Draw each figure, write it as PNG (the light one), and yield it for the report."""
    for drawing in drawings:
        figure = drawing.draw()
        light = plots.to_png(figure)
        with plots.style(dark=True):
            dark = plots.to_png(drawing.draw())
        with replacing(out / "figures" / f"{drawing.name}.png") as draft:
            draft.write_bytes(light)
        yield ReportFigure(drawing.title, light, drawing.caption, plots.alt_text(figure), drawing.section, dark)
