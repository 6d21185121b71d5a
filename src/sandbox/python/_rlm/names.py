"""Decides whose a name is: ours, the model's, or one of ours that the model may take over."""

import collections
import types
from collections.abc import Callable, Collection
from typing import Any, ClassVar

from _rlm.state import namespace, notice

_SIZED: tuple[Any, ...] = (str, bytes, bytearray, list, tuple, dict, set, frozenset, collections.deque)
_PREPARED_MODULES = ("re", "json", "math", "collections", "itertools", "datetime", "textwrap", "statistics", "asyncio")
# Stands for a name without a value; None is a value.
ABSENT: Any = object()
# A metaclass may define `__name__`, which may run code of the model or not be text.
_name_of_class = type.__dict__["__name__"].__get__


class Names:
    """The names that we put into the namespace."""

    # Restored after every cell: code cannot lose them.
    fixed: ClassVar[dict[str, object]] = {}
    # Ordinary words. A value bound to one of them is the model's variable; deleting it brings ours back.
    yielding: ClassVar[dict[str, object]] = {}
    # Modules that are imported already; plain variables that no list shows.
    modules: ClassVar[dict[str, types.ModuleType]] = {}
    # Text contexts that no code has used yet: name -> function that returns the text.
    lazy: ClassVar[dict[str, Callable[[], str]]] = {}


def provide(name: str, value: object) -> None:
    Names.fixed[name] = namespace[name] = value


def provide_yielding(name: str, value: object) -> None:
    Names.yielding[name] = namespace[name] = value


def reserved_names() -> set[str]:
    return {*Names.fixed, *Names.yielding, *Names.lazy}


# Ours, but they say nothing about the context.
_ABOUT_THE_RUN = ("FINAL", "SUBMIT", "SHOW_VARS", "LLM", "budget", "cite", "final", "Final", "overview")


def reads_context(named: Collection[str]) -> bool:
    """Whether code that uses these names looks at what the run is about, itself or through a model or a tool."""
    return any(name in reserved_names() and not name.startswith(_ABOUT_THE_RUN) for name in named)


def is_ours(name: str, value: object) -> bool:
    if name in Names.fixed or name in Names.lazy:
        return True
    if name == "answer":
        return issubclass(type(value), dict)
    return Names.yielding.get(name, ABSENT) is value or Names.modules.get(name, ABSENT) is value


def user_variables() -> dict[str, Any]:
    """Returns the model's variables, name -> value, without modules."""
    return {
        name: value
        for name, value in list(namespace.items())
        if not (name.startswith("__") and name.endswith("__"))
        and name != "_"
        and not issubclass(type(value), types.ModuleType)
        and not is_ours(name, value)
    }


def size_of(value: Any) -> int | None:
    """Returns the length of a built-in container, without running code of the model's classes."""
    for kind in _SIZED:
        if issubclass(type(value), kind):
            return kind.__len__(value)
    return None


def type_name(value: object) -> str:
    """Returns the class name of a value, without running code of the model."""
    return _name_of_class(type(value))


def is_plain(value: object) -> bool:
    """Whether it is a text, number, list, dict or tuple, without running code of the model."""
    return issubclass(type(value), (str, int, float, list, dict, tuple))


def describe_variable(name: str, value: object) -> dict[str, object]:
    described: dict[str, object] = {"name": name[:200], "type": type_name(value)[:200]}
    size = size_of(value)
    if size is not None:
        described["size"] = size
    return described


def fingerprint() -> dict[str, tuple[int, int | None]]:
    """Remembers the variables, to find out later what a cell changed."""
    return {name: (id(value), size_of(value)) for name, value in user_variables().items()}


def changed_variables(before: dict[str, tuple[int, int | None]], bound: set[str]) -> list[dict[str, object]]:
    """Returns variables that are new, bound by the cell, or changed in length."""
    return [
        describe_variable(name, value)
        for name, value in user_variables().items()
        if name in bound or before.get(name) != (id(value), size_of(value))
    ]


def materialise(named: Collection[str]) -> None:
    """Reads the text contexts that a cell is about to use."""
    for name in [name for name in Names.lazy if name in named]:
        read = Names.lazy[name]
        provide(name, read())
        del Names.lazy[name]


def drop_foreign_names() -> None:
    """Removes names that are not text: `globals()[1] = x` is possible, and nothing could list it."""
    if not [name for name in namespace if type(name) is not str]:
        return
    kept = [(name, value) for name, value in namespace.items() if type(name) is str]
    namespace.clear()
    namespace.update(kept)


def restore_names() -> None:
    for name, value in Names.fixed.items():
        found = namespace.get(name, ABSENT)
        if found is not value:
            namespace[name] = value
            _tell_of_restored(name, found)
    for name in Names.lazy:
        found = namespace.pop(name, ABSENT)
        _tell_of_restored(name, found)
    for name, value in Names.yielding.items():
        namespace.setdefault(name, value)


def _tell_of_restored(name: str, found: object) -> None:
    if found is not ABSENT:
        notice(f"`{name}` is provided by the REPL and has been restored; keep your value under another name.")


def SHOW_VARS() -> str:
    """Lists your variables with their types and sizes, as text."""
    lines: list[str] = []
    for name, value in user_variables().items():
        size = size_of(value)
        lines.append(f"{name}: {type_name(value)}" + ("" if size is None else f", length {size}"))
    return "\n".join(lines) or "(no variables yet)"


def import_prepared_modules() -> None:
    for name in _PREPARED_MODULES:
        Names.modules[name] = namespace[name] = __import__(name)
