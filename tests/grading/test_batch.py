"""A class is graded once, completely, whatever happens to the workers or to the run itself."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from cifar_teach.exceptions import CifarTeachError
from cifar_teach.grading.batch import grade_class
from cifar_teach.grading.journal import Journal
from cifar_teach.grading.records import Outcome, Result
from tests.grading.handmade import ROOT
from tests.grading.small_grader import SmallSettings, submissions

NAMES = [f"student-{number}" for number in range(12)]


def grade(folder: Path, names: list[str], settings: SmallSettings | None = None, **options) -> dict[str, Result]:
    settings = settings or SmallSettings(folder)
    with Journal(folder / "journal") as journal:
        found = list(grade_class(submissions(*names), settings, journal, key=settings.key, **options))
        assert sorted(each.submission.student for each in found) == sorted(names)  # each exactly once
        for each in found:
            assert journal.latest(each.result.student, each.result.exercise) == each.result
        return {each.submission.student: each.result for each in found}


def tries(folder: Path, student: str) -> list[str]:
    return (folder / f"tries-{student}").read_text().split()


def outcomes(results: dict[str, Result]) -> set[Outcome]:
    return {each.outcome for each in results.values()}


def without_clock(results) -> list[dict]:
    return sorted((dataclasses.replace(each, graded_at="").to_dict() for each in results), key=lambda r: r["student"])


def still_running(pids: set[int], seconds: float = 10) -> set[int]:
    """Return which processes are left after a while."""
    end = time.monotonic() + seconds
    while pids and time.monotonic() < end:
        pids = {pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and " Z " not in status(pid)}
        time.sleep(0.1)
    return pids


def status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return " Z "


def test_everyone_is_graded_by_several_processes_that_end(tmp_path: Path) -> None:
    results = grade(tmp_path, NAMES, workers=2)
    assert outcomes(results) == {Outcome.GRADED}
    pids = {int(pid) for name in NAMES for pid in tries(tmp_path, name)}
    assert len(pids) == 2 and os.getpid() not in pids
    assert {path.name for path in tmp_path.glob("closed-*")} == {f"closed-{pid}" for pid in pids}
    assert not still_running(pids)


def test_a_worker_that_dies_costs_its_own_submission_only(tmp_path: Path) -> None:
    results = grade(tmp_path, [*NAMES, "dies-always", "onceless", "raises-always"], workers=2)
    for name, words in (("dies-always", "died"), ("raises-always", "gavel")):
        assert results[name].outcome is Outcome.GRADER_ERROR
        assert results[name].points is None and words in results[name].reason and "no zero" in results[name].reason
        assert len(tries(tmp_path, name)) == 3
    assert (results["onceless"].outcome, len(tries(tmp_path, "onceless"))) == (Outcome.GRADED, 2)
    assert all(results[name].outcome is Outcome.GRADED and len(tries(tmp_path, name)) == 1 for name in NAMES)


def test_what_is_unchanged_is_not_graded_again(tmp_path: Path) -> None:
    first = grade(tmp_path, [*NAMES[:4], "raises-always"], executor=ThreadPoolExecutor(2))
    again = grade(tmp_path, [*NAMES[:5], "raises-always"], executor=ThreadPoolExecutor(2))
    assert {name: again[name] for name in NAMES[:4]} == {name: first[name] for name in NAMES[:4]}
    assert [len(tries(tmp_path, name)) for name in NAMES[:5]] == [1] * 5
    assert len(tries(tmp_path, "raises-always")) == 6  # a failure of the grader is tried again
    grade(tmp_path, NAMES[:2], SmallSettings(tmp_path, version="2"), executor=ThreadPoolExecutor(2))
    assert [len(tries(tmp_path, name)) for name in NAMES[:3]] == [2, 2, 1]


def test_the_same_file_handed_in_later_keeps_its_points_and_gets_its_new_time(tmp_path: Path) -> None:
    (first,) = submissions("student-1")
    settings = SmallSettings(tmp_path)
    later = dataclasses.replace(first, submitted_at="2026-03-05T12:00:00+00:00", name="Ann")
    with Journal(tmp_path / "journal") as journal:
        for each in (first, later):
            (graded,) = grade_class([each], settings, journal, key=settings.key, executor=ThreadPoolExecutor(1))
        assert (graded.kept, graded.result.submitted_at, graded.result.name) == (True, later.submitted_at, "Ann")
        assert journal.latest(first.student, first.exercise) == graded.result
    assert len(tries(tmp_path, "student-1")) == 1


def test_what_makes_grading_impossible_stops_it_at_once(tmp_path: Path) -> None:
    with pytest.raises(CifarTeachError, match="--trust"):
        grade(tmp_path, NAMES, SmallSettings(tmp_path, version="refuses"), workers=1)
    with pytest.raises(CifarTeachError, match="another version"):
        grade(tmp_path, NAMES, SmallSettings(tmp_path, version_of_workers="old"), executor=ThreadPoolExecutor(2))
    with Journal(tmp_path / "journal") as journal:
        assert len(journal) == 0


def test_a_pool_of_somebody_else_that_breaks_loses_nothing(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1) as pool, pytest.raises(CifarTeachError, match="run the same"):
        grade(tmp_path, [*NAMES[:3], "onceless", *NAMES[3:]], executor=pool)
    results = grade(tmp_path, [*NAMES, "onceless"], executor=ThreadPoolExecutor(2))
    assert outcomes(results) == {Outcome.GRADED}
    assert [len(tries(tmp_path, name)) for name in NAMES[:3]] == [1, 1, 1]


def test_a_caller_who_stops_keeps_what_is_finished(tmp_path: Path) -> None:
    settings = SmallSettings(tmp_path, seconds=0.2)
    with Journal(tmp_path / "journal") as journal:
        run = grade_class(submissions(*NAMES), settings, journal, key=settings.key, workers=2)
        first = next(run)
        pids = {int(pid) for path in tmp_path.glob("tries-*") for pid in path.read_text().split()}
        run.close()
        assert journal.latest(first.result.student, first.result.exercise) == first.result
    assert pids and not still_running(pids)


def start(folder: Path, count: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.grading.small_grader", str(folder), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_killed_again_and_again_the_end_is_the_same(tmp_path: Path) -> None:
    count, rng = 40, random.Random(7)
    undisturbed = start(tmp_path / "undisturbed", count)
    assert len(undisturbed.communicate()[0].splitlines()) == count
    folder = tmp_path / "killed"
    for number in range(5):
        run = start(folder, count)
        for _ in range(rng.randint(0, 7)):
            run.stdout.readline()
        time.sleep(rng.uniform(0, 0.1))
        run.send_signal(signal.SIGINT if number == 1 else signal.SIGKILL)  # Ctrl-C, too, loses nothing
        run.communicate()
    last = start(folder, count)
    lines = last.communicate()[0].splitlines()
    assert (last.returncode, len(lines)) == (0, count)
    assert 0 < sum(line.endswith("True") for line in lines)  # earlier runs had got somewhere
    with Journal(folder / "journal", read_only=True) as journal:
        results = list(journal.results())
    with Journal(tmp_path / "undisturbed" / "journal", read_only=True) as journal:
        assert without_clock(results) == without_clock(journal.results())
    pids = {int(pid) for path in folder.glob("tries/tries-*") for pid in path.read_text().split()}
    assert not still_running(pids)  # the workers of the killed runs have ended, too


@pytest.mark.slow
def test_a_cluster_whose_worker_is_killed(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    from cifar_teach.grading.cluster import dask_executor

    settings = SmallSettings(tmp_path, seconds=0.3)
    names = [f"student-{number}" for number in range(16)]
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
    with (
        distributed.LocalCluster(**options) as cluster,
        dask_executor(cluster.scheduler_address) as (executor, slots),
        Journal(tmp_path / "journal") as journal,
    ):
        assert slots == 4
        results, killed = [], 0
        for graded in grade_class(
            submissions(*names), settings, journal, key=settings.key, executor=executor, slots=slots
        ):
            results.append(graded.result)
            if len(results) == 3:
                killed = int(tries(tmp_path, graded.result.student)[-1])
                os.kill(killed, signal.SIGKILL)
    assert killed
    assert sorted(each.student for each in results) == sorted(names)
    assert {each.outcome for each in results} == {Outcome.GRADED}
    begun = [tries(tmp_path, name) for name in names]
    assert str(killed) in {pid for each in begun for pid in each}
    assert max(map(len, begun)) > 1  # what the killed worker had in hand was begun again


def test_a_cluster_that_is_not_there_is_explained(monkeypatch) -> None:
    pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    from cifar_teach.grading import cluster

    monkeypatch.setattr(cluster, "SECONDS", 1)
    with pytest.raises(CifarTeachError, match="dask scheduler"), cluster.dask_executor("tcp://127.0.0.1:9"):
        pass
