# What belongs to the session: the one namespace of all cells, and what the current cell has done so far.
import __main__
import _signal
import sys

namespace = __main__.__dict__

# The host reads no more of them.
CITATIONS = 10_000


class Session:
    """State that outlives a cell."""

    def __init__(self):
        self.cell_number = 0
        self.running = False
        self.interrupted = False
        self.notices = []
        # Place -> citation, in the order of citing.
        self.citations = {}
        self.final = None


    def cite(self, path, first, last):
        if len(self.citations) < CITATIONS:
            self.citations[path, first, last] = {"path": path, "startLine": first, "endLine": last}
        else:
            notice(f"cite: the first {CITATIONS} places are kept; cite only the lines that the answer rests on.")


session = Session()


def is_running():
    """Whether code of a cell runs now, and not our own before or after it."""
    return session.running


def notice(text):
    """Tells the model something after the cell."""
    if text not in session.notices and len(session.notices) < 20:
        session.notices.append(text)


def _on_interrupt(_number, _frame):
    # A late interrupt must hit the cell or nothing, never our own bookkeeping.
    if session.running:
        session.interrupted = True
        raise KeyboardInterrupt


# The C module: `signal.signal` calls builtins, which code of the model may have patched.
_set_signal = _signal.signal
_INTERRUPT = _signal.SIGINT


def listen_for_interrupts():
    _set_signal(_INTERRUPT, _on_interrupt)
