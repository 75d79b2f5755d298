"""The dashboard in a real browser: its numbers, filters, keyboard, phone and colours, and what it must never show."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("sqlalchemy")
pytest.importorskip("plotly")

from benchmarks.dashboard import invent_database
from cifar_teach import cli, evaluate
from cifar_teach.data import Dataset, LabelledImages, load_cifar10
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.tracking import queries
from cifar_teach.tracking.dashboard import PAGE, write_dashboard
from cifar_teach.tracking.dashboard_data import read_findings
from cifar_teach.tracking.dashboard_pictures import chosen_indices
from cifar_teach.tracking.store import ExperimentStore
from tests.book.chromium import Chromium, Opener, Page
from tests.book.conftest import browser, open_page

__all__ = ["browser", "open_page"]  # fixtures that this file shares with the tests of the book

RUNS = 50
PER_RUN = 1
TEST_IMAGES = 400
CHARTS = ("chart-cost", "chart-loss", "chart-accuracy", "chart-classes", "chart-calibration")
NUMBER = re.compile(r"\d+\.\d+")
HOSTILE = '</script><img src=x onerror="document.title=1">'
FILTERED = "document.documentElement.dataset.ready === location.hash"


@pytest.fixture(scope="module")
def drawn() -> Dataset:
    return load_cifar10(100, test_size=TEST_IMAGES, source="synthetic", quiet=True)


@pytest.fixture(scope="module")
def database(drawn: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "experiments.db"
    invent_database(str(path), drawn, runs=RUNS, per_run=PER_RUN, epochs=4)
    return path


@pytest.fixture(scope="module")
def file(database: Path) -> Path:
    write_dashboard(database.with_name("dashboard.html"), str(database))
    return database.with_name("dashboard.html")


@pytest.fixture(scope="module")
def models(database: Path) -> list[queries.Row]:
    with ExperimentStore(str(database)) as store:
        return queries.models(store)


@pytest.fixture(scope="module")
def opened(file: Path, browser: Chromium) -> Iterator[Page]:
    page = browser.new_page()
    page.open(file)
    page.wait("document.querySelector('#chart-cost .main-svg') !== null")
    yield page
    page.close()


@pytest.fixture
def page(opened: Page) -> Page:
    """The page as it is when it is opened: what a test has chosen is in the address and nowhere else."""
    opened.evaluate("location.hash = '#all'")
    opened.wait(FILTERED)
    return opened


def percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def best_of(models: list[queries.Row]) -> queries.Row:
    return max(models, key=lambda model: model["accuracy"])


def pictures_in(file: Path) -> dict[str, str]:
    """Return the pictures that a page holds, by test set and position."""
    return json.loads(re.search(r'id="data">(.*?)</script>', file.read_text(encoding="utf-8"), re.DOTALL)[1])["images"]


def cards(page: Page) -> dict[str, str]:
    """Return what the key figures say, by their titles: value and note."""
    return dict(
        page.evaluate(
            "[...document.querySelectorAll('#cards > div')].map(card => [card.querySelector('dt').textContent,"
            " [...card.querySelectorAll('dd')].map(each => each.textContent).join(' | ')])"
        )
    )


def set_value(page: Page, field: str, value: str) -> None:
    """Fill in a field as a reader does, and wait until the page has followed."""
    page.evaluate(
        f"(() => {{ const field = document.getElementById({json.dumps(field)}); field.value = {json.dumps(value)};"
        " field.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )
    page.wait(FILTERED)


def show_all_charts(page: Page) -> None:
    """Scroll through the page until each chart has been drawn."""
    for chart in CHARTS:
        page.evaluate(f"document.getElementById('{chart}').scrollIntoView({{behavior: 'instant'}})")
        page.wait(f"document.querySelector('#{chart} .main-svg') !== null")


# What it says


def test_the_numbers_are_those_of_the_store(database: Path, models: list[queries.Row]) -> None:
    findings = read_findings(str(database))
    assert len(findings.models) == RUNS * PER_RUN and findings.unfinished == 0
    with ExperimentStore(str(database)) as store:
        for shown in findings.models[:3]:
            key = int(shown["id"])
            (row,) = [model for model in models if model["model_id"] == key]
            assert (shown["accuracy"], shown["low"], shown["high"]) == (
                row["accuracy"], row["accuracy_low"], row["accuracy_high"],
            )  # fmt: skip
            cells = [cell["images"] for cell in queries.confusion_matrix(store, [key])]
            assert np.ravel(shown["confusion"]).tolist() == cells
            scores = queries.class_metrics(store, [key])
            np.testing.assert_allclose(shown["f1"], [score["f1"] for score in scores], atol=1e-4)
            right = np.unpackbits(np.frombuffer(base64.b64decode(shown["right"]), np.uint8))[:TEST_IMAGES]
            assert right.tolist() == queries.confidences(store, key)["correct"].astype(int).tolist()


def test_calibration_is_that_of_the_full_probabilities(drawn: Dataset, tmp_path: Path) -> None:
    labels, rng = drawn.test.labels, np.random.default_rng(3)
    probabilities = rng.dirichlet(np.full(10, 0.4), len(labels)).astype(np.float32)
    path = tmp_path / "one.db"
    _enter_one(path, drawn, probabilities)
    (model,) = read_findings(str(path)).models
    expected = evaluate.reliability_bins(labels, probabilities, 15)
    assert model["reliability"]["count"] == expected.count.tolist()
    np.testing.assert_allclose(np.array(model["reliability"]["accuracy"], float), expected.accuracy, atol=1e-5)
    assert math.isclose(
        model["reliability"]["ece"], evaluate.expected_calibration_error(labels, probabilities), abs_tol=1e-4
    )
    assert model["calibrated"] is None


def test_fifty_runs_open_offline_from_one_small_file(
    file: Path, page: Page, models: list[queries.Row], drawn: Dataset
) -> None:
    assert file.stat().st_size < 15e6
    show_all_charts(page)
    assert [address for address in page.requests if not address.startswith("data:")] == [file.resolve().as_uri()]
    assert page.complaints == []
    best, found = best_of(models), cards(page)
    accuracy = found["Best accuracy on drawn pictures"]
    assert accuracy.startswith(percent(best["accuracy"])) and f"run {best['run_id']}" in accuracy
    low, high = evaluate.wilson_interval(round(best["accuracy"] * TEST_IMAGES), TEST_IMAGES)
    assert f"{100 * low:.1f} to {percent(high)}" in accuracy
    assert found["Runs"].startswith(f"{RUNS} |") and f"{RUNS * PER_RUN} trained models: 4 kinds" in found["Runs"]
    assert "Not CIFAR-10" in found["Data"] and drawn.provenance.checksum[:8] in found["Data"]
    assert page.evaluate("document.getElementById('banner').checkVisibility()")


def test_every_chart_says_what_it_shows_and_has_a_table(page: Page) -> None:
    labels = page.evaluate(f"{json.dumps(CHARTS)}.map(id => document.getElementById(id).getAttribute('aria-label'))")
    assert all(len(label) > 60 and "undefined" not in label and "NaN" not in label for label in labels)
    rows = page.evaluate(
        "['kinds', 'list', 'epochs', 'classes', 'calibration'].map(id =>"
        " document.getElementById(`${id}-body`).rows.length)"
    )
    assert rows[:4] == [4, RUNS * PER_RUN, 4, 10] and rows[4] > 3
    text = page.evaluate("document.body.innerText")
    assert not re.search(r"undefined|NaN|null|Infinity", text)


# Filters, all linked


def test_filters_change_every_number(page: Page, models: list[queries.Row]) -> None:
    page.click("#models input[value='fastnet']")
    page.wait(FILTERED)
    rest = [model for model in models if model["model_name"] != "fastnet"]
    best = best_of(rest)
    assert cards(page)["Best accuracy on drawn pictures"].startswith(percent(best["accuracy"]))
    assert page.evaluate("document.getElementById('list-body').rows.length") == len(rest)
    assert f"{len(rest)} of {len(models)} trained models" in page.text("#count")
    assert f"{best['model_name']}, run {best['run_id']}" in page.text("#detail-title")

    set_value(page, "from", "2026-01-10")
    set_value(page, "to", "2026-01-15")
    days = [model for model in rest if "2026-01-10" <= f"{model['started_utc']:%Y-%m-%d}" <= "2026-01-15"]
    assert 0 < len(days) < len(rest) and cards(page)["Runs"].startswith(f"{len({row['run_id'] for row in days})} |")
    seconds = sum(model["train_seconds"] for model in days)
    assert cards(page)["Training time"].startswith(f"{round(seconds) // 60}\N{NO-BREAK SPACE}min")

    page.click("#reset")
    page.wait(FILTERED)
    assert cards(page)["Runs"].startswith(f"{RUNS} |")
    set_value(page, "run", "7")
    (only,) = [model for model in models if model["run_id"] == 7]
    assert cards(page)["Best accuracy on drawn pictures"].startswith(percent(only["accuracy"]))

    set_value(page, "to", "2026-01-05")
    assert page.evaluate("document.getElementById('nothing').checkVisibility()")
    assert not page.evaluate("document.getElementById('detail').checkVisibility()")
    assert page.complaints == []


def test_a_model_that_is_not_counted_is_gone_from_everywhere(page: Page, models: list[queries.Row]) -> None:
    best = best_of(models)
    page.click(f"#list-body input[aria-label='Count {best['model_name']}, run {best['run_id']}']")
    page.wait(FILTERED)
    second = best_of([model for model in models if model is not best])
    assert cards(page)["Best accuracy on drawn pictures"].startswith(percent(second["accuracy"]))
    assert f"run {second['run_id']}" in page.text("#detail-title")
    options = page.evaluate("[...document.getElementById('show').options].map(option => option.value)")
    assert str(best["model_id"]) not in options


def test_a_mark_in_the_chart_opens_its_model(page: Page) -> None:
    page.wait("document.querySelector('#chart-cost .points path') !== null")
    place = page.middle_of("#chart-cost .scatterlayer .trace:last-child .points path")
    page.send("Input.dispatchMouseEvent", type="mouseMoved", **place)
    page.wait("document.querySelector('#chart-cost .hoverlayer').textContent.includes('baseline')")
    for kind in ("mousePressed", "mouseReleased"):
        page.send("Input.dispatchMouseEvent", type=kind, **place, button="left", clickCount=1)
    page.wait("location.hash.startsWith('#show=')")
    chosen = page.evaluate("location.hash.slice(6)")
    page.wait(FILTERED)
    assert page.evaluate("document.getElementById('show').value") == chosen
    page.wait("document.querySelector('#list-body tr[aria-current]') !== null")


def test_the_address_holds_the_view_and_back_undoes(file: Path, open_page: Opener, models: list[queries.Row]) -> None:
    fast = [model for model in models if model["model_name"] == "fastnet"]
    page = open_page(f"{file.resolve().as_uri()}#models=fastnet&show={fast[0]['model_id']}&true=3&predicted=5")
    page.wait("document.documentElement.dataset.ready")
    assert cards(page)["Runs"].startswith(f"{len(fast)} |")
    assert page.text("#detail-title").endswith(f"run {fast[0]['run_id']}")
    assert page.text("#gallery-title") == "True cat, predicted dog"
    set_value(page, "cost", "parameters")
    page.evaluate("history.back()")
    page.wait("document.getElementById('cost').value === 'cpu_seconds'")
    assert cards(page)["Runs"].startswith(f"{len(fast)} |")


# Two models, and the mistakes of one


def test_two_models_are_compared_as_in_python(page: Page, database: Path, models: list[queries.Row]) -> None:
    a = best_of(models)
    b = next(model for model in models if model["model_name"] == "tinynet:frozen")
    set_value(page, "beside", str(b["model_id"]))
    with ExperimentStore(str(database)) as store:
        right = [queries.confidences(store, model["model_id"])["correct"] for model in (a, b)]
    expected, difference = evaluate.mcnemar(*right), evaluate.paired_bootstrap(*right)
    said = page.text("#verdict")
    assert f"right on {expected.only_a + expected.only_b} images" in said
    assert f"run {a['run_id']} on {expected.only_a} of them" in said
    by, _, low, high = (float(number) for number in NUMBER.findall(said.replace(f"95{chr(160)}%", "0.95"))[:4])
    assert math.isclose(by, 100 * difference.difference, abs_tol=0.051)
    assert math.isclose(low, 100 * difference.low, abs_tol=0.6) and math.isclose(
        high, 100 * difference.high, abs_tol=0.6
    )
    assert ("is better than" in said) == (low > 0 and expected.p_value < 0.05)


def test_its_statistics_are_those_of_the_package(open_page: Opener, tmp_path: Path) -> None:
    blank = tmp_path / "blank.html"
    blank.write_text(f"<!doctype html><title>x</title><script>{(PAGE / 'statistics.js').read_text()}</script>")
    page = open_page(blank)
    pairs = [(0, 0), (1, 0), (3, 9), (12, 12), (20, 4), (13, 12), (40, 61), (300, 190), (5, 600)]
    for only_a, only_b in pairs:
        n = only_a + only_b + 50
        a = np.repeat([True, False, True], [only_a, only_b, 50])
        b = np.repeat([False, True, True], [only_a, only_b, 50])
        p, low, high = page.evaluate(f"[mcnemar({only_a}, {only_b}), ...pairedInterval({only_a}, {only_b}, {n})]")
        assert math.isclose(p, evaluate.mcnemar(a, b).p_value, rel_tol=1e-5, abs_tol=1e-12)
        exact = evaluate.paired_bootstrap(a, b)
        if only_a + only_b > 100:  # below, the bootstrap is the coarser of the two
            assert abs(low - exact.low) < 0.006 and abs(high - exact.high) < 0.006
        assert low < exact.difference < high
        wilson = page.evaluate(f"wilson({only_a}, {n})")
        np.testing.assert_allclose(wilson, evaluate.wilson_interval(only_a, n), atol=1e-12)


def test_a_click_in_the_matrix_shows_its_images(page: Page, models: list[queries.Row], database: Path) -> None:
    best = best_of(models)
    with ExperimentStore(str(database)) as store:
        cells = queries.confusion_matrix(store, [best["model_id"]])
        wrong = [cell for cell in cells if cell["true_label"] != cell["predicted_label"]]
        cell = sorted(wrong, key=lambda each: each["images"])[-3]
        found = [
            row
            for row in queries.mistakes(store, best["model_id"])
            if (row["label"], row["predicted"]) == (cell["true_label"], cell["predicted_label"])
        ]
    page.click(f"[data-cell='cell-{cell['true_label']}-{cell['predicted_label']}']")
    page.wait(FILTERED)
    assert page.text("#gallery-title") == f"True {cell['true_class']}, predicted {cell['predicted_class']}"
    assert page.text("#gallery-text").startswith(f"{cell['images']} image")
    shown = page.evaluate("[...document.querySelectorAll('#gallery img')].map(i => [i.alt, i.naturalWidth, i.src])")
    assert len(shown) == min(12, cell["images"]) == min(12, len(found))
    assert [f"Test image {row['image_index']}:" in alt for row, (alt, _, _) in zip(found, shown)] == [True] * len(shown)
    assert {width for _, width, _ in shown} == {32}


def test_the_pictures_are_the_test_images(file: Path, drawn: Dataset, database: Path) -> None:
    pictures = pictures_in(file)
    assert len(pictures) > 50
    for name, address in list(pictures.items())[:20]:
        index = int(name.rpartition(":")[2])
        picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
        np.testing.assert_array_equal(np.asarray(picture), drawn.test.images[index])


def test_few_pictures_go_to_every_cell_first(database: Path) -> None:
    findings = read_findings(str(database))
    (chosen,) = chosen_indices(findings, most=60).values()
    assert len(chosen) == len(set(chosen)) == 60
    best = max(findings.models, key=lambda model: model["accuracy"])
    firsts = {cell[0][0] for cell in best["errors"].values()}
    assert len(firsts & set(chosen)) == min(60, len(firsts))


# For everyone


def test_it_can_be_used_by_keyboard_alone(page: Page, models: list[queries.Row]) -> None:
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.click("h1")  # from here, the first thing to reach is the link that skips
    page.press("Tab", shift=True)
    assert page.evaluate("document.activeElement.id") == "skip"
    for _ in range(3):
        page.press("Tab")
    name = page.evaluate("document.activeElement.value")
    assert page.evaluate("document.activeElement.closest('#models') !== null")
    page.press(" ")
    page.wait(FILTERED)
    assert f"{sum(model['model_name'] != name for model in models)} of" in page.text("#count")
    assert page.evaluate("document.activeElement.value") == name  # still there
    page.press(" ")
    page.wait(FILTERED)

    page.press("Tab", shift=True)
    page.press("Tab", shift=True)
    page.press("Tab", shift=True)
    page.press("Enter")
    assert page.evaluate("document.activeElement.id") == "detail"
    for _ in range(40):
        page.press("Tab")
        if page.evaluate("(document.activeElement.dataset.cell || '').startsWith('cell-')"):
            break
    before = page.evaluate("document.activeElement.dataset.cell")
    page.press("Home")
    page.press("ArrowDown")
    row = min(int(before.split("-")[1]) + 1, 9)
    assert page.evaluate("document.activeElement.dataset.cell") == f"cell-{row}-0"
    page.press("Enter")
    page.wait(FILTERED)
    assert page.evaluate("document.activeElement.dataset.cell") == f"cell-{row}-0"
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    assert page.text("#gallery-title").lower().startswith(("true", "airplane"))
    assert page.evaluate("document.querySelectorAll('#heat-body [tabindex=\"0\"]').length") == 1


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_serious(file: Path, mode: str, open_page: Opener, models: list[queries.Row]) -> None:
    axe = Path(pytest.importorskip("axe_playwright_python").__file__).parent / "axe.min.js"
    page = open_page(f"{file.resolve().as_uri()}#beside={models[0]['model_id']}", dark=mode == "dark")
    page.wait("document.documentElement.dataset.ready")
    assert page.evaluate("document.documentElement.dataset.theme") == mode
    show_all_charts(page)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    page.evaluate(axe.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations'], preload: false}).then(all => all.violations)")
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert [(each["id"], [node["html"][:150] for node in each["nodes"][:3]]) for each in serious] == []


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_sticks_out_on_a_phone(file: Path, width: int, open_page: Opener) -> None:
    page = open_page(file, width=width, height=800, touch=True)
    page.wait("document.documentElement.dataset.ready")
    show_all_charts(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        "[...document.querySelectorAll('select, input, button, .chart, .panel, .cards > div')]"
        ".filter(each => !each.closest('.scroll, .heat-frame') && each.checkVisibility()"
        " && each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML.slice(0, 80))"
    )
    assert outside == []


def test_colours_follow_the_reader_the_page_around_it_and_the_system(file: Path, open_page: Opener) -> None:
    page = open_page(file)
    page.wait("document.querySelector('#chart-cost .main-svg') !== null")
    ink = "getComputedStyle(document.querySelector('#chart-cost .ytitle')).fill"
    light = page.evaluate(ink)
    page.evaluate("window.postMessage({theme: 'dark'}, '*')")
    page.wait("document.documentElement.dataset.theme === 'dark'")
    assert page.evaluate(ink) != light
    page.evaluate("window.postMessage({theme: 'url(javascript:1)'}, '*')")
    theme = "(() => { const field = document.getElementById('theme'); field.value = 'light';"
    page.evaluate(theme + " field.dispatchEvent(new Event('change')); })()")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.evaluate(ink) == light


# Data that is not to be mixed up, and pictures that are not to be passed on


def _enter_one(
    path: Path, data: Dataset, probabilities: np.ndarray, *, name: str = "fastnet", finish: bool = True
) -> None:
    with ExperimentStore(str(path)) as store:
        run = store.start_run(
            f"{name}-{data.provenance.checksum}", name=f"run of {name}", seed=1, data=data.provenance,
            class_names=data.class_names, test_labels=data.test.labels, train_images=90, validation_images=10,
            hardware={}, versions={},
        )  # fmt: skip
        model = store.start_model(run, name, 1)
        store.log_epoch(model, {"epoch": 1, "loss": 2.0, "accuracy": 0.2})
        store.log_predictions(model, probabilities)
        if finish:
            store.finish_model(model, parameters=1_000)
            store.finish_run(run)


def _flat(data: Dataset) -> np.ndarray:
    """Return probabilities that are right on two of three images and take the others for the next class."""
    labels, classes = data.test.labels, len(data.class_names)
    said = np.where(np.arange(len(labels)) % 3 < 2, labels, (labels + 1) % classes)
    return (0.5 * np.eye(classes)[said] + 0.5 / classes).astype(np.float32)


@pytest.fixture
def photographs(tmp_path: Path) -> tuple[Path, Dataset]:
    """A data set that is not drawn, as far as its provenance goes, in a file."""
    rng = np.random.default_rng(5)
    arrays = {}
    for part, n in (("train", 60), ("test", 40)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
        arrays[f"y_{part}"] = np.arange(n) % 10
    path = tmp_path / "photographs.npz"
    np.savez(path, **arrays)
    return path, load_cifar10(50, test_size=30, source=path, cache=False, quiet=True)


def test_drawn_and_real_data_are_never_in_one_view(
    drawn: Dataset, photographs: tuple[Path, Dataset], tmp_path: Path, open_page: Opener
) -> None:
    _, real = photographs
    database, file = tmp_path / "both.db", tmp_path / "both.html"
    _enter_one(database, real, _flat(real), name="photo-net")
    _enter_one(database, drawn, _flat(drawn), name="drawing-net")
    write_dashboard(file, str(database))
    page = open_page(file)
    page.wait("document.documentElement.dataset.ready")
    assert "drawing-net" in page.evaluate("document.body.innerText")
    assert "photo-net" not in page.evaluate("document.body.innerText")
    assert page.evaluate("document.getElementById('cost').value") == "parameters", "the first cost that is recorded"
    other = page.evaluate("document.getElementById('dataset').options[1].value")
    set_value(page, "dataset", other)
    assert not page.evaluate("document.getElementById('banner').checkVisibility()")
    text = page.evaluate("document.body.innerText")
    assert "photo-net" in text and "drawing-net" not in text and "Best accuracy on drawn" not in text
    assert page.complaints == []


def test_real_pictures_come_only_when_asked_for(
    drawn: Dataset, photographs: tuple[Path, Dataset], tmp_path: Path
) -> None:
    source, real = photographs
    database, file = tmp_path / "real.db", tmp_path / "real.html"
    _enter_one(database, real, _flat(real))
    write_dashboard(file, str(database))
    assert pictures_in(file) == {}
    write_dashboard(file, str(database), images=source)
    pictures = pictures_in(file)
    assert len(pictures) == 10  # every third of 30 is wrong
    for name, address in pictures.items():
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))
        np.testing.assert_array_equal(picture, real.test.images[int(name.rpartition(":")[2])])
    write_dashboard(file, str(database), images=source, with_pictures=False)
    assert pictures_in(file) == {}
    other = tmp_path / "other.npz"
    np.savez(
        other, x_train=real.train.images, y_train=real.train.labels, x_test=real.test.images, y_test=real.test.labels
    )
    _enter_one(database, drawn, _flat(drawn), name="drawing-net")  # whose pictures are at hand in any case
    with pytest.raises(CifarTeachError, match="are not those that these models were tested on"):
        write_dashboard(file, str(database), images=other)


def test_names_are_text_and_never_run(drawn: Dataset, tmp_path: Path, open_page: Opener) -> None:
    names = tuple(f"{name} <b>&{HOSTILE}" if name in ("cat", "dog") else name for name in drawn.class_names)
    odd = replace(drawn.provenance, name=HOSTILE, kind="image-folder", checksum="0" * 64)
    data = Dataset(drawn.train, LabelledImages(*drawn.test), names, odd)
    database, file = tmp_path / "odd.db", tmp_path / "odd.html"
    _enter_one(database, data, _flat(data), name=f"net {HOSTILE}")
    write_dashboard(file, str(database), title=f"My {HOSTILE}")
    page = open_page(file)
    page.wait("document.documentElement.dataset.ready")
    show_all_charts(page)
    assert page.text("h1") == f"My {HOSTILE}" == page.evaluate("document.title")
    assert HOSTILE in page.text("#detail-title") and HOSTILE in page.text("#heat-body")
    assert page.complaints == []
    assert page.evaluate("document.querySelectorAll('img[onerror]').length") == 0


# Errors, and the command


def test_what_cannot_be_shown_is_explained(drawn: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    with pytest.raises(CifarTeachError, match="There is no database"):
        write_dashboard(out, str(tmp_path / "missing.db"))
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to look like a file that someone named wrongly" * 9)
    with pytest.raises(CifarTeachError, match="cannot be used"):
        write_dashboard(out, str(text))
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE addresses (name TEXT)")
    with pytest.raises(CifarTeachError, match="holds no experiments"):
        write_dashboard(out, str(foreign))
    with sqlite3.connect(foreign) as connection:  # and it was left as it is
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("addresses",)]
    empty = tmp_path / "empty.db"
    ExperimentStore(str(empty)).close()
    with pytest.raises(CifarTeachError, match="holds no runs yet"):
        write_dashboard(out, str(empty))
    begun = tmp_path / "begun.db"
    _enter_one(begun, drawn, _flat(drawn), finish=False)
    with pytest.raises(CifarTeachError, match=r"No model .* is finished \(1 begun\)"):
        write_dashboard(out, str(begun))
    assert not out.exists()


def test_an_older_database_is_brought_up_to_date_and_a_newer_one_refused(drawn: Dataset, tmp_path: Path) -> None:
    path, out = tmp_path / "old.db", tmp_path / "page.html"
    _enter_one(path, drawn, _flat(drawn))
    with sqlite3.connect(path) as connection:
        connection.execute('ALTER TABLE "Test_Images" DROP COLUMN png')
        connection.execute('UPDATE "Schema_Version" SET version = 1')
    assert len(write_dashboard(out, str(path)).models) == 1
    with sqlite3.connect(path) as connection:
        connection.execute('UPDATE "Schema_Version" SET version = 99 WHERE version > 1')
    with pytest.raises(CifarTeachError, match="has version 99"):
        write_dashboard(out, str(path))


def test_the_command_writes_the_page_and_says_what_it_is(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "page.html"
    assert cli.main(["dashboard", "--db", str(database), "--out", str(out), "--no-images", "--title", "Ours"]) == 0
    said = capsys.readouterr().out
    assert f"{RUNS * PER_RUN} trained models of {RUNS} runs" in said and "not CIFAR-10 numbers" in said
    page = out.read_text(encoding="utf-8")
    assert "<title>Ours</title>" in page and pictures_in(out) == {}
    assert cli.main(["dashboard", "--db", str(tmp_path / "none.db"), "--out", str(out)]) == 2
    assert "There is no database" in capsys.readouterr().err
