"""How the reply to a call is written."""

from collections.abc import Sequence
from typing import Any, cast

from _rlm.channel import utf8

_HOTTEST = 2
_MOST_TOKENS = 1_000_000
_STOPS = 8
_STOP_LENGTH = 200


class CallOptions:
    """Checked options of a call. A wrong one is an exception, because the same call could never be made."""

    __slots__ = ("header", "stop_length", "system")

    def __init__(
        self, system: object = None, temperature: object = None, max_tokens: object = None, stop: object = None
    ) -> None:
        self.system = None if system is None else _system(system)
        stops = [] if stop is None else _stops(stop)
        self.stop_length = sum([len(text) for text in stops])
        options: dict[str, Any] = {}
        if temperature is not None:
            options["temperature"] = _temperature(temperature)
        if max_tokens is not None:
            options["maxTokens"] = _max_tokens(max_tokens)
        if stops:
            options["stop"] = stops
        self.header = options


def _system(system: object) -> bytes:
    if not isinstance(system, str):
        raise TypeError(f"system must be a str or None, not {type(system).__name__}")
    return utf8(system)


def _temperature(temperature: object) -> float:
    if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
        raise TypeError(f"temperature must be a number from 0 to {_HOTTEST}, not {type(temperature).__name__}")
    if not 0 <= temperature <= _HOTTEST:
        raise ValueError(f"temperature must be from 0 to {_HOTTEST}, not {temperature}")
    return temperature


def _max_tokens(max_tokens: object) -> int:
    if isinstance(max_tokens, bool) or not isinstance(max_tokens, int):
        raise TypeError(f"max_tokens must be a whole number, not {type(max_tokens).__name__}")
    if not 1 <= max_tokens <= _MOST_TOKENS:
        raise ValueError(f"max_tokens must be at least 1 and at most {_MOST_TOKENS}, not {max_tokens}")
    return max_tokens


def _stops(stop: object) -> list[str]:
    if isinstance(stop, str):
        stop = [stop]
    texts: list[str] = list(cast("Sequence[str]", stop)) if isinstance(stop, (list, tuple)) else [""]
    # Code may hold anything in its list.
    if not all(type(text) is str and text for text in texts):
        raise TypeError("stop must be a text or a list of texts, none of them empty")
    if len(texts) > _STOPS or any(len(text) > _STOP_LENGTH for text in texts):
        raise ValueError(f"stop takes at most {_STOPS} texts of at most {_STOP_LENGTH} characters each")
    return texts
