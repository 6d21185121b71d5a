# The one way out: frames over a character device. Everything here is taken from the C modules when the snapshot is
# built, so that code which patches json, os or builtins cannot bend it.
import json
import os
import struct

CHANNEL = 1000
HEADER_LIMIT = 900_000
PAYLOAD_LIMIT = 60_000_000

_write = os.write
_read = os.read
_pack_lengths = struct.Struct("<II").pack
_unpack_lengths = struct.Struct("<II").unpack
_scan_json = json.scanner.c_make_scanner(json.JSONDecoder())


def from_json(text):
    """The value of a JSON text without white space around it."""
    return _scan_json(text, 0)[0]


def _reject(value):
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _encoder(default, allows_nan):
    # No memo of containers is passed to the C encoder, so a cycle ends in a RecursionError.
    escape = json.encoder.c_encode_basestring_ascii
    encode = json.encoder.c_make_encoder(None, default, escape, None, ": ", ", ", False, False, allows_nan)
    return lambda value: "".join(encode(value, 0))


to_json = _encoder(_reject, True)


def utf8(text):
    """Bytes of a text. Lone surrogates, which UTF-8 cannot express, are written out as escapes."""
    return text.encode("utf-8", "backslashreplace")


def send(op, payload=b"", **fields):
    """Sends a frame that nobody answers."""
    fields["op"] = op
    header = to_json(fields).encode()
    # The host ends a sandbox that sends more than it should; an error that the code sees is better.
    if len(header) > HEADER_LIMIT or len(payload) > PAYLOAD_LIMIT:
        raise ValueError(f"{op}: {len(header) + len(payload)} bytes are more than can be sent at once")
    _write(CHANNEL, _pack_lengths(len(header), len(payload)) + header + payload)


def receive():
    """The next frame from the host: header and payload."""
    header_length, payload_length = _unpack_lengths(_read_exactly(8))
    header = from_json(_read_exactly(header_length).decode())
    return header, _read_exactly(payload_length) if payload_length else b""


def _read_exactly(length):
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


def ask(op, payload=b"", **fields):
    """Sends a frame and waits for its answer. An answer with `error` raises RuntimeError."""
    flush_output()
    send(op, payload, **fields)
    header, data = receive()
    error = header.get("error")
    if error is not None:
        raise RuntimeError(error)
    return header, data
