"""The page a student gets: the reasons in it, nothing private in it, nothing that runs."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cifar_teach.checks.verdict import State
from cifar_teach.grading.advice import next_step
from cifar_teach.grading.feedback import feedback_path, write_feedback
from cifar_teach.grading.late import LateDecision, LatePolicy
from cifar_teach.grading.pages import marked, moment, policy
from cifar_teach.grading.receipts import sign
from cifar_teach.grading.records import Trouble
from cifar_teach.grading.text import visible
from tests.grading.samples import (
    EX02,
    HINTS,
    HOSTILE,
    MESSAGES,
    grader_error,
    hostile_result,
    make_result,
    mixed,
    needs_human,
)

VOID = {"meta", "br", "img", "link", "input", "hr", "circle", "rect", "line"}


class Page(HTMLParser):
    """What a browser would see: tags, attributes, text; a tag that is not closed is noted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.styles: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        (self.styles if self._open[-1:] == ["style"] else self.words).append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(path: Path) -> Page:
    return Page(path.read_bytes().decode("utf-8"))


def assert_harmless(page: Page) -> None:
    """Assert that a page loads nothing, runs nothing, and that its policy allows exactly its own style sheet."""
    names = {tag for tag, _ in page.tags}
    assert not names & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "form",
        "base",
        "audio",
        "video",
        "image",
        "use",
    }
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("style", "src", "srcset") for name in attributes), (
            tag,
            attributes,
        )
        if tag == "a":
            assert attributes["href"].startswith(("#", "./", "https://"))
    (style,) = page.styles
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [each["content"] for tag, each in page.tags if tag == "meta" and each.get("http-equiv")]
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert policies == [policy(style)]
    assert "url(" not in style and "@import" not in style


def test_everything_the_student_needs_is_there(tmp_path: Path) -> None:
    result = mixed()
    decision = LatePolicy(percent_per_day=10).decide(result.points, timedelta(hours=30))
    receipt = sign(result, b"k" * 32)
    path = write_feedback(result, tmp_path, decision=decision, receipt=receipt)
    assert path == tmp_path / "alice" / f"{EX02}.html"
    page = read(path)
    assert_harmless(page)
    text = page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Feedback for Ada Lovelace" in text
    assert "8.8 of 26 points" in text and "11 for the answers, less 2.2 for being late" in text
    assert decision.line in text
    for words in ("Passed", "Partly right", "Not yet", "Error in your code", "Not attempted", "Could not be judged"):
        assert words in text
    assert "A person will read this" in text and "4 more points to earn" in text
    for expected in (*MESSAGES.values(), *HINTS.values(), *(each.message for each in result.repairs), *result.notes):
        assert all(word in text for word in re.findall(r"\w+", expected)), expected
    assert receipt["code"] in text
    assert "15 March 2026, 22:10:00 UTC" in text
    assert "chapter 2 of the book, Preprocessing" in text


def test_what_came_stands_in_rows_and_nothing_is_said_twice(tmp_path: Path) -> None:
    parts = (
        {"title": "the values", "passed": True, "message": ""},
        {"title": "the dtype", "passed": False, "message": "The dtype is wrong. Look at `astype`."},
        {"title": "the shape", "passed": False, "message": "Looked at when the dtype is right."},
    )
    said = "the dtype: The dtype is wrong.\nCalled: f(x: int)\nCame: float16\nExpected: float32"
    result = make_result(states={"normalize": State.PARTLY, "one_hot": State.NOT_ATTEMPTED})
    first = replace(result.questions[0], message=said, hint="Look at `astype`.", parts=parts)
    second = replace(result.questions[1], parts=parts)
    result = replace(result, questions=(first, second, *result.questions[2:]))
    page = read(write_feedback(result, tmp_path))
    assert page.text.count("The dtype is wrong.") == 2  # in the next step, and at the question
    assert page.text.count("Look at astype") == 1
    assert page.text.count("Looked at when") == 1  # nothing about the parts of what was not attempted
    assert page.text.count("float16") == 1 and "Called f(x: int) Came float16 Expected float32" in page.text
    assert next_step(result).text[0] == "the dtype: The dtype is wrong."


def test_points_of_a_person_are_added_when_they_are_there(tmp_path: Path) -> None:
    late = LateDecision(23.4, 2.6, 5000.0, "Handed in 1 h late.")
    page = read(write_feedback(make_result(), tmp_path, decision=late, manual={"ex02.reflect": 3.5, "ex02.flip": 99}))
    assert "26.9 of 30 points" in page.text and "3.5 of 4" in page.text and "Read by a person" in page.text
    assert "more question" not in page.text and "has read this" in page.text
    assert "30 of 30 points" in read(write_feedback(make_result(), tmp_path, manual={"ex02.reflect": 50.0})).text


def test_each_state_has_a_sign_and_words(tmp_path: Path) -> None:
    page = read(write_feedback(mixed(), tmp_path))
    badges = [each for tag, each in page.tags if tag == "span" and "badge" in (each.get("class") or "")]
    assert len(badges) == 10
    hidden = [each for tag, each in page.tags if each.get("aria-hidden") == "true" and tag == "span"]
    assert len(hidden) >= 10  # the signs; the words beside them are read out


def test_nothing_private_is_in_it(tmp_path: Path) -> None:
    page = write_feedback(mixed(), tmp_path).read_text(encoding="utf-8")
    error = write_feedback(grader_error(), tmp_path).read_text(encoding="utf-8")
    for secret in ("/srv/course", "/srv/grader", "secret-salt", "9c2e", "bubblewrap"):
        assert secret not in page + error


@pytest.mark.parametrize("result", [needs_human(), grader_error()], ids=["needs a person", "grader error"])
def test_without_points_no_score_is_shown(tmp_path: Path, result) -> None:
    page = read(write_feedback(result, tmp_path, decision=LateDecision(None, seconds_late=5.0)))
    assert_harmless(page)
    assert "Not graded yet" in page.text and "not the same as zero points" in page.text
    assert not re.search(r"\d+ of \d+ point|\d+ ?%", page.text)
    assert "svg" not in {tag for tag, _ in page.tags}


def test_a_person_is_told_why(tmp_path: Path) -> None:
    text = read(write_feedback(needs_human(reason="This looks like exercise 3."), tmp_path)).text
    assert "This looks like exercise 3." in text and "hand in the right one" in text
    assert "fault, not yours" in read(write_feedback(grader_error(), tmp_path)).text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path, name: str) -> None:
    text = HOSTILE[name]
    path = write_feedback(hostile_result(text), tmp_path)
    source = path.read_bytes().decode("utf-8")
    page = read(path)
    assert_harmless(page)
    assert "Feedback for" in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]", source)
    if name != "backticks":
        shown = " ".join(visible(text).split())
        assert shown in page.text
    reasons = read(write_feedback(needs_human(reason=text, name=text), tmp_path))
    assert_harmless(reasons)


@pytest.mark.parametrize(
    "student", ["../x", "a/../../b", "..", "a,b", "=cmd", "😀", "x" * 200, "\u202eabc", "a\x00b", ""]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, student: str) -> None:
    path = write_feedback(make_result(student), tmp_path / "feedback", one_exercise=False)
    assert path.is_file()
    assert path.resolve().is_relative_to((tmp_path / "feedback").resolve())
    assert path == feedback_path(tmp_path / "feedback", student, EX02)
    assert len(list(tmp_path.iterdir())) == 1


def test_one_exercise_gives_one_file_per_student(tmp_path: Path) -> None:
    assert write_feedback(make_result(), tmp_path, one_exercise=True) == tmp_path / "alice.html"
    unknown = needs_human(exercise="ex02_preprocess")
    path = write_feedback(replace(unknown, exercise=""), tmp_path)
    assert path.name == "unknown.html" and "Unknown exercise" in read(path).text


def test_the_chapter_is_linked_when_the_book_has_an_address(tmp_path: Path) -> None:
    page = read(write_feedback(mixed(), tmp_path, book="https://example.org/book/"))
    links = [each["href"] for tag, each in page.tags if tag == "a"]
    assert links == ["https://example.org/book/chapters/02-preprocess.html"]
    assert (Path(__file__).parents[2] / "book" / "chapters" / "02-preprocess.md").is_file()
    page = read(write_feedback(mixed(), tmp_path, book="javascript:alert(1)"))
    assert not [each for tag, each in page.tags if tag == "a"]


# What to do next


def test_the_next_step_is_the_most_useful_one() -> None:
    first = next_step(mixed())
    assert first.question == "ex02.flip" and first.heading.startswith("Make it run")
    assert [line.split("(")[0].strip() for line in first.then] == [
        "Split into training and validation",
        "One-hot labels",
    ]
    nearly = next_step(make_result(states={"split": State.PARTLY, "normalize": State.NOT_YET}))
    assert nearly.question == "ex02.split" and "2 points to earn" in nearly.heading
    wrong = next_step(make_result(states={"flip": State.NOT_YET, "normalize": State.NOT_YET}))
    assert wrong.question == "ex02.normalize" and MESSAGES[State.NOT_YET] in wrong.text[0]
    assert any('`hint("ex02.normalize")`' in line for line in wrong.text)
    new = next_step(make_result(states={"photo": State.NOT_ATTEMPTED}))
    assert new.question == "ex02.photo" and "costs nothing" in new.text[0]


def test_the_next_step_when_there_is_none() -> None:
    done = next_step(make_result())
    assert done.heading == "Go on with exercise 3: A baseline CNN."
    assert any("read by your instructor" in line for line in done.text)
    assert not any("instructor" in line for line in next_step(make_result(), ["ex02.reflect"]).text)
    broken = next_step(make_result(states={"photo": State.BROKEN}))
    assert "looked at by your instructor" in broken.text[1]
    last = next_step(make_result(exercise="ex07_error_analysis"))
    assert last.heading.startswith(("Go on with exercise", "Well done"))
    assert "nothing" in next_step(grader_error()).heading


def test_an_untouched_notebook_is_told_from_a_wrong_one() -> None:
    names = [each.id.partition(".")[2] for each in make_result().questions if not each.manual]
    untouched = next_step(make_result(states=dict.fromkeys(names, State.NOT_ATTEMPTED)))
    assert untouched.heading == "Is this the notebook that you worked in?"


@pytest.mark.parametrize(
    ("trouble", "words"), [(Trouble.TIME, "never ends"), (Trouble.MEMORY, "memory"), (Trouble.CRASH, "os._exit")]
)
def test_trouble_is_explained(trouble: Trouble, words: str) -> None:
    result = make_result(states={"flip": State.ERROR})
    questions = tuple(replace(each, trouble=trouble) if each.id == "ex02.flip" else each for each in result.questions)
    assert words in next_step(replace(result, questions=questions)).text[0]


# Text


def test_hidden_characters_are_written_out_and_letters_are_not() -> None:
    assert visible("\x1b[1m\x07\x7f\x85") == "␛[1m␇␡⟨U+0085⟩"
    assert visible("a\u202eb\u2066c\u200bd\ufeff") == "a⟨U+202E⟩b⟨U+2066⟩c⟨U+200B⟩d⟨U+FEFF⟩"
    assert visible("\ud83d \U000e0041") == "⟨U+D83D⟩ ⟨U+E0041⟩"
    for text in ("Zoë 👩‍🔬", "שלום", "می‌خواهم", "Ünïcode ∑", "a\tb\nc"):
        assert visible(text) == text
    assert visible("a\r\nb\rc") == "a\nb\nc"


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("use `x < 1`", "use <code>x &lt; 1</code>"),
        ("`a``b`", "<code>a</code><code>b</code>"),
        ("one ` alone <b>", "one ` alone &lt;b&gt;"),
        ("`\x1b`", "<code>␛</code>"),
        ("", ""),
    ],
)
def test_backticks_become_code(text: str, markup: str) -> None:
    assert str(marked(text)) == markup


def test_times_are_shown_in_utc() -> None:
    assert moment("2026-03-01T12:00:00+01:00") == "1 March 2026, 11:00:00 UTC"
    assert moment("2026-03-01T12:00:00") == "1 March 2026, 12:00:00"
    assert moment("soon") == "soon"
