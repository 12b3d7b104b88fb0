"""Microsoft's Kusto.Language, as JavaScript, inside an embedded V8.

The trap: a V8 that is not closed keeps the process from ending, and one that is closed while
another thread evaluates crashes it. Whoever opens a session closes it, in the same thread.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from types import TracebackType
from typing import TYPE_CHECKING

from vedette.errors import ToolError

if TYPE_CHECKING:
    from py_mini_racer import MiniRacer

_STACK_OVERFLOW = "Maximum call stack size exceeded"

#: What the build hook puts beside this module, in the order in which it is evaluated.
_LIBRARY = ("bridge.min.js", "Kusto.Language.Bridge.min.js")

#: The most memory that the V8 may take, in bytes: a lint of a thousand rules takes 0.1 GB.
MEMORY_LIMIT = 2**30


#: Room for what is young, in MB: with V8's own 1 MB the library's start is collected many times.
_ROOM = ("--min-semi-space-size=32",)


class ScriptError(ToolError):
    """A script failed; it never leaves this package, where it becomes a diagnostic."""


class ScriptLimitError(ScriptError):
    """A script was stopped at its limit of time, memory or depth; the session must be closed."""


class KustoSession:
    """A V8 with Kusto.Language and ``binder.js`` loaded; takes about half a second to open."""

    def __init__(self) -> None:
        from py_mini_racer import DEFAULT_V8_FLAGS, MiniRacer, init_mini_racer

        # On Linux V8 locks its memory to the threads that descend from the one that started it
        # first. The workspace's threads and its clients' would end the process (SIGSEGV).
        unlocked = ("--no-memory-protection-keys",) if sys.platform == "linux" else ()
        flags = (*DEFAULT_V8_FLAGS, *_ROOM, *unlocked)
        init_mini_racer(flags=flags, ignore_duplicate_init=True)
        self._context: MiniRacer = MiniRacer()
        try:
            self._context.set_hard_memory_limit(MEMORY_LIMIT)
            # The library was made for browsers and asks for this once, at its start.
            self._context.eval("globalThis.addEventListener = function () {};")
            for script in (*_library(), _own_script()):
                self._context.eval(script)
        except BaseException:
            self._context.close()
            raise

    def call(self, function: str, *arguments: object, seconds: float | None = None) -> object:
        """Call ``vedette.<function>`` with JSON arguments; it returns JSON text or nothing.

        Raises:
            ScriptLimitError: it took more than ``seconds``, too much memory, or nests too deeply.
            ScriptError: the script failed.
        """
        from py_mini_racer import JSEvalException, JSOOMException, JSTimeoutException

        call = f"vedette.{function}({', '.join(map(json.dumps, arguments))})"
        try:
            result = self._context.eval(call, timeout_sec=seconds)
        except JSTimeoutException as error:
            # The stopped script still reports its end; closing before that breaks the report.
            self._context.eval("0")
            raise ScriptLimitError(f"the Kusto compiler took longer than {seconds} s") from error
        except JSOOMException as error:
            raise ScriptLimitError("the Kusto compiler ran out of memory") from error
        except JSEvalException as error:
            reason = str(error).strip().splitlines()
            if any(_STACK_OVERFLOW in line for line in reason):
                raise ScriptLimitError("the query nests too deeply to be compiled") from error
            raise ScriptError(
                f"the Kusto compiler failed: {reason[0] if reason else ''}"
            ) from error
        return json.loads(result) if isinstance(result, str) else None

    def close(self) -> None:
        """Free the V8; the session cannot be used afterwards."""
        self._context.close()

    def __enter__(self) -> KustoSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _library() -> list[str]:
    folder = files("vedette.kql") / "_kusto"
    try:
        return [(folder / name).read_text(encoding="utf-8") for name in _LIBRARY]
    except FileNotFoundError as error:
        raise ToolError(
            "the Kusto compiler is not installed; install vedette again, which brings it"
        ) from error


def _own_script() -> str:
    return (files("vedette.kql") / "binder.js").read_text(encoding="utf-8")
