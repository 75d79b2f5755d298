"""The report: everything in it, nothing loaded from elsewhere, and no drawn number passed off as a real one."""

from __future__ import annotations

import copy
import io
import itertools
import re
from collections.abc import Callable
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cifar_teach import errors, evaluate, plots
from cifar_teach.config import CLASS_NAMES
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.report import SECTIONS, ReportFigure, write_report
from cifar_teach.report.advice import next_steps, weakest_slice
from cifar_teach.report.html import beside, duration, large, moment, render
from cifar_teach.report.schema import complete
from cifar_teach.report.words import (
    calibration_in_words,
    comparison_in_words,
    confusion_in_words,
    headline,
    seeds_in_words,
)

NBSP = "\N{NO-BREAK SPACE}"
BANNER = "These numbers were measured on the drawn stand-in, not on CIFAR-10."
HOSTILE = '</td><script src="https://example.org/x.js">alert(1)</script><b title=\'"&'


# A complete report with invented numbers: a fixture, measured on nothing.


def invented_model(name: str, accuracy: float, seeds: list[int]) -> dict:
    rng = np.random.default_rng(len(name))
    labels = np.repeat(np.arange(10), 100)
    right = rng.random(1000) < accuracy
    predictions = np.where(right, labels, (labels + rng.integers(1, 10, 1000)) % 10)
    probabilities = 0.3 * np.full((1000, 10), 0.1) + 0.7 * np.eye(10)[predictions]
    result = evaluate.evaluate(labels, probabilities, CLASS_NAMES).to_dict()
    groups = [("class: cat", 100, 0.4), ("confidence: unsure", 333, 0.3), ("brightness: dark", 333, 0.5)]
    return {
        "model": name,
        "params": 393_586,
        "macs": 41_200_000,
        "seeds": seeds,
        "train_seconds": 281.4,
        "train_cpu_seconds": 512.0,
        "predict_seconds": 2.5,
        **result,
        "accuracy_per_seed": [result["accuracy"] + 0.002 * seed for seed in seeds],
        "ece_calibrated": 0.021,
        "temperature": 1.43,
        "top_confusions": [asdict(c) for c in errors.top_confusions(np.array(result["confusion"]), CLASS_NAMES)],
        "slices": [{"name": n, "n": size, "accuracy": a, "low": a - 0.05, "high": a + 0.05} for n, size, a in groups],
        "files": {"model": f"models/{name}.keras", "history": f"histories/{name}-0.csv"},
    }


def invented_report() -> dict:
    return {
        "schema": 1,
        "created": "2026-01-05T14:03:11+00:00",
        "command": "cifar-teach run --data images.npz --profile quick --seed 0 1 2",
        "profile": "quick",
        "data": {
            "name": "CIFAR-10",
            "kind": "cifar10",
            "origin": "images.npz",
            "checksum": "0123abcd" * 8,
            "available_train": 50_000,
            "available_test": 10_000,
            "train_size": 10_000,
            "test_size": 1_000,
            "subset_seed": 10,
            "is_synthetic": False,
        },
        "hardware": {"processor": "invented, 2 cores", "memory in GB": 8},
        "versions": {"python": "3.11", "keras": "3.8"},
        "explore": {
            "class_counts": dict.fromkeys(CLASS_NAMES, 1000),
            "channel_mean": [125.3, 122.9, 113.8],
            "channel_std": [62.9, 62.0, 66.7],
            "near_duplicates": 12,
        },
        "models": [invented_model("baseline", 0.6, [0]), invented_model("fastnet", 0.83, [0, 1, 2])],
        "comparisons": [comparison()],
        "validation_size": 1_000,
        "error_browsers": {"fastnet": "errors-fastnet.html"},
    }


def comparison(**changes: object) -> dict:
    values = {"a": "fastnet", "b": "baseline", "difference": 0.23, "low": 0.2, "high": 0.26}
    values |= {"p_value": 1e-9, "method": "chi-squared", "only_a": 270, "only_b": 40}
    return values | changes


@pytest.fixture
def report() -> dict:
    return invented_report()


def in_both_themes(title: str, draw: Callable, **more: str) -> ReportFigure:
    with plots.style(dark=True):
        dark = plots.to_png(draw())
    figure = draw()
    return ReportFigure(title, plots.to_png(figure), alt=plots.alt_text(figure), dark_image=dark, **more)


@pytest.fixture(scope="module")
def figures() -> list[ReportFigure]:
    counts = dict.fromkeys(CLASS_NAMES, 1000)
    confusion = np.full((10, 10), 3) + 70 * np.eye(10, dtype=int)
    one_theme = plots.learning_rate_schedule([0.1, 0.4, 0.0])
    return [
        in_both_themes(
            "Images of each class",
            lambda: plots.class_distribution(counts, footer="invented"),
            caption="How many there are.",
            section="data",
        ),
        ReportFigure("Learning rate", one_theme, section="training"),
        ReportFigure("Plain file", plots.to_png(one_theme), alt='A line with a "peak".', section="results"),
        in_both_themes("Confusions", lambda: plots.confusion_heatmap(confusion, CLASS_NAMES), section="errors"),
    ]


class Page(HTMLParser):
    """What the tests ask of a page: its elements with attributes, its text, and whether all is closed."""

    EMPTY = frozenset({"meta", "img", "br", "hr", "link", "input", "source"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.pieces: list[str] = []
        self.headings: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pieces).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def page(report: dict, figures: list[ReportFigure]) -> Page:
    return Page(render(report, figures))


def test_the_file_is_written_whole_and_alone(tmp_path: Path, report: dict, figures: list) -> None:
    path = tmp_path / "new" / "report.html"
    assert write_report(path, report, figures) == path
    assert path.read_text(encoding="utf-8") == render(report, figures)
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_an_older_report_is_replaced(tmp_path: Path, report: dict) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    write_report(path, report)
    assert "old" not in path.read_text(encoding="utf-8")[:3]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, report: dict) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CifarTeachError, match=r"report\.html.* cannot be written"):
        write_report(tmp_path / "file" / "report.html", report)


def test_a_failed_report_leaves_nothing_behind(tmp_path: Path, report: dict) -> None:
    del report["models"][0]["ece"]
    with pytest.raises(CifarTeachError):
        write_report(tmp_path / "report.html", report)
    assert list(tmp_path.iterdir()) == []


def test_the_page_loads_nothing(page: Page) -> None:
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.elements}
    for _, attributes in page.elements:
        assert all(attributes[name].startswith("data:image/png;base64,") for name in attributes if name == "src")
        assert not {"srcset", "background", "poster", "action"} & set(attributes)
        assert attributes.get("href", "#").startswith(("#", "./"))
        assert not any(name.startswith("on") for name in attributes)
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_the_style_loads_nothing(report: dict) -> None:
    css = re.search(r"<style>(.*)</style>", render(report), re.S).group(1)
    assert not re.search(r"url\(|@import|@font-face|https?:", css)
    assert "prefers-color-scheme: dark" in css
    assert "@media print" in css


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    levels = [int(heading[1]) for heading in page.headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_tables_have_header_cells_in_both_directions(report: dict) -> None:
    tables = re.findall(r"<table.*?</table>", render(report), re.S)
    assert len(tables) == 7  # results, comparison, class counts, and two for each of two models
    for table in tables:
        head, body = re.search(r"<thead>(.*)</thead>.*<tbody>(.*)</tbody>", table, re.S).groups()
        assert head.count('<th scope="col">') >= 2
        assert body.count("<tr>") == body.count('<th scope="row">') > 0


def test_every_image_has_a_description_and_a_size(page: Page, figures: list[ReportFigure]) -> None:
    images = page.all("img")
    assert len(images) == len(figures) + 2  # two figures come in both themes
    assert all(len(image["alt"]) > 15 and int(image["width"]) > 300 for image in images)
    assert {figure.description for figure in figures} == {image["alt"] for image in images}
    assert [image.get("class") for image in images].count("dark") == 2


def test_links_lead_to_parts_that_exist(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert targets <= set(ids)
    assert {"results", "comparison", "data", "training", "models", "errors", "next", "repeat"} == targets


def test_errors_can_be_browsed(page: Page) -> None:
    assert [a["href"] for a in page.all("a")].count("./errors-fastnet.html") == 1


def test_several_seeds_are_explained_only_where_there_are_some(report: dict) -> None:
    assert Page(render(report)).text.count("first seed") == 1
    report["models"] = report["models"][:1]
    assert "first seed" not in Page(render(report)).text


def test_links_to_absent_parts_are_absent(report: dict) -> None:
    report["comparisons"] = []
    targets = {a["href"] for a in Page(render(report)).all("a")}
    assert not {"#comparison", "#training", "#errors"} & targets


def test_figures_stand_in_their_sections(report: dict, figures: list[ReportFigure]) -> None:
    html = render(report, figures)
    for number, section in ((1, "results"), (2, "data"), (3, "training"), (4, "errors")):
        part = re.search(rf'<section id="{section}".*?</section>', html, re.S).group(0)
        assert f'id="figure-{number}"' in part
    assert "How many there are." in html


def test_the_numbers_are_there(page: Page, report: dict) -> None:
    best = report["models"][1]
    for expected in (
        f"{100 * best['accuracy']:.1f} %",
        f"{100 * best['interval'][0]:.1f} to {100 * best['interval'][1]:.1f} %",
        "393,586",
        "41.2 million",
        "4 min 41 s",
        "8 min 32 s on all cores",
        "1,000 of them set aside for validation",
        "2.50 ms",
        "10,000 training images",
        "5 January 2026, 14:03 UTC",
        report["command"],
        report["data"]["checksum"],
        "invented, 2 cores",
        "125.3 ± 62.9",
        "12 test images nearly equal",
        "brightness: dark",
    ):
        assert expected in page.text


@pytest.mark.parametrize("kind", ["cifar10", "cifar10-jpeg", "image-folder"])
def test_real_data_carry_no_warning(report: dict, kind: str) -> None:
    report["data"] |= {"kind": kind}
    text = Page(render(report)).text
    assert BANNER not in text
    assert "drawn" not in text
    assert ("saved as JPEG" in text) == (kind == "cifar10-jpeg")


def test_drawn_data_are_never_called_cifar10(report: dict) -> None:
    report["data"] |= {"kind": "synthetic", "name": "synthetic stand-in", "origin": "drawn"}
    text = Page(render(report)).text
    assert text.count(BANNER) == 1
    assert text.index(BANNER) < text.index("names ")
    assert "Report of a run on the synthetic stand-in" in text
    rest = text.replace(BANNER, "").replace("Give the run a copy of CIFAR-10", "")
    assert "CIFAR-10" not in rest


def test_hostile_text_stays_text(report: dict) -> None:
    model = report["models"][0]
    model["per_class"][0]["name"] = HOSTILE
    model["top_confusions"][0] |= {"true": HOSTILE, "predicted": HOSTILE}
    model["slices"][2]["name"] = HOSTILE
    model["files"] = {HOSTILE: "javascript:alert(1)"}
    report["models"][1]["model"] = HOSTILE
    report["explore"]["class_counts"] = {HOSTILE: 1}
    report["hardware"] = {HOSTILE: HOSTILE}
    report["data"]["origin"] = report["command"] = report["comparisons"][0]["a"] = HOSTILE
    png = plots.to_png(plots.panels()[0])
    figure = ReportFigure(HOSTILE, png, caption=HOSTILE, alt=HOSTILE)
    page = Page(render(report, [figure]))
    assert page.all("script") == page.all("b") == []
    assert page.all("img")[0]["alt"] == HOSTILE
    assert "./javascript%3Aalert%281%29" in {a["href"] for a in page.all("a")}
    assert page.text.count("alert(1)</script>") > 8


def test_both_spellings_of_a_class_row_are_read(report: dict) -> None:
    rows = report["models"][0]["per_class"]
    rows[0] = {"class": "zeppelin", **{key: value for key, value in rows[0].items() if key != "name"}}
    assert "zeppelin" in Page(render(report)).text


def test_the_report_given_is_not_changed(report: dict) -> None:
    before = copy.deepcopy(report)
    render(report)
    assert report == before


def test_optional_parts_may_be_missing(report: dict) -> None:
    for name in ("hardware", "versions", "explore", "comparisons", "validation_size", "error_browsers"):
        del report[name]
    for model in report["models"]:
        for name in ("accuracy_per_seed", "ece_calibrated", "temperature", "nll", "brier", "train_cpu_seconds"):
            del model[name]
        del model["per_class"], model["top_confusions"], model["slices"], model["files"]
    text = Page(render(report)).text
    assert "None" not in text
    assert "Hardware" not in text


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda r: r.update(schema=2), "schema 2"),
        (lambda r: r.pop("schema"), "schema None"),
        (lambda r: r.pop("command"), "report lacks command"),
        (lambda r: r["data"].pop("kind"), "data lacks kind"),
        (lambda r: r.update(models=[]), "no model"),
        (lambda r: r["models"][1].pop("interval"), "'fastnet' in the report lacks interval"),
        (lambda r: r["models"][0].update(ece=None), "'baseline' in the report lacks ece"),
    ],
)
def test_an_incomplete_report_is_refused(report: dict, damage, message: str) -> None:
    damage(report)
    with pytest.raises(CifarTeachError, match=message):
        render(report)


def test_the_headline_names_the_best_network(report: dict) -> None:
    best = report["models"][1]
    assert headline(report["models"]).startswith(f"The best of 2 networks, fastnet, names {100 * best['accuracy']:.1f}")
    assert headline([best]).startswith("fastnet names ")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "fastnet is better than baseline by 23.0 points (95 % interval 20.0 to 26.0 points)"),
        (
            {"a": "x", "b": "y", "difference": -0.1, "low": -0.12, "high": -0.08, "only_a": 3, "only_b": 9},
            "y is better than x by 10.0 points (95 % interval 8.0 to 12.0 points)",
        ),
        (
            {"difference": 0.004, "low": -0.006, "high": 0.014, "p_value": 0.42},
            "The difference of 0.4 points between fastnet and baseline is within what chance explains "
            "(95 % interval −0.6 to 1.4 points; p = 0.42)",
        ),
        ({"difference": 0.01, "low": 0.001, "high": 0.02, "p_value": 0.06}, "call it undecided"),
        ({"difference": 0.0, "low": -0.01, "high": 0.01, "p_value": 1.0}, "neither is shown to be better"),
    ],
)
def test_comparisons_in_words(changes: dict, words: str) -> None:
    assert words in comparison_in_words(comparison(**changes))


def test_a_comparison_counts_for_the_right_network() -> None:
    turned = comparison(a="x", b="y", difference=-0.1, low=-0.12, high=-0.08, only_a=3, only_b=9)
    assert "right on 12 images: y on 9 of them, x on 3." in comparison_in_words(turned)


@pytest.mark.parametrize(
    ("temperature", "after", "words"),
    [
        (1.43, 0.02, "too sure of itself: dividing the logits by a temperature of 1.43"),
        (0.8, 0.02, "less sure than it could be"),
        (1.1, 0.09, "does not improve this (9.0 points)"),
    ],
)
def test_calibration_in_words(temperature: float, after: float, words: str) -> None:
    assert words in calibration_in_words({"ece": 0.08, "ece_calibrated": after, "temperature": temperature})


def test_one_seed_is_not_a_spread(report: dict) -> None:
    assert "One seed only" in seeds_in_words(report["models"][0])
    assert "Trained 3 times" in seeds_in_words(report["models"][1])


@pytest.mark.parametrize(("count", "words"), [(1, "1 image, 14.3"), (1430, "1,430 images, 14.3")])
def test_confusions_in_words(count: int, words: str) -> None:
    confusion = {"true": "cat", "predicted": "dog", "count": count, "share": 0.143}
    assert words in confusion_in_words(confusion)


def advice(report: dict) -> list[str]:
    return [heading for heading, _ in next_steps(complete(report))]


def test_advice_follows_from_the_results(report: dict) -> None:
    given = advice(report)
    assert given[0] == "Train with the full recipe"
    assert any(heading.startswith("Look at ") for heading in given)
    assert "Help with “brightness: dark”" in given
    assert given[-1] == "Change one thing"
    assert "Use the real images" not in given
    assert "Repeat with other seeds" not in given


def test_advice_that_does_not_apply_is_not_given(report: dict) -> None:
    report["profile"] = "full"
    report["models"] = [report["models"][1] | {"top_confusions": [], "slices": [], "ece": 0.02}]
    assert advice(report) == ["Change one thing"]


def test_advice_for_drawn_data_starts_with_real_images(report: dict) -> None:
    report["data"]["kind"] = "synthetic"
    report["models"] = report["models"][:1]
    assert advice(report)[0] == "Use the real images"
    assert "Repeat with other seeds" in advice(report)


def test_the_weakest_group_is_one_that_can_be_helped(report: dict) -> None:
    assert weakest_slice(report["models"][0])["name"] == "brightness: dark"
    assert weakest_slice({"slices": []}) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(9.26, "9.3 s"), (89.9, "89.9 s"), (281.4, "4 min 41 s"), (3599.7, "60 min 00 s"), (7500, "2 h 05 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(393_586, "393,586"), (41_200_000, "41.2 million")])
def test_large_numbers(number: int, text: str) -> None:
    assert large(number) == text


@pytest.mark.parametrize(("iso", "text"), [("2026-01-05T14:03:11", "5 January 2026, 14:03"), ("some day", "some day")])
def test_moments(iso: str, text: str) -> None:
    assert moment(iso) == text


@pytest.mark.parametrize(
    ("name", "link"),
    [("models/a b.keras", "./models/a%20b.keras"), ("/etc/x", "./etc/x"), ("https://h/x", "./https%3A//h/x")],
)
def test_links_to_files_stay_beside_the_report(name: str, link: str) -> None:
    assert beside(name) == link


def test_a_figure_is_drawn_in_both_themes() -> None:
    figure = in_both_themes("Counts", lambda: plots.class_distribution({"a": 1, "b": 2}))
    corner = [Image.open(io.BytesIO(figure.png(dark))).convert("L").getpixel((0, 0)) for dark in (False, True)]
    assert corner[0] == 255
    assert corner[1] < 60
    assert figure.description.startswith("Bar chart")


def test_a_figure_in_one_theme_stands_on_white_in_the_dark(report: dict) -> None:
    figure = ReportFigure("Rates", plots.learning_rate_schedule([0.1, 0.2]))
    assert figure.png(dark=True) == figure.png()
    page = Page(render(report, [figure]))
    assert "frame paper" in {div.get("class") for div in page.all("div")}
    assert len(page.all("img")) == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"section": "attic"}, f"no section 'attic'.*{', '.join(SECTIONS)}"),
        ({"image": b"GIF89a"}, "not a PNG"),
        ({"dark_image": b""}, "not a PNG"),
        ({"alt": " "}, "needs alt="),
    ],
)
def test_figures_that_cannot_stand_in_a_report(values: dict, message: str) -> None:
    good = {"title": "T", "image": plots.to_png(plots.panels()[0]), "alt": "Nothing yet."}
    ReportFigure(**good)
    with pytest.raises(CifarTeachError, match=message):
        ReportFigure(**{**good, **values})


def contrast(a: str, b: str) -> float:
    def luminance(color: str) -> float:
        rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        return float(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("block", [0, 1], ids=["light", "dark"])
def test_colours_meet_level_aa(report: dict, block: int) -> None:
    css = re.search(r"<style>(.*)</style>", render(report), re.S).group(1)
    roots = [root for root in re.findall(r":root \{(.*?)\}", css, re.S) if "--ink" in root]
    colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", roots[block]))
    for ground in ("page", "card"):
        assert min(contrast(colors[name], colors[ground]) for name in ("ink", "soft", "accent")) >= 4.5
        assert contrast(colors["focus"], colors[ground]) >= 3
    assert contrast(colors["warn"], colors["warn-back"]) >= 4.5
