"""Recognises values that cannot be an answer."""

import types
from typing import Any, cast

from _rlm.answer_dict import ANSWER_KEYS, AnswerDict
from _rlm.files import Files
from _rlm.names import type_name, user_variables
from _rlm.replies import LLMReply, Replies, Settled


def content_of(value: Any) -> Any:
    """Returns what a value stands for as an answer: its content if it is an answer dict, whoever made it."""
    return value if not _is_answer_dict(value) or is_blank(value["content"]) else value["content"]


def _is_answer_dict(value: Any) -> bool:
    return type(value) in (dict, AnswerDict) and set(value) == ANSWER_KEYS


def is_blank(value: Any) -> bool:
    return value is None or (issubclass(type(value), str) and not str.strip(value))


def refusal(value: Any) -> str | None:
    """Describes a value that cannot be an answer, as part of a sentence; None when it can be one."""
    kind = cast("type[Any]", type(value))
    if value is None:
        return "None; the variable may not have been set"
    if _is_answer_dict(value):
        return f"the `answer` dict while its content is empty. {existing_variables()}"
    if is_error(value):
        return "the error of a failed sub-call"
    if issubclass(kind, Replies) and len(value) > 0 and not [reply for reply in value if not is_error(reply)]:
        return "replies of sub-calls that have all failed"
    if _has_no_text(kind):
        return f"an object without a text of its own ({type_name(value)})"
    return None


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
