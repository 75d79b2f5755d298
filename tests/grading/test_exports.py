"""Grades for other programs: read back as they read them, never above the maximum, never a zero that nobody gave."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import pytest

from cifar_teach.checks.verdict import State
from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading.exports import canvas, gradescope, moodle
from cifar_teach.grading.exports import csv as plain
from cifar_teach.grading.exports.rows import rows
from cifar_teach.grading.late import LateDecision
from cifar_teach.grading.text import FORMULA, cell, file_name, number
from tests.grading.samples import (
    EX02,
    EX03,
    HOSTILE,
    class_of,
    grader_error,
    hostile_result,
    make_result,
    mixed,
    needs_human,
)

LATE = LateDecision(9.0, 2.0, 90_000.0, "Handed in 1 day 1 h late: 20 % …")
WITHOUT_POINTS = [needs_human("bob"), grader_error("eve")]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


# Plain CSV


def test_the_csv_is_read_back(tmp_path: Path) -> None:
    results = [mixed(), *WITHOUT_POINTS, make_result("zoe")]
    decisions = {("alice", EX02): LATE}
    lines = table(plain.write(results, tmp_path / "new" / "grades.csv", decisions=decisions))
    assert list(lines[0]) == list(plain.COLUMNS)
    assert [line["student_id"] for line in lines] == ["alice", "bob", "eve", "zoe"]
    # A question that could not be judged is open: no score, which is not the same as no points for it.
    assert [line["score"] for line in lines] == ["", "", "", "26"]
    assert [line["max_score"] for line in lines] == ["26", "", "", "26"]
    assert [line["state"] for line in lines] == ["needs a person", "needs a person", "grader error", "graded"]
    assert lines[0]["checks_score"] == "11" and "ex02.photo" in lines[0]["reason"]
    assert lines[0]["seconds_late"] == "90000" and lines[0]["open_manual"] == "1"
    assert {line["assignment"] for line in lines} == {EX02}


def test_points_of_a_person_count_only_when_they_are_given(tmp_path: Path) -> None:
    results = [make_result("ann"), make_result("ben")]
    manual = {("ann", EX02): {"ex02.reflect": 3.5}}
    lines = table(plain.write(results, tmp_path / "g.csv", manual=manual, questions=True))
    assert [(line["score"], line["max_score"], line["open_manual"]) for line in lines] == [
        ("29.5", "30", "0"),
        ("26", "30", "1"),
    ]
    assert [line["ex02.reflect"] for line in lines] == ["3.5", ""]
    assert [line["ex02.normalize"] for line in lines] == ["2", "2"]


def test_no_score_is_above_the_maximum_or_below_zero() -> None:
    for wrong in (99.0, -5.0):
        (row,) = rows([make_result()], decisions={("alice", EX02): LateDecision(wrong)})
        assert row.score == min(max(wrong, 0), 26)
    (row,) = rows([make_result()], manual={("alice", EX02): {"ex02.reflect": 400.0, "ex02.normalize": 50.0}})
    assert (row.score, row.max_score) == (30, 30)


def test_points_of_a_person_take_the_place_of_those_of_a_check() -> None:
    results = [mixed("ann"), make_result("ben")]
    given = {("ann", EX02): {"ex02.photo": 2.0, "ex02.flip": 1.5}, ("ben", EX02): {"ex02.normalize": 0.5}}
    ann, ben = rows(results, manual=given, decisions={("ben", EX02): LateDecision(24.0, 2.0)})
    # No written answer has been read yet, so these do not count for anybody.
    assert (ann.score, ann.max_score, ann.unjudged) == (11 + 2.0 + 1.5, 26, ())
    assert (ben.score, ben.max_score) == (24 - 1.5, 26)


def test_the_last_result_of_a_student_counts() -> None:
    again = make_result("alice", {"flip": State.NOT_YET})
    assert [row.score for row in rows([make_result(), again])] == [23]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_stays_text(name: str, tmp_path: Path) -> None:
    text = HOSTILE[name]
    path = plain.write([hostile_result(text), needs_human("bob", reason=text)], tmp_path / "g.csv", questions=True)
    assert len(path.read_bytes().splitlines()) == 3  # no text breaks a line
    for line in cells(path):
        assert len(line) == len(cells(path)[0])
        for value in line:
            assert not value.startswith(FORMULA), value
            assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in value)
    assert "\x1b" not in path.read_text(encoding="utf-8")


def test_any_text_survives_the_csv_module() -> None:
    rng = random.Random(5)
    alphabet = "ab,;\"'=+-@\t\r\n\\|é😀\u202e\x1b "
    for _ in range(2000):
        texts = ["".join(rng.choices(alphabet, k=rng.randrange(12))) for _ in range(3)]
        safe = [cell(text) for text in texts]
        file = io.StringIO(newline="")
        csv.writer(file).writerow(safe)
        file.seek(0)
        assert next(csv.reader(file)) == safe
        for text, value in zip(texts, safe):
            assert not value.startswith(FORMULA)
            assert value.startswith("'") or not text.startswith(FORMULA)


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2"), (1.5, "1.5"), (0.333, "0.33"), (0, "0"), (1e-9, "0"), (12345.6, "12345.6"), (10, "10")],
)
def test_numbers_are_plain(value: float, text: str) -> None:
    assert number(value) == text


def test_names_of_files_stay_inside() -> None:
    names = [*HOSTILE.values(), "../x", "..", ".", "", "a/b", "C:\\x", "a,b", "=cmd", "x" * 200, "\ud800", "con\x00"]
    safe = [file_name(name) for name in names]
    assert len(set(safe)) == len(set(names))
    for name in safe:
        assert Path(name).name == name and not name.startswith(".") and len(name) <= 80 and name.isascii()
    assert file_name("anna.schmidt@uni-x.de") == "anna.schmidt@uni-x.de"


# Canvas

CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Preprocessing (4711),A baseline CNN (4712),Final Score
    Points Possible,,,,,26.00,26.00,(read only)
"Schmidt, Anna",101,m-1,anna,Group 1,,5.00,88
"=Evil, Eve",102,m-2,eve,Group 1,7.00,,12
"Bond, Bob",103,m-3,bob,Group 2,3.00,,50
"Student, Test",104,,abc123,Group 2,,,
"""


@pytest.fixture
def canvas_template(tmp_path: Path) -> Path:
    path = tmp_path / "canvas.csv"
    path.write_text(CANVAS, encoding="utf-8")
    return path


def test_canvas_gets_back_its_own_students(tmp_path: Path, canvas_template: Path) -> None:
    results = [
        mixed("schmidtanna_101", seen_ids={"canvas_id": "101"}),
        needs_human("bob"),
        grader_error("m-2"),
        make_result("stranger"),
    ]
    manual = {("schmidtanna_101", EX02): {"ex02.photo": 0.0}}
    unknown = canvas.write(results, tmp_path / "up.csv", template=canvas_template, manual=manual)
    header, possible, *students = cells(tmp_path / "up.csv")
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Preprocessing (4711)"]
    assert "Points Possible" in possible[0] and possible[5] == "26.00"
    # No points: the grade that Canvas has stays, because an empty cell would delete it.
    assert [line[5] for line in students] == ["11", "7.00", "3.00", ""]
    assert [line[1] for line in students] == ["101", "102", "103", "104"]
    assert students[1][0] == "'=Evil, Eve"
    assert [row.result.student for row in unknown] == ["stranger"]


def test_canvas_without_a_template_has_the_columns_that_its_import_needs(tmp_path: Path) -> None:
    known = make_result("anna", name='Doe, "J"', seen_ids={"canvas_id": "101", "SIS User ID": "m-1"})
    results = [known, needs_human("bob"), make_result("carl"), make_result("carl", exercise=EX03)]
    assert canvas.write(results, tmp_path / "up.csv", assignments={EX02: "Exercise 2 (4711)"}) == []
    header, possible, *students = cells(tmp_path / "up.csv")
    assert header == [*canvas.HEADER, "Exercise 2 (4711)", "A baseline CNN"]
    assert possible == ["    Points Possible", "", "", "", "", "26", "26"]
    assert students[0] == ['Doe, "J"', "101", "m-1", "", "", "26", ""]
    assert students[1] == ["bob", "", "", "bob", "", "", ""]
    assert students[2] == ["carl", "", "", "carl", "", "26", "26"]


def test_a_matriculation_number_is_not_taken_for_canvas_s_own_number(tmp_path: Path, canvas_template: Path) -> None:
    unknown = canvas.write([make_result("103")], tmp_path / "up.csv", template=canvas_template)
    assert [row.result.student for row in unknown] == ["103"]


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (("26.00,26.00", "100.00,26.00"), {}, "has 100 points in Canvas, but 26 can be earned"),
        (("Preprocessing (4711)", "Week 2 (4711)"), {}, r"no assignment.*Week 2 \(4711\)"),
        (("A baseline CNN (4712)", "Preprocessing (4712)"), {}, "several assignments"),
        (("    Points Possible", "Someone"), {}, "no line 'Points Possible'"),
        (("SIS Login ID,Section", "SIS Login ID,Group"), {}, "no column 'Section'"),
        (("26.00,26.00", "(read only),26.00"), {}, "does not let"),
        (("", ""), {"assignments": {EX02: "Exam"}}, "no assignment 'Exam'"),
    ],
)
def test_a_gradebook_that_does_not_fit_is_refused(tmp_path, canvas_template, change, options, words) -> None:
    canvas_template.write_text(CANVAS.replace(*change) if change[0] else CANVAS, encoding="utf-8")
    with pytest.raises(CifarTeachError, match=f"(?s){words}"):
        canvas.write([make_result("anna")], tmp_path / "up.csv", template=canvas_template, **options)
    assert not (tmp_path / "up.csv").exists()


def test_one_assignment_of_several_can_be_named(tmp_path: Path, canvas_template: Path) -> None:
    canvas_template.write_text(CANVAS.replace("A baseline CNN (4712)", "Preprocessing (4712)"), encoding="utf-8")
    canvas.write(
        [make_result("anna")], tmp_path / "up.csv", template=canvas_template, assignments={EX02: "Preprocessing (4712)"}
    )
    assert cells(tmp_path / "up.csv")[0][-1] == "Preprocessing (4712)"


# Moodle

MOODLE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
    """"Last modified (grade)","Feedback comments"
"Participant 501","Anna Schmidt",anna@x.org,"Submitted for grading",,26.00,Yes,-,
"Participant 502",=Eve,eve@x.org,"Submitted for grading",20.00,26.00,Yes,"Friday, 6 March 2026, 10:00 AM","Well done"
"Participant 503","Bob Bond",bob@x.org,"No submission",,26.00,Yes,-,
"""
)


@pytest.fixture
def moodle_template(tmp_path: Path) -> Path:
    path = tmp_path / "moodle.csv"
    path.write_text(MOODLE, encoding="utf-8")
    return path


def test_moodle_s_worksheet_is_filled_in(tmp_path: Path, moodle_template: Path) -> None:
    results = [
        mixed("Anna_Schmidt_501", seen_ids={"moodle_id": "501"}),
        needs_human("eve", seen_ids={"email": "EVE@x.org"}),
        make_result("bob", seen_ids={"email": "bob@x.org"}),
        make_result("stranger"),
    ]
    decisions = {("bob", EX02): LateDecision(20.8, 5.2, 90_000, "Late.")}
    manual = {("Anna_Schmidt_501", EX02): {"ex02.photo": 0.0}}
    unknown = moodle.write(results, tmp_path / "up.csv", template=moodle_template, decisions=decisions, manual=manual)
    before, after = table(moodle_template), table(tmp_path / "up.csv")
    assert [line["Grade"] for line in after] == ["11", "20.00", "20.8"]
    # Who has no points keeps the comment, which an empty cell would delete.
    assert after[1]["Feedback comments"] == "Well done"
    assert after[0]["Feedback comments"].startswith("Preprocessing: 11 of 26 points. Next: ")
    assert "Late." in after[2]["Feedback comments"]
    assert after[1]["Full name"] == "'=Eve"
    for name in ("Identifier", "Status", "Maximum grade", "Last modified (grade)"):
        assert [line[name] for line in after] == [line.get(name, line.get(f"\ufeff{name}")) for line in before]
    assert [row.result.student for row in unknown] == ["stranger"]


def test_points_are_scaled_only_when_asked(tmp_path: Path, moodle_template: Path) -> None:
    moodle_template.write_text(MOODLE.replace("26.00", "100,00").replace(",100,00,", ',"100,00",'), encoding="utf-8")
    results = [make_result("x", {"flip": State.NOT_YET}, seen_ids={"moodle_id": "501"})]
    with pytest.raises(CifarTeachError, match="maximum of 100 in Moodle, but 26 points"):
        moodle.write(results, tmp_path / "up.csv", template=moodle_template)
    moodle.write(results, tmp_path / "up.csv", template=moodle_template, scale=True)
    assert table(tmp_path / "up.csv")[0]["Grade"] == "88.46"


def test_a_worksheet_that_does_not_fit_is_refused(tmp_path: Path, moodle_template: Path) -> None:
    with pytest.raises(CifarTeachError, match="of one assignment"):
        moodle.write([make_result(), make_result(exercise=EX03)], tmp_path / "u.csv", template=moodle_template)
    moodle_template.write_text(MOODLE.replace("Last modified (grade)", "Modified"), encoding="utf-8")
    with pytest.raises(CifarTeachError, match=r"no column 'Last modified \(grade\)'"):
        moodle.write([make_result()], tmp_path / "u.csv", template=moodle_template)
    moodle_template.write_bytes(MOODLE.replace("Anna", "Änna").encode("latin-1", "ignore"))
    with pytest.raises(CifarTeachError, match="not in UTF-8"):
        moodle.write([make_result()], tmp_path / "u.csv", template=moodle_template)
    with pytest.raises(CifarTeachError, match="cannot be read"):
        moodle.write([make_result()], tmp_path / "u.csv", template=tmp_path / "none.csv")


def test_moodle_s_gradebook_gets_grades_and_comments(tmp_path: Path) -> None:
    moodle.write([make_result("anna", seen_ids={"email": "a@x.org"}), needs_human("bob")], tmp_path / "up.csv")
    lines = table(tmp_path / "up.csv")
    assert [line[f"{EX02} (max 26)"] for line in lines] == ["26", ""]
    assert [line[f"{EX02} feedback"] == "" for line in lines] == [False, True]
    assert lines[0]["Email address"] == "a@x.org"


# Gradescope


def test_gradescope_gets_a_score_and_a_message_for_each_question(tmp_path: Path) -> None:
    (path,) = gradescope.write([mixed()], tmp_path / "open.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert "score" not in record and "ex02.photo" in record["output"]
    more = {"decisions": {("alice", EX02): LATE}, "manual": {("alice", EX02): {"ex02.photo": 0.0}}}
    (path,) = gradescope.write([mixed()], tmp_path / "results.json", **more)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["score"] == 9
    assert LATE.line in record["output"] and record["stdout_visibility"] == "hidden"
    scored = [test for test in record["tests"] if "score" in test]
    assert sum(test["score"] for test in scored) == 11
    assert all(0 <= test["score"] <= test["max_score"] for test in scored)
    assert [test["status"] for test in scored].count("passed") == 3
    reflect = record["tests"][-1]
    assert "score" not in reflect and "A person will read this" in reflect["output"]
    assert [test["number"] for test in record["tests"]] == [str(place) for place in range(1, 11)]


@pytest.mark.parametrize("result", WITHOUT_POINTS, ids=lambda each: each.student)
def test_gradescope_gets_no_zero_that_nobody_gave(tmp_path: Path, result) -> None:
    (path,) = gradescope.write([result], tmp_path)
    assert path == tmp_path / result.student / EX02 / "results.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    assert "score" not in record and record["tests"] == []
    assert "Not graded yet" in record["output"] and "secret-salt" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", HOSTILE)
def test_gradescope_gets_text_without_tricks(tmp_path: Path, name: str) -> None:
    (path,) = gradescope.write([hostile_result(HOSTILE[name])], tmp_path)
    record = json.loads(path.read_text(encoding="utf-8"))
    texts = [record["output"], *(test[key] for test in record["tests"] for key in ("name", "output"))]
    assert all(ord(letter) >= 32 or letter in "\n\t" for text in texts for letter in text)
    assert "\u202e" not in "".join(texts)
    formats = {record["output_format"], *(test["output_format"] for test in record["tests"])}
    assert formats == {"text"}


def test_gradescope_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Give a folder"):
        gradescope.write([make_result("a"), make_result("b")], tmp_path / "results.json")
    with pytest.raises(ValueError, match="visibility"):
        gradescope.write([make_result()], tmp_path, visibility="all")


def test_a_whole_class_is_exported_alike_everywhere(tmp_path: Path) -> None:
    results = [*class_of(60, seed=3), *WITHOUT_POINTS]
    lines = table(plain.write(results, tmp_path / "g.csv"))
    canvas.write(results, tmp_path / "c.csv")
    moodle.write(results, tmp_path / "m.csv")
    gradescope.write(results, tmp_path / "gs")
    scores = {line["student_id"]: line["score"] for line in lines}
    assert {line[3]: line[5] for line in cells(tmp_path / "c.csv")[2:]} == scores
    assert {line["Username"]: line[f"{EX02} (max 26)"] for line in table(tmp_path / "m.csv")} == scores
    for student, score in scores.items():
        record = json.loads((tmp_path / "gs" / student / EX02 / "results.json").read_text(encoding="utf-8"))
        assert record.get("score") == (float(score) if score else None)
        assert not score or sum(test.get("score", 0) for test in record["tests"]) == pytest.approx(float(score))
