"""The form that the reply to a call must have: a schema, choices, a check of the caller's own."""

import enum
from collections.abc import Callable
from typing import Any, cast

from _rlm.channel import from_json, to_json, to_strict_json, utf8
from _rlm.replies import LLMReply, failed_reply
from _rlm.shapes import Shape, shape_of

# The host makes as many, and counts those that it made.
MOST_REPAIRS = 2
_MOST_CHOICES = 1_000
_PROBLEM_LENGTH = 500
_REPLY_LENGTH = 4_000


class Form:
    """What code asks for beside a text. A wrong one is an exception, because it could never be had."""

    __slots__ = ("_choices", "_fields", "_shape", "_validate")

    def __init__(self, schema: object = None, choices: object = None, validate: object = None) -> None:
        if schema is not None and choices is not None:
            raise TypeError("a call takes schema or choices, not both")
        if validate is not None and not callable(validate):
            raise TypeError(f"validate must be a function of the value, not {type(validate).__name__}")
        self._validate = validate
        self._choices: dict[str, Any] | None = None if choices is None else _choices(choices)
        self._shape: Shape | None = None if schema is None else shape_of(schema)
        self._fields: dict[str, Any] = {}
        if self._choices is not None:
            self._fields["choices"] = list(self._choices)
        if self._shape is not None:
            self._fields["schema"] = self._shape.schema
            try:
                to_strict_json(self._shape.schema)
            except (TypeError, ValueError, RecursionError) as error:
                raise TypeError(f"schema has no JSON form: {error}") from None

    @property
    def is_any(self) -> bool:
        """Whether any text will do, unchecked."""
        return not self._fields and self._validate is None

    def payload(self, repair: dict[str, Any] | None) -> bytes | None:
        """What the host has to know; None when that is nothing."""
        fields = self._fields if repair is None else {**self._fields, "repair": repair}
        return utf8(to_json(fields)) if fields else None

    def value_of(self, reply: LLMReply) -> Any:
        """The value of a reply that the host has checked."""
        if not self._fields:
            return reply
        value = from_json(str(reply))
        if self._choices is not None:
            return self._choices[value]
        return value if self._shape is None else self._shape.convert(value)

    def problem_of(self, value: Any) -> tuple[str, bool] | None:
        """What is wrong with a value, and whether the model can mend it; None when it is as wanted."""
        if self._validate is None:
            return None
        try:
            verdict = cast("Callable[[Any], Any]", self._validate)(value)
        except Exception as error:
            text = str(error) or "it did not pass the check"
            if not isinstance(error, (AssertionError, ValueError, TypeError)):
                text = f"{type(error).__name__}: {text}"
            return text[:_PROBLEM_LENGTH], True
        if verdict is None:
            return "validate returned None; it has to return True or False, or raise", False
        return None if verdict else ("it did not pass the check", True)


def _choices(given: object) -> dict[str, Any]:
    if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        raise TypeError(f"choices must be a list, not {type(given).__name__}")
    items: list[Any] = list(cast("list[Any]", given))
    if not items:
        raise ValueError("choices is empty")
    if len(items) > _MOST_CHOICES:
        raise ValueError(f"choices takes at most {_MOST_CHOICES}, not {len(items)}")
    named = {_label(item): item for item in items}
    if len(named) < len(items):
        raise ValueError("two of the choices are the same text")
    if not all(name.strip() for name in named):
        raise ValueError("a choice is empty")
    return named


def _label(item: Any) -> str:
    value = item.value if isinstance(item, enum.Enum) else item
    # As the host gets it: what UTF-8 cannot express is written out.
    return utf8(value if isinstance(value, str) else str(value)).decode()


def unfit(problem: str, reply: LLMReply) -> LLMReply:
    """The failure of a reply that did not pass the caller's check."""
    shown = " ".join(str(reply)[:200].split())
    return failed_reply(f"the reply did not pass validate: {problem}; it was: {shown}", "invalid")


def repair_of(problem: str, reply: LLMReply, count: int) -> dict[str, Any]:
    """What the host needs to have a reply mended."""
    return {"reply": str(reply)[:_REPLY_LENGTH], "problem": problem, "count": count}
