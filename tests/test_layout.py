"""One slug per topic, everywhere: a part that is missing or out of place makes these tests fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

TOP_LEVEL = (
    "README.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "DATA.md",
    "Makefile",
    "pyproject.toml",
    "requirements.txt",
    "requirements.lock",
    "requirements-oldest.lock",
    "requirements-colab.txt",
    "requirements-colab.lock",
    "nbgrader_config.py",
    "_config.yml",
    "book",
    "solutions",
    "exercises",
    "cifar_teach",
    "tests",
    "benchmarks",
    ".ci/run",
)
EXERCISE = re.compile(r"ex(\d\d)_[a-z][a-z0-9_]*")
HOMES = ("solutions", "exercises", "cifar_teach/checks", "tests/exercises")


def exercise_names(root: Path) -> set[str]:
    """Return every exNN_slug for which any part exists, be it only one."""
    found = (path.stem for home in HOMES for path in (root / home).glob("ex[0-9][0-9]_*"))
    return {name for name in found if EXERCISE.fullmatch(name)}


def parts_of(name: str) -> tuple[str, ...]:
    """Return the paths that make the exercise ``exNN_slug`` complete."""
    return (
        f"solutions/{name}.py",
        f"solutions/{name}/{name}.ipynb",
        f"exercises/{name}/{name}.ipynb",
        f"cifar_teach/checks/{name}.py",
        f"tests/exercises/{name}",
    )


def chapter_of(name: str) -> str:
    """Return the path of the chapter that belongs to an exercise."""
    return f"book/chapters/{name[2:4]}-{name[5:].replace('_', '-')}.md"


def missing_parts(root: Path) -> list[str]:
    """Return the paths that some exercise lacks; a chapter is due as soon as the book has a table of contents."""
    names = sorted(exercise_names(root))
    wanted = [part for name in names for part in parts_of(name)]
    if (root / "book" / "_toc.yml").exists():
        wanted += map(chapter_of, names)
    return [part for part in wanted if not (root / part).exists()]


def make_exercise(root: Path, name: str) -> None:
    for part in (*parts_of(name), chapter_of(name)):
        path = root / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch() if path.suffix else path.mkdir()


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_top_level_is_complete(name: str) -> None:
    assert (ROOT / name).exists()


def test_every_exercise_has_all_its_parts() -> None:
    assert missing_parts(ROOT) == []


def test_names_follow_the_slug_rule() -> None:
    odd = [
        str(path.relative_to(ROOT))
        for home in HOMES
        for path in (ROOT / home).glob("ex[0-9]*")
        if not EXERCISE.fullmatch(path.stem)
    ]
    assert odd == []


def test_a_complete_exercise_lacks_nothing(tmp_path: Path) -> None:
    make_exercise(tmp_path, "ex03_baseline_cnn")
    assert (tmp_path / "book/chapters/03-baseline-cnn.md").exists()
    assert exercise_names(tmp_path) == {"ex03_baseline_cnn"}
    assert missing_parts(tmp_path) == []


@pytest.mark.parametrize("part", parts_of("ex03_baseline_cnn"))
def test_each_missing_part_is_found(tmp_path: Path, part: str) -> None:
    make_exercise(tmp_path, "ex02_preprocess")
    make_exercise(tmp_path, "ex03_baseline_cnn")
    path = tmp_path / part
    path.unlink() if path.is_file() else path.rmdir()
    assert missing_parts(tmp_path) == [part]


@pytest.mark.parametrize("home", HOMES)
def test_one_part_alone_is_enough_to_ask_for_the_others(tmp_path: Path, home: str) -> None:
    (tmp_path / home / "ex07_error_analysis").mkdir(parents=True)
    assert exercise_names(tmp_path) == {"ex07_error_analysis"}
    assert "solutions/ex07_error_analysis.py" in missing_parts(tmp_path)


def test_a_book_must_have_the_chapters_of_its_exercises(tmp_path: Path) -> None:
    make_exercise(tmp_path, "ex03_baseline_cnn")
    (tmp_path / "book/_toc.yml").touch()
    assert missing_parts(tmp_path) == []
    (tmp_path / "book/chapters/03-baseline-cnn.md").unlink()
    assert missing_parts(tmp_path) == ["book/chapters/03-baseline-cnn.md"]


def test_the_address_is_written_in_one_place() -> None:
    """Links are derived from _config.yml, so that a fork changes one line."""
    address = re.search(r"url:\s*https://(\S+)", (ROOT / "_config.yml").read_text(encoding="utf-8")).group(1)
    sources = [ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "CONTRIBUTING.md"]
    sources += (ROOT / ".github").rglob("*.yml")
    for home in ("cifar_teach", "benchmarks", "solutions"):
        sources += (ROOT / home).rglob("*.py")
    assert [str(path) for path in sources if address in path.read_text(encoding="utf-8")] == []
