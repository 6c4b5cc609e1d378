"""Random requests for a proxy, made of what it is sent: right ones, and ones that are nearly right."""

from __future__ import annotations

import random
import re

from walk_envoy import every

UPGRADES = ["websocket", "WebSocket", "other/1"]
METHODS = ["GET", "GET", "GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]
PATHS = ["/", "/nothing/there", "/a/b?x=1", "/%41%2f/..", "/a//b"]
IDENTITIES = ["spiffe://cluster.local/ns/app/sa/client", "spiffe://cluster.local/ns/other/sa/client",
              "spiffe://example.org/ns/app/sa/client"]
SOURCES = ["10.244.0.7", "10.10.1.1", "192.168.7.7"]


class Material:
    """Hosts, paths, headers, … that occur in a configuration."""

    def __init__(self, resources: dict) -> None:
        self.hosts, self.paths, self.headers, self.parameters = set(), set(PATHS), {}, {}
        self.server_names, self.origins = set(), {"https://other.example"}
        for item in resources["routes"]:
            self._look(item["resource"])
        for item in resources["listeners"]:
            self._look(item["resource"])
        self.hosts |= {"unknown.example.net", "api.nowhere:8080"}
        self.names = {host: entry["ips"][0] for item in resources["nametable"]
                      for host, entry in item["resource"].get("table", {}).items()}

    def _look(self, value, key=""):
        if isinstance(value, list):
            for each in value:
                self._look(each, key)
        if not isinstance(value, dict):
            return
        if "domains" in value:
            self.hosts |= {concrete(domain) for domain in value["domains"]}
        self.server_names |= {concrete(name) for name in value.get("serverNames", [])}
        if "match" in value and isinstance(value["match"], dict):
            self._look_match(value["match"])
        for matcher in value.get("allowOriginStringMatch", []):
            self.origins |= texts_of(matcher)
        if key in ("header", "headers") and "name" in value:
            self.headers.setdefault(value["name"].lower(), set()).update(texts_of(value))
        if key == "urlPath":
            self.paths |= {text for text in texts_of(value) if text.startswith("/")}
        for name, each in value.items():
            self._look(each, name)

    def _look_match(self, match):
        for kind in ("prefix", "path", "pathSeparatedPrefix"):
            if kind in match:
                self.paths |= {match[kind], match[kind] + "more", match[kind].rstrip("/") + "/more", match[kind].upper()}
        if "safeRegex" in match:
            self.paths.add(plain(match["safeRegex"]["regex"]))
        for parameter in match.get("queryParameters", []):
            self.parameters.setdefault(parameter["name"], set()).update(texts_of(parameter))


def concrete(domain: str) -> str:
    if domain == "*":
        return "any.example.org"
    if domain.startswith("*"):
        return "one" + domain[1:]
    return domain[:-1] + "one" if domain.endswith("*") else domain


def plain(regex: str) -> str:
    """A text that a simple expression may match."""
    text = re.sub(r"\(\?[:i]*|[()^$]", "", regex.split("|")[0])
    text = re.sub(r"\[(?:a-z|0-9|A-Z)[^]]*\][+*]?", "7", text)
    return re.sub(r"\.[*+]|\[\^[^]]*\][+*]?|\\d[+*]?|\\w[+*]?", "7", text).replace("\\", "")


def texts_of(value) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(texts_of, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    out = set()
    for key, each in value.items():
        if key in ("exact", "prefix", "suffix", "contains") and isinstance(each, str):
            out |= {each, each + "x", "x" + each, each.upper()}
        elif key == "regex":
            out.add(plain(each))
        else:
            out |= texts_of(each)
    return out


def places(resources: dict, gateway: bool, material: Material) -> list[dict]:
    """Where connections go: every listener, every inbound port, and ports where nothing is."""
    out = []
    for item in resources["listeners"]:
        listener = item["resource"]
        address = listener["address"].get("socketAddress")
        if address is None or "udpListenerConfig" in listener:
            continue
        if item["name"] == "virtualInbound":
            ports = {chain.get("filterChainMatch", {}).get("destinationPort") for chain in every(listener, "chains")}
            out += [{"side": "inbound", "address": "10.97.0.1", "port": port} for port in ports | {9998} if port
                    and port != 15006]
        elif item["name"] != "virtualOutbound":
            inbound = gateway or listener.get("trafficDirection") == "INBOUND"
            place = {"side": "inbound" if inbound else "outbound", "address": address["address"], "port": address["portValue"]}
            if place["address"] in ("0.0.0.0", "::"):
                place["address"] = "10.96.7.7" if place["address"] == "0.0.0.0" else "fd00::77"
            out.append(place)
    if not gateway:
        out.append({"side": "outbound", "address": "10.98.7.6", "port": 9998})
        out += [{"side": "outbound", "address": ip, "port": 80} for ip in sorted(set(material.names.values()))[:5]]
    return out


def one(rng: random.Random, place: dict, material: Material) -> dict:
    host = rng.choice(sorted(material.hosts))
    path = rng.choice(sorted(material.paths))
    request = {**place, "protocol": "http", "tls": "none", "method": rng.choice(METHODS), "host": host, "headers": {},
               "source": {"ip": rng.choice(SOURCES)}}
    if ":" in request["address"]:
        request["source"]["ip"] = "fd00::7"
    for name, values in sorted(material.headers.items()):
        if values and rng.random() < 0.5:
            value = rng.choice(sorted(values))
            if name == ":authority":
                request["host"] = value
            elif name == ":method":
                request["method"] = value.upper() if value.upper() in METHODS else "GET"
            elif not name.startswith(":") and value.strip() == value and name != "x-forwarded-for":
                request["headers"][name] = value
    if rng.random() < 0.1:
        request["headers"]["x-forwarded-for"] = rng.choice(["1.2.3.4", "10.10.1.1, 1.2.3.4"])
    query = [f"{name}={rng.choice(sorted(values) or ['1'])}" for name, values in sorted(material.parameters.items())
             if rng.random() < 0.5]
    if query:
        path += ("&" if "?" in path else "?") + "&".join(query)
    request["path"] = "".join(c for c in path if 32 < ord(c) < 127) or "/"
    if not request["path"].startswith("/"):
        request["path"] = "/" + request["path"]
    kind = rng.random()
    if kind < 0.12:
        request["protocol"] = "tcp"
    if kind > 0.7 and (material.server_names or place["side"] == "inbound"):
        request["tls"] = rng.choice(["tls", "mutual", "mutual"])
        request["sni"] = rng.choice(sorted(material.server_names) + ["other.example.net"])
        request["alpn"] = rng.choice([["http/1.1"], ["istio-http/1.1", "istio"], ["istio-peer-exchange", "istio"], ["custom"]])
        if request["tls"] == "mutual":
            request["source"]["identity"] = rng.choice(IDENTITIES)
    if not request["host"].isascii() or not request["host"]:
        request["host"] = "any.example.org"
    if rng.random() < 0.2:
        request["host"] = another_host(rng, request["host"])
    if rng.random() < 0.2:
        request["path"] = another_path(rng, request["path"])
    if rng.random() < 0.06:
        request["headers"] |= {"origin": rng.choice(sorted(material.origins)), "access-control-request-method": "GET"}
        request["method"] = "OPTIONS"
    elif rng.random() < 0.05:
        request["headers"] |= {"connection": "Upgrade", "upgrade": rng.choice(UPGRADES)}
        request["method"] = "GET"
    return request


def another_host(rng: random.Random, host: str) -> str:
    """The same host in another writing, mostly."""
    name, colon, port = host.rpartition(":") if re.search(r":\d+$", host) else (host, "", "")
    return rng.choice([name.upper() + colon + port, name, name + ":80", name + ":8080", name + ":1", name + "." + colon + port,
                       name + ".:80", name.title(), "x" + host])


def another_path(rng: random.Random, path: str) -> str:
    """The same path in another writing, or nearly."""
    bare, question, query = path.partition("?")
    place = rng.choice([i for i, c in enumerate(bare) if c == "/"])
    before, after = bare[:place], bare[place:]
    letter = rng.randrange(len(bare))
    bare = rng.choice([before + "/" + after, before + "/." + after, before + "/x/.." + after, before + "/%2e%2e" + after,
                       before + after.replace("/", "%2F", 1) if place else bare + "%2f", before + "/%5Cx" + after, bare + "/", bare + "/.",
                       bare + "%20", bare + ";p=1", bare.swapcase(), bare + "%", bare + "%zz", bare + "\\x",
                       bare[:letter] + (f"%{ord(bare[letter]):02x}" if bare[letter] != "/" else "/") + bare[letter + 1:]])
    return bare + question + query


def some(resources: dict, gateway: bool, count: int, seed: int) -> list[dict]:
    rng, material = random.Random(seed), Material(resources)
    where = places(resources, gateway, material)
    return [one(rng, rng.choice(where), material) for _ in range(count)] if where else []
