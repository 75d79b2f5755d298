"""Similar hand-ins: copies are found in their disguise, answers that are merely alike are left alone."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import numpy as np
import pytest

from cifar_teach.checks.registry import get_exercise
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading.fingerprints import WINDOW, K, all_runs, code_tokens, fingerprints
from cifar_teach.grading.similarity import compare, write_similarity
from tests.exercises.harness import ROOT, bank
from tests.grading.samples import EX02, EX03, HOSTILE, submission

RELEASES = ROOT / "exercises"
LOOP = '''
def normalize(images):
    """Return uint8 images as float32 values from 0 to 1."""
    result = np.zeros(images.shape, dtype=np.float32)
    for index in range(len(images)):
        picture = images[index].astype(np.float32)
        low, high = picture.min(), picture.max()
        if high > low:
            picture = (picture - low) / (high - low)
        result[index] = picture * 0.5 + 0.5 * (picture > 0.3)
    return result
'''


def answers_to(slug: str) -> dict[str, list[str]]:
    """Return answers to each check of an exercise, right and wrong ones, each of them written on its own."""
    known = bank(slug)
    everything = [*known.WRONG, *known.RIGHT]
    found = {
        question.name: list(dict.fromkeys(each.code for each in everything if each.question == question.name))
        for question in get_exercise(slug).checks
    }
    return {name: codes for name, codes in found.items() if len(codes) >= 12}


def independent_class(slug: str, seed: int, size: int = 12) -> list:
    """Return students of whom no two gave the same answer to any question."""
    rng = random.Random(seed)
    drawn = {name: rng.sample(codes, size) for name, codes in answers_to(slug).items()}
    return [
        submission(f"s{index:03d}", {name: codes[index] for name, codes in drawn.items()}, slug)
        for index in range(size)
    ]


def disguised(code: str) -> str:
    """Return the same answer with other names, comments, blank lines and texts."""
    for number, name in enumerate(
        sorted(set(re.findall(r"\b[a-z]{3,}\b", LOOP)) & {"result", "index", "picture", "low"})
    ):
        code = re.sub(rf"\b{name}\b", f"my_{number}", code)
    code = re.sub(r"\b(images|labels|rows|counts|values|order|image)\b(?!\s*=[^=])", r"the_\1", code)
    return "# my own work\n" + code.replace("\n    ", "  # here\n\n    ", 3)


# Fingerprints


def test_names_comments_layout_and_texts_do_not_matter() -> None:
    other = (
        LOOP.replace("result", "r").replace("picture", "Bild").replace("index", "i").replace("0 to 1", "null bis eins")
    )
    other = other.replace("\n    for", "\n\n    # a comment: x = 1\n    for").replace("(images)", "( images )")
    other = other.replace("np.zeros(images.shape, dtype", "np.zeros(\n        images.shape,  # all\n        dtype")
    assert code_tokens(other)[0] == code_tokens(LOOP)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("total += x", "total = total + x"),
        ("a = 'x'\n", 'b = """y\nz"""\n'),
        ("import numpy as np\nx = np.sum(y)", "from a import (b,\n c)\nq = w.sum(e)"),
        ("x = a + \\\n b", "x = a + b"),
        ("def f(x):\n    'text'\n    return x", "def f(x):\n    return x"),
    ],
)
def test_these_are_the_same(one: str, other: str) -> None:
    assert code_tokens(one)[0] == code_tokens(other)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x.mean()", "x.std()"),
        ("f(axis=0)", "f(dtype=0)"),
        ("x / 255", "x / 256"),
        ("sum(x)", "max(x)"),
        ("a - b", "a + b"),
        ("x.y += 1", "y = x + 1"),
    ],
)
def test_these_are_not(one: str, other: str) -> None:
    assert code_tokens(one)[0] != code_tokens(other)[0]


def test_lines_are_those_of_the_text() -> None:
    text = 'x = """a\nb"""\n\n# c\ny = f(\n    z,\n)\nw = 1 + \\\n    2\n'
    tokens, lines = code_tokens(text)
    place = {token: line for token, line in zip(tokens, lines) if token in ("S", ",", "1", "2")}
    assert place == {"S": 0, ",": 5, "1": 7, "2": 8}


def test_winnowing_keeps_its_promise() -> None:
    # Schleimer, Wilkerson and Aiken: a common run of K + WINDOW - 1 tokens always leaves a common fingerprint.
    rng = random.Random(0)
    words = [f".a{number}" for number in range(40)]
    for _ in range(300):
        shared = "".join(rng.choices(words, k=(K + WINDOW) // 2 + 1))
        left, right = ("".join(rng.choices(words, k=rng.randrange(30))) for _ in range(2))
        a, b = fingerprints(f"x{left}{shared}{right}"), fingerprints(f"y{right}{shared}{left}")
        assert set(a.hashes.tolist()) & set(b.hashes.tolist())
        assert set(a.hashes.tolist()) <= set(all_runs(f"x{left}{shared}{right}").tolist())


def test_any_text_has_fingerprints_and_the_same_ones_again() -> None:
    rng = random.Random(1)
    pieces = [
        "def f(x):\n",
        "  return",
        "'''",
        '"',
        "\\",
        "(",
        "]",
        "é",
        "\ud800",
        "\x00",
        "0x",
        "1e",
        "#",
        "\n",
        "=",
        "+=",
    ]
    for _ in range(500):
        text = "".join(rng.choices(pieces, k=rng.randrange(40)))
        for prose in (False, True):
            found = fingerprints(text, prose=prose)
            assert np.array_equal(found.hashes, fingerprints(text, prose=prose).hashes)
            assert (found.first_line <= found.last_line).all()
            assert not len(found.last_line) or found.last_line.max() <= text.count("\n") + text.count("\r")
    start = time.perf_counter()
    fingerprints("('" * 100_000)
    assert time.perf_counter() - start < 5


# Pairs


@pytest.mark.parametrize("slug", [EX02, "ex06_ensembles", "ex07_error_analysis"])
def test_answers_that_were_written_apart_are_no_pair(slug: str) -> None:
    for seed in range(3):
        assert compare(independent_class(slug, seed), RELEASES) == []


@pytest.mark.parametrize("slug", [EX02, EX03])
def test_copies_are_found_in_their_disguise(slug: str) -> None:
    students = independent_class(slug, seed=0)
    copied = {name: disguised(code) for name, code in students[3].answers.items()}
    partly = {name: code for name, code in list(students[7].answers.items())[:-2]}
    everyone = [*students, submission("zoe", copied, slug), submission("zac", partly, slug)]
    pairs = compare(everyone, RELEASES)
    assert {(pair.left, pair.right) for pair in pairs[:2]} == {("s003", "zoe"), ("s007", "zac")}
    assert min(pair.score for pair in pairs[:2]) > 0.75
    assert all(pair.score < 0.7 for pair in pairs[2:])
    assert pairs[0].usual < 0.1


def test_reordered_statements_are_still_found_in_part() -> None:
    head, *body = """def report(probabilities, labels):
    accuracy = np.mean(probabilities.argmax(axis=1) == labels)
    confidence = probabilities.max(axis=1).astype(np.float64).mean()
    counts = np.bincount(labels, minlength=probabilities.shape[1]) / len(labels)
    entropy = -np.sum(probabilities * np.log(probabilities + 1e-12), axis=1).mean()
    worst = np.argsort(probabilities[np.arange(len(labels)), labels])[:20].tolist()
    spread = np.quantile(probabilities.max(axis=1), [0.05, 0.5, 0.95]).round(3)
""".splitlines()
    moved = "\n".join([head, *body[3:], *body[:3]])
    others = [submission(f"s{index}", {"normalize": f"x = {LOOP.count}"}) for index in range(8)]
    pair, *rest = compare(
        [submission("a", {"normalize": "\n".join([head, *body])}), submission("b", {"normalize": moved}), *others],
        RELEASES,
    )
    assert (pair.left, pair.right, rest) == ("a", "b", [])
    assert pair.score > 0.6
    assert sum(line.same for line in pair.questions[0].left) >= 5


def test_what_is_given_or_usual_does_not_count() -> None:
    release = json.loads((RELEASES / EX02 / f"{EX02}.ipynb").read_text(encoding="utf-8"))
    given = max(("".join(cell["source"]) for cell in release["cells"] if cell["cell_type"] == "code"), key=len)
    assert len(fingerprints(given).hashes) > 20
    for text in (given, f"# mine\n{given.replace('data', 'everything')}"):
        assert compare([submission(name, {"normalize": text}) for name in "ab"], RELEASES) == []
    # The same answer of the whole class is the usual one, of two students it is a pair.
    assert compare([submission(f"s{index}", {"normalize": LOOP}) for index in range(12)], RELEASES) == []
    two = [submission(name, {"normalize": LOOP}) for name in "ab"]
    assert len(compare(two, RELEASES)) == 1
    assert compare(two, RELEASES, published=[LOOP.replace("picture", "p")]) == []


def test_answers_in_words_are_compared_as_words() -> None:
    text = (
        "A mirrored cat is still a cat, but a mirrored six is not a nine.\nCropping keeps the label as long as the "
        "object stays in view, and turning by ninety degrees makes a ship that stands on its bow."
    )
    changed = text.upper().replace(",", " –")
    pair, *rest = compare(
        [
            submission("a", {"reflect": text}),
            submission("b", {"reflect": changed}),
            submission("c", {"reflect": text[:30]}),
        ],
        RELEASES,
    )
    assert (pair.left, pair.right, rest) == ("a", "b", [])
    assert all(line.same for line in pair.questions[0].left)


def test_exercises_and_resubmissions_are_kept_apart() -> None:
    everyone = [submission("a", {"normalize": LOOP}), submission("b", {"normalize": LOOP}, EX03)]
    assert compare(everyone, RELEASES) == []
    assert compare([submission("a", {"normalize": LOOP})] * 2, RELEASES) == []
    assert compare([], RELEASES) == []
    with pytest.raises(CifarTeachError, match="folder 'exercises'"):
        compare(everyone, RELEASES / "nowhere")


def test_a_class_of_300_takes_seconds() -> None:
    rng, pool = random.Random(1), answers_to(EX02)
    students = [
        submission(f"s{index:03d}", {name: rng.choice(codes) for name, codes in pool.items()}) for index in range(299)
    ]
    own = {name: LOOP.replace("0.3", f"0.3{number} ** {number} - {number}") for number, name in enumerate(pool)}
    students += [submission("x1", own), submission("x2", {name: disguised(code) for name, code in own.items()})]
    start = time.perf_counter()
    pairs = compare(students, RELEASES)
    assert time.perf_counter() - start < 20  # two to four seconds on a machine that is not busy
    assert ("x1", "x2") in [(pair.left, pair.right) for pair in pairs[:3]]


# The page


def test_the_page_shows_both_texts_and_says_what_a_score_does_not_prove(tmp_path: Path) -> None:
    hostile = LOOP + "\n".join(f"# {text}" for text in HOSTILE.values()) + "\n" * 100 + "x" * 900
    trio = [submission(name, {"normalize": hostile}, name=HOSTILE["script"]) for name in ("ann", "ben", "cleo")]
    path = write_similarity(compare(trio, RELEASES), tmp_path / "similar.html")
    page = path.read_text(encoding="utf-8")
    assert "does not prove copying" in page
    assert "Groups of three" in page and "ann, ben, cleo" in page
    assert "<script" not in page and "<img" not in page and "\x1b" not in page and "\u202e" not in page
    assert page.count('class="same"') >= 6 * 10
    assert "more lines" in page
    empty = write_similarity([], tmp_path / "none.html").read_text(encoding="utf-8")
    assert "No two hand-ins resemble" in empty
