"""Checks whether a cell has broken the runtime for the next ones."""

from collections.abc import Callable
from typing import Any

from _rlm.names import ABSENT
from _rlm.state import namespace, session

_held: list[object] = []


def hold_last_value() -> None:
    """Keeps the last value for ever after a restart. The next cell replaces it, and freeing it may be what ended the
    interpreter: some objects free what they hold by recursion, which a deep one takes to the end of the stack."""
    _held.append(namespace.get("_"))


def is_sound(run: Callable[[dict[str, Any], bytes], dict[str, Any]]) -> bool:
    """Whether `run`, the command that runs a cell, would run the next one. Otherwise, damage that a cell did to the
    runtime would make all later ones fail."""
    kept = namespace.get("_", ABSENT)
    # Without room for output none of it reaches the host.
    result = run({"outputCharacters": 0}, b"6 * 7")
    session.cell_number -= 1
    if kept is ABSENT:
        namespace.pop("_", None)
    else:
        namespace["_"] = kept
    if result.get("echo") == "" and result["printedCharacters"] == len("42\n"):
        return True
    # A late interrupt that was meant for the cell.
    return session.interrupted
