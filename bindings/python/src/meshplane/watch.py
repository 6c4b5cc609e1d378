"""A watch hands the newest snapshot to whoever waits for one, in threads and in asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Optional

from . import _core
from ._waiters import Waiters
from .errors import Conflict, Timeout
from .snapshot import Snapshot


class Watch:
    """Keeps the newest snapshot only: a slow reader misses what lies between, never the end. For any number of threads.

    >>> watch = meshplane.Watch()
    >>> watch.publish(shop)
    >>> watch.wait(timeout=1).revision == shop.revision
    True
    >>> watch.wait(seen=1, timeout=0)
    Traceback (most recent call last):
    meshplane.errors.Timeout: no snapshot after revision 1 within 0 ms
    """

    def __init__(self) -> None:
        self._core = _core.Watch()
        self._waiters = Waiters()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all waiting, now and later: it is a Conflict."""
        self._core.end()
        self._waiters.wake()

    def publish(self, snapshot: Snapshot) -> None:
        """Makes this the newest snapshot and wakes all who wait; one that is not newer is ignored."""
        self._core.publish(snapshot.raw)
        self._waiters.wake()

    def wait(self, seen: int = 0, timeout: Optional[float] = None) -> Snapshot:
        """Waits, in this thread, for a snapshot with a revision greater than seen and gives the newest.

        timeout is in seconds; 0 asks without waiting, None waits for as long as it takes. Raises Timeout, and Conflict when
        the watch was closed. A signal (Ctrl-C) interrupts it.
        """
        return Snapshot(self._core.wait(seen, -1.0 if timeout is None else max(0.0, timeout)))

    async def changed(self, seen: int = 0, timeout: Optional[float] = None) -> Snapshot:
        """The same for asyncio: other tasks run meanwhile, and cancelling it is all there is to do.

        >>> async def first(watch):
        ...     return (await watch.changed()).revision
        >>> watch = meshplane.Watch()
        >>> watch.publish(shop)
        >>> asyncio.run(first(watch)) == shop.revision
        True
        """
        if timeout is not None and timeout <= 0:
            return self.wait(seen, 0)
        return await within(timeout, seen, self._changed(seen))

    async def _changed(self, seen: int) -> Snapshot:
        while True:
            woken = self._waiters.add()
            try:
                return self.wait(seen, 0)
            except Timeout:
                await woken

    async def changes(self, seen: int = 0) -> AsyncIterator[Snapshot]:
        """Every newest snapshot, until the watch is closed: `async for now in watch.changes(): …`."""
        while True:
            try:
                now = await self._changed(seen)
            except Conflict:
                return
            seen = now.revision
            yield now


async def within(timeout: Optional[float], seen: int, waiting: Any) -> Snapshot:
    """Awaits it; what takes longer is a Timeout, as of the C function."""
    try:
        found: Snapshot = await asyncio.wait_for(waiting, timeout)
        return found
    except Timeout:
        raise
    except asyncio.TimeoutError:
        raise Timeout(f"no snapshot after revision {seen} within {timeout} s") from None
