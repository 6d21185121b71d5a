"""Syntax trees of a cell's code."""

import ast
from collections.abc import Iterator
from typing import Any, cast

_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def place_of(node: ast.AST) -> dict[str, Any]:
    """Returns the place of a node in the code, for its replacement."""
    return {name: getattr(node, name) for name in _PLACE}


def walk_outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """Returns the nodes of a tree whose names belong to the namespace."""
    return walk(tree, _FUNCTIONS)


def walk(tree: ast.AST, left_out: tuple[type[ast.AST], ...] = ()) -> Iterator[ast.AST]:
    """Returns all nodes of a tree. `ast.walk` calls builtins, which code of the model may have patched."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            values = cast("list[object]", value) if isinstance(value, list) else [value]
            waiting.extend(item for item in values if isinstance(item, ast.AST) and not isinstance(item, left_out))
