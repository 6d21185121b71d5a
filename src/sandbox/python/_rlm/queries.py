"""The functions with which a cell asks models."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from _rlm.calls import Call, run_calls, run_until_usable
from _rlm.forms import Form
from _rlm.loop import call_from_loop, call_until_usable
from _rlm.options import CallOptions
from _rlm.replies import LLMReply, Replies


def _texts(values: Iterable[Any], what: str, function: str) -> list[Any]:
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{function} takes a list of {what}, not a single one; use [{what[:-1]}]")
    try:
        return list(values)
    except TypeError:
        raise TypeError(f"{function} takes a list of {what}, not {type(values).__name__}") from None


def llm_query(
    prompt: str,
    model: str | None = None,
    *,
    system: str | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    stop: str | list[str] | None = None,
    schema: object = None,
    choices: Iterable[object] | None = None,
    validate: Callable[[Any], bool] | None = None,
) -> Any:
    """Asks a model one question and returns its reply as text.

    The model sees only the prompt, so put the text it needs into it. A failed call does not raise: the reply then
    starts with "Error: " and has .ok == False, .error and .category. For many prompts use llm_query_batched.

    system: instructions before the prompt. temperature: 0 (always the likeliest word) to 2. max_tokens: the longest
    reply, in tokens of about four characters. stop: a text, or texts, before which the reply ends. A reply that was cut
    has .cut == "length", or "repetition" when it said the same thing over and over.

    For a value in place of text: schema takes a Python type (int, list[str], dict[str, float], Literal, TypedDict, a
    dataclass), {"name": str, "age": int}, or a JSON schema. choices takes a list and gives exactly one of its items.
    validate takes a function of the value that returns True or False, or raises with what is wrong. A reply that does
    not fit is shown to the model again, at most twice; then it is a failed call with .category == "invalid".
    """
    options = CallOptions(system, temperature, max_tokens, stop)
    return run_until_usable([Call("llm", prompt, None, model, options, Form(schema, choices, validate))])[0]


def llm_query_batched(
    prompts: Iterable[str],
    model: str | None = None,
    *,
    system: str | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    stop: str | list[str] | None = None,
    schema: object = None,
    choices: Iterable[object] | None = None,
    validate: Callable[[Any], bool] | None = None,
) -> Replies:
    """Asks many prompts at the same time and returns the replies in the same order. A failed one is marked as in
    llm_query; the others are not affected. The other arguments are those of llm_query, for all prompts."""
    options = CallOptions(system, temperature, max_tokens, stop)
    form = Form(schema, choices, validate)
    texts = _texts(prompts, "prompts", "llm_query_batched")
    return run_until_usable([Call("llm", prompt, None, model, options, form) for prompt in texts])


def rlm_query(prompt: str, context: str | None = None, model: str | None = None) -> LLMReply:
    """Gives a task to a child run with its own REPL and returns its answer as text.

    context: the text the child works on; None gives it the same context as here. The child sees none of your variables.
    Slower and more thorough than llm_query. Failures are marked as in llm_query.
    """
    return run_calls([Call("rlm", prompt, context, model)])[0]


def rlm_query_batched(
    prompts: Iterable[str], contexts: Iterable[str | None] | None = None, model: str | None = None
) -> Replies:
    """Starts several child runs at the same time and returns replies in order. contexts: a text or None per prompt."""
    return run_calls(_rlm_calls(_texts(prompts, "prompts", "rlm_query_batched"), contexts, model))


def _rlm_calls(prompts: Sequence[Any], contexts: Iterable[str | None] | None, model: str | None) -> list[Call]:
    if contexts is None:
        contexts = [None] * len(prompts)
    contexts = _texts(contexts, "contexts", "rlm_query_batched")
    if len(contexts) != len(prompts):
        raise ValueError(f"rlm_query_batched got {len(prompts)} prompts and {len(contexts)} contexts")
    return [Call("rlm", prompt, context, model) for prompt, context in zip(prompts, contexts, strict=True)]


async def allm_query(
    prompt: str,
    model: str | None = None,
    *,
    schema: object = None,
    choices: Iterable[object] | None = None,
    validate: Callable[[Any], bool] | None = None,
    system: str | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    stop: str | list[str] | None = None,
) -> Any:
    """Like llm_query, but awaitable: `await asyncio.gather(*[allm_query(p) for p in prompts])`."""
    options = CallOptions(system, temperature, max_tokens, stop)
    form = Form(schema, choices, validate)
    return await call_until_usable(Call("llm", prompt, None, model, options, form))


async def arlm_query(prompt: str, context: str | None = None, model: str | None = None) -> LLMReply:
    """Like rlm_query, but awaitable."""
    return await call_from_loop(Call("rlm", prompt, context, model))
