"""The Python side of the REPL: runs cells, provides their names, and talks to the host.

`snapshot/load_runtime.py` loads this package when the snapshot is built. Its modules stand in no table of Python and
share builtins of their own, so that code which patches `builtins.len` or looks for `_rlm` does not touch them.
"""
