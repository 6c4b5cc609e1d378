"""The small real HTTP services behind the sidecars, one per pod, in threads of this process.

Every service listens on port 13000 of its pod's own 127.x address. A service that calls another
one does so through its own sidecar: 127.x:18080 with the Host header of the service it wants.
"""

from __future__ import annotations

import collections
import http.client
import http.server
import json
import threading

APP_PORT = 13000        # where the app listens; the sidecar passes requests on to it
SIDECAR_IN = 18081      # where the sidecar takes requests for the app
SIDECAR_OUT = 18080     # where the sidecar takes the app's own requests

CART = "cart.shop-cart.svc.cluster.local"
CATALOG = "catalog.shop-catalog.svc.cluster.local"
RECOMMENDATIONS = "recommendations.shop-catalog.svc.cluster.local"
BILLING = "billing.partner-billing.svc.cluster.local"

_NEIGHBOURS = {"cart": CART, "catalog": CATALOG, "recommendations": RECOMMENDATIONS,
               "billing": BILLING}
_PASSED_ON = ("x-shop-drill", "x-request-id")


class Service:
    """One app: answers requests and remembers how many it got and what the last one carried."""

    def __init__(self, name: str, version: str, address: str, port: int = APP_PORT) -> None:
        self.name, self.version, self.address = name, version, address
        self.last_headers: dict[str, str] = {}
        self._count = 0
        self._lock = threading.Lock()  # guards _count and last_headers
        self._connections = threading.local()
        self._closing = threading.Event()
        try:
            self._server = _Server((address, port), self)
        except OSError as error:
            raise RuntimeError(f"{address}:{port} cannot be had, perhaps another demo is running: "
                               f"{error.strerror}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def count(self) -> int:
        with self._lock:
            return self._count

    def reset(self) -> None:
        with self._lock:
            self._count = 0

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def handle(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
        """One request in, status and JSON body out."""
        with self._lock:
            self._count += 1
            number = self._count
            self.last_headers = headers
        return self.answer(number, path, headers)

    def answer(self, number: int, path: str, headers: dict[str, str]) -> tuple[int, dict]:
        return 200, {"service": self.name, "version": self.version}

    def pause(self, seconds: float) -> None:
        self._closing.wait(seconds)

    def ask(self, host: str, headers: dict[str, str]) -> tuple[int, object]:
        """Calls another service the way an app in a mesh does: through its own sidecar."""
        pool = self._connections.__dict__
        connection = pool.get(host) or http.client.HTTPConnection(
            self.address, SIDECAR_OUT, timeout=10)
        try:
            connection.request("GET", "/", headers={"Host": host, **headers})
            response = connection.getresponse()
            body = response.read().decode(errors="replace")
            pool[host] = connection
        except (OSError, http.client.HTTPException):
            connection.close()
            pool.pop(host, None)
            raise
        try:
            return response.status, json.loads(body)
        except ValueError:
            return response.status, body


class Caller(Service):
    """Asks the neighbour named by the path and passes on what it heard, status included."""

    def answer(self, number, path, headers):
        wanted = path.strip("/")
        if wanted not in _NEIGHBOURS:
            return 200, {"service": self.name, "version": self.version}
        passed_on = {key: headers[key] for key in _PASSED_ON if key in headers}
        try:
            status, body = self.ask(_NEIGHBOURS[wanted], passed_on)
        except OSError as error:
            status, body = 502, str(error)
        return status, {"service": self.name, "asked": wanted, "answer": body}


class Flaky(Service):
    """Answers 503 twice, then 200, and so on: a customer sees it unless somebody tries again."""

    def answer(self, number, path, headers):
        if number % 3 != 0:
            return 503, {"service": self.name, "error": "out of sorts"}
        return super().answer(number, path, headers)


class Slow(Service):
    """Takes two seconds for an answer nobody should wait for."""

    def answer(self, number, path, headers):
        self.pause(2.0)
        return super().answer(number, path, headers)


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], service: Service) -> None:
        self.service = service
        super().__init__(address, _Handler)

    def handle_error(self, request, client_address):
        """A peer that hangs up (as a sidecar does after a timeout) is no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    server: _Server

    def do_GET(self) -> None:
        headers = {key.lower(): value for key, value in self.headers.items()}
        status, body = self.server.service.handle(self.path, headers)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """The tables show what matters."""


class Neighbourhood(collections.UserDict):
    """All services of the example, by pod name."""

    def start(self) -> None:
        for pod, (kind, name, version, address) in {
                "frontend": (Caller, "frontend", "v1", "127.10.1.1"),
                "cart-v1": (Service, "cart", "v1", "127.10.2.1"),
                "cart-v2": (Service, "cart", "v2", "127.10.2.2"),
                "catalog": (Flaky, "catalog", "v1", "127.10.3.1"),
                "recommendations": (Slow, "recommendations", "v1", "127.10.3.2"),
                "portal": (Caller, "portal", "v1", "127.20.1.1"),
                "billing": (Service, "billing", "v1", "127.20.2.1")}.items():
            self[pod] = kind(name, version, address)
        # No sidecar in front of this one: it answers on the service's own port.
        self["stock"] = Service("stock", "v1", "127.30.1.1", SIDECAR_IN)

    def __enter__(self) -> "Neighbourhood":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for service in self.values():
            service.close()
