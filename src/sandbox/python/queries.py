# Calls to models. All forms are built on three frames: submit, wait, cancel.
BATCH_CALLS = 4000
ENDED = {"text": "the cell that made this call has ended", "failure": "cancelled"}


class LLMError(RuntimeError):
    """A model call failed. `category` says how."""

    def __init__(self, message, category=None):
        super().__init__(message)
        self.category = category


class Settled:
    """A value that is there already and may be awaited all the same: models that think in async code write
    `await llm_query(...)`."""

    __slots__ = ()

    def __await__(self):
        return self
        yield  # makes this a generator, as __await__ must be


class LLMReply(Settled, str):
    """The reply of a model: an ordinary str that also knows whether the call succeeded.

    ok: False when the call failed; then the text starts with "Error: ".
    error: what went wrong, None on success. category: how it failed, None on success.
    """

    error = None
    category = None

    @property
    def error_category(self):
        return self.category

    @property
    def ok(self):
        return self.error is None

    def check(self):
        """Returns the reply itself, or raises LLMError when the call failed."""
        if self.error is not None:
            raise LLMError(self.error, self.category)
        return self


class Replies(Settled, list):
    """The replies of a batch, in order."""


# Pickling looks a class up by its module; these stand in the namespace of the cells.
LLMReply.__module__ = LLMError.__module__ = Replies.__module__ = "__main__"


def _failed_reply(message, category):
    reply = LLMReply(message if message.startswith("Error") else f"Error: {message}")
    reply.error = message
    reply.category = category
    return reply


def _reply(done):
    failure = done.get("failure")
    return LLMReply(done["text"]) if failure is None else _failed_reply(done["text"], failure)


class Call:
    """One call to be made: what to send, or the reply when it cannot be sent."""

    __slots__ = ("kind", "prompt", "context", "model", "refusal", "id")

    def __init__(self, kind, prompt, context, model):
        self.kind = kind
        self.model = None if model is None else str(model)
        self.id = None
        self.refusal = None
        if not isinstance(prompt, str):
            self.refusal = _failed_reply(f"the prompt must be a str, not {type(prompt).__name__}", "input")
        elif not prompt.strip():
            self.refusal = _failed_reply("the prompt is empty", "input")
        elif context is not None and not isinstance(context, str):
            self.refusal = _failed_reply(f"the context must be a str or None, not {type(context).__name__}", "input")
        if self.refusal is not None:
            return
        self.prompt = utf8(prompt)
        self.context = None if context is None else utf8(context)
        if self.payload_length() > PAYLOAD_LIMIT:
            megabytes = PAYLOAD_LIMIT // 1_000_000
            self.refusal = _failed_reply(f"prompt and context are larger than {megabytes} MB together", "input")

    def payload_length(self):
        return len(self.prompt) + (0 if self.context is None else len(self.context))

    def header(self):
        header = {"id": self.id, "kind": self.kind, "promptBytes": len(self.prompt)}
        if self.context is not None:
            header["contextBytes"] = len(self.context)
        if self.model is not None:
            header["model"] = self.model[:200]
        return header


class _Ids:
    last = 0


def number(calls):
    for call in calls:
        _Ids.last += 1
        call.id = _Ids.last


def submit(calls):
    """Starts calls, as few frames as possible. Gives each an id."""
    batch, length = [], 0
    for call in calls:
        if batch and (len(batch) == BATCH_CALLS or length + call.payload_length() > PAYLOAD_LIMIT):
            _submit_batch(batch)
            batch, length = [], 0
            # A question that is answered at once, so that the host is never far behind.
            budget()
        number([call])
        batch.append(call)
        length += call.payload_length()
    if batch:
        _submit_batch(batch)


def _submit_batch(batch):
    send("submit", _payload_of(batch), calls=[call.header() for call in batch])


def _payload_of(batch):
    return b"".join([part for call in batch for part in (call.prompt, call.context) if part is not None])


def wait(ids, needs_all, timeout=None):
    """Blocks until any or all of these calls are done, or for `timeout` seconds. Gives id -> reply of those done."""
    milliseconds = None if timeout is None else max(0, int(timeout * 1000 + 0.999))
    return _read_replies(*ask("wait", ids=ids, needsAll=needs_all, timeoutMs=milliseconds))


def _read_replies(header, payload):
    replies, start = {}, 0
    for done in header["done"]:
        end = start + done["bytes"]
        replies[done["id"]] = _reply({"text": payload[start:end].decode(), "failure": done.get("failure")})
        start = end
    return replies


def cancel(ids):
    send("cancel", ids=ids)


def _run_calls(calls):
    """Makes calls concurrently and gives their replies in order."""
    sendable = [call for call in calls if call.refusal is None]
    is_one_batch = len(sendable) <= BATCH_CALLS and sum([call.payload_length() for call in sendable]) <= PAYLOAD_LIMIT
    if is_one_batch:
        number(sendable)
    else:
        submit(sendable)
    missing = [call.id for call in sendable]
    replies = {}
    try:
        if is_one_batch and sendable:
            headers = [call.header() for call in sendable]
            # The calls and the question for their replies in one frame.
            replies = _read_replies(*ask("submit", _payload_of(sendable), calls=headers, waits=True))
            missing = []
        while missing:
            replies.update(wait(missing[:BATCH_CALLS], True))
            missing = missing[BATCH_CALLS:]
    except BaseException:
        for start in range(0, len(missing), BATCH_CALLS):
            cancel(missing[start : start + BATCH_CALLS])
        raise
    return Replies(call.refusal if call.refusal is not None else replies[call.id] for call in calls)


def _texts(values, what, function):
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{function} takes a list of {what}, not a single one; use [{what[:-1]}]")
    try:
        return list(values)
    except TypeError:
        raise TypeError(f"{function} takes a list of {what}, not {type(values).__name__}") from None


def llm_query(prompt, model=None):
    """Asks a model one question and returns its reply as text.

    The model sees only the prompt, so put the text it needs into it. A failed call does not raise: the reply then
    starts with "Error: " and has .ok == False, .error and .category. For many prompts use llm_query_batched.
    """
    return _run_calls([Call("llm", prompt, None, model)])[0]


def llm_query_batched(prompts, model=None):
    """Asks many prompts at the same time and returns the replies in the same order. A failed one is marked as in
    llm_query; the others are not affected."""
    return _run_calls([Call("llm", prompt, None, model) for prompt in _texts(prompts, "prompts", "llm_query_batched")])


def rlm_query(prompt, context=None, model=None):
    """Gives a task to a child run that has a REPL of its own, and returns its answer as text.

    context: the text the child works on; None gives it the same context as here. The child sees none of your variables.
    Slower and more thorough than llm_query. Failures are marked as in llm_query.
    """
    return _run_calls([Call("rlm", prompt, context, model)])[0]


def rlm_query_batched(prompts, contexts=None, model=None):
    """Several child runs at the same time, replies in order. contexts: one text (or None) for each prompt."""
    return _run_calls(_rlm_calls(_texts(prompts, "prompts", "rlm_query_batched"), contexts, model))


def _rlm_calls(prompts, contexts, model):
    if contexts is None:
        contexts = [None] * len(prompts)
    contexts = _texts(contexts, "contexts", "rlm_query_batched")
    if len(contexts) != len(prompts):
        raise ValueError(f"rlm_query_batched got {len(prompts)} prompts and {len(contexts)} contexts")
    return [Call("rlm", prompt, context, model) for prompt, context in zip(prompts, contexts)]


async def allm_query(prompt, model=None):
    """llm_query to be awaited: `await asyncio.gather(*[allm_query(p) for p in prompts])`."""
    return await call_from_loop(Call("llm", prompt, None, model))


async def arlm_query(prompt, context=None, model=None):
    """rlm_query to be awaited."""
    return await call_from_loop(Call("rlm", prompt, context, model))
