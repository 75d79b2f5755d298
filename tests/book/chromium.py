"""A real browser for tests: Chromium without a window, driven through its DevTools protocol.

Only what the tests of the book need, over a library that Jupyter brings along. Every page gets a context of its own,
so nothing is left behind for the next test, and writes down what it asks the network for and what it complains about.
"""

from __future__ import annotations

import base64
import json
import math
import shutil
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--no-default-browser-check", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--mute-audio", "--hide-scrollbars", "--force-color-profile=srgb",
    "--remote-debugging-port=0", "about:blank",
)  # fmt: skip
KEYS = {
    "Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
    "ArrowRight": 39, "ArrowDown": 40,
}  # fmt: skip


def find_program() -> str | None:
    """Return the path of Chromium or Chrome, or None where there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


LEAVING = ("Inspected target navigated", "Execution context was destroyed", "Cannot find context")
"""What Chromium answers to a question that meets a page just when another takes its place."""


class BrowserError(RuntimeError):
    """Chromium refused a command, a script on the page raised, or something did not happen in time."""


class Chromium:
    """A running browser; close it when done."""

    def __init__(self, program: str) -> None:
        import websocket  # comes with Jupyter, which is not among the oldest supported versions

        self._profile = tempfile.mkdtemp(prefix="cifar-teach-chromium-")
        self._process = subprocess.Popen(
            [program, f"--user-data-dir={self._profile}", *FLAGS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.events: deque[dict[str, Any]] = deque()
        self._number = 0
        try:
            self._socket = websocket.create_connection(self._address(), timeout=60, suppress_origin=True)
        except BaseException:
            self.close()
            raise

    def _address(self, seconds: float = 60) -> str:
        """Return the address that Chromium listens at; it writes it into its profile once it does."""
        note = Path(self._profile, "DevToolsActivePort")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise BrowserError(f"Chromium ended at once, with status {self._process.returncode}.")
            lines = note.read_text().split() if note.is_file() else []
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            time.sleep(0.05)
        raise BrowserError(f"Chromium did not start within {seconds:.0f} s.")

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send a command of the protocol and return its result; events that come meanwhile are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while (answer := json.loads(self._socket.recv())).get("id") != self._number:
            self.events.append(answer)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def new_page(self, width: int = 1280, height: int = 900, *, dark: bool = False, touch: bool = False) -> Page:
        """Open an empty page that shares nothing with the others."""
        return Page(self, width, height, dark=dark, touch=touch)

    def close(self) -> None:
        """End the browser and remove its profile."""
        if hasattr(self, "_socket"):
            self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        shutil.rmtree(self._profile, ignore_errors=True)


class Page:
    """One page of the browser.

    Attributes:
        requests: addresses that the page has asked for so far, in order.
        complaints: errors of scripts, and of the console, so far.
    """

    def __init__(self, browser: Chromium, width: int, height: int, *, dark: bool, touch: bool) -> None:
        self._browser = browser
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._width, self._height, self._touch = width, height, touch
        self._context = browser.send("Target.createBrowserContext")["browserContextId"]
        target = browser.send("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.send(f"{domain}.enable")
        self._resize(height)
        if touch:
            self.send("Emulation.setTouchEmulationEnabled", enabled=True)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the protocol to this page."""
        result = self._browser.send(method, self._session, **parameters)
        self._sort_events()
        return result

    def _sort_events(self) -> None:
        others = deque(event for event in self._browser.events if event.get("sessionId") != self._session)
        for event in self._browser.events:
            if event.get("sessionId") == self._session:
                self._note(event["method"], event["params"])
        self._browser.events = others

    def _note(self, method: str, facts: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = facts["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and facts["entry"]["level"] == "error":
            self.complaints.append(f"{facts['entry']['text']} {facts['entry'].get('url', '')}".strip())
        elif method == "Runtime.consoleAPICalled" and facts["type"] == "error":
            self.complaints.append(" ".join(str(each.get("value", "")) for each in facts["args"]))

    def open(self, address: str | Path, seconds: float = 60) -> None:
        """Open an address or a file and wait until it is loaded."""
        url = address.resolve().as_uri() if isinstance(address, Path) else address
        failure = self.send("Page.navigate", url=url).get("errorText")
        if failure:
            raise BrowserError(f"{url}: {failure}")
        self.wait("location.href !== 'about:blank' && document.readyState === 'complete'", seconds)

    def evaluate(self, script: str) -> Any:
        """Return the JSON-ready value of an expression, awaited if it is a promise."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def wait(self, condition: str, seconds: float = 30) -> Any:
        """Wait until an expression is true, and return its value."""
        until = time.monotonic() + seconds
        while True:
            try:
                if value := self.evaluate(condition):
                    return value
            except BrowserError as problem:
                if not any(sign in str(problem) for sign in LEAVING):
                    raise
            if time.monotonic() > until:
                raise BrowserError(f"After {seconds:.0f} s this was still not true: {condition}; {self.complaints}")
            time.sleep(0.02)

    def text(self, selector: str) -> str:
        """Return the text of the first element that matches."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent.trim()")

    def middle_of(self, selector: str) -> dict[str, float]:
        """Scroll to the first element that matches and return where in the window its middle is, as x and y."""
        x, y = self.evaluate(
            f"(() => {{ const element = document.querySelector({json.dumps(selector)});"
            " element.scrollIntoView({block: 'center', behavior: 'instant'});"
            " const box = element.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        return {"x": x, "y": y}

    def click(self, selector: str) -> None:
        """Click with the mouse in the middle of the first element that matches."""
        place = self.middle_of(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, **place, button="left", clickCount=1)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key of :data:`KEYS`."""
        known = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": KEYS[key]}
        typed = {"text": "\r"} if key == "Enter" else {"text": " "} if key == " " else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", modifiers=8 if shift else 0, **known, **typed)
        self.send("Input.dispatchKeyEvent", type="keyUp", modifiers=8 if shift else 0, **known)

    def choose_files(self, selector: str, *paths: Path) -> None:
        """Choose files in a file input."""
        element = self.send("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")
        files = [str(path.resolve()) for path in paths]
        self.send("DOM.setFileInputFiles", files=files, objectId=element["result"]["objectId"])

    def drop_files(self, selector: str, *paths: Path) -> None:
        """Drag files from outside onto the middle of an element and drop them."""
        place = self.middle_of(selector)
        data = {"items": [], "files": [str(path.resolve()) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.send("Input.dispatchDragEvent", type=kind, **place, data=data)

    def screenshot(self, path: Path) -> Path:
        """Write what the whole page looks like as PNG, in a window that is as high as the page."""
        height = self.send("Page.getLayoutMetrics")["cssContentSize"]["height"]
        self._resize(math.ceil(height))
        try:
            path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))
        finally:
            self._resize(self._height)
        return path

    def _resize(self, height: int) -> None:
        size = {"width": self._width, "height": height, "deviceScaleFactor": 1}
        self.send("Emulation.setDeviceMetricsOverride", **size, mobile=self._touch)

    def close(self) -> None:
        """Close the page and forget its context."""
        self._browser.send("Target.disposeBrowserContext", browserContextId=self._context)


Opener = Callable[..., Page]
"""What the fixture ``open_page`` returns: open an address or file, with the arguments of :meth:`Chromium.new_page`."""
