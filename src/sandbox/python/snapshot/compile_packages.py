"""Runs in the interpreter at build time: turns the sources of the bundled packages into packed code."""

import json
import marshal
import os
import struct
from collections.abc import Iterable
from compression import zstd
from typing import Any

CHANNEL = 1000
# Without docstrings and assertions: a third of the bytes.
OPTIMIZE = 2
LEVEL = 22


def _module_of(path: str) -> tuple[str, bool]:
    parts = path.removesuffix(".py").split("/")
    is_package = parts[-1] == "__init__"
    return ".".join(parts[:-1] if is_package else parts), is_package


def _compiled(files: Iterable[tuple[str, str]]) -> dict[str, tuple[bool, bytes]]:
    """Returns module name -> (whether it is a package, its code). Modules are unpacked together, loaded one by one."""
    modules: dict[str, tuple[bool, bytes]] = {}
    for path, source in files:
        name, is_package = _module_of(path)
        filename = f"/lib/python3.14/site-packages/{path}"
        code = compile(source, filename, "exec", dont_inherit=True, optimize=OPTIMIZE)
        modules[name] = (is_package, marshal.dumps(code))
    return modules


def pack(packages: list[dict[str, Any]]) -> None:
    packed = [zstd.compress(marshal.dumps(_compiled(package.pop("files"))), LEVEL) for package in packages]
    for package, code in zip(packages, packed, strict=True):
        package["bytes"] = len(code)
    header = json.dumps({"packages": packages}).encode()
    payload = b"".join(packed)
    os.write(CHANNEL, struct.pack("<II", len(header), len(payload)) + header + payload)
