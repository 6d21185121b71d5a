# The texts of the run. They lie in memory of the host; the worker around this interpreter reads and searches them.
import collections.abc
import re
import sys

CACHE_CHARACTERS = 16 << 20


class Files(collections.abc.Mapping):
    """All files of the context: files[path] is the text of one, read when asked for.

    Iterates over paths. files.paths: list of all paths. files.size(path): length in bytes of UTF-8, without reading.
    """

    def __init__(self):
        self._sizes = None
        self._cache = {}
        self._cached = 0

    def _forget(self):
        """The texts are others now."""
        Files.__init__(self)

    def _table(self):
        if self._sizes is None:
            _, data = ask("files")
            self._sizes = dict(from_json(data.decode()))
        return self._sizes

    def __getitem__(self, path):
        text = self._cache.get(path)
        if text is None:
            if path not in self._table():
                raise KeyError(_unknown_file(path))
            text = _receive_text(f"files[{path!r}]", "file", utf8(path))
            self._remember(path, text)
        return text

    def _remember(self, path, text):
        self._cache[path] = text
        self._cached += len(text)
        while self._cached > CACHE_CHARACTERS and len(self._cache) > 1:
            self._cached -= len(self._cache.pop(next(iter(self._cache))))

    def __iter__(self):
        return iter(list(self._table()))

    def __len__(self):
        return len(self._table())

    def __contains__(self, path):
        return path in self._table()

    def __repr__(self):
        return f"<{len(self)} files: files[path], files.paths, files.size(path)>"

    @property
    def paths(self):
        return list(self._table())

    def size(self, path):
        """Length of a file in bytes of UTF-8."""
        if path not in self._table():
            raise KeyError(_unknown_file(path))
        return self._table()[path]


files = Files()


def _unknown_file(path):
    near = _near_paths(path)
    return f"no file {path!r} in the context" + (f"; there is {', '.join(map(repr, near))}" if near else "")


def _near_paths(path):
    """A few paths that look alike: same name in another folder, or the text somewhere in the path."""
    if not isinstance(path, str):
        return []
    name = path.rsplit("/", 1)[-1].lower()
    same = [known for known in files.paths if known.rsplit("/", 1)[-1].lower() == name]
    alike = [known for known in files.paths if name and name in known.lower()]
    return list(dict.fromkeys(same + alike))[:5]


def _content_offset(maximum):
    """Where the characters of a str start, counted from its address: it ends with them and one more of zero."""
    width = 1 if maximum < 0x100 else 2 if maximum < 0x10000 else 4
    return sys.getsizeof(chr(maximum) * 2) - 3 * width


_CONTENT_OFFSETS = {maximum: _content_offset(maximum) for maximum in (0x7F, 0xFF, 0xFFFF, 0x10FFFF)}


def _receive_text(name, op, payload=b"", **source):
    """A text of the host. A large one is written into a str of its length that nobody else has seen yet."""
    header, data = ask(op, payload, **source)
    characters = header.get("characters")
    if characters is None:
        return data.decode("utf-8", "replace")
    maximum = header["maximum"]
    try:
        text = chr(maximum) * characters
    except (MemoryError, OverflowError):
        raise MemoryError(
            f"{name} has {characters} characters, which do not fit into the memory of the REPL as one str; "
            "work on pieces with chunks(), files[path], grep() or search()"
        ) from None
    ask("fill", address=id(text) + _CONTENT_OFFSETS[maximum])
    return text


def context_text(index):
    """The text of a context: of its only file, or of all files with a header line each."""
    return _receive_text("context" if index == 0 else f"context_{index}", "text", context=index)


class Match:
    """What grep or search found: .path, .line (number of its first line) and .text.

    grep: .before and .after, the lines around it. search: .end_line and .score.
    """

    __slots__ = ("path", "line", "start_line", "end_line", "text", "before", "after", "score")

    def __init__(self, path, line, text, before=(), after=(), endLine=None, score=None):
        self.path = path
        self.line = line
        self.end_line = line if endLine is None else endLine
        self.start_line = line
        self.text = text
        self.before = list(before)
        self.after = list(after)
        self.score = score

    def __repr__(self):
        lines = [f"{self.path}-{self.line - len(self.before) + i}- {line}" for i, line in enumerate(self.before)]
        lines.append(f"{self.path}:{self.line}: {self.text}")
        lines += [f"{self.path}-{self.line + 1 + i}- {line}" for i, line in enumerate(self.after)]
        return "\n".join(lines)

    __str__ = __repr__


class Results(list):
    """A list of matches that prints one a line. total: how many there are, the ones left out included."""

    total = 0

    def __repr__(self):
        left_out = self.total - len(self)
        end = [f"... {left_out} more; narrow the search or raise max_results"] if left_out > 0 else []
        return "\n".join([*map(repr, self), *end]) or "(nothing found)"

    __str__ = __repr__


def _paths(paths):
    return [paths] if isinstance(paths, str) else None if paths is None else [str(path) for path in paths]


def _line_range(path):
    return _query("lines", path=path)


def _query(op, **arguments):
    _, data = ask(op, utf8(to_json(arguments)))
    return from_json(data.decode())


def grep(pattern, paths=None, ignore_case=False, max_results=200, context_lines=0):
    """Lines that match a regular expression of Python, in all files or in `paths`: paths, folders or globs.

    Fast on large texts. Returns a list of matches with .path, .line, .text; with context_lines also .before, .after.
    """
    if isinstance(pattern, re.Pattern):
        ignore_case = ignore_case or bool(pattern.flags & re.IGNORECASE)
        pattern = pattern.pattern
    if not isinstance(pattern, str):
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


def _results(found):
    results = Results(Match(**match) for match in found["matches"])
    results.total = found.get("total", 0)
    return results


def _grep_here(pattern, paths, max_results, context_lines):
    """For patterns that only Python's own engine knows."""
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


def search(query, k=10):
    """The k passages that fit a question in plain words best, by the words they share. Each has .path, .line, .text."""
    found = _query("search", query=str(query), k=int(k))
    return _results({"matches": found, "total": len(found)})


def outline(path):
    """Headings or definitions of one file: .kind, .name, .line, .depth; an empty list for an unknown language."""
    if path not in files:
        raise KeyError(_unknown_file(path))
    return [Outlined(**item) for item in _query("outline", path=path)]


class Outlined(dict):
    """One heading or definition: .kind, .name, .line, .depth, and .end_line where it is known (else None)."""

    def __init__(self, endLine=None, **fields):
        super().__init__(fields, end_line=endLine)

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Chunk(str):
    """A piece of text that knows where it stands: .path, .start_line, .end_line (None for text of your own)."""

    path = start_line = end_line = None


def chunks(text_or_paths=None, size=20_000, overlap=0):
    """Cuts text into pieces of about `size` characters, at line ends where possible. Returns a list of str.

    text_or_paths: a text of your own, a path or a list of paths, folders and globs, or None for all files; pieces of
    files have .path, .start_line and .end_line.
    """
    if size < 1 or overlap < 0 or overlap >= size:
        raise ValueError("chunks needs size >= 1 and 0 <= overlap < size")
    if isinstance(text_or_paths, str) and text_or_paths not in files:
        return _cut(text_or_paths, size, overlap)
    return [_chunk(**piece) for piece in _query("chunks", paths=_paths(text_or_paths), size=size, overlap=overlap)]


def _chunk(path, startLine, endLine, text):
    chunk = Chunk(text)
    chunk.path, chunk.start_line, chunk.end_line = path, startLine, endLine
    return chunk


def _cut(text, size, overlap):
    pieces, start = [], 0
    while start < len(text):
        end = min(start + size, len(text))
        if end < len(text):
            line_end = text.rfind("\n", start + overlap + (size - overlap) // 2, end)
            end = line_end + 1 if line_end >= 0 else end
        pieces.append(Chunk(text[start:end]))
        start = end - overlap if end < len(text) else end
    return pieces


def cite(path, line, end_line=None):
    """Records that the answer rests on these lines of a file. Raises when there are no such lines."""
    last = line if end_line is None else end_line
    # True and False are ints in Python, and no numbers in JSON.
    if any(not isinstance(number, int) or isinstance(number, bool) for number in (line, last)):
        raise TypeError("cite takes line numbers: cite(path, line, end_line)")
    if path not in files:
        raise ValueError(_unknown_file(path))
    lines = _line_range(path)
    if not lines["first"] <= line <= last <= lines["last"]:
        raise ValueError(f"{path} has the lines {lines['first']} to {lines['last']}, not {line} to {last}")
    session.cite(path, line, last)


def budget():
    """What is left of the limits of this run, as a dict."""
    return from_json(ask("budget")[1].decode())
