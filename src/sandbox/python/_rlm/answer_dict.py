"""The dict `answer`, with which code builds an answer piece by piece."""

import ast
from typing import Any, cast

from _rlm.names import ABSENT
from _rlm.state import namespace
from _rlm.syntax import place_of, walk_outside_functions

ANSWER_KEYS = {"content", "ready"}
GIVE_BACK = "__answer_dict__"


class AnswerDict(dict[str, Any]):
    """answer["content"] = ...; answer["ready"] = True hands in the answer at the end of the cell."""

    def __init__(self) -> None:
        super().__init__(content="", ready=False)

    def __call__(self, value: object) -> None:
        """Takes `answer(value)` for what it says: the answer, and ready."""
        self["content"] = value
        self["ready"] = True


def current_answer() -> dict[str, Any] | None:
    """Returns the dict bound to `answer`, or None when the model keeps another value under that name."""
    value = namespace.get("answer")
    return value if issubclass(type(value), dict) else None


def restore_answer() -> None:
    if "answer" not in namespace:
        namespace["answer"] = AnswerDict()


def answer_dict() -> Any:
    """Returns the dict that a cell stores into; a text or list bound to its name becomes its content."""
    value = namespace.get("answer", ABSENT)
    kind = cast("type[Any]", type(value))
    if value is ABSENT or issubclass(kind, list) or not hasattr(kind, "__setitem__"):
        held = namespace["answer"] = AnswerDict()
        if value is not ABSENT:
            held["content"] = value
        return held
    return value


def let_answer_be_stored_into(tree: ast.AST) -> None:
    """Models bind `answer` to a text, `answer = llm_query(...)`, and later store into `answer["content"]`."""
    for node in walk_outside_functions(tree):
        if not (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)):
            continue
        target, key = node.value, node.slice
        if isinstance(target, ast.Name) and target.id == "answer" and _is_answer_key(key):
            place = place_of(target)
            node.value = ast.Call(ast.Name(GIVE_BACK, ast.Load(), **place), [], [], **place)


def _is_answer_key(key: ast.expr) -> bool:
    return isinstance(key, ast.Constant) and type(key.value) is str and key.value in ANSWER_KEYS
