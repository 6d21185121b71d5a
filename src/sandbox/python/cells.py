# Runs one cell the way a notebook does.
import ast
import gc

_AWAITS = 0x80
_INDIRECT_ACCESS = {"globals", "locals", "vars", "eval", "exec", "compile", "__main__", "getattr", "operator"}
_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_compile = compile
_LAST_VALUE = "__last_value__"
RESERVE_BYTES = 2 << 20
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_PARSE_FLAGS = _FLAGS | ast.PyCF_ONLY_AST


def run_cell(code, capacity):
    """Runs code in the namespace. Gives a CellResult as a dict; never raises for what the code does."""
    session.cell_number += 1
    filename = cell_filename(session.cell_number)
    _begin(capacity)
    cell = _Cell(code, filename)
    error = None
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


def _stop_watching():
    """Takes back what would run in our own code, or keep it from running, after the cell that set it."""
    _set_trace(None)
    _set_profile(None)
    for tool in (0, 1, 2, 3, 4, 5):
        _free_tool(tool)
    _gc_callbacks.clear()
    _set_recursion_limit(_RECURSION_LIMIT)


def _begin(capacity):
    session.notices = []
    session.final = None
    session.interrupted = False
    stdout.begin(capacity)
    stderr.begin(capacity)
    sys.stdout, sys.stderr = stdout, stderr
    sys.modules["__main__"] = __main__
    listen_for_interrupts()


class _Reserve:
    """Memory that the code of a cell does not get: without it nobody could report that the memory is full, and no
    later cell could free any."""

    memory = None

    @staticmethod
    def take():
        try:
            _Reserve.memory = bytes(RESERVE_BYTES)
        except MemoryError:
            # It is full since an earlier cell. This one may be about to change that.
            pass


class _Cell:
    """One cell: its code, and what is found out about it while it runs."""

    def __init__(self, code, filename):
        # As Python's own tokenizer reads them, so that the numbers of lines are the same.
        self.code = code.replace("\r\n", "\n").replace("\r", "\n")
        self.filename = filename
        self.bound = set()
        self.before = fingerprint()
        self.echo = None

    def execute(self):
        register_source(self.filename, self.code)
        tree = _compile(self.code, self.filename, "exec", _PARSE_FLAGS, True)
        self._inspect(tree)
        let_answer_be_stored_into(tree)
        self._keep_last_value(tree)
        namespace[_LAST_VALUE] = None
        try:
            self._evaluate(tree)
        finally:
            value = namespace.pop(_LAST_VALUE, None)
        self._show(value)

    def _inspect(self, tree):
        """Which names the code uses: contexts among them are read now, and what it binds counts as changed."""
        named = set()
        for node in _walk(tree):
            if isinstance(node, ast.Name):
                named.add(node.id)
                if not isinstance(node.ctx, ast.Load):
                    self.bound.add(node.id)
            elif isinstance(node, ast.Constant) and node.value == "__main__":
                named.add("__main__")
            elif isinstance(node, ast.alias):
                named.update((node.name, node.asname))
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self.bound.add(node.name)
        materialise(Names.lazy if named & _INDIRECT_ACCESS else named)

    def _keep_last_value(self, tree):
        """Turns a last expression into an assignment, so that the cell stays one piece of code."""
        if not tree.body or not isinstance(tree.body[-1], ast.Expr):
            return
        node = tree.body[-1]
        line = self.code.split("\n")[node.end_lineno - 1].encode()
        if not line[node.end_col_offset :].decode().lstrip().startswith(";"):
            place = place_of(node)
            tree.body[-1] = ast.Assign([ast.Name(_LAST_VALUE, ast.Store(), **place)], node.value, **place)

    def _evaluate(self, tree):
        code = _compile(tree, self.filename, "exec", _FLAGS, True)
        _Reserve.take()
        value = eval(code, namespace)
        if code.co_flags & _AWAITS:
            run_coroutine(value)

    def _show(self, value):
        if value is None:
            return
        text = repr(value)
        # Not before: a value that cannot be shown should go with its own cell.
        namespace["_"] = value
        self.echo = utf8(text if len(text) <= stdout.capacity else text[: stdout.capacity]).decode()
        stdout.write(text + "\n")


def place_of(node):
    """Where a node stands in the code, for one that takes its place."""
    return {name: getattr(node, name) for name in _PLACE}


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def _walk_outside_functions(tree):
    """The nodes of a tree whose names are those of the namespace."""
    return _walk(tree, _FUNCTIONS)


def _walk(tree, left_out=()):
    """All nodes of a tree. `ast.walk` calls builtins, which code of the model may have patched."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            values = value if isinstance(value, list) else [value]
            waiting.extend(item for item in values if isinstance(item, ast.AST) and not isinstance(item, left_out))


def _conclude(cell, error):
    _Reserve.memory = None
    try:
        _stop_watching()
        end_calls()
        return _result(cell, error)
    except MemoryError:
        # The cell filled the memory to the brim; what it raised is freed before we try once more.
        error = MemoryError("the memory of the REPL is full; delete large variables")
        gc.collect()
        return _result(cell, error)


def _result(cell, error):
    described = None
    if error is not None:
        described = describe_error(error, cell.filename, cell.code)
        reset_answer_after_failure()
    drop_foreign_names()
    restore_names()
    restore_answer()
    flush_output()
    result = {
        "stdout": stdout.text(),
        "stderr": stderr.text(),
        "printedCharacters": stdout.total + stderr.total,
        "notices": session.notices,
        "changed": changed_variables(cell.before, cell.bound)[:200],
        "citations": list(session.citations.values())[:CITATIONS],
    }
    optional = {"echo": cell.echo, "error": described, "final": session.final, "answerSoFar": answer_so_far()}
    return result | {name: value for name, value in optional.items() if value is not None}


_held = []


def hold_last_value():
    """After a restart: keeps the last value for ever. The next cell replaces it, and freeing it may be what ended the
    interpreter: some objects free what they hold by recursion, which a deep one takes to the end of the stack."""
    _held.append(namespace.get("_"))


def is_sound():
    """Whether a next cell would run. What a cell has broken of the runtime for good would else fail all later ones."""
    kept = namespace.get("_", _ABSENT)
    # Without room for output nothing of it reaches the host.
    result = _COMMANDS["cell"]({"outputCharacters": 0}, b"6 * 7")
    session.cell_number -= 1
    if kept is _ABSENT:
        namespace.pop("_", None)
    else:
        namespace["_"] = kept
    if result.get("echo") == "" and result["printedCharacters"] == len("42\n"):
        return True
    # An interrupt that was meant for the cell has come late.
    return session.interrupted
