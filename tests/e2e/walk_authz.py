"""Authorizers outside: servers over HTTP and gRPC that allow what asks for it by a header, and refuse the rest with 429."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import http.server
import json
import random
import socket
import threading

import walk_meshes
from walk_meshes import thing

REFUSED = 429
HOST, PORTS = "authz.test", {"http": 8000, "grpc": 9000}


@dataclasses.dataclass(frozen=True)
class Provider:
    """What a CUSTOM policy asks: over "http" or "grpc", there or not, and what happens when it is not."""

    kind: str
    alive: bool = True
    fail_open: bool = False
    status: int = 0  # statusOnError; 0: its default

    def extension(self) -> dict:
        settings: dict = {"service": HOST, "port": PORTS[self.kind], "failOpen": self.fail_open}
        if self.status:
            settings["statusOnError"] = str(self.status)
        if self.kind == "http":
            settings |= {"pathPrefix": "/check", "includeRequestHeadersInCheck": ["x-decide", "x-number"]}
        return {"name": "authorizer", f"envoyExtAuthz{self.kind.capitalize()}": settings}


class Authorizer:
    """Runs while it is needed; `asked` has the x-number of each request that it was asked about."""

    def __init__(self, provider: Provider) -> None:
        self.asked: set[str] = set()
        if not provider.alive:
            with socket.create_server(("127.0.0.1", 0)) as gone:
                self.port = gone.getsockname()[1]
        elif provider.kind == "http":
            self._over_http()
        else:
            self._over_grpc()

    def allows(self, number: str, decision: str) -> bool:
        self.asked.add(number)
        return decision == "yes"

    def _over_http(self) -> None:
        authorizer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                allowed = authorizer.allows(self.headers.get("x-number", ""), self.headers.get("x-decide", ""))
                self.send_response(200 if allowed and self.path.startswith("/check/") else REFUSED)
                self.send_header("content-length", "0")
                self.end_headers()
            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = answer

            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def _over_grpc(self) -> None:
        import grpc

        def check(question: bytes, _):
            # envoy.service.auth.v3: headers are map entries of two texts; CheckResponse has status and denied_response.
            allowed = self.allows(text_after(question, b"x-number"), text_after(question, b"x-decide"))
            return b"" if allowed else b"\x0a\x02\x08\x07\x12\x05\x0a\x03\x08\xad\x03"
        handler = grpc.method_handlers_generic_handler(
            "envoy.service.auth.v3.Authorization", {"Check": grpc.unary_unary_rpc_method_handler(check)})
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers((handler,))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stand_in(self, made, _) -> None:
        """Its cluster leads here."""
        for cluster in made.bootstrap["staticResources"]["clusters"]:
            if not cluster["name"].endswith(f"||{HOST}"):
                continue
            endpoint = cluster["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]
            endpoint["address"]["socketAddress"]["portValue"] = self.port
            if f"|{PORTS['grpc']}|" in cluster["name"]:
                cluster["typedExtensionProtocolOptions"] = {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    "explicitHttpConfig": {"http2ProtocolOptions": {}}}}


def text_after(message: bytes, key: bytes) -> str:
    """The value of a map entry: its tag and length follow the key."""
    place = message.find(key)
    if place < 0:
        return ""
    place += len(key)
    return message[place + 2:place + 2 + message[place + 1]].decode()


def mesh(provider: Provider) -> str:
    label = {"matchLabels": {"app": "a"}}

    def policy(name, action, *rules, **more):
        return thing("security.istio.io/v1", "AuthorizationPolicy", name, {"selector": label, "action": action, "rules": list(rules), **more})
    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}] + walk_meshes.services() + [
        thing("networking.istio.io/v1", "ServiceEntry", "authz", {
            "hosts": [HOST], "resolution": "STATIC", "endpoints": [{"address": "10.9.0.1"}],
            "ports": [{"number": PORTS["http"], "name": "http", "protocol": "HTTP"}, {"number": PORTS["grpc"], "name": "grpc", "protocol": "GRPC"}]}),
        policy("ask", "CUSTOM", {"to": [{"operation": {"paths": ["/ask*"], "notMethods": ["DELETE"]}}]},
               {"from": [{"source": {"ipBlocks": ["10.10.0.0/16"]}}], "when": [{"key": "request.headers[x-who]", "values": ["guest*"]}]},
               provider={"name": "authorizer"}),
        policy("deny", "DENY", {"to": [{"operation": {"paths": ["*/deny"]}}]}),
        policy("allow", "ALLOW", {"to": [{"operation": {"methods": ["GET", "POST"]}}]}, {"from": [{"source": {"ipBlocks": ["10.10.1.1"]}}]}),
        {"extensionProviders": [provider.extension()]},
    ]
    return "\n---\n".join(json.dumps(one) for one in objects)


def some(count: int, seed: int) -> list[dict]:
    rng = random.Random(seed)
    out = []
    for number in range(count):
        headers = {"x-number": f"n{number}", "x-decide": rng.choice(["yes", "yes", "no"])}
        if rng.random() < 0.5:
            headers["x-who"] = rng.choice(["guest", "guest-1", "host"])
        out.append({"side": "inbound", "address": "10.244.0.1", "port": 8080, "protocol": "http", "tls": "none", "host": "a",
                    "method": rng.choice(["GET", "POST", "PUT", "DELETE"]), "headers": headers,
                    "path": rng.choice(["/ask", "/ask/more?x=1", "/ask/deny", "/open", "/open/deny", "/Ask"]),
                    "source": {"ip": rng.choice(["10.244.0.7", "10.10.1.1", "10.10.1.2"])}})
    return out
