"""A Chromium that tests drive, over two pipes: keys, sizes, colour schemes, scripts on and off.

The trap: the browser reads its orders from file descriptor 3 and answers on 4, which only POSIX
lets a process hand down; and between an order and its answer it tells of events, which are kept.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

#: What an expression comes to: only whoever wrote it knows.
Json: TypeAlias = Any

_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # a container's root may not make the browser's sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
#: A key's name → its Windows key code and the text that it writes.
_KEYS = {
    "Enter": (13, "\r"),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "ArrowDown": (40, ""),
    "ArrowUp": (38, ""),
    " ": (32, " "),
}
_CONTROL = 2
#: Becomes the browser, with its pipes at 3 and 4, where other pipes may be until then.
_LAUNCH = """
import fcntl, os, sys
orders, answers = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(orders, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class BrowserError(AssertionError):
    """The browser refused an order, or a script in the page threw."""


@dataclass
class Browser:
    """One tab. ``said`` is what the page complained of: errors, and what its policy refused."""

    process: subprocess.Popen[bytes]
    orders: int
    answers: int
    said: list[str] = field(default_factory=list)
    _count: int = 0
    _session: str = ""
    _rest: bytes = b""
    _loaded: int = 0

    def __enter__(self) -> Self:
        try:
            target = self.order("Target.createTarget", url="about:blank")["targetId"]
            attached = self.order("Target.attachToTarget", targetId=target, flatten=True)
            self._session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                self.order(f"{domain}.enable")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser, as it does itself when nobody gives orders any more."""
        os.close(self.orders)
        os.close(self.answers)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def order(self, method: str, **parameters: object) -> dict[str, Any]:
        """Give an order of the DevTools protocol, and return its result."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self.orders, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str) -> None:
        """Go to a page and wait until it has loaded."""
        self.load(lambda: self.order("Page.navigate", url=url))

    def load(self, act: Callable[[], object]) -> None:
        """Do what leads to another page, and wait until that has loaded."""
        before = self._loaded
        act()
        while self._loaded == before:
            self._read()

    def run(self, script: str) -> Json:
        """The value of an expression in the page; a promise is waited for."""
        answer = self.order(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"])[:500])
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression holds, looking at each frame that the page draws."""
        self.run(
            "new Promise((done, fail) => { const end = performance.now() + 90000;"
            f" const look = () => ({condition}) ? done(true) : performance.now() > end"
            f" ? fail(new Error({json.dumps(condition)})) : setTimeout(look, 10); look(); }})"
        )

    def type(self, text: str) -> None:
        """Write text at the caret, a character at a time."""
        for character in text:
            self.order("Input.dispatchKeyEvent", type="char", text=character)

    def press(self, key: str, *, control: bool = False) -> None:
        """Press a key and let it go."""
        code, text = _KEYS[key]
        common: Mapping[str, object] = {
            "key": key,
            "code": "Space" if key == " " else key,
            "windowsVirtualKeyCode": code,
            "modifiers": _CONTROL if control else 0,
        }
        writes = {"text": text} if text and not control else {}
        kind = "keyDown" if writes else "rawKeyDown"
        self.order("Input.dispatchKeyEvent", type=kind, **common, **writes)
        self.order("Input.dispatchKeyEvent", type="keyUp", **common)

    def scripts(self, *, on: bool) -> None:
        """Let pages run scripts, or not; what tests run themselves is run all the same."""
        self.order("Emulation.setScriptExecutionDisabled", value=not on)

    def look(self, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Set the window's size and the colour scheme that its user prefers."""
        self.order(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.order("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, file: Path, *, whole: bool = True) -> None:
        """Write the page as it looks, beyond the window too."""
        picture = self.order("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(picture["data"]))

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self.answers, 1 << 20)
            if not part:
                raise BrowserError("the browser has ended")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, told: Mapping[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded += 1
        elif method == "Log.entryAdded":
            self.said.append(told["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.said.append(json.dumps(told["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled":
            self.said.append(json.dumps(told["args"])[:500])


def start_browser(chromium: str, folder: Path) -> Browser:
    """A browser that reaches the loopback alone, with its profile in ``folder``."""
    orders_in, orders_out = os.pipe()
    answers_in, answers_out = os.pipe()
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", _LAUNCH, str(orders_in), str(answers_out)),
            *(chromium, *_FLAGS, f"--user-data-dir={folder}"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(orders_in, answers_out),
    )
    os.close(orders_in)
    os.close(answers_out)
    return Browser(process, orders_out, answers_in)
