"""The Python side of the REPL: runs cells, provides their names, and talks to the host.

`snapshot/load_runtime.py` loads this package when the snapshot is built. Python's tables do not list its modules, and
they use separate builtins, so that code which patches `builtins.len` or looks for `_rlm` does not affect them.
"""
