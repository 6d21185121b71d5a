"""asyncio without an event loop of the host: where a selector waits for sockets, ours waits for model calls."""

import _thread
import asyncio
import concurrent.futures
import threading
import time
from asyncio import base_events, events
from collections.abc import Callable, Coroutine
from typing import Any, cast

from _rlm.calls import BATCH_CALLS, Call, cancel, submit, wait
from _rlm.cpython import EventLoopPolicy, make_thread_handle, set_event_loop_policy
from _rlm.host import ask
from _rlm.replies import LLMReply, failed_reply

type _Waiting = asyncio.Future[LLMReply]


class _CallSelector:
    """Waits for submitted calls instead of file descriptors."""

    def __init__(self) -> None:
        self._unsent: list[Call] = []
        self._pending: dict[Call, _Waiting] = {}

    def add(self, call: Call, future: _Waiting) -> None:
        self._unsent.append(call)
        future.add_done_callback(lambda done: self._drop(call) if done.cancelled() else None)
        self._pending[call] = future

    def _drop(self, call: Call) -> None:
        if self._pending.pop(call, None) is None:
            return
        if call.id == 0:
            self._unsent.remove(call)
        else:
            cancel([call.id])

    def select(self, timeout: float | None = None) -> list[object]:
        """Called by the loop whenever it has nothing to run. Calls of one round leave in one frame."""
        unsent, self._unsent = self._unsent, []
        submit(unsent)
        if self._pending:
            self._resolve(timeout)
        elif timeout is None:
            raise RuntimeError("deadlock: everything here waits, and nothing is running that could end the waiting")
        elif timeout > 0:
            sleep(timeout)
        return []

    def _resolve(self, timeout: float | None) -> None:
        by_id = {call.id: call for call in self._pending}
        for call_id, reply in wait(list(by_id)[:BATCH_CALLS], False, timeout).items():
            future = self._pending.pop(by_id[call_id])
            if not future.done():
                future.set_result(reply)

    def abandon(self) -> None:
        """Ends the cell: calls that are still waiting get a failed reply."""
        pending, self._pending, self._unsent = self._pending, {}, []
        for future in pending.values():
            if not future.done():
                future.set_result(failed_reply("the cell that made this call has ended", "cancelled"))

    def close(self) -> None:
        pass


class CellLoop(base_events.BaseEventLoop):
    """The event loop of the cells, and of asyncio.run inside them."""

    _thread_id: int | None

    def __init__(self) -> None:
        super().__init__()
        self.calls = self._selector = _CallSelector()

    def abandon(self) -> None:
        """Ends the cell, whatever the loop was doing."""
        self._thread_id = None
        self.calls.abandon()

    def _process_events(self, event_list: list[object]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def run_in_executor[T](self, executor: object, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Runs the function at once, because there are no threads."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


async def call_until_usable(call: Call) -> Any:
    """Like `run_until_usable`, for one call."""
    result: Any = call
    while isinstance(result, Call):
        result = result.taken(await call_from_loop(result))
    return result


async def call_from_loop(call: Call) -> LLMReply:
    loop = events.get_running_loop()
    if call.refusal is not None:
        return call.refusal
    future: _Waiting = loop.create_future()
    # Cells have only our loop.
    cast("CellLoop", loop).calls.add(call, future)
    return await future


class _Loops:
    cell: CellLoop | None = None


def _cell_loop() -> CellLoop:
    """Returns the loop of all cells. It lives on, so that tasks survive from cell to cell."""
    if _Loops.cell is None or _Loops.cell.is_closed():
        _Loops.cell = CellLoop()
    return _Loops.cell


class _LoopPolicy(EventLoopPolicy):
    _loop_factory = CellLoop

    def get_event_loop(self) -> CellLoop:
        return _cell_loop()


def run_coroutine(coroutine: Coroutine[Any, Any, object]) -> object:
    """Runs a cell that awaits at its top level."""
    loop = _cell_loop()
    main = loop.create_task(coroutine)
    try:
        return loop.run_until_complete(main)
    except BaseException:
        if not main.done():
            main.cancel()
        raise


def end_calls() -> None:
    """Abandons the loop's calls at the end of a cell, as the host does."""
    # A cell may have died inside the loop, which then still counts as running.
    events._set_running_loop(None)
    if _Loops.cell is not None and not _Loops.cell.is_closed():
        _Loops.cell.abandon()


_LONGEST_SLEEP = 2**53


def sleep(seconds: float) -> None:
    """Waits; ends early only when the cell is interrupted."""
    milliseconds = seconds * 1000
    if milliseconds < 0:
        raise ValueError("sleep length must be non-negative")
    if milliseconds != milliseconds:  # noqa: PLR0124, only NaN does
        raise ValueError("Invalid value NaN (not a number)")
    # JSON has no infinity, and no cell may run that long.
    ask("sleep", ms=min(milliseconds, _LONGEST_SLEEP))


_current_thread = _thread.get_ident


def _run_thread_now(self: Any) -> None:
    """Threads do not exist here: start() runs the whole thread before it returns."""
    self._started.set()
    self._os_thread_handle = make_thread_handle(_current_thread())
    try:
        self.run()
    except Exception:
        self._invoke_excepthook(self)
    finally:
        self._os_thread_handle._set_done()


def _submit_now[T](
    executor: object, function: Callable[..., T], /, *arguments: Any, **keywords: Any
) -> concurrent.futures.Future[T]:
    future: concurrent.futures.Future[T] = concurrent.futures.Future()
    future.set_running_or_notify_cancel()
    try:
        future.set_result(function(*arguments, **keywords))
    except Exception as error:
        future.set_exception(error)
    return future


def install_loop() -> None:
    """Puts our loop, threads and sleep in the places of Python's."""
    set_event_loop_policy(_LoopPolicy())
    asyncio.EventLoop = CellLoop
    threading.Thread.start = _run_thread_now
    concurrent.futures.ThreadPoolExecutor.submit = _submit_now
    time.sleep = sleep
