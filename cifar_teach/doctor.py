"""``cifar-teach doctor``: what is installed, which data is here, what works offline, how student code is locked up."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from . import config
from .backbones import BACKBONES, BUNDLED, find_weights
from .backbones.bundled import WEIGHTS_FOLDER
from .environment import hardware, load_keras_quietly, package_version, versions
from .exceptions import CifarTeachError
from .train.precision import processor_has_bfloat16

OPTIONAL_PACKAGES = ("nbgrader", "jupyter-book", "sqlalchemy", "gradio", "streamlit", "onnx")


def examine() -> dict[str, Any]:
    """Return what the command prints, as JSON-ready values. Nothing is downloaded and no model is trained."""
    load_keras_quietly()
    data = _data()
    return {
        "versions": versions(),
        "optional": {name: package_version(name) for name in OPTIONAL_PACKAGES},
        "hardware": {**hardware(), "bfloat16": processor_has_bfloat16()},
        "data": data,
        "weights": _weights(),
        "cache": _cache(),
        "offline": _offline(data),
        "grading": _grading(),
    }


class _NotDecodedError(Exception):
    """The cache does not hold this source yet."""


def _data() -> dict[str, Any]:
    """Say which data a run would use now. Nothing is downloaded, and no slow decoding is begun."""
    from .data import load_cifar10

    setting = os.environ.get("CIFAR_TEACH_DATA") or None
    answer = {"CIFAR_TEACH_DATA": setting, "found": True, "decoded": True, "is_synthetic": False}
    try:
        waiting = _undecoded(setting)
        if waiting is not None:
            note = f"{waiting.name} is present, not yet decoded; the first run decodes it and keeps the result"
            return {**answer, "decoded": False, "describe": note}
        provenance = load_cifar10(None, quiet=True, offline=True).provenance
    except CifarTeachError as problem:
        return {**answer, "found": False, "decoded": False, "describe": str(problem)}
    return {**answer, "is_synthetic": provenance.is_synthetic, "describe": provenance.describe()}


def _undecoded(setting: str | None) -> Path | None:
    """Return the archive or folder that a run would have to decode first, or None when nothing has to wait.

    Raises:
        DataError: the archive is none; its first file tells.
    """
    from .data.archive import tar_members
    from .data.cache import through_cache
    from .data.download import ARCHIVE_NAME

    # Made absolute, as in the loader, because a path such as "." has no name of its own.
    path = Path(os.path.abspath(Path(setting or config.cache_dir() / ARCHIVE_NAME).expanduser()))
    if not path.exists() or zipfile.is_zipfile(path):  # an .npz needs no decoding
        return None

    def refuse() -> Any:
        raise _NotDecodedError

    try:
        through_cache(path, config.IMAGE_SIZE, config.cache_dir(), refuse, quiet=True)
    except _NotDecodedError:
        if path.is_file():
            next(tar_members(path, quiet=True), None)
        return path
    return None


def _weights() -> dict[str, Any]:
    """Say which weight files of pretrained networks are at hand, and where each network's weights would come from."""
    setting = os.environ.get("CIFAR_TEACH_WEIGHTS") or None
    answer: dict[str, Any] = {"CIFAR_TEACH_WEIGHTS": setting, "files": [], "problem": None, "networks": _networks()}
    if setting is None:
        return answer
    place = Path(setting).expanduser()
    if not place.exists():
        return {**answer, "problem": f"CIFAR_TEACH_WEIGHTS names '{place}', which does not exist; correct or unset it"}
    files = [place] if place.is_file() else sorted(place.glob("*.h5")) + sorted(place.glob("*.keras"))
    return {**answer, "files": [file.name for file in files]}


def _networks() -> dict[str, str | None]:
    """Return for every pretrained network where its weights would come from, or None when they are out of reach."""
    found = {}
    for name in BACKBONES:
        try:
            found[name] = find_weights(name).origin
        except CifarTeachError:
            found[name] = None
    return found


def _cache() -> dict[str, Any]:
    folder = config.cache_dir()
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return {
        "folder": str(folder),
        "writable": _writable(existing),
        "used_mib": round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 2**20, 1),
        "free_gib": round(shutil.disk_usage(existing).free / 2**30, 1),
    }


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _offline(data: dict[str, Any]) -> dict[str, str]:
    """Say what works with no network at all, judged by the data that was found."""
    if data["found"]:
        run = "yes, on drawn pictures" if data["is_synthetic"] else "yes, on the data above"
    elif data["CIFAR_TEACH_DATA"]:
        run = "no, until CIFAR_TEACH_DATA is corrected or unset"
    else:
        run = "yes, on drawn pictures, because no real data is here"
    real = data["found"] and not data["is_synthetic"]
    return {
        "run, compare": run,
        "predict": f"yes, with {_bundled()}one that is trained already",
        "numbers for CIFAR-10": "yes, if the data above is CIFAR-10" if real else "no, a copy is needed first",
    }


def _grading() -> dict[str, Any]:
    """Say how students' code would be locked up on this machine, found by trying to break out."""
    from .grading.isolation import find_isolation

    found = find_isolation()
    return {"isolation": str(found.level), "proof": list(found.proof), "not_stopped": list(found.not_stopped)}


def _bundled() -> str:
    present = [name for name in BUNDLED if (WEIGHTS_FOLDER / f"cifar10-{name}.npz").is_file()]
    return f"{', '.join(present)} of the package, or " if present else ""


def format_findings(findings: dict[str, Any]) -> str:
    """Return the findings of :func:`examine` as text for the terminal."""
    data, cache, weights = findings["data"], findings["cache"], findings["weights"]
    lines = ["Versions"]
    lines += [f"  {name:<16} {version}" for name, version in findings["versions"].items()]
    lines += [f"  {name:<16} {version or 'not installed'}" for name, version in findings["optional"].items()]
    lines += ["Hardware"]
    lines += [f"  {name:<16} {_plain(value)}" for name, value in findings["hardware"].items()]
    lines += ["Data", f"  CIFAR_TEACH_DATA {data['CIFAR_TEACH_DATA'] or 'not set'}"]
    lines += [f"  {'found' if data['found'] else 'not found':<16} {data['describe']}"]
    lines += ["Pretrained weights", f"  {'files':<16} {weights['problem'] or ', '.join(weights['files']) or 'none'}"]
    lines += [f"  {name:<16} {origin or 'out of reach'}" for name, origin in weights["networks"].items()]
    lines += ["Cache", f"  {'folder':<16} {cache['folder']} ({'writable' if cache['writable'] else 'not writable'})"]
    lines += [f"  {'size':<16} {cache['used_mib']} MiB used, {cache['free_gib']} GiB free on the disk"]
    lines += ["Without a network"]
    lines += [f"  {what:<24} {answer}" for what, answer in findings["offline"].items()]
    grading = findings["grading"]
    lines += ["Grading a class", f"  {'isolation':<16} {grading['isolation']}"]
    for what, found in (("tried", grading["proof"]), ("not stopped", grading["not_stopped"])):
        lines += [f"  {'' if number else what:<16} {line}" for number, line in enumerate(found)]
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
