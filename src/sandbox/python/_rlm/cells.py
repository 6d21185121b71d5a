"""Runs one cell the way a notebook does."""

import ast
import gc
import sys
from typing import Any, ClassVar

import __main__
from _rlm.answer import Finished, answer_so_far, reset_answer_after_failure, settle_answer
from _rlm.answer_dict import let_answer_be_stored_into, restore_answer
from _rlm.channel import utf8
from _rlm.errors import cell_filename, describe_error, register_source
from _rlm.loop import end_calls, run_coroutine
from _rlm.names import (
    Names,
    changed_variables,
    drop_foreign_names,
    fingerprint,
    materialise,
    reads_context,
    restore_names,
)
from _rlm.output import flush_output, stderr, stdout
from _rlm.own_names import drop_imports_of_ours, restore_aliases
from _rlm.state import CITATIONS, listen_for_interrupts, namespace, session
from _rlm.syntax import place_of, walk

_AWAITS = 0x80
_INDIRECT_ACCESS = {"globals", "locals", "vars", "eval", "exec", "compile", "__main__", "getattr", "operator"}
_compile = compile
_LAST_VALUE = "__last_value__"
RESERVE_BYTES = 2 << 20
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_PARSE_FLAGS = _FLAGS | ast.PyCF_ONLY_AST


def run_cell(code: str, capacity: int) -> dict[str, Any]:
    """Runs code in the namespace. Returns a CellResult as a dict; never raises for what the code does."""
    session.cell_number += 1
    filename = cell_filename(session.cell_number)
    _begin(capacity)
    cell = _Cell(code, filename)
    error: BaseException | None = None
    try:
        try:
            session.running = True
            cell.execute()
            settle_answer()
        finally:
            session.running = False
    except Finished:
        pass
    except BaseException as raised:
        error = raised
    result = _conclude(cell, error)
    # A traceback keeps the variables of every frame alive.
    del error
    return result


_set_trace = sys.settrace
_set_profile = sys.setprofile
_set_recursion_limit = sys.setrecursionlimit
_RECURSION_LIMIT = sys.getrecursionlimit()
_free_tool = sys.monitoring.free_tool_id
_gc_callbacks = gc.callbacks


def _stop_watching() -> None:
    """Removes what the cell set that would run in our own code, or keep it from running."""
    _set_trace(None)
    _set_profile(None)
    for tool in (0, 1, 2, 3, 4, 5):
        _free_tool(tool)
    _gc_callbacks.clear()
    _set_recursion_limit(_RECURSION_LIMIT)


def _begin(capacity: int) -> None:
    session.notices = []
    session.final = None
    session.interrupted = False
    stdout.begin(capacity)
    stderr.begin(capacity)
    sys.stdout, sys.stderr = stdout, stderr
    sys.modules["__main__"] = __main__
    listen_for_interrupts()


class _Reserve:
    """Memory that the code of a cell cannot use: without it nobody could report that the memory is full, and no
    later cell could free any."""

    memory: ClassVar[bytes | None] = None

    @staticmethod
    def take() -> None:
        try:
            _Reserve.memory = bytes(RESERVE_BYTES)
        except MemoryError:
            # The memory is full since an earlier cell. This cell may be about to free some.
            pass


class _Cell:
    """One cell: its code, and what we learn about it while it runs."""

    def __init__(self, code: str, filename: str) -> None:
        # Split as Python's own tokenizer does, so that line numbers agree.
        self.code = code.replace("\r\n", "\n").replace("\r", "\n")
        self.filename = filename
        self.bound: set[str] = set()
        self.before = fingerprint()
        self.echo: str | None = None
        self.uses_context = False

    def execute(self) -> None:
        register_source(self.filename, self.code)
        tree = _compile(self.code, self.filename, "exec", _PARSE_FLAGS, True)
        self._inspect(tree)
        drop_imports_of_ours(tree)
        let_answer_be_stored_into(tree)
        self._keep_last_value(tree)
        namespace[_LAST_VALUE] = None
        try:
            self._evaluate(tree)
        finally:
            value = namespace.pop(_LAST_VALUE, None)
        self._show(value)

    def _inspect(self, tree: ast.Module) -> None:
        """Finds the names that the code uses: contexts among them are read now, and names it binds count as changed."""
        named: set[str] = set()
        for node in walk(tree):
            if isinstance(node, ast.Name):
                named.add(node.id)
                if not isinstance(node.ctx, ast.Load):
                    self.bound.add(node.id)
            elif isinstance(node, ast.Constant) and node.value == "__main__":
                named.add("__main__")
            elif isinstance(node, ast.alias):
                named.update((node.name, node.asname or node.name))
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self.bound.add(node.name)
        is_indirect = bool(named & _INDIRECT_ACCESS)
        self.uses_context = is_indirect or reads_context(named)
        materialise(Names.lazy if is_indirect else named)

    def _keep_last_value(self, tree: ast.Module) -> None:
        """Turns a last expression into an assignment, so that the cell stays one piece of code."""
        if not tree.body or not isinstance(tree.body[-1], ast.Expr):
            return
        node = tree.body[-1]
        end_line, end_column = node.end_lineno, node.end_col_offset
        if end_line is None or end_column is None:
            return
        line = self.code.split("\n")[end_line - 1].encode()
        if not line[end_column:].decode().lstrip().startswith(";"):
            place = place_of(node)
            tree.body[-1] = ast.Assign([ast.Name(_LAST_VALUE, ast.Store(), **place)], node.value, **place)

    def _evaluate(self, tree: ast.Module) -> None:
        code = _compile(tree, self.filename, "exec", _FLAGS, True)
        _Reserve.take()
        value = eval(code, namespace)
        if code.co_flags & _AWAITS:
            run_coroutine(value)

    def _show(self, value: object) -> None:
        if value is None:
            return
        text = repr(value)
        # Not earlier: a value that cannot be shown should fail with its own cell.
        namespace["_"] = value
        self.echo = utf8(text if len(text) <= stdout.capacity else text[: stdout.capacity]).decode()
        stdout.write(text + "\n")


def _conclude(cell: _Cell, error: BaseException | None) -> dict[str, Any]:
    _Reserve.memory = None
    try:
        _stop_watching()
        end_calls()
        return _result(cell, error)
    except MemoryError:
        # The cell filled the memory completely; free what it raised before trying once more.
        error = MemoryError("the memory of the REPL is full; delete large variables")
        gc.collect()
        return _result(cell, error)


def _result(cell: _Cell, error: BaseException | None) -> dict[str, Any]:
    described = None
    if error is not None:
        described = describe_error(error, cell.filename, cell.code)
        reset_answer_after_failure()
    drop_foreign_names()
    restore_names()
    restore_aliases()
    restore_answer()
    flush_output()
    result = {
        "stdout": stdout.text(),
        "stderr": stderr.text(),
        "printedCharacters": stdout.total + stderr.total,
        "notices": session.notices,
        "changed": changed_variables(cell.before, cell.bound)[:200],
        "citations": list(session.citations.values())[:CITATIONS],
        "usesContext": cell.uses_context,
    }
    optional = {"echo": cell.echo, "error": described, "final": session.final, "answerSoFar": answer_so_far()}
    return result | {name: value for name, value in optional.items() if value is not None}
