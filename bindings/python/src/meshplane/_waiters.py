"""Who waits in asyncio, and is woken from any thread. Nobody waits in a thread for it."""

from __future__ import annotations

import asyncio
import threading

Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class Waiters:
    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards _waiting
        self._waiting: list[Waiter] = []

    def add(self) -> asyncio.Future[None]:
        """A future of the running loop that the next wake() fulfils: add first, then look whether there is something new."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._lock:
            self._waiting = [each for each in self._waiting if not each[1].done()]
            self._waiting.append((loop, future))
        return future

    def wake(self) -> None:
        if not self._waiting:  # one added from now on looks for itself
            return
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for loop, future in waiting:
            try:
                loop.call_soon_threadsafe(_fulfil, future)
            except RuntimeError:
                pass  # its loop was closed: nobody waits any more


def _fulfil(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
