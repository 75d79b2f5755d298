"""Run the notebooks of the book from top to bottom as Colab does: ``python tests/colab/run_twins.py [NOTEBOOK ...]``.

Needs IPython and nothing else of Jupyter, which Colab's versions would not allow. Each notebook runs in a process and
an empty folder of its own; magics are carried out and what a cell shows is formatted, as in Colab. Without
``CIFAR_TEACH_DATA`` the pictures are the drawn ones, so that nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 900
"""For one notebook."""


def run(notebook: Path) -> int:
    """Run the cells in this process; stop at the first error and return 1."""
    from IPython.core.interactiveshell import InteractiveShell

    class Shell(InteractiveShell):
        failures = 0

        def showtraceback(self, *arguments: object, **settings: object) -> None:
            """Count: IPython goes on after a value that cannot be shown, so its verdict on a cell is not enough."""
            self.failures += 1
            super().showtraceback(*arguments, **settings)

    shell = Shell.instance()
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        result = shell.run_cell("".join(cell["source"]), store_history=True)
        if shell.failures or not result.success:
            print(f"The cell '{cell['id']}' stopped.")
            return 1
    return 0


def run_apart(notebook: Path) -> bool:
    """Run a notebook in a process of its own, print a line about it, and what it printed if it failed."""
    settings = {"MPLBACKEND": "Agg", "CIFAR_TEACH_DATA": os.environ.get("CIFAR_TEACH_DATA", "synthetic")}
    command = [sys.executable, str(Path(__file__).resolve()), "--here", str(notebook)]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cifar-teach-") as folder:
        try:
            done = subprocess.run(
                command, cwd=folder, env=os.environ | settings, capture_output=True, text=True, timeout=SECONDS
            )
            printed = "" if done.returncode == 0 else f"{done.stdout}\n{done.stderr}"
        except subprocess.TimeoutExpired:
            printed = f"It did not end within {SECONDS} seconds."
    print(f"{'failed' if printed else 'ran'} in {time.monotonic() - began:.0f} s: {notebook}", flush=True)
    if printed:
        print(printed)
    return not printed


def main(arguments: list[str]) -> int:
    """Run the notebooks that are named, or all that lie beside pages; return 1 if one fails."""
    if arguments[:1] == ["--here"]:
        return run(Path(arguments[1]))
    notebooks = [Path(name).resolve() for name in arguments] or sorted((ROOT / "book").rglob("*.ipynb"))
    if not notebooks:
        print("There are no notebooks below book/. Make them with: cifar-teach build")
        return 1
    return 0 if all([run_apart(notebook) for notebook in notebooks]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
