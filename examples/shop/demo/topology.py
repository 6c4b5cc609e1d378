"""Who calls whom, read from what the proxies are sent (`mesh xds`): routes lead to clusters,
clusters to endpoints, endpoints to pods. Nothing here looks at the YAML."""

from __future__ import annotations

import dataclasses

ISTIO_DEFAULT_RETRIES = 2


@dataclasses.dataclass
class Call:
    """One way from a pod to another, through one host."""

    source: str
    target: str
    host: str
    weight: int     # per cent of the host's requests
    mtls: bool


@dataclasses.dataclass
class Behaviour:
    """What the routes to one host add to a plain request."""

    timeout: str = ""
    retries: str = ""
    fault: str = ""

    def words(self) -> list[str]:
        return [word for word in (self.timeout, self.retries, self.fault) if word]


@dataclasses.dataclass
class Topology:
    calls: list[Call]
    behaviours: dict[str, Behaviour]    # by host
    doors: dict[str, list[str]]         # gateway pod -> the hosts it answers for
    strict: set[str]                    # pods that take mutual TLS only


def read(proxies: list, xds: dict[str, dict]) -> Topology:
    """`xds` holds the resources of each proxy by "namespace/name"."""
    pod_at = {proxy.address: proxy.pod for proxy in proxies}
    found = Topology([], {}, {}, set())
    for proxy in proxies:
        resources = {kind: {item["name"]: item["resource"] for item in items}
                     for kind, items in xds[proxy.pod].items()}
        if _takes_mtls_only(resources["listeners"]):
            found.strict.add(proxy.pod)
        for table in resources["routes"].values():
            for host in table["virtualHosts"]:
                _read_host(found, proxy, host, resources, pod_at)
    return found


def _read_host(found: Topology, proxy, host: dict, resources: dict, pod_at: dict) -> None:
    name = host["domains"][0]
    if name == "*":
        return
    if proxy.type == "gateway":
        found.doors.setdefault(proxy.pod, []).append(name)
    for route in host["routes"]:
        action = route.get("route", {})
        behaviour = found.behaviours.setdefault(name, Behaviour())
        _read_behaviour(behaviour, route, action)
        if behaviour.fault and "fault" in _words_of(route):
            continue  # a drill is no way to anywhere
        for cluster, weight in _destinations(action):
            _read_endpoints(found, proxy, name, cluster, weight, resources, pod_at)


def _read_endpoints(found, proxy, host, cluster, weight, resources, pod_at) -> None:
    load = resources["endpoints"].get(cluster, {})
    addresses = [endpoint["endpoint"]["address"]["socketAddress"]["address"]
                 for locality in load.get("endpoints", [])
                 for endpoint in locality.get("lbEndpoints", [])]
    mtls = "tlsMode-istio" in str(resources["clusters"].get(cluster, {}))
    for address in addresses:
        target = pod_at.get(address)
        if target and target != proxy.pod:
            found.calls.append(Call(proxy.pod, target, host, weight // len(addresses), mtls))


def _destinations(action: dict) -> list[tuple[str, int]]:
    if "cluster" in action:
        return [(action["cluster"], 100)]
    return [(item["name"], item.get("weight", 0))
            for item in action.get("weightedClusters", {}).get("clusters", [])]


def _words_of(route: dict) -> dict:
    fault = route.get("typedPerFilterConfig", {}).get("envoy.filters.http.fault")
    return {"fault": fault} if fault else {}


def _read_behaviour(behaviour: Behaviour, route: dict, action: dict) -> None:
    timeout = _seconds(action.get("timeout", "0s"))
    if timeout:
        behaviour.timeout = f"timeout {_brief(timeout)}"
    policy = action.get("retryPolicy", {})
    per_try = _seconds(policy.get("perTryTimeout", "0s"))
    retries = policy.get("numRetries", 0)
    if per_try or retries not in (0, ISTIO_DEFAULT_RETRIES):
        each = f", {_brief(per_try)} each" if per_try else ""
        behaviour.retries = f"{retries} {'retry' if retries == 1 else 'retries'}{each}"
    fault = _words_of(route).get("fault")
    if fault and "abort" in fault:
        headers = [header["name"] for header in route.get("match", {}).get("headers", [])]
        when = f" for {', '.join(headers)}" if headers else ""
        behaviour.fault = f"fault {fault['abort'].get('httpStatus', '')}{when}"


def _seconds(duration: str) -> float:
    return float(duration.rstrip("s") or 0)


def _brief(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _takes_mtls_only(listeners: dict) -> bool:
    """True when every chain of every inbound listener asks for a client certificate."""
    chains = [chain for listener in listeners.values()
              if listener.get("trafficDirection") == "INBOUND"
              for chain in listener.get("filterChains", [])]
    return bool(chains) and all(
        chain.get("transportSocket", {}).get("typedConfig", {}).get("requireClientCertificate")
        for chain in chains)
