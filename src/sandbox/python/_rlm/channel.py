"""The one way out: frames over a character device.

Everything here is taken from the C modules when the snapshot is built, so that code which patches json, os or builtins
cannot bend it.
"""

import json
import os
import struct
from collections.abc import Callable
from typing import Any, Never

from _rlm.cpython import json_escape, make_json_encoder, make_json_scanner

CHANNEL = 1000
HEADER_LIMIT = 900_000
PAYLOAD_LIMIT = 60_000_000

_write = os.write
_read = os.read
_pack_lengths = struct.Struct("<II").pack
_unpack_lengths = struct.Struct("<II").unpack
_scan_json = make_json_scanner(json.JSONDecoder())


def from_json(text: str) -> Any:
    """Parses a JSON text without white space around it."""
    return _scan_json(text, 0)[0]


def _reject(value: object) -> Never:
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _encoder(allows_nan: bool) -> Callable[[object], str]:
    def encode(value: object) -> str:
        # The memo of containers makes a cycle a ValueError; without one it would exhaust the stack.
        encoder = make_json_encoder({}, _reject, json_escape, None, ": ", ", ", False, False, allows_nan)
        return "".join(encoder(value, 0))

    return encode


to_json = _encoder(True)
to_strict_json = _encoder(False)


def utf8(text: str) -> bytes:
    """Encodes a text. Lone surrogates, which UTF-8 cannot express, become escapes."""
    return text.encode("utf-8", "backslashreplace")


def send(op: str, payload: bytes = b"", **fields: object) -> None:
    """Sends a frame that needs no answer."""
    fields["op"] = op
    header = to_json(fields).encode()
    # The host ends a sandbox that sends more than it should; an error that the code sees is better.
    if len(header) > HEADER_LIMIT or len(payload) > PAYLOAD_LIMIT:
        raise ValueError(f"{op}: {len(header) + len(payload)} bytes are more than can be sent at once")
    _write(CHANNEL, _pack_lengths(len(header), len(payload)) + header + payload)


def receive() -> tuple[dict[str, Any], bytes]:
    """Returns the next frame from the host: header and payload."""
    header_length, payload_length = _unpack_lengths(_read_exactly(8))
    header = from_json(_read_exactly(header_length).decode())
    return header, _read_exactly(payload_length) if payload_length else b""


def _read_exactly(length: int) -> bytes:
    data = _read(CHANNEL, length)
    if len(data) == length:
        return data
    parts = [data]
    missing = length - len(data)
    while missing:
        data = _read(CHANNEL, missing)
        if not data:
            raise EOFError("the channel to the host ended")
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)
