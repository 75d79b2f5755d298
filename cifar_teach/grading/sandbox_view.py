"""What code in the sandbox can see of the file system: Python, what is installed, this package, and nothing else."""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path

PACKAGE_HOME = Path(__file__).resolve().parents[2]
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
SYSTEM_FOLDERS = ("bin", "lib", "lib32", "lib64", "sbin")


def python_paths() -> list[str]:
    """Return where modules are looked for: this package, the standard library, what is installed."""
    found = [str(PACKAGE_HOME)]
    for path in sys.path:
        # The folder of a program, and of the repository, are not the business of a student.
        if path and os.path.isabs(path) and os.path.exists(path) and not Path(path, "cifar_teach").exists():
            found.append(path)
    return found


def shown() -> tuple[list[str], dict[str, str]]:
    """Return what the file-system view of the sandbox holds: folders and files, and links at its top."""
    package = PACKAGE_HOME / "cifar_teach"
    wanted = ["/usr", sys.prefix, sys.base_prefix, sys.exec_prefix, str(package), *SYSTEM_FILES]
    wanted += [path for path in site.getsitepackages() if os.path.isdir(path)]
    installed = [path for path in python_paths()[1:] if path.endswith(("site-packages", "dist-packages"))]
    wanted += installed
    links = {}
    for name in SYSTEM_FOLDERS:
        if os.path.islink(f"/{name}"):
            links[name] = os.readlink(f"/{name}")
        elif os.path.isdir(f"/{name}"):
            wanted.append(f"/{name}")
    kept: list[str] = []
    for path in sorted(dict.fromkeys(os.path.abspath(each) for each in wanted if os.path.exists(each))):
        if not any(path == each or path.startswith(f"{each}/") for each in kept):
            kept.append(path)
    return kept, links


def in_sight(path: Path) -> str:
    """Return the folder through which students' code can see ``path``; empty when it cannot."""
    place = os.path.realpath(path)
    return next((each for each in shown()[0] if f"{place}/".startswith(f"{os.path.realpath(each)}/")), "")
