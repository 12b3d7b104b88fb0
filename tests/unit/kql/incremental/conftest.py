"""One compiler for all lints of this folder, since each takes half a second to start."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest

from vedette.kql.binder import Binder
from vedette.kql.incremental.bench import Bench


@pytest.fixture(autouse=True)
def _shared_compiler(binder: Binder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a binder gets the one that is there, and does not close it."""

    def shared(bench: Bench) -> AbstractContextManager[Binder]:
        return nullcontext(binder)

    monkeypatch.setattr(Bench, "binder", shared)
