"""libmesh for Python: give a store a cluster's objects, take a snapshot, ask it.

    import pathlib, meshplane

    with meshplane.Store() as store:
        for diagnostic in store.apply(pathlib.Path("examples/shop")):
            print(diagnostic["file"], diagnostic["line"], diagnostic["message"])
        now = store.snapshot()
    now.members()                                  # who belongs to which mesh
    now.xds("shop-web/web-1", "clusters")          # what a proxy is sent

Answers are what the C library says (docs/schemas), as Python's own dicts and lists. The interpreter's lock is
released in every call; snapshots may be used from any number of threads.
"""

from __future__ import annotations

import json
from typing import Any, Union

from . import _core
from .errors import (Conflict, InternalError, InvalidArgument, MeshError, NotFound, ParseError, Timeout,
                     Unsupported)
from .injection import Injector, cni_networks_merge, uninject
from .snapshot import Proxy, Snapshot
from .store import Store

__all__ = ["Conflict", "Injector", "InternalError", "InvalidArgument", "MeshError", "NotFound", "ParseError", "Proxy",
           "Snapshot", "Store", "Timeout", "Unsupported", "cni_networks_merge", "convert", "diagnostic_codes",
           "uninject", "version"]


def version() -> dict[str, Any]:
    """The library's version, and whose behaviour and messages it follows."""
    return json.loads(_core.version())


def diagnostic_codes() -> list[dict[str, str]]:
    """Every diagnostic code and what it means."""
    return json.loads(_core.diagnostic_codes())


def convert(text: Union[str, bytes], version: str, *, file: str = "") -> dict[str, Any]:
    """The control planes of a text as maistra.io/v1 or v2: {"documents", "diagnostics"}."""
    return json.loads(_core.convert(text, file, version))
