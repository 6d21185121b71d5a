"""Texts as values: rows of tables, entries of logs and lines as dicts, which code can count and filter."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

from _rlm.files import files
from _rlm.names import ABSENT, materialise
from _rlm.state import namespace

Record = dict[str, Any]

MOST_BYTES = 40_000_000
_LOOKED_AT = 200
_SHARE = 0.9
_DELIMITERS = ("\t", ";", "|", ",")

_TIME = (
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d|\d\d:\d\d:\d\d(?:[.,]\d+)?"
)
_LEVEL = r"TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|ALERT|FATAL|SEVERE|PANIC"
_LOG = re.compile(
    rf"\[?(?P<time>{_TIME})\]?[ \t,|-]*(?:\[?(?P<level>{_LEVEL})\]?[ \t:|-]+)?"
    r"(?:(?P<source>[\w./@-]+(?:\[\w+\])?):[ \t]+)?(?P<message>.*)",
    re.IGNORECASE,
)
_ACCESS = re.compile(
    r'(?P<address>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "(?P<method>[A-Z]+) (?P<path>\S+)[^"]*" '
    r"(?P<status>\d{3}) (?P<size>\d+|-)"
)


def records(path: str | None = None) -> list[Record]:
    """Returns the data as a list of dicts, with numbers as numbers.

    A table, or lines of `Name: value | Name: value`: one dict a row, by column. A log: time, level, source, message.
    JSON: its longest list of objects. Any other text: path, line, text, one dict a line. path: one file; None for
    everything.
    """
    value = _json_value() if path is None else ABSENT
    if value is not ABSENT:
        return _objects_in(value)
    paths = files.paths if path is None else [path]
    size = sum([files.size(name) for name in paths])
    if size > MOST_BYTES:
        raise MemoryError(f"{size} bytes are too many as dicts; use grep(pattern) or search(query), or records(path)")
    if len(paths) == 1:
        return _records_of(files[paths[0]])
    return [{"path": name, **row} for name in paths for row in _lines(files[name])]


def _json_value() -> Any:
    materialise({"context"})
    value = namespace.get("context", ABSENT)
    return ABSENT if isinstance(value, str) else value


def _objects_in(value: Any) -> list[Record]:
    """The longest list of objects in a JSON value; an object is its entries, a list its items."""
    found: list[list[Any]] = []
    waiting: list[Any] = [value]
    for _ in range(100_000):
        if not waiting:
            break
        item = waiting.pop()
        if isinstance(item, list):
            items = cast("list[Any]", item)
            if items and all(isinstance(entry, dict) for entry in items):
                found.append(items)
            waiting.extend(items)
        elif isinstance(item, dict):
            waiting.extend(cast("dict[Any, Any]", item).values())
    if found:
        return max(found, key=len)
    if isinstance(value, dict):
        return [{"key": key, "value": entry} for key, entry in cast("dict[Any, Any]", value).items()]
    return [{"value": entry} for entry in cast("list[Any]", value)] if isinstance(value, list) else [{"value": value}]


def _records_of(text: str) -> list[Record]:
    for read in (_json_lines, _pairs, _table, _access_log, _log):
        found = read(text)
        if found:
            return found
    return list(_lines(text))


def _lines(text: str) -> Iterator[Record]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield {"line": number, "text": line.rstrip("\r")}


def _sample(text: str) -> list[str]:
    return [line for line in text[:200_000].split("\n")[:_LOOKED_AT] if line.strip()]


def _most(values: Sequence[object]) -> bool:
    return len(values) >= 2 and sum([bool(value) for value in values]) >= _SHARE * len(values)


def _json_lines(text: str) -> list[Record]:
    if not _most([line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in _sample(text)]):
        return []
    rows: list[Record] = []
    for line in text.split("\n"):
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            rows.append(cast("Record", value))
    return rows


_FIELD = re.compile(r"\s*([^:|]{1,40}): ")


def _pairs(text: str) -> list[Record]:
    """Lines of named fields, below whatever introduces them: `Date: ... || User: ... || Text: ...`."""
    lines = [line for line in text.split("\n") if line.strip()]
    for mark in (" || ", " | "):
        first = next((at for at, line in enumerate(lines[:_LOOKED_AT]) if _field_names(line, mark)), None)
        if first is None:
            continue
        names = _field_names(lines[first], mark)
        body = lines[first:]
        if not _most([_field_names(line, mark)[: len(names)] == names for line in body[:_LOOKED_AT]]):
            continue
        rows = [line.split(mark, len(names) - 1) for line in body if _field_names(line, mark)[: len(names)] == names]
        cells = [[part.split(": ", 1)[1].strip() for part in row] for row in rows]
        readers = [_reader([row[index] for row in cells]) for index in range(len(names))]
        return [{name: read(cell) for name, read, cell in zip(names, readers, row, strict=True)} for row in cells]
    return []


def _field_names(line: str, mark: str) -> list[str]:
    """The names of the fields of a line; empty when not every part of it begins with one."""
    found = [_FIELD.match(part) for part in line.split(mark)]
    names = [match[1].strip() for match in found if match]
    return names if len(names) > 1 and found[0] and found[1] else []


def _access_log(text: str) -> list[Record]:
    if not _most([_ACCESS.match(line) for line in _sample(text)]):
        return []
    rows: list[Record] = []
    for line in text.split("\n"):
        match = _ACCESS.match(line)
        if match:
            row: Record = match.groupdict()
            size = row["size"]
            rows.append({**row, "status": int(row["status"]), "size": int(size) if size != "-" else 0})
    return rows


def _log(text: str) -> list[Record]:
    sample = _sample(text)
    if not _most([_LOG.match(line) for line in sample if not line[:1].isspace()]):
        return []
    rows: list[Record] = []
    for line in text.split("\n"):
        match = _LOG.match(line)
        if match:
            rows.append({name: value for name, value in match.groupdict().items() if value is not None})
        elif line.strip() and rows:
            # A stack trace belongs to its entry.
            rows[-1]["message"] += "\n" + line
    return rows


# --- Tables -----------------------------------------------------------------------------------------------------------


def _table(text: str) -> list[Record]:
    lines = text.removeprefix("\ufeff").split("\n")
    named = re.fullmatch(r"sep=(.)\s*", lines[0])
    if named:
        lines = lines[1:]
    delimiter = named[1] if named else _delimiter([line for line in lines[:_LOOKED_AT] if line.strip()])
    if delimiter is None:
        return []
    rows = [row for row in csv.reader((line + "\n" for line in lines), delimiter=delimiter) if any(row)]
    header, body = rows[0], [row for row in rows[1:] if not _is_rule(row)]
    if delimiter == "|":
        header, body = _inner(header), [_inner(row) for row in body]
    names = _column_names(header)
    readers = [_reader([row[index] for row in body if index < len(row)]) for index in range(len(names))]
    return [{name: read(cell) for name, read, cell in zip(names, readers, row, strict=False)} for row in body]


def _delimiter(lines: Sequence[str]) -> str | None:
    """The character that cuts every line into the same number of cells, at least two."""
    if len(lines) < 3:
        return None
    for delimiter in _DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        if (
            widths
            and widths[0] > 1
            and _most([width == widths[0] for width in widths])
            and _is_header(lines, delimiter)
        ):
            return delimiter
    return None


def _is_header(lines: Sequence[str], delimiter: str) -> bool:
    """Prose has commas too: names of columns are short and differ from each other."""
    names = [name.strip() for name in next(csv.reader(lines[:1], delimiter=delimiter)) if name.strip()]
    return bool(names) and len(set(names)) == len(names) and max(map(len, names)) <= 40 and ". " not in lines[0]


def _is_rule(row: Sequence[str]) -> bool:
    """A line of a Markdown table that holds no data."""
    return all(re.fullmatch(r"\s*:?-*:?\s*", cell) for cell in row)


def _inner(row: Sequence[str]) -> list[str]:
    """The cells between the outer bars of a Markdown table."""
    start = 1 if row and not row[0].strip() else 0
    end = -1 if len(row) > 1 and not row[-1].strip() else len(row)
    return list(row[start:end])


def _column_names(header: Sequence[str]) -> list[str]:
    return [name.strip() or f"column_{index}" for index, name in enumerate(header, 1)]


_MISSING = {"", "na", "n/a", "nan", "null", "none", "-"}
_WITH_POINT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_WITH_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")
_UNITS = " \u00a0$€£%"


def _reader(cells: Sequence[str]) -> Callable[[str], Any]:
    """Decides for a whole column: numbers with a point, numbers with a comma, or text."""
    values = [cell.strip().strip(_UNITS) for cell in cells if cell.strip().lower() not in _MISSING]
    if not values or any(len(value) > 1 and value.isdigit() and value[0] == "0" for value in values):
        return str.strip
    if all(_WITH_POINT.fullmatch(value) for value in values):
        return lambda cell: _number(cell, ",", ".")
    if all(_WITH_COMMA.fullmatch(value) for value in values):
        return lambda cell: _number(cell, ".", ",")
    return str.strip


def _number(cell: str, thousands: str, point: str) -> int | float | None:
    text = cell.strip().strip(_UNITS).replace(thousands, "").replace(point, ".")
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return None


# --- What they look like ----------------------------------------------------------------------------------------------

_VALUES = 8
_CELL_CHARACTERS = 90


def overview(rows: Sequence[Record], name: str = "rows") -> str:
    """Describes a list of dicts in a few lines: how many, the first, second and last, and values that repeat."""
    if not rows:
        return f"{name}: an empty list"
    shown = [*rows[:2], *rows[2:][-1:]]
    lines = [f"{name}: {len(rows)} dicts. First, second and last:", *map(_short, shown)]
    for key in rows[0]:
        counts: dict[Any, int] = {}
        for row in islice(rows, 20_000):
            value = row.get(key)
            if isinstance(value, (str, bool)) and len(str(value)) <= 40 and len(counts) <= _VALUES:
                counts[value] = counts.get(value, 0) + 1
        if 1 < len(counts) <= _VALUES and max(counts.values()) > 1:
            lines.append(f"Values of {key!r}: {', '.join(map(repr, counts))}")
    return "\n".join(lines)


def _short(row: Record) -> str:
    cells = [f"{key!r}: {_cell(value)}" for key, value in islice(row.items(), 12)]
    return "{" + ", ".join(cells) + (", ..." if len(row) > 12 else "") + "}"


def _cell(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _CELL_CHARACTERS else f"{text[:_CELL_CHARACTERS]}...{text[-1]}"
