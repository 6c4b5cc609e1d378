"""Snapshots: everything known at one moment, and the questions to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from . import _core


class Proxy:
    """One Envoy: which it is, not what it is sent."""

    def __init__(self, core: _core.Proxy) -> None:
        self._core = core

    def describe(self) -> dict[str, Any]:
        return json.loads(self._core.describe())

    def with_flavour(self, flavour: str) -> Proxy:
        """The same proxy as "istio" (all of Istio's filters) or "envoy" (a stock Envoy)."""
        return Proxy(self._core.with_flavour(flavour))


class Snapshot:
    """Immutable, and for any number of threads. Store.snapshot makes one."""

    def __init__(self, core: _core.Snapshot) -> None:
        self._core = core
        self._lock = threading.Lock()  # guards _xds
        self._xds: Optional[_core.Xds] = None

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives it back now instead of when it is forgotten."""
        self._core.close()
        with self._lock:
            self._xds = None

    @property
    def revision(self) -> int:
        """Grows with every change of the store; 0 is the empty store."""
        return self._core.revision()

    def changed(self) -> list[dict[str, str]]:
        """The keys that differ from the snapshot before: kind, namespace, name."""
        return json.loads(self._core.changed())

    def wanted_texts(self) -> list[dict[str, Any]]:
        """What somebody has to fetch (url, timeout in seconds, known, objects); the library fetches nothing."""
        return json.loads(self._core.wanted_texts())

    def diagnostics(self, tenant: str = "") -> list[dict[str, Any]]:
        """What is wrong with the configuration, and where; of one tenant ("namespace/name"), what it may be shown."""
        return json.loads(self._core.diagnostics_of(tenant) if tenant else self._core.diagnostics())

    def members(self, tenant: str = "") -> dict[str, Any]:
        """Control planes and who belongs to them; tenant is "namespace/name", or empty for all."""
        return json.loads(self._core.members(tenant))

    def values(self, tenant: str = "", **options: Any) -> dict[str, Any]:
        """Helm values of control planes and the charts they go to; options as of mesh_snapshot_values."""
        return json.loads(self._core.values(tenant, json.dumps(options) if options else ""))

    def admission_review(self, review: str | bytes, answers: Sequence[Mapping[str, Any]] = (),
                         **options: Any) -> dict[str, Any]:
        """An AdmissionReview judged. While "outcome" is "needsAnswers", add "allowed" to each of "questions" and call
        again with them; options as of mesh_admission_review: hook, operatorNamespace, watchedNamespaces."""
        said = json.dumps({"answers": [dict(answer) for answer in answers]}) if answers else ""
        return json.loads(self._core.admission_review(review, said, json.dumps(options) if options else ""))

    def reach(self, start: str, end: str, *, planned: bool = False) -> dict[str, Any]:
        """Whether the network lets a connection from start ("namespace/pod", an address, "router") to end (the same,
        with ":port") through; planned asks of the state that the plan leads to."""
        return json.loads(self._core.reach(start, end, json.dumps({"planned": planned})))

    def status(self, tenant: str = "", **options: Any) -> dict[str, Any]:
        """Conditions of control planes, rolls and members; options as of mesh_snapshot_status."""
        return json.loads(self._core.status(tenant, json.dumps(options) if options else ""))

    def plan(self, options: dict[str, Any] | None = None) -> dict[str, Any]:
        """Which objects the meshes need and the steps to them; options as of mesh_snapshot_plan."""
        return json.loads(self._core.plan(json.dumps(options) if options else ""))

    def explain_member(self, namespace: str, tenant: str = "") -> dict[str, Any]:
        """Why a namespace is in a mesh or not, as everybody or one tenant ("namespace/name") may know it."""
        return json.loads(self._core.explain_member(namespace, tenant))

    def proxies(self) -> list[dict[str, Any]]:
        """All proxies of pods in namespaces that a mesh owns."""
        return json.loads(self._core.proxies())["proxies"]

    def proxy(self, of: Union[str, bytes, Mapping[str, Any]], *, file: str = "") -> Proxy:
        """The proxy of a pod ("namespace/name"), or of a description: a mapping, YAML or JSON."""
        if isinstance(of, Mapping):
            return Proxy(self._core.read_proxy(json.dumps(of), file))
        if isinstance(of, str) and of.count("/") == 1 and not set(of) & set(":{\n "):
            return Proxy(self._core.proxy_of_pod(*of.split("/")))
        return Proxy(self._core.read_proxy(of, file))

    def xds(
        self,
        proxy: Union[Proxy, str, bytes, Mapping[str, Any]],
        type: str,
        *,
        caller: Optional[Mapping[str, Any]] = None,
    ) -> list[dict[str, Any]]:
        """What a proxy is sent of one type: "clusters", "endpoints", "listeners", "routes", "extensions", "nametable".

        Each is {"name", "resource"}, the latter in protobuf's JSON form; sorted by name. With a caller, as it was
        verified ({"identity": "spiffe://…"}), also "secrets": those that it may have; and extensions carry theirs.
        """
        if caller is None:
            return json.loads(self._generator().resources(self._proxy(proxy), type))
        return json.loads(self._generator().sent(self._proxy(proxy), type, json.dumps(caller)))

    def secret_names(self, proxy: Union[Proxy, str, bytes, Mapping[str, Any]]) -> list[str]:
        """The names of the secrets that a proxy's listeners and clusters ask for."""
        return json.loads(self._generator().secret_names(self._proxy(proxy)))

    def xds_response(self, proxy: Union[Proxy, str, bytes, Mapping[str, Any]], type: str) -> bytes:
        """The same as a serialized envoy.service.discovery.v3.DiscoveryResponse."""
        return self._generator().response(self._proxy(proxy), type)

    def explain_resource(self, proxy: Union[Proxy, str, bytes, Mapping[str, Any]], type: str,
                         name: str) -> dict[str, Any]:
        """Which objects and fields make a resource of a proxy what it is, and what each of them puts into it.

        A part may be named: "80/cart.shop.svc.cluster.local:80" is a virtual host of route configuration 80.
        """
        return json.loads(self._core.explain_resource(self._proxy(proxy), type, name))

    def explain_policy(self, proxy: Union[Proxy, str, bytes, Mapping[str, Any]], name: str) -> dict[str, Any]:
        """What one object ("Kind/namespace/name", or a policy's "namespace/name") does to a proxy."""
        return json.loads(self._core.explain_policy(self._proxy(proxy), name))

    def diff(self, after: Snapshot) -> dict[str, Any]:
        """What the change from this to a later snapshot does to proxies, members and diagnostics."""
        return json.loads(self._core.diff(after._core))

    def _proxy(self, proxy: Union[Proxy, str, bytes, Mapping[str, Any]]) -> _core.Proxy:
        return (proxy if isinstance(proxy, Proxy) else self.proxy(proxy))._core

    def _generator(self) -> _core.Xds:
        """Made at the first question; it keeps what it made for one proxy for those that see the same."""
        with self._lock:
            if self._xds is None:
                xds = _core.Xds()
                xds.update(self._core)
                self._xds = xds
            return self._xds
