"""The state of the session: the one namespace of all cells, and what the current cell has done so far."""

from types import FrameType
from typing import Any

import __main__
from _rlm.cpython import INTERRUPT, set_signal

namespace: dict[str, Any] = __main__.__dict__

# The host reads no more of them than this.
CITATIONS = 10_000


class Session:
    """State that outlives a cell."""

    def __init__(self) -> None:
        self.cell_number = 0
        self.running = False
        self.interrupted = False
        self.notices: list[str] = []
        # Place -> citation, in the order of citing.
        self.citations: dict[tuple[str, int, int], dict[str, object]] = {}
        self.final: dict[str, str] | None = None

    def cite(self, path: str, first: int, last: int) -> None:
        if len(self.citations) < CITATIONS:
            self.citations[path, first, last] = {"path": path, "startLine": first, "endLine": last}
        else:
            notice(f"cite: the first {CITATIONS} places are kept; cite only the lines that the answer rests on.")


session = Session()


def is_running() -> bool:
    """Whether code of a cell is running, and not our own before or after it."""
    return session.running


def notice(text: str) -> None:
    """Tells the model something after the cell."""
    if text not in session.notices and len(session.notices) < 20:
        session.notices.append(text)


def _on_interrupt(_number: int, _frame: FrameType | None) -> None:
    # A late interrupt must hit the cell or nothing, never our own bookkeeping.
    if session.running:
        session.interrupted = True
        raise KeyboardInterrupt


def listen_for_interrupts() -> None:
    set_signal(INTERRUPT, _on_interrupt)
