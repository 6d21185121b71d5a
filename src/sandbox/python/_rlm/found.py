"""Results of corpus searches: values that print well and know their place."""

from collections.abc import Iterable
from typing import Any


class Match:
    """A match of grep or search: .path, .line (number of its first line) and .text.

    grep: .before and .after, the lines around it. search: .end_line and .score.
    """

    __slots__ = ("after", "before", "end_line", "line", "path", "score", "start_line", "text")

    def __init__(
        self,
        path: str,
        line: int,
        text: str,
        before: Iterable[str] = (),
        after: Iterable[str] = (),
        endLine: int | None = None,
        score: float | None = None,
    ) -> None:
        self.path = path
        self.line = line
        self.end_line = line if endLine is None else endLine
        self.start_line = line
        self.text = text
        self.before = list(before)
        self.after = list(after)
        self.score = score

    def __repr__(self) -> str:
        lines = [f"{self.path}-{self.line - len(self.before) + i}- {line}" for i, line in enumerate(self.before)]
        lines.append(f"{self.path}:{self.line}: {self.text}")
        lines += [f"{self.path}-{self.line + 1 + i}- {line}" for i, line in enumerate(self.after)]
        return "\n".join(lines)

    __str__ = __repr__


class Results(list[Match]):
    """A list of matches that prints one per line. total: number of matches, including those left out."""

    total = 0

    def __repr__(self) -> str:
        left_out = self.total - len(self)
        end = [f"... {left_out} more; narrow the search or raise max_results"] if left_out > 0 else []
        return "\n".join([*map(repr, self), *end]) or "(nothing found)"

    __str__ = __repr__


class Outlined(dict[str, Any]):
    """One heading or definition: .kind, .name, .line, .depth, and .end_line where it is known (else None)."""

    def __init__(self, endLine: int | None = None, **fields: object) -> None:
        super().__init__(fields, end_line=endLine)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Chunk(str):
    """A piece of text that knows its place: .path, .start_line, .end_line (None for your own text).

    .text is the piece as a plain str, as the results of search have it.
    """

    path: str | None = None
    start_line: int | None = None
    end_line: int | None = None

    @property
    def text(self) -> str:
        return str(self)
