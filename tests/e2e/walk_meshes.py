"""Generated configurations: random VirtualServices, DestinationRules, Sidecars' neighbours and policies over a few services."""

from __future__ import annotations

import json
import random

HOSTS = ["a", "b", "c", "d"]
WORDS = ["api", "Shop", "v1", "cart", "items", "x"]
NAMES = ["x-user", "x-tier", "cookie"]


def text_match(rng: random.Random, words: list[str], slash: bool) -> dict:
    word = ("/" if slash else "") + "/".join(rng.sample(words, rng.randint(1, 2)))
    kind = rng.choice(["exact", "prefix", "regex"])
    if kind == "regex":
        word = rng.choice([word + ".*", word.replace("/", "/+") + "[0-9]+", "(?i)" + word, ".+", word + "(/.*)?"])
    return {kind: word}


def http_match(rng: random.Random) -> dict:
    match = {}
    if rng.random() < 0.8:
        match["uri"] = text_match(rng, WORDS, True)
        if rng.random() < 0.3:
            match["ignoreUriCase"] = True
    if rng.random() < 0.3:
        match["headers"] = {rng.choice(NAMES): text_match(rng, WORDS, False)}
    if rng.random() < 0.2:
        match["withoutHeaders"] = {rng.choice(NAMES): rng.choice([text_match(rng, WORDS, False), {}])}
    if rng.random() < 0.2:
        match["queryParams"] = {rng.choice(["q", "r"]): text_match(rng, WORDS, False)}
    if rng.random() < 0.2:
        match["method"] = {"exact": rng.choice(["GET", "POST", "PUT"])}
    if rng.random() < 0.1:
        match["authority"] = {"prefix": rng.choice(HOSTS)}
    return match


def destination(rng: random.Random) -> dict:
    out = {"host": rng.choice(HOSTS), "port": {"number": rng.choice([80, 8080])}}
    if rng.random() < 0.5:
        out["subset"] = rng.choice(["v1", "v2", "gone"])
    return out


def header_changes(rng: random.Random) -> dict:
    return {side: {"set": {"x-tier": rng.choice(WORDS)}, "add": {"x-more": rng.choice(WORDS)}, "remove": ["x-user"]}
            for side in rng.sample(["request", "response"], rng.randint(1, 2))}


def http_route(rng: random.Random) -> dict:
    route: dict = {"match": [http_match(rng) for _ in range(rng.randint(1, 2))]}
    kind = rng.random()
    if kind < 0.15:
        route["redirect"] = rng.choice([
            {"uri": "/to"}, {"authority": "new.example.com"}, {"scheme": "https", "redirectCode": 302},
            {"uri": "%PREFIX()%/p", "port": 8443}, {"authority": "other", "uri": "/q?x=1", "redirectCode": 308},
            {"derivePort": "FROM_REQUEST_PORT", "uri": "/r"}])
        return route
    if kind < 0.25:
        route["directResponse"] = {"status": rng.choice([200, 418, 503]), "body": {"string": rng.choice(WORDS)}}
        return route
    weights = rng.choice([[100], [60, 40], [100, 0], [20, 30, 50]])
    route["route"] = [{"destination": destination(rng), "weight": weight} for weight in weights]
    if rng.random() < 0.3:
        route["rewrite"] = rng.choice([
            {"uri": "/"}, {"uri": "/new"}, {"authority": "inner.example.com"}, {"uri": "/n", "authority": "m"},
            {"uriRegexRewrite": {"match": "^/([^/]+)/(.*)$", "rewrite": "/\\2/\\1"}}])
    if rng.random() < 0.3:
        route["headers"] = header_changes(rng)
    if rng.random() < 0.1:
        route["fault"] = {"abort": {"percentage": {"value": 100}, **rng.choice([{"httpStatus": 555}, {"grpcStatus": "UNAVAILABLE"}])}}
    if rng.random() < 0.2:
        route["corsPolicy"] = {"allowOrigins": [rng.choice([{"exact": "https://ok.example"}, {"prefix": "https://ok"}, {"regex": "https://[a-z]+"}])],
                               "allowMethods": ["GET"], **rng.choice([{}, {"unmatchedPreflights": "IGNORE"}, {"unmatchedPreflights": "FORWARD"}])}
    if rng.random() < 0.2:
        route["mirrors"] = [{"destination": destination(rng)}]
    if rng.random() < 0.2:
        route["retries"] = {"attempts": 2, "retryOn": "5xx,reset"}
    return route


def policy(rng: random.Random, name: str) -> dict:
    def operation():
        out = {}
        if rng.random() < 0.6:
            out[rng.choice(["paths", "notPaths"])] = rng.sample(["/api", "/api/*", "*/v1", "/shop/{*}/x", "/cart*", "/{*}/v1", "/api/{**}", "/{**}/items", "/x"], 2)
        if rng.random() < 0.4:
            out[rng.choice(["methods", "notMethods"])] = rng.sample(["GET", "POST", "PUT", "DELETE"], 2)
        if rng.random() < 0.3:
            out[rng.choice(["hosts", "notHosts"])] = [rng.choice(["a", "a.*", "*.app", "web", "A", "a:80"])]
        if rng.random() < 0.2:
            out[rng.choice(["ports", "notPorts"])] = [rng.choice(["8080", "9090"])]
        return {"operation": out or {"methods": ["GET"]}}

    def source():
        out = rng.choice([
            {"principals": ["cluster.local/ns/app/sa/client"]}, {"principals": ["*/sa/client"]}, {"namespaces": ["app"]},
            {"notNamespaces": ["other"]}, {"ipBlocks": ["10.244.0.0/16"]}, {"notIpBlocks": ["10.10.1.1"]},
            {"remoteIpBlocks": ["1.2.3.0/24"]}, {"notRemoteIpBlocks": ["1.2.3.4", "10.244.0.0/16"]}, {"principals": ["*"]},
            {"notPrincipals": ["*/sa/client"]}, {"serviceAccounts": ["client"]}, {"notServiceAccounts": ["app/client"]},
            {"namespaces": ["ap*"], "notPrincipals": ["cluster.local/*"]}])
        return {"source": out}
    rule: dict = {}
    if rng.random() < 0.8:
        rule["to"] = [operation() for _ in range(rng.randint(1, 2))]
    if rng.random() < 0.6:
        rule["from"] = [source()]
    if rng.random() < 0.3:
        rule["when"] = [rng.choice([{"key": "request.headers[x-user]", "values": ["cart", "Shop*"]},
                                    {"key": "request.headers[x-user]", "notValues": ["*rt", "v1"]},
                                    {"key": "source.ip", "notValues": ["192.168.0.0/16"]},
                                    {"key": "remote.ip", "values": ["1.2.3.4", "10.0.0.0/8"]},
                                    {"key": "source.namespace", "values": ["app"]}, {"key": "source.principal", "notValues": ["*client"]},
                                    {"key": "connection.sni", "values": ["*.example.com", "other*"]},
                                    {"key": "destination.ip", "values": ["10.244.0.0/24"]},
                                    {"key": "destination.port", "values": ["8080"]}])]
    action = rng.choice(["ALLOW", "ALLOW", "DENY"])
    return thing("security.istio.io/v1", "AuthorizationPolicy", name,
                 {"action": action, "selector": {"matchLabels": {"app": "a"}}, "rules": [rule]})


def thing(version: str, kind: str, name: str, spec: dict, namespace: str = "app", **more) -> dict:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace, **more}, "spec": spec}


def services() -> list[dict]:
    out = []
    for place, name in enumerate(HOSTS):
        out.append(thing("v1", "Service", name, {
            "clusterIP": f"10.96.0.{place + 1}", "selector": {"app": name},
            "ports": [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "http-more", "port": 8080},
                      {"name": "tcp", "port": 9000, "targetPort": 9000}]}))
        for version in ("v1", "v2"):
            address = f"10.244.{place}.{version[1]}"
            pod = thing("v1", "Pod", f"{name}-{version}", {"containers": [{"name": "istio-proxy"}]},
                        labels={"app": name, "version": version, "security.istio.io/tlsMode": "istio"})
            pod["status"] = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                             "conditions": [{"type": "Ready", "status": "True"}]}
            out.append(pod)
        out.append(thing("networking.istio.io/v1", "DestinationRule", name, {
            "host": name, "subsets": [{"name": v, "labels": {"version": v}} for v in ("v1", "v2")]}))
    return out


def gateway(rng: random.Random) -> list[dict]:
    return [thing("networking.istio.io/v1", "Gateway", "edge", {"selector": {"istio": "ingress"}, "servers": [
        {"port": {"number": 8080, "name": "http", "protocol": "HTTP"}, "hosts": ["*.example.com", "shop.test"]},
        {"port": {"number": 8081, "name": "more", "protocol": "HTTP"}, "hosts": ["*"],
         "tls": {"httpsRedirect": rng.random() < 0.5}}]}),
        thing("networking.istio.io/v1", "VirtualService", "edge", {
            "hosts": rng.choice([["*.example.com"], ["shop.test", "www.example.com"], ["*"]]), "gateways": ["edge"],
            "http": [http_route(rng) for _ in range(5)]})]


def mesh(seed: int) -> str:
    """The objects of a configuration, as a YAML stream (of JSON documents)."""
    rng = random.Random(seed)
    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "app"}}] + services() + gateway(rng)
    for name in HOSTS[:3]:
        objects.append(thing("networking.istio.io/v1", "VirtualService", name, {
            "hosts": [name], "http": [http_route(rng) for _ in range(rng.randint(2, 6))]}))
    objects += [policy(rng, f"policy-{place}") for place in range(rng.randint(1, 3))]
    if rng.random() < 0.5:
        objects.append(thing("security.istio.io/v1", "PeerAuthentication", "default", {
            "mtls": {"mode": rng.choice(["STRICT", "PERMISSIVE"])}}))
    return "\n---\n".join(json.dumps(one) for one in objects)


PROXIES = {
    "sidecar": {"type": "sidecar", "id": "a-v1.app", "ip": ["10.244.0.1"], "namespace": "app",
                "labels": {"app": "a", "version": "v1"}},
    "gateway": {"type": "gateway", "id": "ingress.app", "ip": ["10.244.9.9"], "namespace": "app",
                "labels": {"istio": "ingress"}},
}
