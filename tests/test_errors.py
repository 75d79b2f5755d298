from __future__ import annotations

import base64
import colorsys
import io
import os
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cifar_teach import errors
from cifar_teach.config import CLASS_NAMES
from cifar_teach.evaluate import confusion_matrix, evaluate, wilson_interval
from cifar_teach.exceptions import CifarTeachError, DataError


def softmax_rows(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """300 random images, labels, and probabilities that are right about two times in three."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 300)
    logits = rng.normal(size=(300, 10))
    logits[np.arange(300), labels] += 2
    return rng.integers(0, 256, (300, 32, 32, 3), dtype=np.uint8), labels, softmax_rows(logits)


# ---- ranking


def test_hardest_images_worked_example():
    probabilities = [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6], [0.01, 0.99]]
    assert errors.hardest_images([1, 1, 0, 1, 1], probabilities).tolist() == [0, 2, 1]
    assert errors.hardest_images([1, 1, 0, 1, 1], probabilities, count=2).tolist() == [0, 2]
    assert errors.hardest_images([0, 0, 1, 1, 1], probabilities).tolist() == []


def test_of_equally_confident_mistakes_the_more_hopeless_comes_first():
    probabilities = [[0.6, 0.3, 0.1], [0.6, 0.1, 0.3]]
    assert errors.hardest_images([1, 1], probabilities).tolist() == [1, 0]


def test_hardest_images_are_all_wrong_and_sorted(answers):
    _, labels, probabilities = answers
    found = errors.hardest_images(labels, probabilities, count=1000)
    wrong = probabilities.argmax(axis=1) != labels
    assert sorted(found) == np.flatnonzero(wrong).tolist()
    assert (np.diff(probabilities.max(axis=1)[found]) <= 0).all()


def test_top_confusions_worked_example():
    confusion = np.array([[8, 2, 0], [5, 4, 1], [0, 0, 10]])
    first, second, third = errors.top_confusions(confusion, ["cat", "dog", "ship"])
    assert first == errors.Confusion("dog", "cat", 5, 0.5)
    assert second == errors.Confusion("cat", "dog", 2, 0.2)
    assert third == errors.Confusion("dog", "ship", 1, 0.1)
    assert errors.top_confusions(confusion, ["cat", "dog", "ship"], count=1) == [first]
    assert confusion[0, 0] == 8  # the caller's matrix is left alone


def test_a_perfect_model_has_no_confusions():
    assert errors.top_confusions(np.eye(3, dtype=int), "abc") == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: errors.top_confusions(np.eye(3, dtype=int), ["a", "b"]), "2 class names but 3 classes"),
        (lambda: errors.top_confusions(np.ones((2, 3), int), ["a", "b"]), "square"),
        (lambda: errors.top_confusions(np.eye(2, dtype=int), ["a", "b"], count=-1), "0 or more"),
        (lambda: errors.hardest_images([0], [[0.5, 0.5]], count=-1), "0 or more"),
        (lambda: errors.hardest_images([0, 1], [[0.5, 0.5]]), "2 labels but 1 rows"),
    ],
)
def test_bad_input_to_the_rankings(call, message):
    with pytest.raises(DataError, match=message):
        call()


# ---- slices


def flat(*colour: int) -> np.ndarray:
    return np.full((1, 32, 32, 3), colour, np.uint8)


def test_properties_of_simple_images():
    checks = np.zeros((1, 32, 32, 3), np.uint8)
    checks[:, ::2, ::2] = checks[:, 1::2, 1::2] = 255
    halves = np.zeros((1, 32, 32, 3), np.uint8)
    halves[:, 16:] = 255
    found = errors.image_properties(np.concatenate([flat(0, 0, 0), flat(200, 0, 0), checks, halves]))
    assert found["brightness"] == pytest.approx([0, 0.299 * 200, 127.5, 127.5], abs=1e-3)
    assert found["contrast"] == pytest.approx([0, 0, 127.5, 127.5], abs=1e-3)
    # plain red: rg = 200, yb = 100, no spread, so 0.3 * sqrt(200^2 + 100^2)
    assert found["colourfulness"] == pytest.approx([0, 0.3 * np.hypot(200, 100), 0, 0], abs=1e-3)
    # on a chessboard every neighbour differs by 255; in two halves one of 31 rows does, and no column
    assert found["edges"] == pytest.approx([0, 0, 255, 255 / 31 / 2], abs=1e-3)


def test_colourfulness_agrees_with_the_paper_image_by_image(answers):
    images = answers[0][:20]
    found = errors.image_properties(images)["colourfulness"]
    for image, value in zip(images.astype(float), found):
        red, green, blue = image[..., 0], image[..., 1], image[..., 2]
        rg, yb = red - green, 0.5 * (red + green) - blue
        spread = np.sqrt(rg.std() ** 2 + yb.std() ** 2)
        assert value == pytest.approx(spread + 0.3 * np.sqrt(rg.mean() ** 2 + yb.mean() ** 2), rel=1e-4)


def test_properties_do_not_depend_on_how_many_images_there_are():
    images = np.random.default_rng(0).integers(0, 256, (2100, 8, 8, 3), dtype=np.uint8)
    together = errors.image_properties(images)
    alone = errors.image_properties(images[1999:2000])
    for name in together:
        assert together[name].shape == (2100,)
        assert together[name][1999] == pytest.approx(alone[name][0], rel=1e-5)


def test_slices_find_what_is_hard():
    # Ninety grey images of rising brightness; the model fails on the thirty darkest.
    images = np.concatenate([flat(2 * k, 2 * k, 2 * k) for k in range(90)])
    labels = np.arange(90) % 2
    said = np.where(np.arange(90) < 30, 1 - labels, labels)
    probabilities = np.where(np.eye(2, dtype=bool)[said], 0.9, 0.1)
    by_name = {result.name: result for result in errors.slices(images, labels, probabilities)}
    assert [by_name[f"brightness: {third}"].accuracy for third in ("dark", "medium", "bright")] == [0, 1, 1]
    dark = by_name["brightness: dark"]
    assert (dark.n, dark.low, dark.high) == (30, *wilson_interval(0, 30))
    assert by_name["class: 0"].n == by_name["class: 1"].n == 45
    # all images are grey, flat and equally confident: one group holds everything, the others are left out
    assert by_name["colourfulness: grey"].n == 90 and "colourfulness: colourful" not in by_name
    assert by_name["confidence: unsure"].n == 90


def test_slices_split_into_thirds_and_classes(answers):
    results = errors.slices(*answers, class_names=CLASS_NAMES)
    by_name = {result.name: result for result in results}
    assert len(by_name) == len(results) == 5 * 3 + 10
    assert [results[k].name for k in (0, 1, 2)] == [f"brightness: {t}" for t in ("dark", "medium", "bright")]
    _, labels, probabilities = answers
    overall = (probabilities.argmax(axis=1) == labels).mean()
    for name, thirds in errors.slicing.GROUPS.items():
        parts = [by_name[f"{name}: {third}"] for third in thirds]
        assert [part.n for part in parts] == [100, 100, 100]
        assert np.mean([part.accuracy for part in parts]) == pytest.approx(overall)
    recall = evaluate(labels, probabilities, CLASS_NAMES).per_class.recall
    assert [by_name[f"class: {name}"].accuracy for name in CLASS_NAMES] == pytest.approx(recall)
    assert by_name["confidence: sure"].accuracy > by_name["confidence: unsure"].accuracy


@pytest.mark.parametrize("change", ["float images", "fewer images", "fewer names"])
def test_bad_input_to_slices(answers, change):
    images, labels, probabilities = answers
    names = CLASS_NAMES
    if change == "float images":
        images = images / 255
    elif change == "fewer images":
        images = images[:-1]
    else:
        names = CLASS_NAMES[:-1]
    with pytest.raises(DataError):
        errors.slices(images, labels, probabilities, class_names=names)


# ---- the HTML error browser


class Page(HTMLParser):
    """Everything the tests want to know about a page."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        found = [attributes for name, attributes in self.elements if name == tag]
        return [a for a in found if all(a.get(key) == value for key, value in wanted.items())]


def write(tmp_path: Path, answers, **changes) -> tuple[Page, str]:
    images, labels, probabilities = answers
    arguments = {"title": "Errors of a model", "provenance": "random pixels", **changes}
    names = arguments.pop("class_names", CLASS_NAMES)
    path = errors.write_error_browser(tmp_path / "e.html", images, labels, probabilities, names, **arguments)
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert not page.open  # every element is closed
    return page, text


def test_page_shows_every_mistake_once_with_alt_text(tmp_path, answers):
    images, labels, probabilities = answers
    page, _ = write(tmp_path, answers)
    wrong = errors.hardest_images(labels, probabilities, 1000)
    cards = page.all("li", **{"class": "card"})
    assert [int(card["data-index"]) for card in cards] == wrong.tolist()
    pictures = page.all("img")
    for index, picture in zip(wrong, pictures, strict=True):
        true, said = CLASS_NAMES[labels[index]], CLASS_NAMES[probabilities[index].argmax()]
        sure = probabilities[index].max()
        assert picture["alt"] == f"true {true}, predicted {said}, confidence {sure:.2f}"
        encoded = picture["src"].removeprefix("data:image/png;base64,")
        pixels = np.array(Image.open(io.BytesIO(base64.b64decode(encoded))))
        np.testing.assert_array_equal(pixels, images[index])


def test_header_names_model_accuracy_and_origin(tmp_path, answers):
    page, text = write(tmp_path, answers, title="Errors of fastnet", provenance="synthetic stand-in, seed 0")
    described = evaluate(answers[1], answers[2], CLASS_NAMES).describe()
    for part in ("Errors of fastnet", described[1:], "synthetic stand-in, seed 0"):
        assert part in page.text
    assert "<title>Errors of fastnet</title>" in text


def test_each_card_has_the_three_likeliest_classes_and_the_true_one(tmp_path):
    labels = np.array([4, 1])
    probabilities = np.array([[0.5, 0.3, 0.15, 0.04, 0.01], [0.5, 0.3, 0.15, 0.04, 0.01]])
    page, text = write(tmp_path, (np.zeros((2, 8, 8, 3), np.uint8), labels, probabilities), class_names="ABCDE")
    assert len(page.all("li", **{"class": "true"})) == len(page.all("li", **{"class": "said"})) == 2
    assert len(page.all("li", **{"class": "other"})) == 3  # B and C of the first card, C of the second
    assert text.count("width:50.0%") == 2 and text.count("width:1.0%") == 1


def test_most_frequent_pairs_are_those_of_the_confusion_matrix(tmp_path, answers):
    _, labels, probabilities = answers
    page, _ = write(tmp_path, answers, limit=5)  # of all mistakes, not only of those shown
    links = [a for a in page.all("a") if "data-true" in a]
    top = errors.top_confusions(confusion_matrix(labels, probabilities.argmax(axis=1), 10), CLASS_NAMES, 12)
    found = [(CLASS_NAMES[int(a["data-true"])], CLASS_NAMES[int(a["data-predicted"])]) for a in links]
    assert found == [(pair.true, pair.predicted) for pair in top]
    assert len(page.all("img")) == 5
    assert "The 5 most confident mistakes" in page.text


def test_page_asks_nothing_of_the_network(tmp_path, answers):
    page, text = write(tmp_path, answers)
    assert "http://" not in text and "https://" not in text and "@import" not in text and "url(" not in text
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "object", "embed")
        source = attributes.get("src")
        assert source is None or source.startswith("data:image/png;base64,")
    (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy["content"].startswith("default-src 'none'; img-src data:;")


def test_page_is_a_plain_list_without_javascript(tmp_path, answers):
    page, _ = write(tmp_path, answers)
    (form,) = page.all("form")
    assert "hidden" in form  # the script reveals it; without the script no dead control is seen
    assert not any("hidden" in card for card in page.all("li", **{"class": "card"}))
    assert not any("href" in link for link in page.all("a"))
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_every_control_has_a_label_and_every_class_an_option(tmp_path, answers):
    page, _ = write(tmp_path, answers)
    assert len(page.all("select")) == len(page.all("label")) == 3
    assert len([o for o in page.all("option") if o["value"].isdigit()]) == 20
    assert page.all("html")[0]["lang"] == "en"


def test_everything_passed_in_is_escaped(tmp_path, answers):
    evil = "</script><script>alert('{{ 7 * 7 }}')</script>\"'&"
    names = [f"{evil}{k}" for k in range(10)]
    page, text = write(tmp_path, answers, class_names=names, title=evil, provenance=evil)
    assert len(page.all("script")) == 1
    assert page.text.count(evil) > 10 and "49" not in page.text.split("Most frequent")[0]
    assert "<script>alert" not in text
    assert all(evil in picture["alt"] for picture in page.all("img"))


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_text_is_readable_in_light_and_dark():
    import re

    style = Path(errors.browser.__file__).with_name("browser.html").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{([^}]*)\}", style)
    for theme in (light, dark):
        colour = dict(re.findall(r"--(\w+): (#\w{6})", theme))
        for ink in ("ink", "soft", "true", "said"):
            for ground in ("page", "card"):
                bright, dim = sorted((luminance(colour[ink]), luminance(colour[ground])), reverse=True)
                assert (bright + 0.05) / (dim + 0.05) >= 4.5, (ink, ground)  # WCAG 2.2, level AA
        hues = [colorsys.rgb_to_hls(*(int(colour[k][i : i + 2], 16) for i in (1, 3, 5)))[0] for k in ("true", "said")]
        assert abs(hues[0] - hues[1]) > 0.2


def test_a_perfect_model_gets_a_page_without_cards(tmp_path, answers):
    images, labels, _ = answers
    page, _ = write(tmp_path, (images, labels, np.eye(10)[labels]))
    assert "No mistakes: the model is right on all 300 images." in page.text
    assert not page.all("img") and not page.all("form")


def test_an_existing_page_is_replaced_and_nothing_else_is_left(tmp_path, answers):
    path = tmp_path / "new" / "folder" / "errors.html"
    for title in ("first", "second"):
        written = errors.write_error_browser(path, *answers, CLASS_NAMES, title=title, provenance="p")
        assert written == path and f"<h1>{title}</h1>" in path.read_text(encoding="utf-8")
    assert [p.name for p in path.parent.iterdir()] == ["errors.html"]


def test_a_path_that_cannot_be_written_is_explained(tmp_path, answers):
    (tmp_path / "folder").mkdir()
    with pytest.raises(CifarTeachError, match="is a folder, and a file is to be written"):
        errors.write_error_browser(tmp_path / "folder", *answers, CLASS_NAMES, title="t", provenance="p")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CifarTeachError, match="cannot be written"):
        errors.write_error_browser(tmp_path / "file" / "e.html", *answers, CLASS_NAMES, title="t", provenance="p")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"] and (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("images", "limit", "names", "message"),
    [
        (np.zeros((299, 32, 32, 3), np.uint8), 5, CLASS_NAMES, "299 images but 300 labels"),
        (np.zeros((300, 32, 32, 3), np.float32), 5, CLASS_NAMES, "uint8"),
        (np.zeros((300, 32, 32, 3), np.uint8), 0, CLASS_NAMES, "limit is 0"),
        (np.zeros((300, 32, 32, 3), np.uint8), 5, CLASS_NAMES[:3], "3 class names but 10"),
    ],
)
def test_bad_input_writes_nothing(tmp_path, answers, images, limit, names, message):
    _, labels, probabilities = answers
    with pytest.raises(DataError, match=message):
        errors.write_error_browser(
            tmp_path / "e.html", images, labels, probabilities, names, title="t", provenance="p", limit=limit
        )
    assert not list(tmp_path.iterdir())
