"""Takes the ways in which models write our functions: `final(x)`, `answer(x)`, `from somewhere import final`."""

import ast
import sys
from types import FunctionType

from _rlm.answer import FINAL, FINAL_VAR
from _rlm.names import ABSENT, provide_yielding, reserved_names
from _rlm.packages import bundled_packages
from _rlm.state import namespace, notice

_ALIASES = {
    **dict.fromkeys(("final", "Final", "final_answer", "FINAL_ANSWER"), FINAL),
    **dict.fromkeys(("final_var", "Final_Var"), FINAL_VAR),
}


def provide_aliases() -> None:
    for name, function in _ALIASES.items():
        provide_yielding(name, function)


def restore_aliases() -> None:
    """Takes back the names under which models call our functions. A value of another kind is the model's variable."""
    for name, function in _ALIASES.items():
        found = namespace.get(name, ABSENT)
        if found is not function and isinstance(found, FunctionType):
            namespace[name] = function
            notice(f"`{name}` is provided by the REPL and has been restored; it hands in the answer: {name}(value)")


def drop_imports_of_ours(tree: ast.Module) -> None:
    """Drops `from library_name import final`: the module does not exist, and the name is here already."""
    ours = reserved_names()
    known = {*sys.stdlib_module_names, *(package["module"] for package in bundled_packages)}
    for index, node in enumerate(tree.body):
        if not isinstance(node, ast.ImportFrom) or (node.module or "").partition(".")[0] in known:
            continue
        if all(alias.name in ours and alias.asname in (None, alias.name) for alias in node.names):
            tree.body[index] = ast.copy_location(ast.Pass(), node)
