"""Replies of model calls: text that knows whether the call succeeded."""

from collections.abc import Generator
from typing import Any, Self


class LLMError(RuntimeError):
    """Raised for a failed model call. `category` says how it failed."""

    def __init__(self, message: str, category: str | None = None) -> None:
        super().__init__(message)
        self.category = category


class Settled:
    """A value that is ready and can still be awaited: models that think in async code write
    `await llm_query(...)`."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, Self]:
        return self
        yield  # makes this a generator, as __await__ must be


class LLMReply(Settled, str):
    """The reply of a model: an ordinary str that also knows whether the call succeeded.

    ok: False when the call failed; then the text starts with "Error: ".
    error: what went wrong, None on success. category: how it failed, None on success.
    cut: "length" when the reply was longer than allowed, "repetition" when it said the same thing over and over, None
    when it is whole.
    """

    error: str | None = None
    category: str | None = None
    cut: str | None = None
    # Calls that the host made to have the reply mended.
    repairs = 0

    @property
    def error_category(self) -> str | None:
        return self.category

    @property
    def ok(self) -> bool:
        return self.error is None

    def check(self) -> Self:
        """Returns the reply itself, or raises LLMError when the call failed."""
        if self.error is not None:
            raise LLMError(self.error, self.category)
        return self


class Replies(Settled, list[Any]):
    """The replies of a batch, in order: each an LLMReply, or the value that was asked for."""


# Pickling looks a class up by its module; these are in the namespace of the cells.
LLMReply.__module__ = LLMError.__module__ = Replies.__module__ = "__main__"


# Texts of failed calls, so that an answer which only passes them on is recognised: joined, they are plain text.
_FAILURES: dict[str, None] = {}
_KEPT_FAILURES = 50


def known_failures() -> list[str]:
    """Texts of the latest failed calls, also as `repr` writes them; the longest first, which may contain others."""
    texts = [form for text in _FAILURES for form in (text, repr(text)[1:-1])]
    return sorted(dict.fromkeys(texts), key=len, reverse=True)


def failed_reply(message: str, category: str | None) -> LLMReply:
    reply = LLMReply(message if message.startswith("Error") else f"Error: {message}")
    reply.error = message
    reply.category = category
    _FAILURES.pop(message, None)
    _FAILURES[message] = None
    if len(_FAILURES) > _KEPT_FAILURES:
        del _FAILURES[next(iter(_FAILURES))]
    return reply


def reply_of(text: str, failure: str | None, cut: str | None, repairs: int) -> LLMReply:
    """Builds the reply to a call that is done. `failure`: the category, None when it succeeded."""
    reply = LLMReply(text) if failure is None else failed_reply(text, failure)
    reply.cut = cut
    reply.repairs = repairs
    return reply
