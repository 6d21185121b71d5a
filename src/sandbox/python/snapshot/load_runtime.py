"""Runs in the interpreter when the snapshot is built: loads the package `_rlm` and removes it from Python's tables.

The package is checked like any other, with imports between its modules. Code of a model sees little of it:
no table of modules lists it, no loader and no source remains, and `help()` shows no types.
"""

import ast
import builtins
import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

PACKAGE = "_rlm"
# What the import system writes into a module, and the values in a module that was made without it.
_TRACES = {"__name__": PACKAGE, "__package__": None, "__loader__": None, "__spec__": None}


class _WithoutTypes(ast.NodeTransformer):
    """Removes the annotations. They are for type checkers; a snapshot would carry them as functions."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        # `help()` would show that a base was `list[str]`.
        node.bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns, node.type_params = None, []
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_TypeAlias(self, node: ast.TypeAlias) -> ast.AST:
        return ast.copy_location(ast.Pass(), node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        plain = ast.Pass() if node.value is None else ast.Assign([node.target], node.value)
        return self.generic_visit(ast.copy_location(plain, node))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of the package in what the builder received."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self.loaded: list[ModuleType] = []
        # Code of a model may patch `builtins.len`; these stay as they are.
        self._builtins = dict(builtins.__dict__)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._sources:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=fullname == PACKAGE)

    def exec_module(self, module: ModuleType) -> None:
        self.loaded.append(module)
        name = module.__name__
        tree = _WithoutTypes().visit(ast.parse(self._sources[name]))
        code = compile(tree, f"<rlm:{name.rpartition('.')[2]}>", "exec", dont_inherit=True)
        # Classes show the name of their module. Their place in the package is an internal detail.
        module.__dict__.update(_TRACES, __builtins__=self._builtins)
        exec(code, module.__dict__)


def load(sources: Mapping[str, str], preloaded: Sequence[str]) -> Callable[[], None]:
    """Loads what a sandbox starts from and fills the namespace of cells. Returns the function that serves a command.

    sources: name of a module -> its text. preloaded: modules of the standard library.
    """
    for name in preloaded:
        importlib.import_module(name)
    finder = _Finder(sources)
    sys.meta_path.insert(0, finder)
    channel, names, namespace, serve = [
        importlib.import_module(f"{PACKAGE}.{name}") for name in ("channel", "names", "namespace", "serve")
    ]
    sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    for module in finder.loaded:
        module.__dict__.update(_TRACES)
    namespace.fill_namespace()
    channel.send("built", entry=id(serve.serve), reservedNames=sorted(names.reserved_names()))
    return serve.serve
