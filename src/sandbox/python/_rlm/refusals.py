"""Recognises values that cannot be an answer."""

import re
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from _rlm.answer_dict import ANSWER_KEYS, AnswerDict
from _rlm.files import Files
from _rlm.names import ABSENT, type_name, user_variables
from _rlm.replies import LLMReply, Settled, known_failures


def content_of(value: Any) -> Any:
    """Returns what a value stands for as an answer: its content if it is an answer dict, whoever made it."""
    return value if not _is_answer_dict(value) or is_blank(value["content"]) else value["content"]


def _is_answer_dict(value: Any) -> bool:
    return type(value) in (dict, AnswerDict) and set(value) == ANSWER_KEYS


def is_blank(value: Any) -> bool:
    return value is None or (issubclass(type(value), str) and not str.strip(value))


def refusal(value: Any) -> str | None:
    """Describes a value that cannot be an answer, as part of a sentence; None when it can be one.

    A container is what its items are: one item that can be an answer makes it one. Containers that hold nothing at all
    are left to the host, which knows whether the run asked for a list that may be empty.
    """
    if value is None:
        return "None; the variable may not have been set"
    why = None
    for item in _items(value):
        if is_blank(item):
            continue
        found = _refusal_of_item(item)
        if found is None:
            return None
        why = why or (found if item is value else _AS_ITEMS.get(found, f"nothing but {found}"))
    return why


_LOOKED_AT = 100_000
# What nobody has looked at may be an answer.
_NOT_LOOKED_AT = 0
_ITSELF = object()
_CONTAINERS: tuple[Any, ...] = (list, tuple, set, frozenset)
_values: Callable[[Any], Iterable[Any]] = dict.values  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _items(value: Any) -> Iterator[Any]:
    """Yields the parts of a value. Looks into containers without running code of the model's classes."""
    # Id of a container -> what is left of it, the innermost last.
    entered: dict[int, Iterator[Any]] = {0: iter((value,))}
    for _ in range(_LOOKED_AT):
        item = next(next(reversed(entered.values())), ABSENT)
        inner = None if item is ABSENT else _inner(item)
        if inner is not None and id(item) in entered:
            yield _ITSELF
        elif inner is not None:
            entered[id(item)] = inner
        elif item is not ABSENT:
            yield item
        elif len(entered) > 1:
            entered.popitem()
        else:
            return
    yield _NOT_LOOKED_AT


def _inner(value: Any) -> Iterator[Any] | None:
    kind = cast("type[Any]", type(value))
    if _is_answer_dict(value):
        return None if is_blank(value["content"]) else iter((value["content"],))
    if issubclass(kind, dict):
        return iter(_values(value))
    for container in _CONTAINERS:
        if issubclass(kind, container):
            return container.__iter__(value)
    return None


_EMPTY_DICT = "the `answer` dict while its content is empty. "
_FAILED = "the error of a failed sub-call"
_AS_ITEMS = {_FAILED: "replies of sub-calls that have all failed"}


def _refusal_of_item(value: Any) -> str | None:
    if value is _ITSELF:
        return "itself"
    kind = cast("type[Any]", type(value))
    if _is_answer_dict(value):
        return _EMPTY_DICT + existing_variables()
    if is_error(value):
        return _FAILED
    if issubclass(kind, str):
        return _refusal_of_text(value)
    if issubclass(kind, BaseException):
        return f"an exception ({type_name(value)})"
    if value is ... or value is NotImplemented:
        return f"{value!r}, which only stands for a value"
    if _has_no_text(kind):
        return f"an object without a text of its own ({type_name(value)})"
    return None


# Longer texts are no leftovers, and looking for them would take long.
_TEXT_CHARACTERS = 1_000_000
_LEFTOVERS = (
    (re.compile(r"\{'content': (?:''|None), 'ready': (?:True|False)\}"), "the text of an empty `answer` dict"),
    (
        re.compile(r"<[\w.'<> -]{1,200}? at 0x[0-9a-fA-F]+>|<built-in (?:function|method) [\w.]{1,200}>"),
        "the text of an object that has none of its own",
    ),
)
_WORD = re.compile(r"\w")
_ERROR = re.compile(r"\berror\b", re.IGNORECASE)


def _refusal_of_text(text: str) -> str | None:
    """Describes a text that consists only of objects written as text, or of the errors of failed sub-calls."""
    if str.__len__(text) > _TEXT_CHARACTERS:
        return None
    rest = str.__str__(text)
    why = None
    for pattern, name in _LEFTOVERS:
        rest, count = pattern.subn("", rest)
        why = name if count and why is None else why
    for failure in known_failures():
        if failure in rest:
            rest, why = rest.replace(failure, ""), why or _AS_ITEMS[_FAILED]
    return why if why is not None and _WORD.search(_ERROR.sub("", rest)) is None else None


def is_error(value: object) -> bool:
    return issubclass(type(value), LLMReply) and cast("LLMReply", value).error is not None


_WITHOUT_TEXT = (
    type,
    types.AsyncGeneratorType,
    types.BuiltinFunctionType,
    types.FunctionType,
    types.GeneratorType,
    types.MethodType,
    types.ModuleType,
)


def _has_no_text(kind: type[Any]) -> bool:
    """Recognises functions, modules and the like, awaitables, and everything that only shows its address."""
    if issubclass(kind, (*_WITHOUT_TEXT, Files)):
        return True
    if hasattr(kind, "__await__"):
        return not issubclass(kind, Settled)
    return kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__


def existing_variables() -> str:
    return f"Variables that exist: {', '.join(list(user_variables())[:50]) or 'none'}"
