"""Snapshots: everything known at one moment, and the questions to it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from . import _core
from ._texts import Text, dict_of, dicts_of, is_text, json_of, options_of
from .proxy import AnyProxy, Proxy
from .xds import Xds


class Snapshot:
    """Immutable, and for any number of threads. Store.snapshot makes one.

    In the examples of this package `shop` is the snapshot of `examples/shop`.

    >>> shop.revision > 0, len(shop.proxies())
    (True, 8)
    """

    def __init__(self, core: _core.Snapshot) -> None:
        self._core = core
        self._lock = threading.Lock()  # guards _xds
        self._xds: Optional[Xds] = None

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __copy__(self) -> Snapshot:
        return self.clone()

    @property
    def raw(self) -> _core.Snapshot:
        """The C functions one by one: texts in, Buffers out (bytes of the library, neither copied nor read).

        >>> memoryview(shop.raw.members(""))[:17].tobytes()
        b'{"controlPlanes":'
        """
        return self._core

    def close(self) -> None:
        """Gives it back now instead of when it is forgotten."""
        self._core.close()
        with self._lock:
            if self._xds is not None:
                self._xds.close()
            self._xds = None

    def clone(self) -> Snapshot:
        """A further handle of the same state; closing one leaves the other."""
        return Snapshot(self._core.clone())

    @property
    def revision(self) -> int:
        """Grows with every change of the store; 0 is the empty store."""
        return self._core.revision()

    def changed(self) -> list[dict[str, Any]]:
        """The keys that differ from the snapshot before: kind, namespace, name."""
        return dicts_of(self._core.changed())

    def wanted_texts(self) -> list[dict[str, Any]]:
        """What somebody has to fetch (url, timeout in seconds, known, objects) and give to Store.give_text; the library fetches
        nothing.
        """
        return dicts_of(self._core.wanted_texts())

    def diagnostics(self, tenant: str = "") -> list[dict[str, Any]]:
        """What is wrong with the configuration, where, and how to mend it; of one tenant ("namespace/name" of a control plane),
        what it may be shown.

        >>> shop.diagnostics()
        []
        """
        return dicts_of(self._core.diagnostics_of(tenant) if tenant else self._core.diagnostics())

    def members(self, tenant: str = "") -> dict[str, Any]:
        """Control planes and who belongs to them; tenant is "namespace/name", or empty for all.

        >>> (plane,) = shop.members("shop-control-plane/shop-mesh")["controlPlanes"]
        >>> [member["namespace"] for member in plane["members"]]
        ['shop-cart', 'shop-catalog', 'shop-web']
        """
        return dict_of(self._core.members(tenant))

    def values(self, tenant: str = "", **options: Any) -> dict[str, Any]:
        """Helm values of control planes and the charts they go to; options as of mesh_snapshot_values (release_values=True, …).

        >>> shop.values()["controlPlanes"][0]["version"]
        'v2.5'
        """
        return dict_of(self._core.values(tenant, options_of(options)))

    def status(self, tenant: str = "", **options: Any) -> dict[str, Any]:
        """Conditions of control planes, rolls and members; options as of mesh_snapshot_status (now, full, …).

        >>> shop.status()["controlPlanes"][0]["conditions"][0]["type"]
        'Installed'
        """
        return dict_of(self._core.status(tenant, options_of(options)))

    def plan(self, options: Optional[Mapping[str, Any]] = None, **more: Any) -> dict[str, Any]:
        """Which objects the meshes need and the steps to them, each with its reasons; options as of mesh_snapshot_plan
        (namespace, tenant, partial, objects, documents, …).

        >>> plan = shop.plan(namespace="shop-web")
        >>> plan["steps"][0]["action"], plan["steps"][0]["kind"]
        ('create', 'ServiceMeshMember')
        """
        return dict_of(self._core.plan(options_of({**(options or {}), **more})))

    def admission_review(self, review: Union[Text, Mapping[str, Any]], answers: Sequence[Mapping[str, Any]] = (),
                         **options: Any) -> dict[str, Any]:
        """An AdmissionReview of a control plane, member roll or member judged. While "outcome" is "needsAnswers", add "allowed"
        to each of "questions" and call again with them; options as of mesh_admission_review: hook, operator_namespace,
        watched_namespaces.
        """
        asked = json_of(review) if isinstance(review, Mapping) else review
        said = json_of({"answers": [dict(answer) for answer in answers]}) if answers else ""
        return dict_of(self._core.admission_review(asked, said, options_of(options)))

    def reach(self, start: str, end: str, *, planned: bool = False) -> dict[str, Any]:
        """Whether the network lets a connection from start ("namespace/pod", an address, "router") to end (the same,
        with ":port") through; planned asks of the state that the plan leads to.

        >>> shop.reach("router", "shop-web/frontend:8080")["answer"]
        'yes'
        """
        return dict_of(self._core.reach(start, end, options_of({"planned": planned})))

    def explain_member(self, namespace: str, tenant: str = "") -> dict[str, Any]:
        """Why a namespace is in a mesh or not, as everybody or one tenant ("namespace/name") may know it.

        >>> shop.explain_member("shop-web")["conclusion"]
        'namespace "shop-web" is a member of shop-control-plane/shop-mesh'
        """
        return dict_of(self._core.explain_member(namespace, tenant))

    def explain_resource(self, proxy: AnyProxy, type: str, name: str) -> dict[str, Any]:
        """Which objects and fields make a resource of a proxy what it is, and what each of them puts into it.

        A part may be named: "80/cart.shop.svc.cluster.local:80" is a virtual host of route configuration 80. Raises NotFound, saying what there is.

        >>> found = shop.explain_resource("shop-web/frontend", "clusters", "inbound|18081||")
        >>> [(why["object"]["kind"], why["object"]["name"], why["effect"]) for why in found["because"]][0]
        ('Sidecar', 'frontend', 'makes')
        """
        return dict_of(self._core.explain_resource(self._raw(proxy), type, name))

    def explain_policy(self, proxy: AnyProxy, name: str) -> dict[str, Any]:
        """What one object ("Kind/namespace/name", or a policy's "namespace/name") does to a proxy."""
        return dict_of(self._core.explain_policy(self._raw(proxy), name))

    def proxies(self) -> list[dict[str, Any]]:
        """All proxies of pods in namespaces that a mesh owns; those of remote clusters have "cluster"."""
        found: list[dict[str, Any]] = dict_of(self._core.proxies())["proxies"]
        return found

    def proxy(self, of: AnyProxy, *, file: str = "") -> Proxy:
        """The proxy of a pod ("namespace/name"; of a workload, where nothing runs), or of a description: a mapping, YAML or JSON.

        A pod of a remote cluster is "cluster=namespace/name"; without a cluster the config cluster's is meant, or that of the
        only remote cluster that has one (InvalidArgument where several have).

        >>> shop.proxy({"type": "sidecar", "id": "x.shop-web", "namespace": "shop-web", "ip": ["10.9.9.9"]}).describe()["type"]
        'sidecar'
        """
        if isinstance(of, Proxy):
            return of
        if isinstance(of, Mapping):
            return Proxy(self._core.read_proxy(json_of(of), file))
        if isinstance(of, str) and of.count("/") == 1 and not set(of) & set(":{\n "):
            return Proxy(self._core.proxy_of_pod(*of.split("/")))
        if not is_text(of):
            raise TypeError(f"a proxy is a Proxy, the name of a pod or a description, not {type(of).__name__}")
        return Proxy(self._core.read_proxy(of, file))

    def xds(self, proxy: AnyProxy, type: str, *, caller: Optional[Mapping[str, Any]] = None) -> list[dict[str, Any]]:
        """What a proxy is sent of one type: "clusters", "endpoints", "listeners", "routes", "extensions", "nametable".

        Each is {"name", "resource"}, the latter in protobuf's JSON form; sorted by name. With a caller, as it was
        verified ({"identity": "spiffe://…"}), also "secrets": those that it may have; and extensions carry theirs.

        >>> [each["name"] for each in shop.xds("shop-web/frontend", "routes")]
        ['18080']
        """
        return self.generator.resources(self.proxy(proxy), type, caller=caller)

    def xds_response(self, proxy: AnyProxy, type: str) -> bytes:
        """The same as a serialized envoy.service.discovery.v3.DiscoveryResponse."""
        return bytes(self.generator.response(self.proxy(proxy), type))

    def secret_names(self, proxy: AnyProxy) -> list[str]:
        """The names of the secrets that a proxy's listeners and clusters ask for.

        >>> shop.secret_names("shop-web/frontend")
        ['ROOTCA', 'default']
        """
        return self.generator.secret_names(self.proxy(proxy))

    def sizes(self, proxy: AnyProxy) -> dict[str, Any]:
        """Counts and bytes of what a proxy is sent, per type."""
        return self.generator.sizes(self.proxy(proxy))

    def route(self, proxy: AnyProxy, **request: Any) -> dict[str, Any]:
        """The way of a request through a proxy, as its Envoy takes it: host, path, method, headers, port, … as of
        docs/schemas/route-request.json.

        >>> shop.route("shop-web/frontend", host="nobody.example", port=81)["verdict"]
        'no-listener'
        """
        return self.generator.route(self.proxy(proxy), request)

    def journey(self, caller: AnyProxy, **request: Any) -> dict[str, Any]:
        """The same, and then through the proxies of the endpoints that the request may come to: {"sent", "arrivals"}."""
        return self.generator.journey(self.proxy(caller), request)

    def bootstrap(self, proxy: AnyProxy, **options: Any) -> dict[str, Any]:
        """The Envoy bootstrap of a proxy; options as of mesh_xds_bootstrap (xds_address, admin_port, static, …)."""
        return self.generator.bootstrap(self.proxy(proxy), **options)

    def diff(self, after: Snapshot) -> dict[str, Any]:
        """What the change from this to a later snapshot does to proxies, members and diagnostics.

        >>> shop.diff(shop)["proxies"]
        []
        """
        if not isinstance(after, Snapshot):
            raise TypeError(f"after is a Snapshot, not {type(after).__name__}")
        return dict_of(self._core.diff(after._core))

    @property
    def generator(self) -> Xds:
        """What makes the resources of this snapshot: made at the first question, and it keeps what it made for one proxy for
        those that see the same.
        """
        with self._lock:
            if self._xds is None:
                xds = Xds()
                xds.update(self)
                self._xds = xds
            return self._xds

    def _raw(self, proxy: AnyProxy) -> _core.Proxy:
        return self.proxy(proxy).raw
