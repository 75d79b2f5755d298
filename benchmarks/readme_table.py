"""Write the README's table and picture from ``scratch.json``: ``python -m benchmarks.readme_table [--check]``."""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

from cifar_teach.files import replacing

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
PICTURE = RESULTS / "scratch.svg"
README = ROOT / "README.md"
BEGIN, END = "<!-- scratch:begin -->", "<!-- scratch:end -->"


def table(report: dict[str, Any]) -> str:
    """Return the Markdown between the markers: table, and the sentences that say how it was measured."""
    lines = [
        "| network | parameters | epochs | training time | × baseline | test accuracy | 95 % interval | macro F1 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in report["rows"]:
        spread = "" if row["accuracy_sd"] is None else f" ± {100 * row['accuracy_sd']:.1f}"
        low, high = row["interval"]
        lines.append(
            f"| {row['label']} | {row['params']:,} | {row['epochs']} | {row['train_seconds']:.0f} s "
            f"| {row['times_baseline']:.2f} | **{100 * row['accuracy']:.1f} %**{spread} "
            f"| {100 * low:.1f} to {100 * high:.1f} | {row['macro_f1']:.3f} |"
        )
    data, hardware, versions = report["data"], report["hardware"], report["versions"]
    sentences = [
        f"Measured on {data['name']}, {data['train_size']:,} training images, {data['test_size']:,} test images; "
        f"{_seeds(report)}; interval: Wilson, over test images.",
        f"{hardware['cores']} cores of {hardware['processor']}, "
        f"{', '.join(hardware['accelerators']) or 'no accelerator'}; Keras {versions['keras']}, "
        f"TensorFlow {versions['tensorflow']}.",
        *_precision_sentences(report),
        "Every number comes from [`benchmarks/results/scratch.json`](benchmarks/results/scratch.json).",
    ]
    return "\n".join([*lines, "", " ".join(sentences)])


def _seeds(report: dict[str, Any]) -> str:
    count = len(report["seeds"])
    return "one seed" if count == 1 else f"mean of {count} seeds ± standard deviation over seeds"


def _precision_sentences(report: dict[str, Any]) -> list[str]:
    """Say what bfloat16 does to the times, because the baseline is computed in float32."""
    rows = [row for row in report["rows"] if row["precision"] == "bfloat16"]
    if not rows:
        return []
    timing = report["seconds_per_epoch"]
    slower = timing["float32"] / timing["bfloat16"]
    ratios = ", ".join(f"{slower * row['times_baseline']:.2f} ({row['label']})" for row in rows)
    return [
        "`baseline` is computed in float32, `fastnet` has its convolutions in bfloat16 where the processor can: "
        f"{timing['bfloat16']:.1f} s instead of {timing['float32']:.1f} s an epoch here. "
        f"In float32 its times would be about this many times the baseline's: {ratios}."
    ]


def with_table(readme: str, report: dict[str, Any]) -> str:
    """Return the README with the part between the markers replaced."""
    head, rest = readme.split(BEGIN)
    _, tail = rest.split(END)
    return f"{head}{BEGIN}\n{table(report)}\n{END}{tail}"


def picture(report: dict[str, Any]) -> bytes:
    """Return accuracy against training time as SVG, the same bytes for the same numbers and the same matplotlib."""
    from matplotlib.ticker import LogLocator

    from cifar_teach import plots

    rows = [{**row, "model": row["label"]} for row in report["rows"]]
    data, count = report["data"], len(report["seeds"])
    footer = f"{data['name']}, {data['train_size']:,} training images, {count} seed{'s' * (count > 1)}"
    drawn = io.BytesIO()
    figure = plots.cost_vs_accuracy(rows, footer=footer)
    axis = figure.axes[0].xaxis
    if axis.get_scale() == "log":
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))  # powers of ten alone leave one tick here
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    return _with_numbered_ids(drawn.getvalue())


def _with_numbered_ids(svg: bytes) -> bytes:
    """Replace the ids that matplotlib draws at random by numbers in the order in which they appear."""
    for number, name in enumerate(dict.fromkeys(re.findall(rb'\bid="([a-z][0-9a-f]{10})"', svg))):
        svg = svg.replace(name, b"id%d" % number)
    return svg


def out_of_date(report: dict[str, Any]) -> list[str]:
    """Return the names of the files that differ from what the report gives.

    The picture is compared only with the matplotlib that the report records: another one draws other paths.
    """
    readme = README.read_text(encoding="utf-8")
    old = [] if readme == with_table(readme, report) else [README.name]
    if importlib.metadata.version("matplotlib") == report["versions"]["matplotlib"]:
        same = PICTURE.exists() and PICTURE.read_bytes() == picture(report)
        old += [] if same else [PICTURE.name]
    return old


def main() -> int:
    """Write the table and the picture, or with ``--check`` say what is out of date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is out of date")
    options = parser.parse_args()
    report = json.loads((RESULTS / "scratch.json").read_text(encoding="utf-8"))
    if options.check:
        old = out_of_date(report)
        if old:
            print(f"Out of date: {', '.join(old)}. Run python -m benchmarks.readme_table", file=sys.stderr)
        return int(bool(old))
    with replacing(README) as draft:
        draft.write_text(with_table(README.read_text(encoding="utf-8"), report), encoding="utf-8")
    with replacing(PICTURE) as draft:
        draft.write_bytes(picture(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
