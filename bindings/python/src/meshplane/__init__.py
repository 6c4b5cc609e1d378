"""libmesh for Python: give a store a cluster's objects, take a snapshot, ask it.

    import meshplane

    with meshplane.Store() as store:
        for diagnostic in store.apply("examples/shop"):
            print(diagnostic["file"], diagnostic["line"], diagnostic["message"])
        now = store.snapshot()
    now.members()                                  # who belongs to which mesh
    now.xds("shop-web/frontend", "clusters")       # what a proxy is sent

Answers are what the C library says (docs/schemas), as Python's own dicts and lists; `raw` of each object gives them as the
library's bytes instead, by the buffer protocol and without a copy. Options are keywords: native_sidecars and nativeSidecars are
the same, and one that there is not is refused by name. The interpreter's lock is released in every call; snapshots, injectors,
Xds, Authority and Watch may be used from any number of threads at once, and the calls of a store or session come one after the
other by themselves. A call that cannot be answered raises a MeshError that is also a ValueError, LookupError, …
"""

from __future__ import annotations

from typing import Any

from . import _core
from ._core import Buffer
from ._texts import Manifests, dict_of, dicts_of, text_of
from .errors import (Conflict, InternalError, InvalidArgument, MeshError, NotFound, ParseError, Timeout,
                     Unsupported)
from .injection import Injector, cni_networks_merge, uninject
from .proxy import Proxy
from .snapshot import Snapshot
from .store import Store
from .testing import Tests, report
from .watch import Watch
from .xds import Authority, Message, Session, Xds

__all__ = ["Authority", "Buffer", "Conflict", "Injector", "InternalError", "InvalidArgument", "MeshError", "Message",
           "NotFound", "ParseError", "Proxy", "Session", "Snapshot", "Store", "Tests", "Timeout", "Unsupported", "Watch", "Xds",
           "cni_networks_merge", "convert", "diagnostic_codes", "report", "uninject", "version"]


def version() -> dict[str, Any]:
    """The library's version, and whose behaviour and messages it follows.

    >>> sorted(meshplane.version())
    ['abi', 'envoyApi', 'istio', 'version']
    """
    return dict_of(_core.version())


def diagnostic_codes() -> list[dict[str, Any]]:
    """Every diagnostic code and what it means.

    >>> {"code", "meaning"} <= set(meshplane.diagnostic_codes()[0])
    True
    """
    return dicts_of(_core.diagnostic_codes())


def convert(manifests: Manifests, version: str, *, file: str = "") -> dict[str, Any]:
    """The control planes of a text, or of objects, as maistra.io/v1 or v2: {"documents", "diagnostics"}.

    >>> plane = {"apiVersion": "maistra.io/v2", "kind": "ServiceMeshControlPlane", "metadata": {"name": "basic"},
    ...          "spec": {"version": "v2.5"}}
    >>> meshplane.convert(plane, "v1")["documents"][0]["apiVersion"]
    'maistra.io/v1'
    """
    return dict_of(_core.convert(text_of(manifests), file, version))
