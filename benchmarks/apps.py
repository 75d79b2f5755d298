"""Measure the apps as a visitor meets them: ``python -m benchmarks.apps``.

How long from the command to a page that answers, how long the first and the later answers take, and whether memory
stays flat over many uploads. The apps run in processes of their own, on drawn pictures; memory is that of the whole
process tree (resident set, from /proc, so Linux only). "Flat" is judged after a warm-up: libraries fill their caches
with the first answers.

Gradio is asked through its own client. Streamlit has no interface for programs; its script is run by Streamlit's test
harness in one process, with a picture of its own for each run.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from cifar_teach.environment import hardware, load_keras_quietly, versions
from cifar_teach.files import replacing
from cifar_teach.synthetic import draw

RESULTS_FILE = Path(__file__).parent / "results" / "apps.json"
UPLOADS = 200
WARM_UP = 50
MODELS = ["baseline", "tinynet"]
KINDS = ("JPEG", "PNG", "WEBP")

STREAMLIT = """
import json, sys, time
sys.argv = ["app", *{models!r}]
from streamlit.testing.v1 import AppTest
from benchmarks.apps import MODELS, resident
import cifar_teach.apps.streamlit_app as page
started = time.perf_counter()
app = AppTest.from_file(page.__file__, default_timeout=300).run()
ready = time.perf_counter() - started
assert not app.exception, app.exception
app.button_group(key="models").set_value(MODELS).run()
files = json.loads(sys.stdin.read())
seconds, memory = [], []
for path in files:
    content = open(path, "rb").read()
    started = time.perf_counter()
    app.file_uploader(key="files").set_value([(path.rsplit("/", 1)[-1], content, "image/*")]).run()
    seconds.append(time.perf_counter() - started)
    assert not app.exception, app.exception
    assert "ct-card" in "".join(each.value if hasattr(each, "value") else str(each.proto) for each in app.get("html"))
    memory.append(resident(0))
print(json.dumps([ready, seconds, memory]))
"""


def main() -> int:
    """Run the measurements and write their results file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--uploads", type=int, default=UPLOADS)
    parser.add_argument("--streamlit-uploads", type=int, default=50, metavar="N", help="its harness is slower")
    parser.add_argument("--shared", action="store_true", help="say in the results that other work ran on the machine")
    parser.add_argument("--out", type=Path, default=RESULTS_FILE)
    options = parser.parse_args()
    load_keras_quietly()
    with tempfile.TemporaryDirectory(prefix="cifar-teach-apps-") as folder:
        files = pictures(options.uploads, Path(folder))
        report: dict[str, Any] = {
            "benchmark": "apps",
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": {"name": "drawn pictures", "is_synthetic": True},
            "protocol": protocol(),
            "shared_machine": options.shared,
            "models": MODELS,
            "hardware": hardware(),
            "versions": versions(),
            "gradio": gradio(files),
            "streamlit": streamlit(files[: options.streamlit_uploads]),
        }
    with replacing(options.out) as draft:
        draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written: {options.out}")
    return 0


def protocol() -> str:
    """Return how it is measured, in a sentence."""
    return (
        f"{len(MODELS)} models, with Grad-CAM; one picture at a time of 640 x 480 pixels, in turn JPEG, PNG and WebP; "
        "memory: resident set of the app in MB"
    )


def pictures(count: int, folder: Path) -> list[str]:
    """Write ``count`` different pictures and return their paths."""
    images, _ = draw(count, seed=5)
    paths = []
    for number, image in enumerate(images):
        kind = KINDS[number % len(KINDS)]
        file = io.BytesIO()
        Image.fromarray(image).resize((640, 480), Image.Resampling.BICUBIC).save(file, kind)
        path = folder / f"{number:03d}.{kind.lower()}"
        path.write_bytes(file.getvalue())
        paths.append(str(path))
    return paths


def gradio(files: list[str]) -> dict[str, Any]:
    """Return what was measured of the Gradio app."""
    from gradio_client import Client, handle_file

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    started = time.perf_counter()
    command = [sys.executable, "-m", "cifar_teach.cli", "app", "gradio", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ready = _wait(address, process, started)
        client = Client(address, verbose=False, analytics_enabled=False)
        seconds, memory = [], []
        for path in files:
            before = time.perf_counter()
            page, _ = client.predict([handle_file(path)], MODELS, 3, True, api_name="/classify")
            seconds.append(time.perf_counter() - before)
            if page.count('class="ct-model"') != len(MODELS):
                raise RuntimeError(f"{path} was not answered: {page[-500:]}")
            memory.append(resident(process.pid))
    finally:
        process.terminate()
        process.wait(30)
    return _summary(ready, seconds, memory)


def streamlit(files: list[str]) -> dict[str, Any]:
    """Return what was measured of the Streamlit app's script."""
    command = [sys.executable, "-c", STREAMLIT.replace("{models!r}", repr([]))]
    done = subprocess.run(command, input=json.dumps(files), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return _summary(*json.loads(done.stdout.splitlines()[-1]))


def resident(pid: int) -> float:
    """Return the resident memory of a process and its children in MB; 0 means this process."""
    pid = pid or os.getpid()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(resident(int(child)) for child in children)


def _wait(address: str, process: subprocess.Popen, started: float) -> float:
    while process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=10).read()
            return time.perf_counter() - started
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"The app ended with status {process.returncode}.")


def _summary(ready: float, seconds: list[float], memory: list[float]) -> dict[str, Any]:
    later = memory[min(WARM_UP, len(memory) // 2) :]
    slope = float(np.polyfit(np.arange(len(later)), later, 1)[0]) if len(later) > 1 else 0.0
    found = {
        "uploads": len(seconds),
        "seconds_until_ready": ready,
        "first_answer_seconds": seconds[0],
        "median_answer_seconds": median(seconds[1:]),
        "memory_first_mb": memory[0],
        "memory_after_warm_up_mb": later[0],
        "memory_last_mb": memory[-1],
        "memory_growth_mb_per_100_uploads": 100 * slope,
    }
    print(json.dumps(found), flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
