"""The output of a cell: bounded at its source, and streamed to the host while the cell runs."""

import io
import time

from _rlm.channel import send, utf8
from _rlm.state import is_running

STREAM_CHARACTERS = 4096
STREAM_SECONDS = 0.05
FLOOD_FACTOR = 50

_monotonic = time.monotonic


class OutputFlood(BaseException):
    """Raised when the cell printed far more than can be shown."""


# Tracebacks show the names of built-in exceptions without a module.
OutputFlood.__module__ = "builtins"


class Output(io.TextIOBase):
    """Keeps the head and the tail of what is written to it and counts the rest."""

    encoding: str = "utf-8"
    errors: str | None = "backslashreplace"

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self.begin(0)

    def begin(self, capacity: int) -> None:
        """Clears the output. `capacity`: characters to keep."""
        self.capacity = capacity
        self.total = 0
        self._flood = 0
        self._head: list[str] = []
        self._head_room = capacity - capacity // 2
        self._tail: list[str] = []
        self._tail_length = 0
        self._stream_room = capacity
        self._unsent: list[str] = []
        self._unsent_length = 0
        self._sent_at = 0.0

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def flush(self) -> None:
        self.send()

    def write(self, text: str) -> int:
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        length = len(text)
        self.total += length
        # One print of a large text is only cut; a stream of them is a flood.
        self._flood += min(length, self.capacity)
        self._keep(str(text))
        self._stream_out(text)
        if self._flood > self.capacity * FLOOD_FACTOR and is_running():
            raise OutputFlood(
                f"the cell printed {self.total} characters, far more than can be shown, and was stopped before its "
                "time limit. Print less: counts, slices, the first few items"
            )
        return length

    def _keep(self, text: str) -> None:
        if self._head_room:
            part = text[: self._head_room]
            self._head.append(part)
            self._head_room -= len(part)
            text = text[len(part) :]
        if text:
            tail_room = self.capacity // 2
            self._tail.append(text[-tail_room:] if tail_room else "")
            self._tail_length += len(self._tail[-1])
            if self._tail_length > 4 * tail_room + 4096 or len(self._tail) > 4096:
                self._compact_tail()

    def _compact_tail(self) -> None:
        tail_room = self.capacity // 2
        tail = "".join(self._tail)[-tail_room:] if tail_room else ""
        self._tail = [tail]
        self._tail_length = len(tail)

    def _stream_out(self, text: str) -> None:
        if self._stream_room <= 0:
            return
        part = text[: self._stream_room]
        self._stream_room -= len(part)
        self._unsent.append(part)
        self._unsent_length += len(part)
        # print writes the line end separately; a line should not leave without it.
        is_due = text[-1:] == "\n" and _monotonic() - self._sent_at >= STREAM_SECONDS
        if is_due or self._unsent_length >= STREAM_CHARACTERS:
            self.send()

    def send(self) -> None:
        """Sends output that was not streamed yet."""
        if not self._unsent:
            return
        text = "".join(self._unsent)
        self._unsent = []
        self._unsent_length = 0
        self._sent_at = _monotonic()
        send("output", utf8(text), stream=self._stream)

    def text(self) -> str:
        """Returns head and tail, with a line between them that says how much was left out."""
        self._compact_tail()
        head, tail = "".join(self._head), self._tail[0]
        left_out = self.total - len(head) - len(tail)
        if left_out > 0:
            head = f"{head}\n... [{left_out} of {self.total} characters left out] ...\n"
        return utf8(head + tail).decode()


stdout = Output("stdout")
stderr = Output("stderr")


def flush_output() -> None:
    stdout.send()
    stderr.send()
