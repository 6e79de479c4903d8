"""A real Chromium, driven over its debugging socket: opens pages, presses buttons, measures, takes pictures."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from websockets.sync.client import connect
from websockets.sync.connection import Connection

BROWSERS = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--no-proxy-server",
    "--hide-scrollbars", "--remote-debugging-port=0",
)  # fmt: skip
PATIENCE = 30.0


def chromium() -> str:
    """The browser of this machine; without one the test is left out and says so, and with CI=true it fails."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        message = f"no browser ({', '.join(BROWSERS)}): what needs one is not tested"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


class Browser:
    """One page of a browser."""

    def __init__(self, socket: Connection) -> None:
        self._socket = socket
        self._number = 0
        self.complaints: list[str] = []
        """What the page or the browser said against it: a refused style, an error."""
        self._loaded = False
        for domain in ("Page", "Runtime", "Log"):
            self._send(f"{domain}.enable")

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded."""
        self._loaded = False
        self._send("Page.navigate", url=url)
        self._wait()

    def resize(self, width: int, height: int = 900) -> None:
        """A window of this size; below 600 it is a telephone's."""
        phone = width < 600
        self._send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def dark(self, *, on: bool) -> None:
        """Whether the reader prefers dark pages."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        self._send("Emulation.setEmulatedMedia", features=[scheme])

    def on_paper(self, *, on: bool) -> None:
        """Whether the page is shown as it would be printed."""
        self._send("Emulation.setEmulatedMedia", media="print" if on else "")

    def scripts(self, *, on: bool) -> None:
        """Whether the scripts of pages that are opened from now on are run."""
        self._send("Emulation.setScriptExecutionDisabled", value=not on)

    def find(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self._send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, selector: str) -> None:
        """Press a button or link, and wait for the page it leads to."""
        self._loaded = False
        self.find(f"document.querySelector({json.dumps(selector)}).click()")
        self._wait()

    def fill(self, selector: str, text: str) -> None:
        """Type a text into a field."""
        self.find(f"document.querySelector({json.dumps(selector)}).focus()")
        self._send("Input.insertText", text=text)

    def picture(self, file: Path) -> None:
        """The whole page as a PNG."""
        size = self._send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        answer = self._send("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(answer["data"]))

    def _send(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        number = self._number
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            found = self._hear(time.monotonic() + PATIENCE)
            if found.get("id") == number:
                assert "error" not in found, (method, found["error"])
                return found["result"]

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while not self._loaded:
            self._hear(until)

    def _hear(self, until: float) -> Any:
        found = json.loads(self._socket.recv(timeout=max(0.01, until - time.monotonic())))
        match found.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Log.entryAdded":
                self.complaints.append(found["params"]["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(found["params"]["exceptionDetails"]))
        return found


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a new profile in a folder; it ends with the block."""
    profile = folder / "profile"
    process = subprocess.Popen(
        [chromium(), *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port = _port(profile / "DevToolsActivePort", process)
        direct = build_opener(ProxyHandler({}))
        with direct.open(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE) as answer:
            target = next(each for each in json.load(answer) if each["type"] == "page")
        with connect(target["webSocketDebuggerUrl"], proxy=None, max_size=64 << 20) as socket:
            yield Browser(socket)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(file: Path, process: "subprocess.Popen[bytes]") -> int:
    """The port of the debugging socket, which the browser writes down when it is ready."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if file.is_file() and (lines := file.read_text("utf-8").splitlines()):
            return int(lines[0])
        time.sleep(0.05)
    raise AssertionError(f"the browser did not start within {PATIENCE:.0f} s")
