"""The texts of the run: they are in the host's memory and are read when code asks for them."""

import collections.abc
import sys
from collections.abc import Iterator

from _rlm.channel import from_json, utf8
from _rlm.host import ask

CACHE_CHARACTERS = 16 << 20


class Files(collections.abc.Mapping[str, str]):
    """All files of the context: files[path] is the text of one, read when asked for.

    Iterates over paths. files.paths: list of all paths. files.size(path): length in bytes of UTF-8, without reading.
    """

    def __init__(self) -> None:
        self._sizes: dict[str, int] | None = None
        self._cache: dict[str, str] = {}
        self._cached = 0

    def _table(self) -> dict[str, int]:
        if self._sizes is None:
            _, data = ask("files")
            self._sizes = dict(from_json(data.decode()))
        return self._sizes

    def __getitem__(self, path: str) -> str:
        text = self._cache.get(path)
        if text is None:
            if path not in self._table():
                raise KeyError(unknown_file(path))
            text = _receive_text(f"files[{path!r}]", "file", utf8(path))
            self._remember(path, text)
        return text

    def _remember(self, path: str, text: str) -> None:
        self._cache[path] = text
        self._cached += len(text)
        while self._cached > CACHE_CHARACTERS and len(self._cache) > 1:
            self._cached -= len(self._cache.pop(next(iter(self._cache))))

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._table()))

    def __len__(self) -> int:
        return len(self._table())

    def __contains__(self, path: object) -> bool:
        return path in self._table()

    def __repr__(self) -> str:
        return f"<{len(self)} files: files[path], files.paths, files.size(path)>"

    @property
    def paths(self) -> list[str]:
        return list(self._table())

    def size(self, path: str) -> int:
        """Returns the length of a file in bytes of UTF-8."""
        if path not in self._table():
            raise KeyError(unknown_file(path))
        return self._table()[path]


files = Files()


def forget_files() -> None:
    """Forgets the texts, because the run now has others."""
    Files.__init__(files)


def unknown_file(path: object) -> str:
    """Returns the sentence about a path that is not in the context."""
    near = _near_paths(path)
    return f"no file {path!r} in the context" + (f"; there is {', '.join(map(repr, near))}" if near else "")


def _near_paths(path: object) -> list[str]:
    """Returns a few similar paths: the same name in another folder, or the text somewhere in the path."""
    if not isinstance(path, str):
        return []
    name = path.rsplit("/", 1)[-1].lower()
    same = [known for known in files.paths if known.rsplit("/", 1)[-1].lower() == name]
    alike = [known for known in files.paths if name and name in known.lower()]
    return list(dict.fromkeys(same + alike))[:5]


def _content_offset(maximum: int) -> int:
    """Returns where the characters of a str start, relative to its address: they end it, plus one zero."""
    width = 1 if maximum < 0x100 else 2 if maximum < 0x10000 else 4
    return sys.getsizeof(chr(maximum) * 2) - 3 * width


_CONTENT_OFFSETS = {maximum: _content_offset(maximum) for maximum in (0x7F, 0xFF, 0xFFFF, 0x10FFFF)}


def _receive_text(name: str, op: str, payload: bytes = b"", **source: object) -> str:
    """Receives a text of the host. A large one is written into a str of its length that nobody else has seen yet."""
    header, data = ask(op, payload, **source)
    characters = header.get("characters")
    if characters is None:
        return data.decode("utf-8", "replace")
    maximum = header["maximum"]
    try:
        text = chr(maximum) * characters
    except MemoryError, OverflowError:
        raise MemoryError(
            f"{name} has {characters} characters, which do not fit into the memory of the REPL as one str; "
            "work on pieces with chunks(), files[path], grep() or search()"
        ) from None
    ask("fill", address=id(text) + _CONTENT_OFFSETS[maximum])
    return text


def context_text(index: int) -> str:
    """Returns the text of a context: of its only file, or of all files with a header line each."""
    return _receive_text("context" if index == 0 else f"context_{index}", "text", context=index)
