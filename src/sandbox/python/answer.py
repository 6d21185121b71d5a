# Handing in an answer, in every dialect that models have learned.
import ast
import builtins
import sys
import types
import typing

ANSWER_CHARACTERS = 5_000_000
_to_strict_json = _encoder(_reject, False)


class Finished(BaseException):
    """Ends the cell at SUBMIT, as models that were trained with it expect."""


def _hand_in(function, value, text=None):
    """Takes a value as the answer of this cell. Gives False, and tells the model why, when it cannot be one."""
    value = _content_of(value)
    why = _refusal(value)
    if why is not None:
        notice(f"{function} got {why}. {_HAND_IN_ITSELF}")
        return False
    session.final = _final(value, text)
    return True


_HAND_IN_ITSELF = "That is no answer; hand in the answer itself."
_ANSWER_KEYS = {"content", "ready"}


def _content_of(value):
    """What a value hands in: its content when it is an answer dict, whoever made it."""
    return value if not _is_answer_dict(value) or _is_blank(value["content"]) else value["content"]


def _is_answer_dict(value):
    return type(value) in (dict, AnswerDict) and set(value) == _ANSWER_KEYS


def _is_blank(value):
    return value is None or (issubclass(type(value), str) and not str.strip(value))


def _refusal(value):
    """What a value is when it cannot be an answer, as part of a sentence; None when it may be one."""
    kind = type(value)
    if value is None:
        return "None; the variable may not have been set"
    if _is_answer_dict(value):
        return f"the `answer` dict while its content is empty. {_existing_variables()}"
    if _is_error(value):
        return "the error of a failed sub-call"
    if issubclass(kind, Replies) and len(value) > 0 and all([_is_error(reply) for reply in value]):
        return "replies of sub-calls that have all failed"
    if _has_no_text(kind):
        return f"an object without a text of its own ({type_name(value)})"
    return None


def _is_error(value):
    return issubclass(type(value), LLMReply) and value.error is not None


_WITHOUT_TEXT = (
    type,
    types.AsyncGeneratorType,
    types.BuiltinFunctionType,
    types.FunctionType,
    types.GeneratorType,
    types.MethodType,
    types.ModuleType,
)


def _has_no_text(kind):
    """Functions, modules and the like, what waits to be awaited, and everything that only shows its address."""
    if issubclass(kind, (*_WITHOUT_TEXT, Files)):
        return True
    if hasattr(kind, "__await__"):
        return not issubclass(kind, Settled)
    return kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__


def _existing_variables():
    return f"Variables that exist: {', '.join(list(user_variables())[:50]) or 'none'}"


def _final(value, text=None):
    text = str(value) if text is None else text
    if len(text) > ANSWER_CHARACTERS:
        raise ValueError(f"an answer may have {ANSWER_CHARACTERS} characters, this one has {len(text)}")
    final = {"text": utf8(text).decode()}
    json_text = _json_or_none(value)
    if json_text is not None and len(json_text) <= 2 * ANSWER_CHARACTERS:
        final["json"] = json_text
    return final


def _json_or_none(value):
    try:
        return _to_strict_json(value)
    except (TypeError, ValueError, RecursionError):
        return None


def FINAL(value):
    """Hands in the answer. Any value; text is best. The cell runs on, and the last answer of a cell counts."""
    _hand_in("FINAL", value)


def FINAL_VAR(name):
    """Hands in the value of a variable as the answer. Takes its name, FINAL_VAR("result"). The cell runs on."""
    value = name
    if isinstance(name, str):
        value = _variable(name.strip().strip("'\"`"), sys._getframe(1))
        # Text that cannot be a name, or that a variable holds, is the value itself: FINAL_VAR(result).
        if value is _ABSENT and (not name.isidentifier() or any(held is name for held in user_variables().values())):
            value = name
        if value is _ABSENT:
            notice(f"FINAL_VAR: variable {name!r} not found. {_existing_variables()}")
            return
    _hand_in("FINAL_VAR", value)


def _variable(name, frame):
    materialise({name})
    return frame.f_locals.get(name, namespace.get(name, _ABSENT))


class AnswerDict(dict):
    """answer["content"] = ...; answer["ready"] = True hands in the answer at the end of the cell."""

    def __init__(self):
        super().__init__(content="", ready=False)


def _current_answer():
    """The dict bound to `answer`, or None when the model keeps another value under that name."""
    value = namespace.get("answer")
    return value if issubclass(type(value), dict) else None


# As C has it: a class of the model may have another, which would run whenever we look.
_item = dict.get


def settle_answer():
    """After a cell that did not fail: accepts `answer` when it is ready."""
    answer = _current_answer()
    if answer is None or not _item(answer, "ready") or session.final is not None:
        return
    content = _item(answer, "content")
    if _is_blank(content):
        answer["ready"] = False
        notice('answer["ready"] was set while answer["content"] is empty; set the content first.')
        return
    if not _hand_in('answer["content"]', content):
        answer["ready"] = False


def _is_ready(answer):
    try:
        return bool(_item(answer, "ready"))
    except Exception:
        return False


def reset_answer_after_failure():
    if session.final is not None:
        session.final = None
        notice("The cell failed, so the answer that it handed in was not accepted; hand it in again when it is right.")
    answer = _current_answer()
    if answer is not None and _is_ready(answer):
        answer["ready"] = False
        notice('The cell failed, so answer["ready"] was reset; set it again when the answer is right.')


_GIVE_BACK = "__answer_dict__"


def _answer_dict():
    """The dict that a cell stores into; a text or list under its name becomes its content."""
    value = namespace.get("answer", _ABSENT)
    kind = type(value)
    if value is _ABSENT or issubclass(kind, list) or not hasattr(kind, "__setitem__"):
        held = namespace["answer"] = AnswerDict()
        if value is not _ABSENT:
            held["content"] = value
        return held
    return value


def let_answer_be_stored_into(tree):
    """Models bind `answer` to a text, `answer = llm_query(...)`, and later store into `answer["content"]`."""
    for node in _walk_outside_functions(tree):
        if not (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)):
            continue
        target, key = node.value, node.slice
        if isinstance(target, ast.Name) and target.id == "answer" and _is_answer_key(key):
            place = place_of(target)
            node.value = ast.Call(ast.Name(_GIVE_BACK, ast.Load(), **place), [], [], **place)


def _is_answer_key(key):
    return isinstance(key, ast.Constant) and type(key.value) is str and key.value in _ANSWER_KEYS


def restore_answer():
    if "answer" not in namespace:
        namespace["answer"] = AnswerDict()


def answer_so_far():
    answer = _current_answer()
    try:
        content = None if answer is None else _item(answer, "content")
        if _is_blank(content) or _refusal(content) is not None:
            return None
        return utf8(str(content)[:ANSWER_CHARACTERS]).decode()
    except Exception:
        # A value without a text is no answer; that must not cost the cell its result.
        return None


class _OutputFields:
    # Name -> Python type as text; None when SUBMIT takes anything.
    types = None


def SUBMIT(*values, **fields):
    """Hands in the answer and ends the cell: SUBMIT(value), or SUBMIT(name=value, ...) with the fields asked for."""
    if _OutputFields.types is None:
        value, text = _untyped(values, fields), None
    else:
        value = _typed(values, fields, _OutputFields.types)
        if any([_is_error(field) for field in value.values()]):
            notice(f"SUBMIT got the error of a failed sub-call. {_HAND_IN_ITSELF}")
            return
        only = next(iter(value.values())) if len(value) == 1 else None
        text = only if isinstance(only, str) else None
    if _hand_in("SUBMIT", value, text):
        raise Finished


def _untyped(values, fields):
    if fields:
        if values:
            raise TypeError("SUBMIT takes either values or name=value pairs")
        return fields
    if not values:
        raise TypeError("SUBMIT needs the answer: SUBMIT(value)")
    return values[0] if len(values) == 1 else list(values)


def _typed(values, fields, wanted):
    listing = ", ".join(f"{name}: {kind}" for name, kind in wanted.items())
    if len(values) > len(wanted):
        raise TypeError(f"SUBMIT takes {len(wanted)} fields ({listing}), got {len(values)}")
    given = dict(zip(wanted, values))
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


def parse_type(text):
    """A Python type from its text. Unknown names accept every value: the text is a promise to the user, not to us."""
    try:
        return eval(text, {"__builtins__": builtins}, dict(_TYPE_NAMES))
    except Exception:
        return typing.Any


def _allows_none(text):
    kind = parse_type(text)
    return kind is None or type(None) in typing.get_args(kind)


def _checked(name, value, text):
    kind = parse_type(text)
    if kind is float and type(value) is int:
        return float(value)
    if not _matches(value, kind):
        raise TypeError(f"SUBMIT field {name!r} must be {text}, got {type(value).__name__}: {repr(value)[:100]}")
    if _json_or_none(value) is None:
        raise TypeError(f"SUBMIT field {name!r} has no JSON form: {repr(value)[:100]}")
    return value


def _matches(value, kind):
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


def _matches_container(value, origin, arguments):
    if not isinstance(value, origin):
        return False
    if isinstance(value, dict):
        key, item = arguments if len(arguments) == 2 else (typing.Any, typing.Any)
        return all(_matches(k, key) and _matches(v, item) for k, v in value.items())
    if isinstance(value, tuple) and arguments and arguments[-1] is not ...:
        return len(value) == len(arguments) and all(map(_matches, value, arguments))
    return all(_matches(item, arguments[0]) for item in value) if arguments else True
