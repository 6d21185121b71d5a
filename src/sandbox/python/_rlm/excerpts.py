"""The parts of the context that a question is about, short enough to be read at once."""

import re
from collections.abc import Sequence

from _rlm.corpus import search
from _rlm.files import files

_WORD = re.compile(r"[^\W_]+")
_SHORT_WORD = 3


def excerpts(question: str, count: int = 6, characters: int = 450) -> str:
    """Returns the passages that fit a question best, each below its place; the whole text if it is short enough.

    characters: of one excerpt.
    """
    if sum([files.size(path) for path in files.paths]) <= count * characters:
        return "\n\n".join([f"{path}:\n{files[path].rstrip()}" if len(files) > 1 else files[path] for path in files])
    words = {_stem(word) for word in _WORD.findall(question.lower()) if len(word) > _SHORT_WORD}
    hits = search(question, count)
    # What shares few words with the question only distracts a small model.
    scores = [max([_score(line, words) for line in hit.text.split("\n")]) for hit in hits]
    parts: list[str] = []
    for hit, score in zip(hits, scores, strict=True):
        if 2 * score < max(scores):
            continue
        lines = hit.text.split("\n")
        first, last = _window(lines, words, characters)
        text = "\n".join([line[:characters] for line in lines[first : last + 1]])
        parts.append(f"{hit.path}:{hit.line + first}\n{text}")
    return "\n\n".join(parts)


def _window(lines: Sequence[str], words: set[str], characters: int) -> tuple[int, int]:
    """The line with most words of the question, and its neighbours as far as there is room."""
    scores = [_score(line, words) for line in lines]
    first = last = scores.index(max(scores))
    room = characters - len(lines[first])
    while True:
        below = lines[last + 1] if last + 1 < len(lines) else None
        above = lines[first - 1] if first > 0 else None
        if below is not None and len(below) < room:
            room -= len(below) + 1
            last += 1
        elif above is not None and len(above) < room:
            room -= len(above) + 1
            first -= 1
        else:
            return first, last


def _score(line: str, words: set[str]) -> int:
    return len(words & {_stem(word) for word in _WORD.findall(re.sub(r"([a-z])([A-Z])", r"\1 \2", line).lower())})


def _stem(word: str) -> str:
    """A rough stem: enough to find `computes` for `computed`."""
    return re.sub(r"(?:ing|ed|es|s|e)$", "", word) if len(word) > _SHORT_WORD + 1 else word
