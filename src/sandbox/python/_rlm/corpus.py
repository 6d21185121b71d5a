"""Searches of the texts; the worker around this interpreter answers them at native speed."""

import re
from collections.abc import Iterable
from typing import Any

from _rlm.channel import from_json, to_json, utf8
from _rlm.files import files, unknown_file
from _rlm.found import Chunk, Match, Outlined, Results
from _rlm.host import ask
from _rlm.state import session


def _paths(paths: str | Iterable[object] | None) -> list[str] | None:
    return [paths] if isinstance(paths, str) else None if paths is None else [str(path) for path in paths]


def _line_range(path: str) -> dict[str, int]:
    return _query("lines", path=path)


def _query(op: str, **arguments: object) -> Any:
    _, data = ask(op, utf8(to_json(arguments)))
    return from_json(data.decode())


def grep(
    pattern: str | re.Pattern[str],
    paths: str | Iterable[object] | None = None,
    ignore_case: bool = False,
    max_results: int = 200,
    context_lines: int = 0,
) -> Results:
    """Finds lines that match a regular expression of Python, in all files or in `paths`: paths, folders or globs.

    Fast on large texts. Returns a list of matches with .path, .line, .text; with context_lines also .before, .after.
    """
    if isinstance(pattern, re.Pattern):
        ignore_case = ignore_case or bool(pattern.flags & re.IGNORECASE)
        pattern = pattern.pattern
    if not isinstance(pattern, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"grep takes a pattern as str, not {type(pattern).__name__}")
    found = _query(
        "grep",
        pattern=pattern,
        paths=_paths(paths),
        ignoreCase=bool(ignore_case),
        maxResults=int(max_results),
        contextLines=int(context_lines),
    )
    if found.get("isUnsupported"):
        return _grep_here(re.compile(pattern, re.IGNORECASE if ignore_case else 0), paths, max_results, context_lines)
    return _results(found)


def _results(found: dict[str, Any]) -> Results:
    results = Results(Match(**match) for match in found["matches"])
    results.total = found.get("total", 0)
    return results


def _grep_here(
    pattern: re.Pattern[str], paths: str | Iterable[object] | None, max_results: int, context_lines: int
) -> Results:
    """Searches with Python's own engine, for patterns that only it supports."""
    results = Results()
    for path in _query("match", paths=_paths(paths)):
        lines = files[path].split("\n")
        first = _line_range(path)["first"]
        for index, line in enumerate(lines):
            if not pattern.search(line):
                continue
            results.total += 1
            if len(results) < max_results:
                before = lines[max(0, index - context_lines) : index]
                results.append(Match(path, first + index, line, before, lines[index + 1 : index + 1 + context_lines]))
    return results


def search(query: object, k: int = 10) -> Results:
    """Returns the k passages that best fit a question in plain words. Each has .path, .line, .text."""
    found = _query("search", query=str(query), k=int(k))
    return _results({"matches": found, "total": len(found)})


def outline(path: str) -> list[Outlined]:
    """Returns headings or definitions of one file: .kind, .name, .line, .depth. Empty for an unknown language."""
    if path not in files:
        raise KeyError(unknown_file(path))
    return [Outlined(**item) for item in _query("outline", path=path)]


def chunks(text_or_paths: str | Iterable[object] | None = None, size: int = 20_000, overlap: int = 0) -> list[Chunk]:
    """Cuts text into pieces of about `size` characters, at line ends where possible. Returns a list of str.

    text_or_paths: a text of your own, a path or a list of paths, folders and globs, or None for all files; pieces of
    files have .path, .start_line and .end_line.
    """
    if size < 1 or overlap < 0 or overlap >= size:
        raise ValueError("chunks needs size >= 1 and 0 <= overlap < size")
    if isinstance(text_or_paths, str) and text_or_paths not in files:
        return _cut(text_or_paths, size, overlap)
    return [_chunk(**piece) for piece in _query("chunks", paths=_paths(text_or_paths), size=size, overlap=overlap)]


def _chunk(path: str, startLine: int, endLine: int, text: str) -> Chunk:
    chunk = Chunk(text)
    chunk.path, chunk.start_line, chunk.end_line = path, startLine, endLine
    return chunk


def _cut(text: str, size: int, overlap: int) -> list[Chunk]:
    pieces: list[Chunk] = []
    start = 0
    while start < len(text):
        end = min(start + size, len(text))
        if end < len(text):
            line_end = text.rfind("\n", start + overlap + (size - overlap) // 2, end)
            end = line_end + 1 if line_end >= 0 else end
        pieces.append(Chunk(text[start:end]))
        start = end - overlap if end < len(text) else end
    return pieces


def _is_number(value: object) -> bool:
    # True and False are ints in Python but not numbers in JSON.
    return isinstance(value, int) and not isinstance(value, bool)


def cite(path: str, line: int, end_line: int | None = None) -> None:
    """Records that the answer rests on these lines of a file. Raises if there are no such lines."""
    last = line if end_line is None else end_line
    if not (_is_number(line) and _is_number(last)):
        raise TypeError("cite takes line numbers: cite(path, line, end_line)")
    if path not in files:
        raise ValueError(unknown_file(path))
    lines = _line_range(path)
    if not lines["first"] <= line <= last <= lines["last"]:
        raise ValueError(f"{path} has the lines {lines['first']} to {lines['last']}, not {line} to {last}")
    session.cite(path, line, last)
