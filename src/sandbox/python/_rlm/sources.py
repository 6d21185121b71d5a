"""Recognises the source of an expression: models hand in `FINAL("rows[0]['name']")` and mean its value."""

import ast
import builtins
from types import FunctionType
from typing import Any

from _rlm.names import ABSENT, Names, materialise, user_variables
from _rlm.state import namespace
from _rlm.syntax import walk

_CHARACTERS = 300
_VALUES = (ast.Attribute, ast.Subscript, ast.Call, ast.BinOp, ast.JoinedStr, ast.ListComp, ast.GeneratorExp, ast.Name)


def source_in(text: object) -> ast.Expression | None:
    """Returns the syntax tree of a text that is an expression over the model's variables or the context."""
    if type(text) is not str or len(text) > _CHARACTERS or "\n" in text.strip():
        return None
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError, ValueError, RecursionError, MemoryError:
        return None
    return tree if isinstance(tree.body, _VALUES) and _is_over_data(tree) else None


def _is_over_data(tree: ast.Expression) -> bool:
    """Whether every free name exists here, and one of them holds data. A single word may well be the answer itself."""
    nodes = list(walk(tree))
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    used = {node.id for node in nodes if isinstance(node, ast.Name)} - bound
    if isinstance(tree.body, ast.Name):
        return "_" in tree.body.id and tree.body.id in user_variables()
    if not all(name in namespace or name in Names.lazy or hasattr(builtins, name) for name in used):
        return False
    return any(name in user_variables() or _holds_data(name) for name in used) or _calls_ours(tree)


def _holds_data(name: str) -> bool:
    return name in Names.lazy or name in ("context", "files", "rows") or name.startswith("context_")


def _calls_ours(tree: ast.Expression) -> bool:
    """Whether the expression is a call of one of our functions: code, which nobody wants as an answer."""
    function = tree.body.func if isinstance(tree.body, ast.Call) else None
    return isinstance(function, ast.Name) and isinstance(Names.fixed.get(function.id), FunctionType)


def value_of(tree: ast.Expression) -> Any:
    """Evaluates the expression; raises what it raises. A call of one of our functions is not made: ABSENT."""
    if _calls_ours(tree):
        return ABSENT
    materialise({node.id for node in walk(tree) if isinstance(node, ast.Name)})
    return eval(compile(tree, "<answer>", "eval"), namespace)
