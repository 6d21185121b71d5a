"""Calls to models. All functions use three frames: submit, wait, cancel."""

from collections.abc import Sequence
from typing import Any

from _rlm.channel import HEADER_LIMIT, PAYLOAD_LIMIT, send, utf8
from _rlm.forms import MOST_REPAIRS, Form, repair_of, unfit
from _rlm.host import ask, budget
from _rlm.options import CallOptions
from _rlm.replies import LLMReply, Replies, failed_reply, reply_of

BATCH_CALLS = 4000
# The fields of a call in a header, without the texts in them.
_CALL_HEADER_LENGTH = 180
_ANY_TEXT = Form()


class Call:
    """A call to make: what to send, or the reply when it cannot be sent."""

    __slots__ = ("_made", "_texts", "context", "form", "id", "kind", "model", "options", "prompt", "refusal", "repair")

    def __init__(
        self,
        kind: str,
        prompt: object,
        context: object,
        model: object,
        options: CallOptions | None = None,
        form: Form | None = None,
        repair: dict[str, Any] | None = None,
    ) -> None:
        self.kind = kind
        self.model = None if model is None else str(model)[:200]
        self.options = CallOptions() if options is None else options
        self.form = _ANY_TEXT if form is None else form
        # What this call is to mend.
        self.repair = repair
        self._texts = (prompt, context)
        # Zero until the call is sent.
        self.id = 0
        self.prompt = b""
        self.context: bytes | None = None
        self._made = self.form.payload(repair)
        self.refusal = self._prepare(prompt, context)

    def _prepare(self, prompt: object, context: object) -> LLMReply | None:
        """Stores the texts. Returns the reply when they cannot be sent."""
        if not isinstance(prompt, str):
            return failed_reply(f"the prompt must be a str, not {type(prompt).__name__}", "input")
        if not prompt.strip():
            return failed_reply("the prompt is empty", "input")
        if context is not None and not isinstance(context, str):
            return failed_reply(f"the context must be a str or None, not {type(context).__name__}", "input")
        self.prompt = utf8(prompt)
        self.context = None if context is None else utf8(context)
        if self.payload_length() > PAYLOAD_LIMIT:
            megabytes = PAYLOAD_LIMIT // 1_000_000
            return failed_reply(f"the texts of the call are larger than {megabytes} MB together", "input")
        return None

    def payload(self) -> list[bytes]:
        return [part for part in (self.prompt, self.context, self.options.system, self._made) if part is not None]

    def payload_length(self) -> int:
        return sum([len(part) for part in self.payload()])

    def header_length(self) -> int:
        """At most this many bytes of a header: JSON writes a character as up to twelve."""
        return _CALL_HEADER_LENGTH + 12 * (len(self.model or "") + self.options.stop_length)

    def header(self) -> dict[str, Any]:
        header: dict[str, Any] = {"id": self.id, "kind": self.kind, "promptBytes": len(self.prompt)}
        if self.context is not None:
            header["contextBytes"] = len(self.context)
        if self.model is not None:
            header["model"] = self.model
        if self.options.system is not None:
            header["systemBytes"] = len(self.options.system)
        if self._made is not None:
            header["formBytes"] = len(self._made)
        if self.options.header:
            header["options"] = self.options.header
        return header

    def taken(self, reply: LLMReply) -> Call | Any:
        """Returns what code gets for the reply to this call, or the call that has it mended."""
        if self.form.is_any:
            return reply
        before = 0 if self.repair is None else self.repair["count"]
        if not reply.ok:
            # Why a reply could not be used tells more than why nobody was asked to mend it.
            told = self.repair is not None and reply.category in ("budget", "cancelled")
            return unfit(self.repair["problem"], LLMReply(self.repair["reply"])) if told and self.repair else reply
        try:
            value = self.form.value_of(reply)
        except (KeyError, ValueError, RecursionError) as error:
            return unfit(f"it has no value in Python: {error}", reply)
        problem = self.form.problem_of(value)
        if problem is None:
            return value
        text, can_be_mended = problem
        count = before + reply.repairs + 1
        if not can_be_mended or count > MOST_REPAIRS:
            return unfit(text, reply)
        prompt, context = self._texts
        return Call(self.kind, prompt, context, self.model, self.options, self.form, repair_of(text, reply, count))


class _Ids:
    last = 0


def _number(calls: Sequence[Call]) -> list[int]:
    """Assigns each call its id."""
    ids: list[int] = []
    for call in calls:
        _Ids.last += 1
        call.id = _Ids.last
        ids.append(_Ids.last)
    return ids


def submit(calls: Sequence[Call]) -> list[int]:
    """Starts calls, in as few frames as possible. Returns their ids."""
    ids: list[int] = []
    for index, batch in enumerate(_batches(calls)):
        if index > 0:
            # A question with an immediate answer, so that the host never falls far behind.
            budget()
        ids += _number(batch)
        send("submit", _payload_of(batch), calls=[call.header() for call in batch])
    return ids


def _batches(calls: Sequence[Call]) -> list[list[Call]]:
    """Divides calls into groups that fit into a frame each."""
    batches: list[list[Call]] = []
    payload = header = 0
    for call in calls:
        payload += call.payload_length()
        header += call.header_length()
        if not batches or len(batches[-1]) == BATCH_CALLS or payload > PAYLOAD_LIMIT or header > HEADER_LIMIT:
            batches.append([])
            payload, header = call.payload_length(), call.header_length()
        batches[-1].append(call)
    return batches


def _payload_of(batch: Sequence[Call]) -> bytes:
    return b"".join([part for call in batch for part in call.payload()])


def wait(ids: Sequence[int], needs_all: bool, timeout: float | None = None) -> dict[int, LLMReply]:
    """Blocks until any or all of these calls are done, or for `timeout` seconds. Returns id -> reply of those done."""
    milliseconds = None if timeout is None else max(0, int(timeout * 1000 + 0.999))
    return _read_replies(*ask("wait", ids=ids, needsAll=needs_all, timeoutMs=milliseconds))


def _read_replies(header: dict[str, Any], payload: bytes) -> dict[int, LLMReply]:
    replies: dict[int, LLMReply] = {}
    start = 0
    for done in header["done"]:
        end = start + done["bytes"]
        replies[done["id"]] = _reply_of(payload[start:end].decode(), done)
        start = end
    return replies


def _reply_of(text: str, done: dict[str, Any]) -> LLMReply:
    return reply_of(text, done.get("failure"), done.get("cut"), done.get("repairs", 0))


def cancel(ids: Sequence[int]) -> None:
    send("cancel", ids=ids)


def run_calls(calls: Sequence[Call]) -> Replies:
    """Makes calls concurrently and returns their replies in order."""
    sendable = [call for call in calls if call.refusal is None]
    is_one_batch = len(_batches(sendable)) <= 1
    missing = _number(sendable) if is_one_batch else submit(sendable)
    replies: dict[int, LLMReply] = {}
    try:
        if is_one_batch and sendable:
            headers = [call.header() for call in sendable]
            # The calls, and the question for their replies, in one frame.
            replies.update(_read_replies(*ask("submit", _payload_of(sendable), calls=headers, waits=True)))
            missing = []
        while missing:
            replies.update(wait(missing[:BATCH_CALLS], True))
            missing = missing[BATCH_CALLS:]
    except BaseException:
        for start in range(0, len(missing), BATCH_CALLS):
            cancel(missing[start : start + BATCH_CALLS])
        raise
    return Replies(replies[call.id] if call.refusal is None else call.refusal for call in calls)


def run_until_usable(calls: Sequence[Call]) -> Replies:
    """Makes calls, and others to mend those replies that did not pass the caller's check. Returns values in order."""
    results: list[Any] = list(calls)
    while waiting := [index for index, result in enumerate(results) if isinstance(result, Call)]:
        replies = run_calls([results[index] for index in waiting])
        for index, reply in zip(waiting, replies, strict=True):
            results[index] = results[index].taken(reply)
    return Replies(results)
