"""Takes the answer of a run, in every dialect that models have learned."""

import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

from _rlm.answer_dict import current_answer
from _rlm.channel import utf8
from _rlm.names import ABSENT, materialise, type_name, user_variables
from _rlm.output_fields import OutputFields, json_or_none, typed
from _rlm.refusals import content_of, existing_variables, is_blank, is_error, refusal
from _rlm.sources import source_in, value_of
from _rlm.state import namespace, notice, session

ANSWER_CHARACTERS = 5_000_000
_HAND_IN_ITSELF = "That is no answer; hand in the answer itself."


class Finished(BaseException):
    """Ends the cell at SUBMIT, as models that were trained with it expect."""


def _hand_in(function: str, value: object, text: str | None = None) -> bool:
    """Takes a value as the answer of this cell. Returns False, and tells the model why, if it cannot be one."""
    value = _meant(content_of(value), function)
    if value is ABSENT:
        return False
    why = refusal(value)
    if why is not None:
        notice(f"{function} got {why}. {_HAND_IN_ITSELF}")
        return False
    session.final = _final(value, text)
    return True


def _meant(value: Any, function: str) -> Any:
    """Returns the value of an expression that was handed in as its own source; ABSENT if it has none."""
    tree = source_in(value)
    if tree is None:
        return value
    why = "it is a call"
    try:
        found = value_of(tree)
        if found is not ABSENT:
            return found
    except Exception as error:
        why = f"{type_name(error)}: {error}"[:300]
    notice(
        f"{function} got code as text ({value}), which is no answer; it has no value here either ({why}). "
        f"Write the code without quotes, look at what it gives, then hand that in: print({value})"
    )
    return ABSENT


def _final(value: object, text: str | None = None) -> dict[str, str]:
    text = _bounded(str(value) if text is None else text)
    # Halves of surrogate pairs grow when they are written out.
    final = {"text": _bounded(utf8(text).decode())}
    json_text = json_or_none(value)
    if json_text is not None and len(json_text) <= 2 * ANSWER_CHARACTERS:
        final["json"] = json_text
    return final


def _bounded(text: str) -> str:
    if len(text) > ANSWER_CHARACTERS:
        raise ValueError(f"an answer may have {ANSWER_CHARACTERS} characters, this one has {len(text)}")
    return text


def FINAL(value: object = ABSENT, *more: object, **named: object) -> None:
    """Hands in the answer. Any value; text is best. The cell runs on, and the last answer of a cell counts."""
    if value is ABSENT and len(named) == 1:
        # FINAL(answer=x); FINAL(var="x") names a variable.
        name, value = named.popitem()
        if name in ("var", "variable", "name"):
            _hand_in_variable("FINAL", value, _frame(1))
            return
    if value is ABSENT or named:
        notice("FINAL takes the answer itself: FINAL(value)")
        return
    _hand_in("FINAL", (value, *more) if more else value)


def FINAL_VAR(name: object) -> None:
    """Hands in the value of a variable as the answer. Takes its name, FINAL_VAR("result"). The cell runs on."""
    _hand_in_variable("FINAL_VAR", name, _frame(1))


def _hand_in_variable(function: str, name: object, frame: FrameType) -> None:
    value = name
    if isinstance(name, str):
        value = _variable(name.strip().strip("'\"`"), frame)
        # Text that cannot be a name, or that a variable holds, is the value itself: FINAL_VAR(result).
        if value is ABSENT and (not name.isidentifier() or any(held is name for held in user_variables().values())):
            value = name
        if value is ABSENT:
            notice(f"{function}: variable {name!r} not found. {existing_variables()}")
            return
    _hand_in(function, value)


# Depth -> frame, counted from the caller.
_frame = sys._getframe  # pyright: ignore[reportPrivateUsage]


def _variable(name: str, frame: FrameType) -> Any:
    materialise({name})
    return frame.f_locals.get(name, namespace.get(name, ABSENT))


# The C function: a class of the model may have its own `get`, which would run whenever we look.
_item: Callable[[dict[str, Any], str], Any] = dict.get  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def settle_answer() -> None:
    """Accepts `answer` after a cell that did not fail, if it is ready."""
    answer = current_answer()
    if answer is None or not _item(answer, "ready") or session.final is not None:
        return
    # The run may refuse it, and a later cell that does something else must not return the same answer again.
    answer["ready"] = False
    content = _item(answer, "content")
    if is_blank(content):
        notice('answer["ready"] was set while answer["content"] is empty; set the content first.')
    else:
        _hand_in('answer["content"]', content)


def _is_ready(answer: dict[str, Any]) -> bool:
    try:
        return bool(_item(answer, "ready"))
    except Exception:
        return False


def reset_answer_after_failure() -> None:
    if session.final is not None:
        session.final = None
        notice("The cell failed, so the answer that it handed in was not accepted; hand it in again when it is right.")
    answer = current_answer()
    if answer is not None and _is_ready(answer):
        answer["ready"] = False
        notice('The cell failed, so answer["ready"] was reset; set it again when the answer is right.')


def answer_so_far() -> str | None:
    answer = current_answer()
    try:
        content = None if answer is None else _item(answer, "content")
        if is_blank(content) or refusal(content) is not None:
            return None
        return utf8(str(content)[:ANSWER_CHARACTERS]).decode()
    except Exception:
        # A value without a text is not an answer; that must not cost the cell its result.
        return None


def SUBMIT(*values: object, **fields: object) -> None:
    """Hands in the answer and ends the cell: SUBMIT(value), or SUBMIT(name=value, ...) with the fields asked for."""
    if OutputFields.types is None:
        value, text = _untyped(values, fields), None
    else:
        value = typed(values, fields, OutputFields.types)
        if [field for field in value.values() if is_error(field)]:
            notice(f"SUBMIT got the error of a failed sub-call. {_HAND_IN_ITSELF}")
            return
        only = next(iter(value.values())) if len(value) == 1 else None
        text = only if isinstance(only, str) else None
    if _hand_in("SUBMIT", value, text):
        raise Finished


def _untyped(values: Sequence[object], fields: Mapping[str, object]) -> object:
    if fields:
        if values:
            raise TypeError("SUBMIT takes either values or name=value pairs")
        return fields
    if not values:
        raise TypeError("SUBMIT needs the answer: SUBMIT(value)")
    return values[0] if len(values) == 1 else list(values)
