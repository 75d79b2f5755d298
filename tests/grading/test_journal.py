"""Every result that was reported as written is there again, whatever happened in between."""

from __future__ import annotations

import dataclasses
import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cifar_teach.grading.journal import Journal, JournalError
from cifar_teach.grading.records import Outcome
from tests.grading.handmade import ROOT, result, ungraded


def fill(folder: Path, *results) -> Path:
    with Journal(folder) as journal:
        for each in results:
            journal.append(each)
    return folder / "results.jsonl"


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    ann, bob = result("ann", share=0.5, name="Ann \ud800 Ünal"), ungraded("bob")
    fill(tmp_path, ann, bob)
    with Journal(tmp_path) as journal:
        assert journal.latest("ann", ann.exercise) == ann
        assert list(journal.results()) == [ann, bob]
        assert journal.notes == []


def test_the_newest_result_counts_and_older_ones_are_found_by_their_key(tmp_path: Path) -> None:
    first, second = result("ann", share=0.5), result("ann", share=1)
    fill(tmp_path, first, second)
    with Journal(tmp_path, read_only=True) as journal:
        assert (len(journal), journal.latest("ann", first.exercise)) == (1, second)
        assert journal.find("ann", first.exercise, first.key) == first
        assert journal.find("bob", first.exercise, first.key) is None


def test_a_failure_of_the_grader_is_due_again(tmp_path: Path) -> None:
    failed = ungraded("ann", Outcome.GRADER_ERROR)
    with Journal(tmp_path) as journal:
        journal.append(failed)
        assert journal.latest("ann", failed.exercise) == failed
        assert journal.find("ann", failed.exercise, failed.key) is None


@pytest.mark.parametrize("keep", [1, 50, -1])
def test_half_a_line_at_the_end_is_put_aside(tmp_path: Path, keep: int) -> None:
    path = fill(tmp_path, result("ann"))
    whole = path.read_bytes()
    fill(tmp_path, result("bob"))
    tail = path.read_bytes()[len(whole) :][:keep]
    path.write_bytes(whole + tail)
    with Journal(tmp_path) as journal:
        assert [each.student for each in journal.results()] == ["ann"]
        assert "half written" in journal.notes[0]
        journal.append(result("bob"))
    assert (tmp_path / "torn-0001").read_bytes() == tail
    with Journal(tmp_path) as journal:
        assert [each.student for each in journal.results()] == ["ann", "bob"]
        assert journal.notes == []


def test_a_page_of_zeros_after_a_power_cut_is_put_aside(tmp_path: Path) -> None:
    path = fill(tmp_path, result("ann"))
    with path.open("ab") as file:
        file.write(b"\0" * 4096)
    with Journal(tmp_path) as journal:
        journal.append(result("bob"))
    with Journal(tmp_path) as journal:
        assert [each.student for each in journal.results()] == ["ann", "bob"]


def test_a_damaged_line_costs_only_its_own_result(tmp_path: Path) -> None:
    path = fill(tmp_path, result("ann"), result("bob"), result("eve"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b'"points":2.0', b'"points":9.0') + lines[2])
    with Journal(tmp_path) as journal:
        assert [each.student for each in journal.results()] == ["ann", "eve"]
        assert "line 2" in journal.notes[0]


def test_a_line_that_was_taken_out_is_noticed(tmp_path: Path) -> None:
    path = fill(tmp_path, result("ann"), result("bob"), result("eve"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with Journal(tmp_path, read_only=True) as journal:
        assert "missing" in journal.notes[0]


def test_only_one_process_writes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cifar_teach.grading.journal import Journal; "
        "Journal(Path(sys.argv[1])).append"
    )
    with Journal(tmp_path):
        other = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True)
        assert other.returncode == 1
        assert f"process {os.getpid()}" in other.stderr
        with pytest.raises(JournalError, match="Another grader"):
            Journal(tmp_path)
    Journal(tmp_path).close()


def test_reading_needs_no_lock_and_changes_nothing(tmp_path: Path) -> None:
    path = fill(tmp_path, result("ann"))
    with path.open("ab") as file:
        file.write(b"half")
    before = path.read_bytes()
    with Journal(tmp_path, read_only=True) as reader:
        assert [each.student for each in reader.results()] == ["ann"]
        with pytest.raises(JournalError, match="not open for writing"):
            reader.append(result("bob"))
    assert path.read_bytes() == before


def test_a_folder_without_results_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cifar-teach grade --out"):
        Journal(tmp_path / "nothing", read_only=True)


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    path = fill(tmp_path, result("ann"))
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with Journal(tmp_path) as journal:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limits[1]))
            with pytest.raises(JournalError, match="Free some space"):
                journal.append(result("bob"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, handler)
        assert path.read_bytes() == before
        journal.append(result("bob"))
    with Journal(tmp_path) as journal:
        assert [each.student for each in journal.results()] == ["ann", "bob"]


WRITER = """
import sys
from pathlib import Path
from cifar_teach.grading.journal import Journal
from tests.grading.handmade import result
one = result("ann")
import dataclasses
with Journal(Path(sys.argv[1])) as journal:
    for number in range(100_000):
        journal.append(dataclasses.replace(one, student=f"s{number}"))
        print(number, flush=True)
"""


def test_a_writer_that_is_killed_has_lost_nothing_it_reported(tmp_path: Path) -> None:
    rng = random.Random(1)
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        writer = subprocess.Popen([sys.executable, "-c", WRITER, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        reported = [int(writer.stdout.readline()) for _ in range(rng.randint(5, 40))]
        writer.kill()
        reported += [int(line) for line in writer.stdout.read().splitlines() if line]
        writer.wait()
        writer.stdout.close()
        with Journal(folder) as journal:
            assert len(journal) in (len(reported), len(reported) + 1)
            expected = dataclasses.replace(result("ann"), student=f"s{reported[-1]}")
            assert journal.latest(expected.student, expected.exercise) == expected
