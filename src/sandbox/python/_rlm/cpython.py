"""Parts of CPython that its type stubs do not name, with the types that we rely on.

They are the C functions themselves: their callers in the library use builtins, which code of the model may patch.
"""

# pyright: reportAttributeAccessIssue=false, reportMissingImports=false, reportPrivateUsage=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import _signal
import _thread
import json
from asyncio import events
from collections.abc import Callable
from types import FrameType
from typing import Any

type _OnSignal = Callable[[int, FrameType | None], None]

set_signal: Callable[[int, _OnSignal], object] = _signal.signal
INTERRUPT: int = _signal.SIGINT

make_thread_handle: Callable[[int], Any] = _thread._make_thread_handle

make_json_scanner: Callable[[json.JSONDecoder], Callable[[str, int], tuple[Any, int]]] = json.scanner.c_make_scanner
make_json_encoder: Callable[..., Callable[[object, int], tuple[str, ...]]] = json.encoder.c_make_encoder
json_escape: Callable[[str], str] = json.encoder.c_encode_basestring_ascii

EventLoopPolicy = events._BaseDefaultEventLoopPolicy
set_event_loop_policy: Callable[[EventLoopPolicy], None] = events._set_event_loop_policy
