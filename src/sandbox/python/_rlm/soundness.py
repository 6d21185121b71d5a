"""Finds out whether a cell has broken the runtime for those that follow."""

from collections.abc import Callable
from typing import Any

from _rlm.names import ABSENT
from _rlm.state import namespace, session

_held: list[object] = []


def hold_last_value() -> None:
    """After a restart: keeps the last value for ever. The next cell replaces it, and freeing it may be what ended the
    interpreter: some objects free what they hold by recursion, which a deep one takes to the end of the stack."""
    _held.append(namespace.get("_"))


def is_sound(run: Callable[[dict[str, Any], bytes], dict[str, Any]]) -> bool:
    """Whether `run`, the command that runs a cell, would run the next one. What a cell has broken of the runtime for
    good would else fail all later ones."""
    kept = namespace.get("_", ABSENT)
    # Without room for output nothing of it reaches the host.
    result = run({"outputCharacters": 0}, b"6 * 7")
    session.cell_number -= 1
    if kept is ABSENT:
        namespace.pop("_", None)
    else:
        namespace["_"] = kept
    if result.get("echo") == "" and result["printedCharacters"] == len("42\n"):
        return True
    # An interrupt that was meant for the cell has come late.
    return session.interrupted
