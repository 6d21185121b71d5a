# asyncio without an event loop of the host: where a selector would wait for sockets, ours waits for model calls.
import _thread
import asyncio
import threading
import concurrent.futures
from asyncio import base_events, events


class _CallSelector:
    """Waits for submitted calls instead of file descriptors."""

    def __init__(self):
        self._unsent = []
        self._pending = {}

    def add(self, call, future):
        self._unsent.append(call)
        future.add_done_callback(lambda done: self._drop(call) if done.cancelled() else None)
        self._pending[call] = future

    def _drop(self, call):
        if self._pending.pop(call, None) is None:
            return
        if call.id is None:
            self._unsent.remove(call)
        else:
            cancel([call.id])

    def select(self, timeout=None):
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

    def _resolve(self, timeout):
        by_id = {call.id: call for call in self._pending}
        for call_id, reply in wait(list(by_id)[:BATCH_CALLS], False, timeout).items():
            future = self._pending.pop(by_id[call_id])
            if not future.done():
                future.set_result(reply)

    def abandon(self):
        """The cell is over: what is still waiting gets a failed reply."""
        pending, self._pending, self._unsent = self._pending, {}, []
        for future in pending.values():
            if not future.done():
                future.set_result(_reply(ENDED))

    def close(self):
        pass


class CellLoop(base_events.BaseEventLoop):
    """The event loop of the cells, and of asyncio.run inside them."""

    def __init__(self):
        super().__init__()
        self._selector = _CallSelector()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass

    def run_in_executor(self, executor, function, *arguments):
        """There are no threads: the function runs at once."""
        future = self.create_future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


async def call_from_loop(call):
    loop = events.get_running_loop()
    if call.refusal is not None:
        return call.refusal
    future = loop.create_future()
    loop._selector.add(call, future)
    return await future


class _Loops:
    cell = None


def _cell_loop():
    """The loop of all cells. It lives on, so that tasks survive from cell to cell."""
    if _Loops.cell is None or _Loops.cell.is_closed():
        _Loops.cell = CellLoop()
    return _Loops.cell


class _LoopPolicy(events._BaseDefaultEventLoopPolicy):
    _loop_factory = CellLoop

    def get_event_loop(self):
        return _cell_loop()


events._set_event_loop_policy(_LoopPolicy())
asyncio.EventLoop = CellLoop


def run_coroutine(coroutine):
    """Runs a cell that awaits at its top level."""
    loop = _cell_loop()
    main = loop.create_task(coroutine)
    try:
        return loop.run_until_complete(main)
    except BaseException:
        if not main.done():
            main.cancel()
        raise


def end_calls():
    """At the end of a cell the host gives up its calls; so must the loop."""
    # A cell may have died inside the loop, which then still counts as running.
    events._set_running_loop(None)
    if _Loops.cell is not None and not _Loops.cell.is_closed():
        _Loops.cell._thread_id = None
        _Loops.cell._selector.abandon()


_LONGEST_SLEEP = 2**53


def sleep(seconds):
    """Waits; ends early only when the cell is interrupted."""
    milliseconds = seconds * 1000
    if milliseconds < 0:
        raise ValueError("sleep length must be non-negative")
    if milliseconds != milliseconds:
        raise ValueError("Invalid value NaN (not a number)")
    # JSON knows no infinity, and no cell may run so long.
    ask("sleep", ms=min(milliseconds, _LONGEST_SLEEP))


_make_thread_handle = _thread._make_thread_handle
_current_thread = _thread.get_ident


def _run_thread_now(thread):
    """Threads do not exist here: start() runs the whole thread before it returns."""
    thread._started.set()
    thread._os_thread_handle = _make_thread_handle(_current_thread())
    try:
        thread.run()
    except Exception:
        thread._invoke_excepthook(thread)
    finally:
        thread._os_thread_handle._set_done()


def _submit_now(executor, function, /, *arguments, **keywords):
    future = concurrent.futures.Future()
    future.set_running_or_notify_cancel()
    try:
        future.set_result(function(*arguments, **keywords))
    except Exception as error:
        future.set_exception(error)
    return future


threading.Thread.start = _run_thread_now
concurrent.futures.ThreadPoolExecutor.submit = _submit_now
time.sleep = sleep
