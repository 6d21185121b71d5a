"""The commands of the host. Python runs only while it serves one: between two cells no frame is alive."""

import json
import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

from _rlm.answer_dict import restore_answer
from _rlm.cells import run_cell
from _rlm.channel import receive, send, to_json, utf8
from _rlm.files import context_text, forget_files
from _rlm.host import ask
from _rlm.names import (
    ABSENT,
    Names,
    describe_variable,
    is_plain,
    materialise,
    provide,
    provide_yielding,
    user_variables,
)
from _rlm.output_fields import OutputFields, json_or_none
from _rlm.refusals import content_of, refusal
from _rlm.soundness import hold_last_value, is_sound
from _rlm.state import namespace, session

type _Header = dict[str, Any]


def _slices(payload: bytes, lengths: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for length in lengths:
        yield payload[start : start + length]
        start += length


def _load(data: bytes) -> Any:
    return json.loads(data.decode())


class _Memory:
    value: ClassVar[dict[Any, object]] = {}


def setup(header: _Header, payload: bytes) -> _Header:
    """Prepares a fresh interpreter for a run."""
    random.seed(int.from_bytes(os.urandom(32), "little"))
    texts = [_load(data) for data in _slices(payload, header["texts"])]
    _prepare(header, texts)
    _Memory.value = texts[header["memory"]] if "memory" in header else {}
    provide_yielding("memory", _Memory.value)
    return {}


def renew(header: _Header, payload: bytes) -> _Header:
    """Hands the interpreter over to the next run of a conversation: variables and memory stay."""
    texts = [_load(data) for data in _slices(payload, header["texts"])]
    session.citations.clear()
    namespace.pop("answer", None)
    _withdraw("history")
    if "contexts" in header:
        _withdraw("context")
        forget_files()
    _prepare(header, texts)
    return {}


def _withdraw(stem: str) -> None:
    """Takes back the names `stem` and `stem_N`, except where the model keeps a value under one of them."""
    for names in (Names.fixed, Names.yielding, Names.lazy):
        for name in [name for name in names if name == stem or name.startswith(stem + "_")]:
            value = names.pop(name)
            if namespace.get(name, ABSENT) is value:
                del namespace[name]


def _prepare(header: _Header, texts: Sequence[Any]) -> None:
    for index, context in enumerate(header.get("contexts", ())):
        names = [f"context_{index}", "context"] if index == 0 else [f"context_{index}"]
        _provide_context(names, index, texts[context["text"]] if "text" in context else ABSENT)
    histories = header["histories"]
    for index, position in enumerate(histories):
        provide_yielding(f"history_{index}", texts[position])
    if histories:
        provide_yielding("history", texts[histories[0]])
    for tool in header["tools"]:
        provide(tool["name"], _tool_function(tool["name"], tool["description"]))
    fields = header.get("outputFields")
    OutputFields.types = None if fields is None else {field["name"]: field["type"] for field in fields}
    restore_answer()


def _provide_context(names: Sequence[str], index: int, value: object) -> None:
    # JSON's null is a value too.
    if value is not ABSENT:
        for name in names:
            provide(name, value)
        return
    kept: list[str] = []

    def read() -> str:
        if not kept:
            kept.append(context_text(index))
        return kept[0]

    for name in names:
        Names.lazy[name] = read


def _tool_function(name: str, description: str) -> Callable[..., object]:
    def tool(*args: object, **kwargs: object) -> object:
        _, data = ask("tool", utf8(to_json({"args": args, "kwargs": kwargs})), name=name)
        return _load(data)

    tool.__name__ = tool.__qualname__ = name
    tool.__doc__ = description
    return tool


def cell(header: _Header, payload: bytes) -> _Header:
    return run_cell(payload.decode(), header["outputCharacters"])


def variables(header: _Header, payload: bytes) -> _Header:
    listed = list(user_variables().items())[:2000]
    return {"variables": [{**describe_variable(name, value), "isPlain": is_plain(value)} for name, value in listed]}


def variable_text(header: _Header, payload: bytes) -> _Header:
    name = payload.decode()
    if name not in namespace and name not in Names.lazy:
        return {}
    materialise({name})
    value = content_of(namespace[name])
    if refusal(value) is not None:
        return {}
    text = value if isinstance(value, str) else repr(value)
    return {"text": utf8(text[: header["maxCharacters"]]).decode()}


def set_history(header: _Header, payload: bytes) -> _Header:
    value = _load(payload)
    for name in ("history", "history_0"):
        namespace.pop(name, None)
        provide_yielding(name, value)
    return {}


def memory_text(header: _Header, payload: bytes) -> _Header:
    value = namespace.get("memory")
    _Memory.value = value if isinstance(value, dict) else _Memory.value
    return {"json": _memory_json(_Memory.value)}


# What the host accepts of `memory`: characters of JSON, lists and objects, and their items.
MEMORY_CHARACTERS = 4_900_000
MEMORY_CONTAINERS = 99_000
MEMORY_ITEMS = 990_000


def _memory_json(memory: dict[Any, object]) -> str:
    """Keeps what fits. Entries that have no JSON form, or for which there is no room, are left out."""
    parts: list[str] = []
    room = [MEMORY_CHARACTERS, MEMORY_CONTAINERS, MEMORY_ITEMS]
    for name, value in memory.items():
        text = json_or_none({str(name): value})
        if text is None:
            continue
        left = [room[0] - len(text), room[1] - text.count("[") - text.count("{"), room[2] - text.count(",") - 1]
        if min(left) >= 0:
            room = left
            parts.append(text[1:-1])
    return "{" + ", ".join(parts) + "}"


def probe(header: _Header, payload: bytes) -> _Header:
    if header.get("isRestored"):
        hold_last_value()
    return {"isSound": is_sound(_COMMANDS["cell"])}


_COMMANDS: dict[str, Callable[[_Header, bytes], _Header]] = {
    "setup": setup,
    "renew": renew,
    "cell": cell,
    "variables": variables,
    "variable": variable_text,
    "history": set_history,
    "memory": memory_text,
    "probe": probe,
}


def serve() -> None:
    """Takes one command from the host and answers it."""
    header, payload = receive()
    try:
        result = _COMMANDS[header["op"]](header, payload)
    except BaseException as error:
        result = {"failure": f"{type(error).__name__}: {error}"[:2000]}
    send("result", utf8(to_json(result)))
