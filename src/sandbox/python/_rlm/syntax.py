"""Trees of the code of a cell."""

import ast
from collections.abc import Iterator
from typing import Any, cast

_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def place_of(node: ast.AST) -> dict[str, Any]:
    """Where a node stands in the code, for one that takes its place."""
    return {name: getattr(node, name) for name in _PLACE}


def walk_outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree whose names are those of the namespace."""
    return walk(tree, _FUNCTIONS)


def walk(tree: ast.AST, left_out: tuple[type[ast.AST], ...] = ()) -> Iterator[ast.AST]:
    """All nodes of a tree. `ast.walk` calls builtins, which code of the model may have patched."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            values = cast("list[object]", value) if isinstance(value, list) else [value]
            waiting.extend(item for item in values if isinstance(item, ast.AST) and not isinstance(item, left_out))
