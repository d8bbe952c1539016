"""Headless Chromium, driven by its DevTools protocol over a pipe, with the standard library alone."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-extensions", "--hide-scrollbars"),
    *("--disable-dev-shm-usage", "--remote-debugging-pipe", "about:blank"),
)
# Chromium reads its commands from descriptor 3 and answers on 4.
START = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3])  # away from 3 and 4
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
PATIENCE = 120  # seconds for one answer: the machine may be busy


def program() -> str | None:
    """Debian's chromium, or None."""
    return shutil.which("chromium")


class Failed(Exception):
    """Chromium answered with an error."""


class Browser:
    """One process with a profile of its own; use it with `with`."""

    def __enter__(self) -> Browser:
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        arguments = [program() or "chromium", f"--user-data-dir={self.profile}", *QUIET]
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(commands), str(answers), *arguments],
            pass_fds=[commands, answers],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(commands)
        os.close(answers)
        os.set_blocking(self.answers, False)
        self.buffer, self.numbers = b"", itertools.count(1)
        self.events: list[dict[str, Any]] = []
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Failed, OSError, TimeoutError):
            self.send("Browser.close")
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        found = self._await(lambda: next((e for e in self.events if e.get("id") == number), None), method)
        self.events.remove(found)
        if "error" in found:
            raise Failed(f"{method}: {found['error']['message']}")
        result: dict[str, Any] = found["result"]
        return result

    def _await(self, look: Callable[[], dict[str, Any] | None], what: str) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = look()
            if found is not None:
                return found
            self._read()
        raise TimeoutError(f"Chromium did not answer {what} within {PATIENCE} s")

    def _read(self) -> None:
        try:
            data = os.read(self.answers, 1 << 20)
        except BlockingIOError:
            time.sleep(0.005)
            return
        if not data:
            raise Failed("Chromium has ended")
        *messages, self.buffer = (self.buffer + data).split(b"\0")
        self.events += map(json.loads, messages)

    def page(self, width: int = 1280, height: int = 900, dark: bool = False, script: bool = True) -> Page:
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, target, session, width, height, dark, script)


class Page:
    """A tab of a given size, light or dark, that keeps what it asked for and what it complained of."""

    def __init__(
        self, browser: Browser, target: str, session: str, width: int, height: int, dark: bool, script: bool
    ) -> None:
        self.browser, self.target, self.session = browser, target, session
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        self.scheme(dark)
        self.size(width, height)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.send(method, self.session, **parameters)

    def scheme(self, dark: bool) -> None:
        value = "dark" if dark else "light"
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": value}])

    def size(self, width: int, height: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def open(self, url: str) -> None:
        self.send("Page.navigate", url=url)
        self.browser._await(lambda: next(iter(self.heard("Page.loadEventFired")), None), url)

    def heard(self, *methods: str) -> list[dict[str, Any]]:
        return [e for e in self.browser.events if e.get("method") in methods and e.get("sessionId") == self.session]

    def requests(self) -> list[str]:
        return [_url(event) for event in self.heard("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, exceptions, and what a policy forbade."""
        logs = [event["params"]["entry"]["text"] for event in self.heard("Log.entryAdded")]
        calls = [str(event["params"]["args"]) for event in self.heard("Runtime.consoleAPICalled")]
        return logs + calls + [str(event["params"]) for event in self.heard("Runtime.exceptionThrown")]

    def refused(self, url: str) -> bool:
        """Whether a request was stopped inside the browser by the page's policy."""
        numbers = {e["params"]["requestId"] for e in self.heard("Network.requestWillBeSent") if _url(e) == url}
        stopped = [e["params"] for e in self.heard("Network.loadingFailed") if e["params"]["requestId"] in numbers]
        return bool(stopped) and all(one.get("blockedReason") == "csp" for one in stopped)

    def close(self) -> None:
        self.browser.send("Target.closeTarget", targetId=self.target)
        self.browser.events = [e for e in self.browser.events if e.get("sessionId") != self.session]

    def run(self, expression: str) -> Any:
        """The value of an expression of JavaScript, which may be a promise."""
        done = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise Failed(json.dumps(done["exceptionDetails"])[:2000])
        return done["result"].get("value")

    def press(self, key: str) -> None:
        codes = {"Tab": 9, "Enter": 13, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39}
        text = {"Enter": {"text": "\r"}, " ": {"text": " "}}.get(key, {})
        common = {"key": key, "windowsVirtualKeyCode": codes[key]}
        self.send("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def picture(self, path: Path, whole: bool = True) -> None:
        taken = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))
        path.write_bytes(base64.b64decode(taken["data"]))

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        area = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": area["width"], "height": min(area["height"], 6000), "scale": 1}
        return {"clip": clip}


def _url(event: dict[str, Any]) -> str:
    url: str = event["params"]["request"]["url"]
    return url
