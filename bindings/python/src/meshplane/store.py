"""The store: objects under change."""

from __future__ import annotations

import asyncio
import os
import pathlib
from collections.abc import AsyncIterator
from typing import Any, Optional, Union

from . import _core
from ._files import SUFFIXES, objects_in
from ._texts import Source, Text, dicts_of, json_of, text_of
from ._waiters import Waiters
from .errors import Conflict, Timeout
from .snapshot import Snapshot
from .watch import within


class Store:
    """Takes Kubernetes objects in any order and yields snapshots, which outlive it. Its calls come one at a time, whatever
    threads they come from.

    cluster_id, cluster_domain, synthesize (proxies of workloads without pods) and mesh_config (YAML laid over every other
    MeshConfig) are the options of mesh_store_new.

    >>> with meshplane.Store() as store:
    ...     store.apply("examples/shop")
    ...     now = store.snapshot()
    []
    >>> [plane["name"] for plane in now.members()["controlPlanes"]]
    ['partner-mesh', 'shop-mesh']
    """

    def __init__(self, *, cluster_id: str = "Kubernetes", cluster_domain: str = "cluster.local",
                 synthesize: bool = True, mesh_config: str = "") -> None:
        options: dict[str, Any] = {"clusterId": cluster_id, "clusterDomain": cluster_domain, "synthesize": synthesize}
        if mesh_config:
            options["meshConfig"] = mesh_config
        self._core = _core.Store(json_of(options))
        self._waiters = Waiters()
        self._closed = False

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees it; every later call is a ValueError, and who waits for changes waits no more. Twice is once."""
        self._closed = True
        self._core.close()
        self._waiters.wake()

    @property
    def raw(self) -> _core.Store:
        """The C functions one by one: texts in, Buffers out (bytes of the library, neither copied nor read)."""
        return self._core

    def apply(self, source: Source, *, file: str = "", cluster: str = "") -> list[dict[str, Any]]:
        """Adds or replaces objects and returns the diagnostics; what can be read is applied.

        source is one of

        - a text, YAML or JSON, any number of documents: str, or anything like bytes;
        - a mapping, or an iterable of them: objects as other Python packages have them;
        - a path: a file, or a directory whose *.yaml, *.yml and *.json are taken in the order of their paths, but for what
          begins with a dot and suites of tests (*_mesh_test.yaml). A pathlib.Path is one; a str is when it names what exists. (A text that came from somebody else is
          better given as bytes, which are never taken for a path.)

        file is what diagnostics call a text or mapping.

        cluster is the id of the remote cluster that the objects are of: it gives services, endpoints and workloads to the mesh,
        which is configured in the store's own cluster (cluster_id).

        >>> store = meshplane.Store()
        >>> store.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        []
        >>> store.apply("{apiVersion: v1, kind: Service, metadata: {name: a, namespace: shop}, spec: {prots: []}}")[0]["message"]
        'is no field of ServiceSpec'
        >>> store.apply("{apiVersion: v1, kind: Service, metadata: {name: b, namespace: shop}, spec: {ports: []}}", cluster="east")
        []
        """
        path = _path_of(source)
        if path is None:
            found = dicts_of(self._core.apply(text_of(source), file, cluster))  # type: ignore[arg-type]
        else:
            found = []
            for each in objects_in(path):
                with open(each, "rb") as opened:
                    found += dicts_of(self._core.apply(opened.read(), each, cluster))
        self._waiters.wake()
        return found

    def replace_file(self, text: Text, file: str, *, cluster: str = "") -> list[dict[str, Any]]:
        """Makes a text the only source of a file's objects: those that an earlier text of the same file brought and this one
        does not are removed. A text that cannot be read leaves the last good objects, and an object with errors its last good version; an
        empty text removes them all. cluster is as for apply; files of the same name are another one in each.

        >>> store = meshplane.Store()
        >>> store.replace_file("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}", "ns.yaml")
        []
        >>> store.snapshot().changed()
        [{'kind': 'Namespace', 'namespace': '', 'name': 'shop'}]
        >>> store.replace_file("", "ns.yaml")
        []
        """
        found = dicts_of(self._core.replace_file(text, file, cluster))
        self._waiters.wake()
        return found

    def give_text(self, url: str, text: Text) -> None:
        """The text behind a URL of Snapshot.wanted_texts; an empty one takes it back."""
        self._core.give_text(url, text)
        self._waiters.wake()

    def delete(self, kind: str, namespace: str, name: str, *, cluster: str = "") -> None:
        """Removes one object; the namespace is empty for cluster-scoped kinds, cluster is as for apply. Raises NotFound when
        there is none.
        """
        self._core.delete_object(kind, namespace, name, cluster)
        self._waiters.wake()

    def snapshot(self) -> Snapshot:
        """The present state; unchanged stores give an equal revision."""
        return Snapshot(self._core.snapshot())

    async def changed(self, seen: int = 0, timeout: Optional[float] = None) -> Snapshot:
        """Waits in asyncio until the store is newer than revision seen, and gives its snapshot. Changes may come from any
        thread. Raises Timeout after timeout seconds (0 asks without waiting), and Conflict when the store is closed.

        >>> async def main():
        ...     store = meshplane.Store()
        ...     asyncio.get_running_loop().call_soon(store.apply, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
        ...     return (await store.changed()).revision
        >>> asyncio.run(main())
        1
        """
        if timeout is None or timeout > 0:
            return await within(timeout, seen, self._changed(seen))
        now = await self._now()
        if now.revision > seen:
            return now
        raise Timeout(f"no snapshot after revision {seen} within 0 s")

    async def changes(self, seen: int = 0) -> AsyncIterator[Snapshot]:
        """Every newest snapshot, until the store is closed: `async for now in store.changes(): …`. A slow reader misses what
        lies between, never the end.
        """
        while True:
            try:
                now = await self._changed(seen)
            except Conflict:
                return
            seen = now.revision
            yield now

    async def _changed(self, seen: int) -> Snapshot:
        while True:
            woken = self._waiters.add()
            now = await self._now()
            if now.revision > seen:
                return now
            await woken

    async def _now(self) -> Snapshot:
        try:
            return await asyncio.get_running_loop().run_in_executor(None, self.snapshot)
        except ValueError:
            if self._closed:
                raise Conflict("the store is closed") from None
            raise


def _path_of(source: object) -> Optional[str]:
    """The path that a source is, or None for a text or objects."""
    if isinstance(source, os.PathLike):
        return os.fspath(pathlib.Path(source))
    if not isinstance(source, str) or "\n" in source or not source.strip():
        return None
    if os.path.exists(source):
        return source
    if source.endswith(SUFFIXES) and not set(source) & set(":{["):
        raise FileNotFoundError(2, "there is no such file", source)
    return None
