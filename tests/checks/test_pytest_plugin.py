"""`pytest --notebook` and `cifar-teach check` as a student, GitHub Classroom and Gradescope call them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cifar_teach.checks.results import NotebookResult, without_verdict, write_junit
from cifar_teach.cli import main
from tests.checks import tiny

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def exercise(tmp_path_factory):
    with tiny.installed(tmp_path_factory.mktemp("tiny")):
        yield


def call_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Call pytest in ``folder`` with this plugin and no other."""
    command = [sys.executable, "-m", "pytest", "-p", "cifar_teach.checks.pytest_plugin", *arguments]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return a student's folder: two notebooks and tests of something else."""
    folder = tmp_path_factory.mktemp("student")
    (folder / "work").mkdir()
    mixed = tiny.cells(double="def double(x):\n    return abs(2 * x)", halve="oops", answer="answer = ...")
    tiny.write(folder / "work" / "my_ex90.ipynb", tiny.notebook(mixed))
    tiny.write(folder / "solved.ipynb", tiny.notebook(tiny.cells()))
    (folder / "test_other.py").write_text("def test_other():\n    assert 1 == 1\n", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = test_other.py\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def mixed(folder) -> tuple[subprocess.CompletedProcess, ElementTree.Element]:
    """Return the report on the notebook in which one answer is partly right, one stops, and one is missing."""
    done = call_pytest(folder, "--notebook", "work/my_ex90.ipynb", "-v", "--junitxml=report.xml")
    return done, ElementTree.parse(folder / "report.xml").getroot()


def test_each_check_is_a_test_and_nothing_else_is_collected(mixed):
    done, _ = mixed
    assert done.returncode == 1
    for name in ("double", "halve", "answer"):
        assert f"work/my_ex90.ipynb::ex90.{name} FAILED" in done.stdout
    assert "3 failed" in done.stdout and "test_other" not in done.stdout


def test_a_failure_is_what_the_student_should_read_and_no_traceback(mixed):
    done, _ = mixed
    assert "Partly right: Double a number [ex90.double] (0.5 of 2 points)" in done.stdout
    assert "(-4) is not right." in done.stdout
    assert "Not attempted: Know the answer" in done.stdout
    assert "Cell [4] stopped in line 1: `oops`. NameError" in done.stdout
    assert "Traceback" not in done.stdout and "pytest_plugin" not in re.sub("(?m)^plugins:.*", "", done.stdout)
    assert "0.5 of 4.5 points (manual questions are read by a person: 1 more, 3 points)" in done.stdout


def properties(case: ElementTree.Element) -> dict[str, str]:
    return {each.get("name"): each.get("value") for each in case.iter("property")}


def test_junit_holds_the_points(mixed):
    _, report = mixed
    cases = {case.get("name"): case for case in report.iter("testcase")}
    assert list(cases) == ["ex90.double", "ex90.halve", "ex90.answer"]
    assert properties(cases["ex90.double"]) == {"points": "0.5", "max_points": "2", "state": "partly"}
    assert properties(cases["ex90.answer"]) == {"points": "0.0", "max_points": "1", "state": "not attempted"}
    assert "Partly right" in cases["ex90.double"].find("failure").text


def test_two_notebooks_and_other_tests_together_from_another_folder(folder, tmp_path):
    arguments = ["-q", "-rA", str(folder / "test_other.py"), f"--notebook={folder / 'solved.ipynb'}"]
    done = call_pytest(
        tmp_path, *arguments, "--notebook", str(folder / "work" / "my_ex90.ipynb"), "-k", "other or double"
    )
    assert "/solved.ipynb::ex90.double" in done.stdout
    assert "/my_ex90.ipynb::ex90.double" in done.stdout
    assert "\nsolved.ipynb: 2 of 4.5" not in done.stdout and "solved.ipynb: 4.5 of 4.5 points" in done.stdout
    assert "PASSED" in done.stdout and "test_other" in done.stdout
    assert "2 passed" in done.stdout and "1 failed" in done.stdout


def test_without_the_option_the_plugin_does_nothing(folder):
    done = call_pytest(folder, "-q")
    assert done.returncode == 0 and "1 passed" in done.stdout and "notebooks" not in done.stdout
    assert call_pytest(folder, "-q", "solved.ipynb").returncode != 0


def test_a_notebook_that_cannot_be_read_is_a_usage_error(folder):
    (folder / "cut.ipynb").write_text('{"cells": [', encoding="utf-8")
    done = call_pytest(folder, "--notebook", "cut.ipynb")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: 'cut.ipynb' ends too early" in done.stderr
    assert "Traceback" not in done.stderr


def test_pytest_finds_the_plugin_where_the_package_is_installed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (module,) = settings["project"]["entry-points"]["pytest11"].values()
    assert module == "cifar_teach.checks.pytest_plugin"


def test_the_command_says_the_same_as_pytest(folder, mixed, capsys, tmp_path):
    _, report = mixed
    path = tmp_path / "new" / "check.xml"
    assert main(["check", str(folder / "work" / "my_ex90.ipynb"), "--junitxml", str(path)]) == 1
    out = capsys.readouterr().out
    assert "◐ Partly right" in out and "✎ read by a person" in out and "(-4) is not right." in out
    assert out.rstrip().endswith("0.5 of 4.5 points (manual questions are read by a person: 1 more, 3 points)")

    def told(root: ElementTree.Element) -> dict:
        return {
            case.get("name"): (properties(case), " ".join(case.findtext("failure", "").split()))
            for case in root.iter("testcase")
        }

    written = ElementTree.parse(path).getroot()
    assert told(written) == told(report)
    assert written.find("testsuite").attrib.items() >= {"name": tiny.SLUG, "tests": "3", "failures": "3"}.items()


def test_the_command_as_json_and_its_exit_codes(folder, capsys):
    assert main(["check", str(folder / "solved.ipynb"), "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["exercise"], result["points"], result["max_points"], result["passed"]) == (tiny.SLUG, 4.5, 4.5, True)
    assert [each["state"] for each in result["verdicts"]] == ["passed"] * 3
    assert result["manual"] == [{"id": "ex90.reflect", "title": "Say why", "max_points": 3}]
    assert main(["check", str(folder / "solved.ipynb"), str(folder / "none.ipynb")]) == 2
    assert "no file" in capsys.readouterr().err


def test_what_xml_cannot_hold_is_left_out(tmp_path):
    from cifar_teach.checks import get_exercise

    exercise = get_exercise(tiny.SLUG)
    verdicts = {each.id: without_verdict(each, "Bell \a, escape \x1b[31m, <b>&amp;") for each in exercise.checks}
    write_junit([NotebookResult("a\0b.ipynb", exercise, verdicts)], tmp_path / "x.xml")
    case = next(ElementTree.parse(tmp_path / "x.xml").iter("testcase"))
    assert case.get("classname") == "ab.ipynb"
    assert "Bell , escape [31m, <b>&amp;" in case.findtext("failure")
