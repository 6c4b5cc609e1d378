"""A real Envoy with a proxy's listeners and routes, whose clusters all lead to servers here that say which was meant.

Listeners stay as they are but for what the kernel does in a pod: where iptables would redirect a connection, Envoy reads
its destination from a PROXY header instead (listener filter proxy_protocol in place of original_dst). Every cluster
becomes one port of this process; route configurations stand in their listeners; certificates are the test's own.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import json
import pathlib
import re
import socket
import ssl
import subprocess
import threading

import envoys
import processes

PROXY_PROTOCOL = {"name": "envoy.filters.listener.proxy_protocol", "typedConfig": {
    "@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"}}
TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
ENTRY = "10.255.0.1"  # where Envoy takes connections; no loopback address, as clients come from others
MANAGER = "envoy.filters.network.http_connection_manager"


# ---- the servers behind the clusters -----------------------------------------------------------

class Servers:
    """Answers on many ports at once: an HTTP request with what it was, other bytes with the port."""

    def __init__(self, count: int) -> None:
        self.ports: list[int] = []
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, args=(count, ready), daemon=True).start()
        ready.wait()

    def _run(self, count: int, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)

        async def begin():
            for _ in range(count):
                server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
                self.ports.append(server.sockets[0].getsockname()[1])
            ready.set()
        self._loop.run_until_complete(begin())
        self._loop.run_forever()

    async def _serve(self, reader, writer):
        port = writer.get_extra_info("sockname")[1]
        try:
            data = await reader.read(65536)
            while b" HTTP/1.1\r\n" in data:
                while b"\r\n\r\n" not in data and (more := await reader.read(65536)):
                    data += more
                head, _, rest = data.partition(b"\r\n\r\n")
                first, *lines = head.decode("latin-1").split("\r\n")
                method, path, _ = first.split(" ", 2)
                fields = [[name.lower(), value] for name, _, value in (line.partition(": ") for line in lines)]
                came = json.dumps({"port": port, "method": method, "path": path, "headers": fields})
                writer.write(f"HTTP/1.1 200 OK\r\nx-came: {came}\r\ncontent-length: 0\r\n\r\n".encode())
                await writer.drain()
                if ["connection", "close"] in fields:
                    return
                data = rest + await reader.read(65536)
            if data:
                writer.write(b"cluster %d\n" % port)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


# ---- certificates ------------------------------------------------------------------------------

class Authority:
    """Certificates of the test's own, made by openssl."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self._lock = folder, threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                  "-subj", "/CN=test", "-keyout", folder / "ca.key", "-out", folder / "ca.pem")

    def _run(self, *arguments) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)

    def issue(self, identity: str) -> tuple[pathlib.Path, pathlib.Path]:
        """Chain and key of a workload."""
        stem = self.folder / re.sub(r"\W", "_", identity)
        chain, key = stem.with_suffix(".pem"), stem.with_suffix(".key")
        with self._lock:
            if not chain.exists():
                self._make(identity, stem, chain, key)
        return chain, key

    def _make(self, identity: str, stem: pathlib.Path, chain: pathlib.Path, key: pathlib.Path) -> None:
        extensions, request = stem.with_suffix(".ext"), stem.with_suffix(".csr")
        extensions.write_text(f"subjectAltName=critical,URI:{identity}\n")
        self._run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/",
                  "-keyout", key, "-out", request)
        self._run("x509", "-req", "-in", request, "-CA", self.folder / "ca.pem", "-CAkey", self.folder / "ca.key",
                  "-CAcreateserial", "-days", "1", "-extfile", extensions, "-out", chain)


# ---- the configuration -------------------------------------------------------------------------

def own_certificates(socket_config: dict, authority: Authority) -> None:
    """The same TLS with certificates that there are."""
    context = socket_config["typedConfig"]
    if context.get("@type") != TLS:
        return
    common = context.setdefault("commonTlsContext", {})
    chain, key = authority.issue("spiffe://cluster.local/ns/test/sa/server")
    names, validated = [], False
    for field in ("validationContext", "combinedValidationContext", "validationContextSdsSecretConfig"):
        given = common.pop(field, None)
        validated = validated or given is not None
        if isinstance(given, dict):
            inner = given.get("defaultValidationContext", given)
            names = names or inner.get("matchSubjectAltNames", [])
    for field in ("tlsCertificateSdsSecretConfigs", "tlsCertificates"):
        common.pop(field, None)
    common["tlsCertificates"] = [{"certificateChain": {"filename": str(chain)}, "privateKey": {"filename": str(key)}}]
    if validated:
        common["validationContext"] = {"trustedCa": {"filename": str(authority.folder / "ca.pem")},
                                       **({"matchSubjectAltNames": names} if names else {})}


def every(listener: dict, what: str) -> list[dict]:
    chains = listener.get("filterChains", []) + [listener.get("defaultFilterChain", {})]
    if what == "chains":
        return chains
    return [filter["typedConfig"] for chain in chains for filter in chain.get("filters", [])
            if filter["name"] == MANAGER]


@dataclasses.dataclass
class Configuration:
    """What one Envoy starts with; entries: listener name -> the port where connections to it enter."""

    bootstrap: dict
    entries: dict[str, int]
    clusters: dict[int, str]


def configuration(resources: dict[str, list], servers: Servers, authority: Authority, admin: int) -> Configuration:
    routes = {item["name"]: item["resource"] for item in resources["routes"]}
    names = sorted(item["name"] for item in resources["clusters"])
    assert len(names) <= len(servers.ports), "more clusters than servers"
    clusters = dict(zip(servers.ports, names))
    entries: dict[str, int] = {}
    listeners = []
    for item in resources["listeners"]:
        listener = copy.deepcopy(item["resource"])
        if "udpListenerConfig" in listener:
            continue
        for manager in every(listener, "managers"):
            manager.pop("accessLog", None)
            manager.pop("tracing", None)
            if "rds" in manager:
                manager["routeConfig"] = routes.get(manager.pop("rds")["routeConfigName"], {"name": "none"})
        for chain in every(listener, "chains"):
            for network in chain.get("filters", []):
                network.get("typedConfig", {}).pop("accessLog", None)
            if "transportSocket" in chain:
                own_certificates(chain["transportSocket"], authority)
        listener.pop("accessLog", None)
        listener.pop("additionalAddresses", None)
        if listener.get("bindToPort", True):
            entries[listener["name"]] = envoys.free_port()
            listener["address"] = {"socketAddress": {"address": ENTRY, "portValue": entries[listener["name"]]}}
            listener["listenerFilters"] = [PROXY_PROTOCOL] + [
                each for each in listener.get("listenerFilters", [])
                if not each["name"].endswith(("original_dst", "original_src", "proxy_protocol"))]
            listener.pop("transparent", None)
        listeners.append(listener)
    return Configuration({
        "admin": {"address": {"socketAddress": {"address": "127.0.0.1", "portValue": admin}}},
        "staticResources": {"listeners": listeners, "clusters": [cluster(name, port) for port, name in clusters.items()]},
    }, entries, clusters)


def cluster(name: str, port: int) -> dict:
    out = {"name": name, "type": "STATIC", "connectTimeout": "5s"}
    if name != "BlackHoleCluster":
        out["loadAssignment"] = {"clusterName": name, "endpoints": [{"lbEndpoints": [{"endpoint": {"address": {
            "socketAddress": {"address": "127.0.0.1", "portValue": port}}}}]}]}
    return out


# ---- the client --------------------------------------------------------------------------------

@dataclasses.dataclass
class Seen:
    """What came back: an HTTP status, or how the connection ended."""

    status: int = 0          # 0: no HTTP answer
    headers: dict = dataclasses.field(default_factory=dict)
    body: str = ""
    ended: str = ""          # "closed", "handshake", "nobody" (nothing listens), "" when there was an answer
    cluster: str = ""        # where it came to
    upstream: dict = dataclasses.field(default_factory=dict)  # the request as it came there


class Client:
    def __init__(self, made: Configuration, authority: Authority) -> None:
        self.made, self.authority = made, authority

    def ask(self, entry: int, request: dict) -> Seen:
        source = request["source"]["ip"]
        family = "TCP6" if ":" in request["address"] else "TCP4"
        with socket.create_connection((ENTRY, entry), timeout=30,
                                      source_address=(source, 0) if family == "TCP4" else None) as connection:
            connection.sendall(f"PROXY {family} {source} {request['address']} 40000 {request['port']}\r\n".encode())
            try:
                return self._speak(connection, request)
            except (ConnectionError, ssl.SSLEOFError):
                return Seen(ended="closed")
            except ssl.SSLError:
                return Seen(ended="handshake")

    def _context(self, request: dict) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # a certificate that is refused is told in the handshake
        if request["tls"] == "mutual":
            context.load_cert_chain(*self.authority.issue(request["source"]["identity"]))
        if request.get("alpn"):
            context.set_alpn_protocols(request["alpn"])
        return context

    def _speak(self, connection: socket.socket, request: dict) -> Seen:
        if request["tls"] == "none":
            return self._exchange(connection.sendall, connection.recv, request)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context(request).wrap_bio(incoming, outgoing, server_hostname=request.get("sni") or None)

        def flush():
            if data := outgoing.read():
                connection.sendall(data)

        def patiently(do):
            while True:
                try:
                    result = do()
                    flush()
                    return result
                except ssl.SSLWantReadError:
                    flush()
                    data = connection.recv(65536)
                    if data.startswith(b"cluster "):
                        raise Arrived(data) from None
                    if not data:
                        raise ConnectionResetError from None
                    incoming.write(data)
        try:
            patiently(tls.do_handshake)
        except Arrived as arrived:
            return self._arrived(arrived.data)
        except ConnectionError:
            return Seen(ended="handshake")
        return self._exchange(lambda data: patiently(lambda: tls.write(data)),
                              lambda size: patiently(lambda: tls.read(size)), request)

    def _arrived(self, data: bytes) -> Seen:
        return Seen(cluster=self.made.clusters[int(data.split()[1])])

    def _exchange(self, send, receive, request: dict) -> Seen:
        if request["protocol"] == "tcp":
            send(b"hello\n")
            data = receive(65536)
            if data.startswith(b"cluster "):
                return self._arrived(data)
            return self._answer(data, receive, request) if data.startswith(b"HTTP/") else Seen(ended="closed")
        lines = [f"{request['method']} {request['path']} HTTP/1.1", f"Host: {request['host']}"]
        lines += [f"{name}: {value}" for name, value in request.get("headers", {}).items()]
        if "connection" not in request.get("headers", {}):
            lines.append("Connection: close")
        send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        data = receive(65536)
        if data.startswith(b"cluster "):
            return self._arrived(data)
        return self._answer(data, receive, request) if data.startswith(b"HTTP/") else Seen(ended="closed")

    def _answer(self, data: bytes, receive, request: dict) -> Seen:
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if request["method"] == "HEAD" else int(headers.get("content-length", "0"))
        while len(body) < length and (more := receive(65536)):
            body += more
        seen = Seen(int(first.split(" ")[1]), headers, body.decode("latin-1"))
        if "x-came" in headers:
            seen.upstream = json.loads(headers["x-came"])
            seen.cluster = self.made.clusters[seen.upstream["port"]]
        return seen


class Arrived(Exception):
    """The bytes of a handshake came to a server as they were."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data


def start(stage: processes.Stage, program: pathlib.Path, made: Configuration, name: str, work: pathlib.Path):
    port = made.bootstrap["admin"]["address"]["socketAddress"]["portValue"]
    return envoys.start(stage, program, name, made.bootstrap, port, work)
