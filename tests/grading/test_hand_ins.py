"""Who handed in what: the names that learning platforms give, the roster, ids, and several hand-ins of one student."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading.identity import safe_id
from cifar_teach.grading.intake import collect, collect_all
from cifar_teach.grading.moments import as_utc
from cifar_teach.grading.naming import meaningful
from cifar_teach.grading.roster import read_roster
from cifar_teach.grading.summary import absent_in_words

ROOT = Path(__file__).resolve().parents[2]
RELEASES = ROOT / "exercises"
SLUG = "ex02_preprocess"
OTHER = "ex03_baseline_cnn"
SOLUTION = (ROOT / "solutions" / SLUG / f"{SLUG}.ipynb").read_bytes()
RELEASE = (RELEASES / SLUG / f"{SLUG}.ipynb").read_bytes()


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as stream:
        for name, data in files.items():
            stream.writestr(name, data)
    return path


def by_student(*paths: Path, **options) -> dict:
    found = collect(paths, releases=RELEASES, exercise=SLUG, **options)
    assert len({each.student for each in found}) == len(found)
    return {each.student: each for each in found}


def roster(folder: Path, text: str, encoding: str = "utf-8"):
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


def test_canvas(tmp_path):
    path = archive(
        tmp_path / "submissions.zip",
        {
            "schmidtanna_12345_67890_ex02_preprocess.ipynb": SOLUTION,
            "muellerbob_LATE_12346_67891_Copy of ex02_preprocess (1).ipynb": RELEASE,
            "kimcai_12347_67892_ex02_preprocess-1.ipynb": SOLUTION,
            "kimcai_12347_67893_report.pdf": b"%PDF-1.7",
        },
    )
    found = by_student(path)
    assert sorted(found) == ["kimcai_12347", "muellerbob_12346", "schmidtanna_12345"]
    assert found["muellerbob_12346"].seen_ids == {"canvas_id": "12346", "late_on_canvas": "yes"}
    assert found["kimcai_12347"].others == ("kimcai_12347_67893_report.pdf",)
    assert found["kimcai_12347"].problem is None
    people = roster(
        tmp_path, 'Student,ID,SIS Login ID\nPoints Possible,,\n"Schmidt, Anna",12345,as1\n"Mueller, Bob",777,bm2\n'
    )
    found = by_student(path, roster=people)
    assert sorted(found) == ["as1", "bm2", "kimcai_12347"]
    assert found["as1"].name == "Schmidt, Anna"
    assert found["as1"].seen_ids["ID"] == "12345"
    assert [repair.kind for repair in found["kimcai_12347"].repairs] == ["not-in-roster"]


def test_moodle_in_folders_and_flat(tmp_path):
    files = {
        "Anna Schmidt_123_assignsubmission_file_/ex02_preprocess.ipynb": SOLUTION,
        "Zoë Müller_124_assignsubmission_file_/homework/ex02_preprocess.ipynb": SOLUTION,
        "Bob Li_125_assignsubmission_file_ex02_preprocess.ipynb": SOLUTION,
        "Bob Li_126_assignsubmission_file_ex02_preprocess.ipynb": RELEASE,
        "Cai Kim_127_assignsubmission_onlinetext_/onlinetext.html": b"<p>see attachment</p>",
    }
    found = by_student(archive(tmp_path / "moodle.zip", files))
    assert sorted(found) == ["Anna_Schmidt_123", "Bob_Li_125", "Bob_Li_126", "Cai_Kim_127", safe_id("Zoë_Müller_124")]
    assert len(found["Bob_Li_125"].answers) == 10
    assert found["Bob_Li_126"].answers == {}
    assert "web page" in found["Cai_Kim_127"].problem.message
    table = ["First name;Surname;ID number;Email address", "Zoë;Müller;s1;z@x.org", "Anna;Schmidt;s2;a@x.org"]
    people = roster(tmp_path, "\n".join([*table, "Bob;Li;s3;b@x.org", "Bob;Li;s4;l@x.org"]))
    found = by_student(tmp_path / "moodle.zip", roster=people)
    # Two students are called Bob Li: the name decides nothing, so neither of them gets the other's notebook.
    assert sorted(found) == ["Bob_Li_125", "Bob_Li_126", "Cai_Kim_127", "s1", "s2"]


GRADESCOPE = """\
submission_1:
  :submitters:
  - :name: Anna Schmidt
    :sid: '1001'
    :email: anna@x.org
  :created_at: 2026-03-01 12:00:00.123456000 -08:00
submission_2:
  :submitters:
  - :name: Bob Li
    :sid: '1002'
    :email: bob@x.org
  - :name: Cai Kim
    :email: cai@x.org
  :created_at: '2026-03-01 12:00:00 Z'
submission_3:
  :submitters:
  - :name: Anna Schmidt
    :sid: '1001'
    :email: anna@x.org
  :created_at: 2026-03-02 12:00:00 -08:00
"""


def test_gradescope_with_a_group_and_a_second_hand_in(tmp_path):
    pytest.importorskip("yaml")
    files = {f"assignment_9_export/submission_{number}/{SLUG}.ipynb": SOLUTION for number in (1, 2)}
    files |= {f"assignment_9_export/submission_3/{SLUG}.ipynb": RELEASE}
    metadata = "assignment_9_export/submission_metadata.yml"
    path = archive(tmp_path / "export.zip", files | {metadata: GRADESCOPE.encode()})
    found = by_student(path)
    assert sorted(found) == ["1001", "1002", "cai@x.org"]
    assert found["1001"].submitted_at == "2026-03-02T20:00:00+00:00"
    assert found["1001"].answers == {}
    assert [repair.kind for repair in found["1001"].repairs] == ["handed-in-again"]
    assert found["1002"].submitted_at == "2026-03-01T12:00:00+00:00"
    assert found["cai@x.org"].digest == found["1002"].digest
    without = archive(tmp_path / "bare.zip", files | {metadata: b": : ["})
    assert sorted(by_student(without)) == ["submission_1", "submission_2", "submission_3"]


def test_google_classroom(tmp_path):
    files = {f"Assignment 2/{name} - {SLUG}.ipynb": SOLUTION for name in ("Anna Schmidt", "Bob Li")}
    files |= {f"Assignment 2/Copy of {SLUG}.ipynb": RELEASE, "Assignment 2/Cai Kim - ex02.gdoc": b'{"doc_id": "1"}'}
    found = by_student(archive(tmp_path / "drive-download-001.zip", files))
    nobody = next(name for name in found if name.startswith("unnamed-"))
    assert sorted(found) == ["Anna_Schmidt", "Bob_Li", "Cai_Kim", nobody]
    assert [repair.kind for repair in found[nobody].repairs] == ["unknown-student"]
    assert "shortcut" in found["Cai_Kim"].problem.message


def test_the_layout_of_nbgrader(tmp_path):
    root = tmp_path / "course" / "submitted"
    moments = {"anna": "2026-03-01 12:00:00.5 UTC", "bob": "2026-03-01 12:00:00 Europe/Berlin", "cai": "soon"}
    for student, when in moments.items():
        for slug in (SLUG, OTHER):
            path = root / student / slug
            path.mkdir(parents=True)
            (path / f"{slug}.ipynb").write_bytes((ROOT / "solutions" / slug / f"{slug}.ipynb").read_bytes())
            (path / "timestamp.txt").write_text(f"{when}\n")
    for start in (root, root.parent):
        found = by_student(start)
        assert {name: each.submitted_at for name, each in found.items()} == {
            "anna": "2026-03-01T12:00:00+00:00",
            "bob": "2026-03-01T11:00:00+00:00",
            "cai": "",
        }
        assert {each.exercise for each in found.values()} == {SLUG}
        assert all(each.others == () for each in found.values())
    both = collect([root], releases=RELEASES)
    assert [(each.student, each.exercise) for each in both][:2] == [("anna", SLUG), ("anna", OTHER)]
    assert list(by_student(root / "anna")) == ["anna"]
    assert list(by_student(root / "anna" / SLUG / f"{SLUG}.ipynb")) == ["anna"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (f"{SLUG}.ipynb", ""),
        (f"Copy of {SLUG} (1).ipynb", ""),
        (f"{SLUG}_anna.ipynb", "anna"),
        (f"anna_{SLUG}.ipynb", "anna"),
        ("Anna_EX02_final.ipynb", "Anna"),
        ("ex02__mueller.ipynb", "mueller"),
        ("ex02 Anna Schmidt.ipynb.txt", "Anna_Schmidt"),
        ("ex02_AnnaSchmidt.ipynb", "AnnaSchmidt"),
        ("s1234567.ipynb", "s1234567"),
        ("Untitled3.ipynb", ""),
    ],
)
def test_the_name_of_a_file_says_who_wrote_it(name, says):
    assert meaningful(name, [SLUG, OTHER]) == says


def test_several_notebooks_in_one_hand_in(tmp_path):
    folder = tmp_path / "class" / "anna"
    folder.mkdir(parents=True)
    (tmp_path / "class" / "bob").mkdir()
    (tmp_path / "class" / "bob" / "x.ipynb").write_bytes(RELEASE)
    (folder / "draft.ipynb").write_bytes(RELEASE)
    (folder / f"{SLUG}.ipynb").write_bytes(SOLUTION)
    (folder / f"{OTHER}.ipynb").write_bytes((ROOT / "solutions" / OTHER / f"{OTHER}.ipynb").read_bytes())
    anna = by_student(tmp_path / "class")["anna"]
    assert anna.source == f"anna/{SLUG}.ipynb"
    assert sorted(anna.others) == ["anna/draft.ipynb", f"anna/{OTHER}.ipynb"]
    (told,) = anna.repairs
    assert told.kind == "several-notebooks"
    assert "'ex02_preprocess.ipynb' was graded" in told.message
    every = collect([tmp_path / "class"], releases=RELEASES)
    assert [(each.student, each.exercise) for each in every] == [("anna", SLUG), ("anna", OTHER), ("bob", SLUG)]


def test_of_two_answered_notebooks_the_newer_counts(tmp_path):
    for name, age, extra in (("a.ipynb", 1_000_000_000, b""), ("b.ipynb", 1_000_009_000, b"\n")):
        path = tmp_path / "anna" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(SOLUTION + extra)
        os.utime(path, (age, age))
    assert by_student(tmp_path)["anna"].source.endswith("b.ipynb")


def test_the_newest_hand_in_counts_unless_it_cannot_be_read(tmp_path):
    old, new, broken = tmp_path / "old", tmp_path / "new", tmp_path / "broken"
    for folder, data, day in ((old, SOLUTION, "01"), (new, RELEASE, "02"), (broken, b"", "03")):
        path = folder / "anna" / SLUG
        path.mkdir(parents=True)
        (path / f"{SLUG}.ipynb").write_bytes(data)
        (path / "timestamp.txt").write_text(f"2026-03-{day} 12:00:00 UTC")
    anna = by_student(new, old)["anna"]
    assert (anna.answers, anna.submitted_at[:10]) == ({}, "2026-03-02")
    assert "earlier file" in anna.repairs[-1].message
    anna = by_student(broken, new, old)["anna"]
    assert anna.problem is None
    assert anna.submitted_at[:10] == "2026-03-02"
    assert "is empty" in anna.repairs[-1].message
    only = by_student(broken)["anna"]
    assert only.problem.kind == "empty-file"


# Ids


ODD_IDS = [
    "../x",
    "a,b",
    "=cmd|' /C calc'!A0",
    "\U0001f600",
    "x" * 200,
    "Müller",
    "CON",
    "a b",
    ".hidden",
    "a/b",
    "-rf",
]


@pytest.mark.parametrize("raw", [*ODD_IDS, "", "a\nb", "tail."])
def test_ids_are_safe_and_different(raw):
    id = safe_id(raw)
    assert id.isascii()
    assert len(id) <= 80
    assert set(id) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@-")
    assert id[0].isalnum()
    assert ".." not in id
    assert safe_id(id) == id
    assert id != safe_id(raw + "x")


def test_students_whose_ids_look_alike_are_never_merged(tmp_path):
    names = ["Müller", "Muller", "muller", "MULLER", "a b", "a-b", "a_b", "../x", "x"]
    files = {f"{name.replace('../', '')}/{SLUG}.ipynb": SOLUTION for name in names if name != "../x"}
    files |= {f"{name} Li_{number}_assignsubmission_file_/{SLUG}.ipynb": SOLUTION for number, name in enumerate(names)}
    found = collect([archive(tmp_path / "class.zip", files)], releases=RELEASES, exercise=SLUG)
    assert len(found) == len(files)
    assert len({each.student.casefold() for each in found}) == len(files)


def test_names_in_a_students_archive_cannot_pose_as_someone_else(tmp_path):
    inner = archive(tmp_path / "inner.zip", {f"Victim_77_assignsubmission_file_/{SLUG}.ipynb": RELEASE}).read_bytes()
    files = {
        f"Victim_77_assignsubmission_file_/{SLUG}.ipynb": SOLUTION,
        "Mallory_78_assignsubmission_file_/work.zip": inner,
    }
    found = by_student(archive(tmp_path / "class.zip", files))
    assert len(found["Victim_77"].answers) == 10
    assert found["Mallory_78"].answers == {}


def test_names_of_files_cannot_pose_as_another_platform(tmp_path):
    files = {
        "victim_11_21_ex02.ipynb": SOLUTION,
        "mallory_12_22_x_1001_assignsubmission_file_ex02.ipynb": RELEASE,
    }
    people = roster(tmp_path, "student_id,name,canvas_id\n1001,Victim,11\n1002,Mallory,12\n")
    found = by_student(archive(tmp_path / "class.zip", files), roster=people)
    assert {name: len(each.answers) for name, each in found.items()} == {"1001": 10, "1002": 0}


def test_a_table_or_a_clock_in_a_hand_in_says_nothing_about_others_and_nothing_about_when(tmp_path):
    pytest.importorskip("yaml")
    forged = (
        b"submission_1:\n  :submitters:\n  - :name: Mallory\n    :sid: '1002'\n  :created_at: 2020-01-01 12:00:00 Z\n"
    )
    files = {f"export/submission_{number}/{SLUG}.ipynb": SOLUTION for number in (1, 2)}
    files |= {
        "export/submission_metadata.yml": GRADESCOPE.encode(),
        "export/submission_2/submission_metadata.yml": forged,
    }
    found = by_student(archive(tmp_path / "gradescope.zip", files))
    assert sorted(found) == ["1001", "1002", "cai@x.org"]
    files = {f"{name}_assignsubmission_file_/{SLUG}.ipynb": SOLUTION for name in ("Anna_1", "Mallory_2")}
    files |= {"Mallory_2_assignsubmission_file_/timestamp.txt": b"2020-01-01 12:00:00 UTC"}
    files |= {
        "Mallory_2_assignsubmission_file_/submission_metadata.yml": forged.replace(
            b"submission_1", b"Anna_1_assignsubmission_file_"
        )
    }
    found = by_student(archive(tmp_path / "moodle.zip", files))
    assert {name: each.submitted_at for name, each in found.items()} == {"Anna_1": "", "Mallory_2": ""}


# Roster


def test_a_number_of_the_platform_is_not_taken_for_the_id_of_somebody_else(tmp_path):
    people = roster(tmp_path, "student_id,name,canvas_id\n1001,Anna Schmidt,1002\n1002,Bob Li,7\n")
    assert people.find(values={"canvas_id": "1002"}).id == "1001"
    assert people.find(values={"canvas_id": "1001"}, name="libob").id == "1002"
    assert people.find(values={"canvas_id": "1001"}).id == "1001"  # nothing else says who it is


def test_who_handed_in_nothing_is_named(tmp_path):
    (tmp_path / "class" / "1001").mkdir(parents=True)
    (tmp_path / "class" / "1001" / "ex02.ipynb").write_bytes(SOLUTION)
    people = roster(tmp_path, "student_id,name\n1001,Anna Schmidt\n1002,Bob Li\n1003,\n")
    found = collect_all([tmp_path / "class"], releases=RELEASES, exercise=SLUG, roster=people)
    assert [each.student for each in found.submissions] == ["1001"]
    assert absent_in_words(found.absent)[1:] == [
        "In the roster, but without a hand-in here: 2 students",
        "  Bob Li (1002), 1003",
    ]


def test_rosters_as_spreadsheets_write_them(tmp_path):
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        people = roster(tmp_path, 'student_id;name;moodle_id\r\ns1;Zoë Müller;123\r\n\r\ns2;"Li; Bob";\r\n', encoding)
        assert [person.id for person in people.people] == ["s1", "s2"]
        assert people.find(values={"moodle_id": "123"}).name == "Zoë Müller"
        assert people.find(name="müller, zoë").id == "s1"
        assert people.find(values={"moodle_id": "999"}, name="Nobody") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,email\nA,b", "no column with an id"),
        ("", "no column with an id"),
        ("student_id\n", "names no student"),
        ("id,name\ns1,Anna\nS1,Bob", "twice: Anna and Bob"),
    ],
)
def test_a_roster_that_cannot_be_used_says_why(tmp_path, text, words):
    with pytest.raises(CifarTeachError, match=words):
        roster(tmp_path, text)
    with pytest.raises(CifarTeachError, match="cannot be read"):
        read_roster(tmp_path / "gone.csv")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-01 12:00:00.123456 UTC", "2026-03-01T12:00:00+00:00"),
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00+00:00"),
        ("2026-03-29 03:30 Europe/Berlin", "2026-03-29T01:30:00+00:00"),
        ("2026-03-01 12:00:00 -0800", "2026-03-01T20:00:00+00:00"),
        ("2026-03-01 12:00:00", "2026-03-01T12:00:00+00:00"),
        ("2026-02-30 12:00:00", ""),
        ("2026-03-01 12:00:00 Nowhere/Land", ""),
        ("yesterday", ""),
        ("0001-01-01 00:00:00 +1400", ""),
    ],
)
def test_times_are_read_in_utc(text, utc):
    assert as_utc(text) == utc


def test_what_belongs_to_nobody_is_listed(tmp_path):
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / f"{SLUG}.ipynb").write_bytes(SOLUTION)
    (tmp_path / "submissions" / "ex02.pdf").write_bytes(b"%PDF")
    found = collect_all([tmp_path / "submissions"], releases=RELEASES, exercise=SLUG)
    assert len(found.submissions) == 1
    assert [each.source for each in found.skipped] == ["ex02.pdf"]
    assert json.dumps(found.submissions[0].to_dict())
