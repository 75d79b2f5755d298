"""Start Streamlit on our app, with every setting that keeps it to itself."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..exceptions import CifarTeachError
from .ports import free_port
from .uploads import MAX_BYTES

SCRIPT = Path(__file__).with_name("streamlit_app.py")


def command(models: Sequence[str], *, host: str, port: int) -> list[str]:
    """Return the command that serves the app.

    Args:
        models: what to offer, as for :func:`~cifar_teach.apps.recogniser.choose_models`; paths are made absolute.
        host: address to listen at.
        port: port to listen at, 1 to 65535.
    """
    settings = {
        "server.address": host,
        "server.port": str(port),
        "server.headless": "true",
        "server.maxUploadSize": str(MAX_BYTES // 2**20),  # MB; a larger file is refused in the browser, by its name
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
    }
    flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
    offered = [str(Path(name).expanduser().resolve()) if Path(name).suffix else name for name in models]
    return [sys.executable, "-m", "streamlit", "run", str(SCRIPT), *flags, "--", *offered]


def serve(models: Sequence[str], *, host: str = "127.0.0.1", port: int = 8501) -> int:
    """Serve the app until it is stopped; return the exit status.

    Args:
        models: what to offer, as for :func:`~cifar_teach.apps.recogniser.choose_models`.
        host: address to listen at: 127.0.0.1 is this computer only, 0.0.0.0 everybody who can reach it.
        port: port to listen at; 0 takes any free one.

    Raises:
        CifarTeachError: Streamlit is not installed, or this computer has no such address.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise CifarTeachError("Streamlit is not installed. Install it with: pip install 'cifar-teach[apps]'")
    port = port or free_port(host)
    print(f"The app is at http://{host}:{port}/ as soon as Streamlit has started. Ctrl-C ends it.", flush=True)
    # Whoever ends this process means the app.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    process = subprocess.Popen(command(models, host=host, port=port), env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"})
    try:
        return process.wait()
    finally:
        process.terminate()
        process.wait()
