"""The customers: requests through the ingress gateway, and single ones to any address."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import http.client
import json
import time

GATEWAY = ("127.10.0.1", 18080)
SHOP = "shop.example.com"


@dataclasses.dataclass
class Answer:
    """What one request met: status 0 means that the connection was refused or cut."""

    status: int
    body: str
    seconds: float

    def json(self) -> dict:
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


def get(address: tuple[str, int], host: str, path: str = "/", headers: dict | None = None,
        source: str | None = None, timeout: float = 10.0) -> Answer:
    """One request on a connection of its own, from the address `source` when it is given."""
    origin = (source, 0) if source else None
    connection = http.client.HTTPConnection(*address, timeout=timeout, source_address=origin)
    begin = time.monotonic()
    try:
        return _exchange(connection, host, path, headers or {}, begin)
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, f"{type(error).__name__}: {error}", time.monotonic() - begin)
    finally:
        connection.close()


def shop(path: str, headers: dict | None = None) -> Answer:
    """One request of a customer, through the gateway."""
    return get(GATEWAY, SHOP, path, headers)


def count_cart_versions(total: int, at_once: int = 8) -> collections.Counter:
    """Sends `total` requests for the cart through the gateway; counts the versions that answered
    (anything else under its status)."""
    shares = [total // at_once + (1 if i < total % at_once else 0) for i in range(at_once)]
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return sum(pool.map(_customer, shares), collections.Counter())


def _customer(requests: int) -> collections.Counter:
    seen: collections.Counter = collections.Counter()
    connection = http.client.HTTPConnection(*GATEWAY, timeout=10)
    try:
        for _ in range(requests):
            answer = _exchange(connection, SHOP, "/cart", {}, time.monotonic())
            inner = answer.json().get("answer")
            version = inner.get("version") if isinstance(inner, dict) else None
            seen[version if answer.status == 200 and version else f"HTTP {answer.status}"] += 1
    except (OSError, http.client.HTTPException) as error:
        seen[type(error).__name__] += requests - sum(seen.values())
    finally:
        connection.close()
    return seen


def _exchange(connection, host, path, headers, begin) -> Answer:
    connection.request("GET", path, headers={"Host": host, **headers})
    response = connection.getresponse()
    body = response.read().decode(errors="replace")
    return Answer(response.status, body, time.monotonic() - begin)
