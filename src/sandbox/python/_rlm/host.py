"""Questions to the host for which the code of a cell waits."""

from typing import Any

from _rlm.channel import from_json, receive, send
from _rlm.output import flush_output


def ask(op: str, payload: bytes = b"", **fields: object) -> tuple[dict[str, Any], bytes]:
    """Sends a frame and waits for its answer. An answer with `error` raises RuntimeError."""
    flush_output()
    send(op, payload, **fields)
    header, data = receive()
    error = header.get("error")
    if error is not None:
        raise RuntimeError(error)
    return header, data


def budget() -> dict[str, Any]:
    """Returns what is left of the limits of this run, as a dict."""
    return from_json(ask("budget")[1].decode())
