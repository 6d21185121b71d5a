"""Shows exceptions to a model: lines of its cells, none of ours, and a hint for common mistakes."""

import linecache
import re
import traceback
from typing import Any

from _rlm.advice import what_is_here
from _rlm.channel import utf8
from _rlm.names import type_name
from _rlm.state import session

TRACEBACK_CHARACTERS = 12_000
_TracebackException = traceback.TracebackException
_SHELL_LINE = re.compile(r"\s*(!|%|pip3?\s+install\b)")


def cell_filename(number: int) -> str:
    return f"<cell {number}>"


def register_source(filename: str, code: str) -> None:
    """Gives tracebacks the lines of a cell."""
    linecache.cache[filename] = (len(code), None, code.splitlines(True), filename)


def describe_error(error: BaseException, filename: str, code: str) -> dict[str, Any]:
    """Describes an error as a CellError dict. `filename` is that of the running cell, shown as "<cell>"."""
    described: dict[str, Any] = {
        "type": type_name(error),
        "message": utf8(_message(error)[:4000]).decode(),
        "traceback": _traceback(error, filename),
    }
    line = _line(error, filename)
    if line is not None:
        described["line"] = line
    hint = _hint(error, code)
    if hint is not None:
        described["hint"] = hint
    if session.interrupted and isinstance(error, KeyboardInterrupt):
        described["isInterrupt"] = True
    return described


def _message(error: BaseException) -> str:
    try:
        # The text of a SyntaxError repeats the place, with the name of the file.
        return str(error.msg) if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        return "<no message>"


def _traceback(error: BaseException, filename: str) -> str:
    try:
        formatted = _TracebackException.from_exception(error, compact=True)
        _keep_foreign_frames(formatted, set())
        text = "".join(formatted.format())
    except BaseException:
        text = f"{type_name(error)}\n"
    if len(text) > TRACEBACK_CHARACTERS:
        half = TRACEBACK_CHARACTERS // 2
        text = f"{text[:half]}\n... [traceback shortened] ...\n{text[-half:]}"
    return utf8(text.replace(f'"{filename}"', '"<cell>"')).decode()


def _keep_foreign_frames(formatted: traceback.TracebackException | None, seen: set[int]) -> None:
    """Drops our own frames and all frames before the first line of a cell: the machinery of top-level await."""
    if formatted is None or id(formatted) in seen:
        return
    seen.add(id(formatted))
    stack = [frame for frame in formatted.stack if not frame.filename.startswith("<rlm:")]
    cells = (index for index, frame in enumerate(stack) if frame.filename.startswith("<cell "))
    first = next(cells, len(stack))
    formatted.stack[:] = stack[first:]
    _keep_foreign_frames(formatted.__cause__, seen)
    _keep_foreign_frames(formatted.__context__, seen)
    for member in formatted.exceptions or ():
        _keep_foreign_frames(member, seen)


def _line(error: BaseException, filename: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == filename:
        return error.lineno if type(error.lineno) is int and error.lineno >= 0 else None
    line: int | None = None
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == filename:
            line = step.tb_lineno
        step = step.tb_next
    return line


def _hint(error: BaseException, code: str) -> str | None:
    if isinstance(error, SyntaxError):
        message = str(error.msg)
        if code.count('"""') >= 3:
            return (
                'A """ inside a text in """ ends it. '
                "Put such a text in ''' … ''', or build it with \"\\n\".join([...])."
            )
        if "unterminated string literal" in message or "unterminated f-string literal" in message:
            return 'A text in simple quotes cannot go over several lines. Use triple quotes: """ … """.'
        if _SHELL_LINE.match(error.text or ""):
            return (
                "This is plain Python, without shell commands and magics; nothing can be installed. "
                f"There are {what_is_here()}."
            )
        return None
    if isinstance(error, MemoryError):
        return "Work on smaller pieces: files[path], grep(...) and chunks(...) do not need the whole text in memory."
    return None
