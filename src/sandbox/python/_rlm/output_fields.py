"""The fields that SUBMIT must receive, when the run requires some."""

import builtins
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from _rlm.channel import to_strict_json


def json_or_none(value: object) -> str | None:
    """Returns a value as strict JSON; None when it has no such form."""
    try:
        return to_strict_json(value)
    except TypeError, ValueError, RecursionError:
        return None


class OutputFields:
    # Name -> Python type as text; None when SUBMIT takes anything.
    types: dict[str, str] | None = None


def typed(values: Sequence[object], fields: Mapping[str, object], wanted: Mapping[str, str]) -> dict[str, object]:
    """Returns the values of SUBMIT by field. Raises TypeError when they do not fit."""
    listing = ", ".join(f"{name}: {kind}" for name, kind in wanted.items())
    if len(values) > len(wanted):
        raise TypeError(f"SUBMIT takes {len(wanted)} fields ({listing}), got {len(values)}")
    given = dict(zip(wanted, values, strict=False))
    for name, value in fields.items():
        if name not in wanted:
            raise TypeError(f"SUBMIT has no field {name!r}; its fields are {listing}")
        if name in given:
            raise TypeError(f"SUBMIT got the field {name!r} twice")
        given[name] = value
    missing = [name for name in wanted if name not in given and not _allows_none(wanted[name])]
    if missing:
        raise TypeError(f"SUBMIT lacks {', '.join(map(repr, missing))}; its fields are {listing}")
    return {name: _checked(name, given.get(name), kind) for name, kind in wanted.items()}


_TYPE_NAMES = {
    name: getattr(typing, name)
    for name in ("Any", "Dict", "List", "Literal", "Optional", "Set", "Tuple", "Union", "Sequence", "Mapping")
} | {"typing": typing, "None": None}


def parse_type(text: str) -> Any:
    """Parses a Python type from its text. Unknown names accept every value: the text is for the user, not for us."""
    try:
        return eval(text, {"__builtins__": builtins}, dict(_TYPE_NAMES))
    except Exception:
        return typing.Any


def _allows_none(text: str) -> bool:
    kind = parse_type(text)
    return kind is None or type(None) in typing.get_args(kind)


def _checked(name: str, value: object, text: str) -> object:
    kind = parse_type(text)
    if kind is float and type(value) is int:
        return float(value)
    if not _matches(value, kind):
        raise TypeError(f"SUBMIT field {name!r} must be {text}, got {type(value).__name__}: {repr(value)[:100]}")
    if json_or_none(value) is None:
        raise TypeError(f"SUBMIT field {name!r} has no JSON form: {repr(value)[:100]}")
    return value


def _matches(value: object, kind: Any) -> bool:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is typing.Any:
        return True
    if kind is None or kind is type(None):
        return value is None
    if origin is typing.Literal:
        return any(value == option and type(value) is type(option) for option in arguments)
    if origin in (typing.Union, _UNION):
        return any(_matches(value, option) for option in arguments)
    if origin is not None:
        return _matches_container(value, origin, arguments)
    if kind in (int, float) and isinstance(value, bool):
        return False
    if kind is float:
        return isinstance(value, (int, float))
    return isinstance(value, kind) if isinstance(kind, type) else True


_UNION = type(int | str)


def _is(value: object, kind: type[Any]) -> bool:
    """Like isinstance, but does not narrow the type of the value for the checker."""
    return isinstance(value, kind)


def _matches_container(value: Any, origin: Any, arguments: tuple[Any, ...]) -> bool:
    if not isinstance(value, origin):
        return False
    if _is(value, dict):
        key, item = arguments if len(arguments) == 2 else (typing.Any, typing.Any)
        return all(_matches(k, key) and _matches(v, item) for k, v in value.items())
    if _is(value, tuple) and arguments and arguments[-1] is not ...:
        return len(value) == len(arguments) and all(map(_matches, value, arguments, strict=True))
    return all(_matches(item, arguments[0]) for item in value) if arguments else True
