"""A Hugging Face Space: the app, the models and this package in one folder that starts by itself.

Gradio runs on Spaces as it is (``sdk: gradio``); Streamlit apps run there in a container (``sdk: docker``). What the
README's front matter may say is fixed by Hugging Face's "Spaces Configuration Reference". ``python_version`` is that of
this computer, where the versions in ``requirements.txt`` are known to go together.

Beside each model lies a model card with what was measured, as the note of the model has it. Numbers that the note does
not have are not in the card.
"""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Mapping
from pathlib import Path

from ..backbones.bundled import WEIGHTS_FOLDER, card_path, read_card
from ..environment import package_version
from ..exceptions import CifarTeachError, unknown_name
from ..files import replacing
from ..models import load_model
from ..models.files import note_path
from . import space_texts

SDKS = ("gradio", "docker")
PACKAGE = Path(__file__).parents[1]
PARTS = (
    "__init__.py", "config.py", "environment.py", "exceptions.py", "files.py",
    "apps", "backbones", "data", "evaluate", "explain", "models", "synthetic",
)  # fmt: skip
"""What of the package the app needs; the test starts a Space without anything else."""
REQUIRED = ("keras", "numpy", "pillow", "tensorflow", "tqdm")


def export_space(
    folder: str | Path, models: Mapping[str, Path | None], *, sdk: str = "gradio", title: str = "CIFAR Teach"
) -> list[Path]:
    """Write a complete Space.

    Args:
        folder: where to write it; created when needed.
        models: names and files of the models, from :func:`choose_models`.
        sdk: ``gradio``, or ``docker`` for the Streamlit app.
        title: what the Space is called on its page.

    Returns:
        The files at the top of the folder, sorted.

    Raises:
        CifarTeachError: the folder holds something already or cannot be written, an unknown SDK, or a model that
            cannot be loaded or has the name of another.
    """
    folder = Path(folder)
    if sdk not in SDKS:
        raise CifarTeachError(unknown_name("SDK", sdk, SDKS))
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise CifarTeachError(f"'{folder}' is not empty. A Space is written into a new folder: choose another name.")
    cards = {name: _facts(path, name) for name, path in models.items()}  # a broken model is noticed before writing
    kind = "gradio" if sdk == "gradio" else "streamlit"
    pinned = requirements(kind)
    was_there = folder.is_dir()
    try:
        _write_space(folder, models, cards, sdk, kind, title, pinned)
    except BaseException as problem:  # also Ctrl-C: half a Space is worse than none
        for written in folder.iterdir() if folder.is_dir() else ():
            shutil.rmtree(written) if written.is_dir() else written.unlink()
        if folder.is_dir() and not was_there:
            folder.rmdir()
        if isinstance(problem, OSError):
            raise CifarTeachError(
                f"'{problem.filename or folder}' cannot be written ({problem.strerror or problem}). Free some space or "
                "choose another folder."
            ) from problem
        raise
    return sorted(folder.iterdir())


def _write_space(
    folder: Path,
    models: Mapping[str, Path | None],
    cards: Mapping[str, dict],
    sdk: str,
    kind: str,
    title: str,
    pinned: str,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _copy_package(folder / "cifar_teach", [name for name, path in models.items() if path is None])
    offered = [name if path is None else _copy_model(path, name, folder) for name, path in models.items()]
    texts = {
        "README.md": space_texts.readme(title, sdk, _version(kind), cards),
        "requirements.txt": pinned,
        "app.py": space_texts.app(kind, offered),
        ".gitattributes": space_texts.GIT_ATTRIBUTES,
        **{
            f"model-cards/{space_texts.file_name(name)}.md": space_texts.model_card(name, card)
            for name, card in cards.items()
        },
    }
    if sdk == "docker":
        texts |= {"Dockerfile": space_texts.DOCKERFILE, ".dockerignore": "__pycache__\n.git\n"}
    licence = _licence()
    if licence:
        texts["LICENSE"] = licence
    for name, text in texts.items():
        with replacing(folder / name) as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")


def requirements(kind: str) -> str:
    """Return ``requirements.txt`` with the versions that are installed here; TensorFlow without GPU support."""
    lines = ["# The versions this Space was made with."]
    for name in (*REQUIRED, kind):
        lines.append(f"{'tensorflow-cpu' if name == 'tensorflow' else name}=={_version(name)}")
    return "\n".join(lines) + "\n"


def _version(name: str) -> str:
    version = package_version(name)
    if version is None:
        raise CifarTeachError(
            f"'{name}' is not installed, and a Space names the version it runs with. Install it with: "
            "pip install 'cifar-teach[apps]'"
        )
    return version


def _facts(path: Path | None, name: str) -> dict:
    if path is None:
        return read_card(WEIGHTS_FOLDER / f"cifar10-{name}.npz")
    saved = load_model(path)
    return {"class_names": list(saved.class_names), "parameters": saved.model.count_params(), **saved.notes}


def _copy_package(target: Path, bundled: list[str]) -> None:
    wanted = {f"cifar10-{name}" for name in bundled}

    def unwanted(folder: str, names: list[str]) -> list[str]:
        skipped = [name for name in names if name == "__pycache__" or name.endswith((".pyc", ".part"))]
        if Path(folder) == WEIGHTS_FOLDER:
            skipped += [name for name in names if Path(name).stem not in wanted]
        return skipped

    target.mkdir()
    for part in PARTS:
        source = PACKAGE / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=unwanted)
        else:
            shutil.copyfile(source, target / part)
    for name in bundled:
        if not card_path(target / WEIGHTS_FOLDER.relative_to(PACKAGE) / f"cifar10-{name}.npz").is_file():
            raise CifarTeachError(f"The weights of '{name}' are not in this installation. Install the package again.")


def _copy_model(path: Path, name: str, folder: Path) -> str:
    """Copy a model file and its note; return its path inside the Space."""
    target = folder / "models" / f"{space_texts.file_name(name)}{path.suffix}"
    target.parent.mkdir(exist_ok=True)
    if target.exists():
        raise CifarTeachError(f"Two models would be called '{target.name}' in the Space. Rename one of the files.")
    shutil.copyfile(path, target)
    if note_path(path).is_file():
        shutil.copyfile(note_path(path), note_path(target))
    return target.relative_to(folder).as_posix()


def _licence() -> str | None:
    """Return the licence of the package, which a copy of it must carry: from the checkout, or from the installation."""
    beside = PACKAGE.parent / "LICENSE"
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    try:
        return importlib.metadata.distribution("cifar-teach").read_text("licenses/LICENSE")
    except importlib.metadata.PackageNotFoundError:
        return None
