"""What proxies are sent, in one answer or as a stream, and the certificates they talk with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional

from . import _core
from ._texts import Text, dict_of, dicts_of, json_of, options_of, texts_of
from .proxy import Proxy

if TYPE_CHECKING:
    from .snapshot import Snapshot


class Xds:
    """Makes and keeps the resources of every proxy of a snapshot, for any number of threads. Proxies that see the same share
    one set; a new snapshot keeps what it cannot have changed.

    >>> xds = meshplane.Xds(shop)
    >>> xds.sizes(shop.proxy("shop-web/frontend"))["routes"]["count"]
    1
    """

    def __init__(self, snapshot: Optional[Snapshot] = None) -> None:
        self._core = _core.Xds()
        if snapshot is not None:
            self.update(snapshot)

    def __enter__(self) -> Xds:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def raw(self) -> _core.Xds:
        """The C functions one by one: texts in, Buffers out."""
        return self._core

    def close(self) -> None:
        """Gives it back now instead of when it is forgotten; sessions of it go on."""
        self._core.close()

    def update(self, snapshot: Snapshot) -> None:
        """Takes a newer snapshot; an older one is ignored. Nothing is made until it is asked for."""
        self._core.update(snapshot.raw)

    def resources(self, proxy: Proxy, type: str, *, caller: Optional[Mapping[str, Any]] = None) -> list[dict[str, Any]]:
        """The resources of one type for one proxy, as Snapshot.xds tells."""
        if caller is None:
            return dicts_of(self._core.resources_json(proxy.raw, type))
        return dicts_of(self._core.sent_json(proxy.raw, type, json_of(dict(caller))))

    def response(self, proxy: Proxy, type: str) -> _core.Buffer:
        """The same as a serialized envoy.service.discovery.v3.DiscoveryResponse: the library's own bytes, not copied.

        >>> response = meshplane.Xds(shop).response(shop.proxy("shop-web/frontend"), "clusters")
        >>> memoryview(response).nbytes == len(response) == len(bytes(response))
        True
        """
        return self._core.resources(proxy.raw, type)

    def secret_names(self, proxy: Proxy) -> list[str]:
        """The names of the secrets that a proxy's listeners and clusters ask for, sorted."""
        return texts_of(self._core.secret_names(proxy.raw))

    def sizes(self, proxy: Proxy) -> dict[str, Any]:
        """Counts and bytes per type: {"clusters": {"count", "bytes"}, …}."""
        return dict_of(self._core.sizes(proxy.raw))

    def route(self, proxy: Proxy, request: Mapping[str, Any]) -> dict[str, Any]:
        """The way of a request through one proxy, as its Envoy takes it (docs/schemas/route-request.json, route.json).

        >>> xds = meshplane.Xds(shop)
        >>> xds.route(shop.proxy("shop-web/frontend"), {"host": "nobody.example", "port": 81})["verdict"]
        'no-listener'
        """
        return dict_of(self._core.route(proxy.raw, json_of(dict(request))))

    def journey(self, caller: Proxy, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same of a request of the proxy's workload, and at the proxies of the endpoints that it may come to
        (docs/schemas/journey.json).
        """
        return dict_of(self._core.journey(caller.raw, json_of(dict(request))))

    def bootstrap(self, proxy: Proxy, **options: Any) -> dict[str, Any]:
        """The Envoy bootstrap of a proxy; options as of mesh_xds_bootstrap (xds_address, admin_port, static, …).

        >>> xds = meshplane.Xds(shop)
        >>> xds.bootstrap(shop.proxy("shop-web/frontend"), admin_port=15001)["admin"]["address"]["socketAddress"]["portValue"]
        15001
        """
        return dict_of(self._core.bootstrap(proxy.raw, options_of(options)))


class Authority:
    """Certificate authorities for development, one per tenant, self-signed when first asked for and kept in memory only; for
    any number of threads. now is in seconds since 1970: the library reads no clock.

    >>> pair = meshplane.Authority(now=1_700_000_000).issue(shop, shop.proxy("shop-web/frontend"))
    >>> sorted(pair), pair["root"].splitlines()[0]
    (['certificateChain', 'privateKey', 'root'], '-----BEGIN CERTIFICATE-----')
    """

    def __init__(self, *, now: int, **options: Any) -> None:
        self._core = _core.Authority(options_of({"now": now, **options}))

    def __enter__(self) -> Authority:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def raw(self) -> _core.Authority:
        """The C functions one by one: texts in, Buffers out."""
        return self._core

    def close(self) -> None:
        """Gives it back now instead of when it is forgotten; sessions with it go on."""
        self._core.close()

    def issue(self, snapshot: Snapshot, proxy: Proxy) -> dict[str, Any]:
        """The certificate chain and key of a proxy's identity, and its tenant's root, each PEM."""
        return dict_of(self._core.issue(snapshot.raw, proxy.raw))

    def issue_server(self, hosts: Sequence[str]) -> dict[str, Any]:
        """The same of a server, such as a webhook, for its host names and addresses.

        >>> sorted(meshplane.Authority(now=1_700_000_000).issue_server(["127.0.0.1"]))
        ['certificateChain', 'privateKey', 'root']
        """
        return dict_of(self._core.issue_server(json_of({"hosts": list(hosts)})))


class Message:
    """One response of a session: bytes, to be sent as they are. len() is its size; it has the library's bytes in slices."""

    def __init__(self, core: _core.Message) -> None:
        self._core = core

    def __len__(self) -> int:
        return len(self._core)

    def __bytes__(self) -> bytes:
        """All of it in one piece: the one copy that this takes."""
        return bytes(self._core)

    @property
    def raw(self) -> _core.Message:
        """The C functions one by one."""
        return self._core

    def slices(self) -> list[memoryview]:
        """The parts, in order, without a copy; each keeps the message. For socket.sendmsg and the like."""
        return self._core.slices()

    def joined(self) -> _core.Buffer:
        """All slices in one Buffer, joined by the library."""
        return self._core.joined()


class Session:
    """One client's discovery stream (ADS): bytes in and bytes out; the caller moves them. Its calls come one at a time.

    authority signs the workload certificates; options as of mesh_session_new: delta, flavour, identity (who the caller is, as it
    was verified), reads_secrets, believe_node. An update of the Xds is seen after update().

    >>> session = meshplane.Session(meshplane.Xds(shop), delta=True)
    >>> session.next() is None
    True
    >>> session.receive(b"no request")
    Traceback (most recent call last):
    meshplane.errors.ParseError: discovery request: truncated or malformed
    """

    def __init__(self, xds: Xds, authority: Optional[Authority] = None, **options: Any) -> None:
        self._core = _core.Session(xds.raw, options_of(options), None if authority is None else authority.raw)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def raw(self) -> _core.Session:
        """The C functions one by one: texts in, Buffers out."""
        return self._core

    def close(self) -> None:
        """Frees it; its messages live on."""
        self._core.close()

    def receive(self, request: Text) -> None:
        """Takes one serialized DiscoveryRequest (DeltaDiscoveryRequest with delta). An error ends the stream: ParseError when the
        bytes are no request, InvalidArgument when the first one carries no node or the identity is not its proxy's, NotFound
        when its proxy is in no mesh.
        """
        self._core.receive(request)

    def update(self) -> None:
        """Looks at the newest snapshot of the Xds and queues what changed for this client.

        Errors: NotFound when its pod or its tenant is gone, which ends the stream: from then on receive() fails as well, until
        an update finds it again.
        """
        self._core.update()

    def next(self) -> Optional[Message]:
        """The next message to send, in order; None when the client is up to date."""
        message = self._core.next()
        return None if message is None else Message(message)

    def __iter__(self) -> Iterator[Message]:
        """The messages that are to be sent now: `for message in session: send(bytes(message))`."""
        return iter(self.next, None)

    def proxy(self) -> Proxy:
        """The client's proxy, as its node and the newest snapshot that the session has looked at say it; it outlives the session.
        Errors: NotFound before the first request.
        """
        return Proxy(self._core.proxy())

    def describe(self) -> dict[str, Any]:
        """Who the client is, as its node says it, and what it has of each type."""
        return dict_of(self._core.describe())
