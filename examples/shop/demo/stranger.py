"""An Envoy with a hand-made way straight to a sidecar's port, past everything the mesh told it.

It is what somebody with a valid certificate of *some* mesh could run: it speaks TLS with the
certificate that its own control plane gives its pod, and believes any certificate it is shown, so
that only the other side can refuse the connection.
"""

from __future__ import annotations

import json
import pathlib


def bootstrap(original: dict, target: tuple[str, int], door: tuple[str, int],
              folder: pathlib.Path) -> dict:
    """A pod's own bootstrap, with its clusters and listeners replaced: a listener at `door` sends
    everything to `target`. The cluster comes from a file, because Envoy would not ask for the
    certificate of a static cluster before that cluster is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "clusters.json"
    file.write_text(json.dumps({"resources": [
        {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", **_cluster(target)}]}))
    changed = json.loads(json.dumps(original))
    dynamic = changed.get("dynamicResources", changed.get("dynamic_resources"))
    for name in ("ldsConfig", "lds_config", "cds_config"):
        dynamic.pop(name, None)
    dynamic["cdsConfig"] = {"pathConfigSource": {"path": str(file.resolve())},
                            "resourceApiVersion": "V3"}
    static = changed.setdefault(
        "static_resources" if "static_resources" in changed else "staticResources", {})
    static.setdefault("listeners", []).append(_listener(door))
    return changed


def _cluster(target: tuple[str, int]) -> dict:
    endpoint = {"endpoint": {"address": _address(target)}}
    return {"name": "straight-in", "type": "STATIC", "connectTimeout": "2s",
            "loadAssignment": {"clusterName": "straight-in",
                               "endpoints": [{"lbEndpoints": [endpoint]}]},
            "transportSocket": {"name": "envoy.transport_sockets.tls", "typedConfig": {
                "@type": "type.googleapis.com/"
                         "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
                "commonTlsContext": {"tlsCertificateSdsSecretConfigs": [
                    {"name": "default",
                     "sdsConfig": {"ads": {}, "resourceApiVersion": "V3"}}]}}}}


def _listener(door: tuple[str, int]) -> dict:
    router = {"name": "envoy.filters.http.router", "typedConfig": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}
    everything = {"name": "all", "domains": ["*"], "routes": [
        {"match": {"prefix": "/"}, "route": {"cluster": "straight-in"}}]}
    manager = {"@type": "type.googleapis.com/envoy.extensions.filters.network."
                        "http_connection_manager.v3.HttpConnectionManager",
               "statPrefix": "stranger", "httpFilters": [router],
               "routeConfig": {"name": "stranger", "validateClusters": False,
                               "virtualHosts": [everything]}}
    return {"name": "door", "address": _address(door), "filterChains": [{"filters": [
        {"name": "envoy.filters.network.http_connection_manager", "typedConfig": manager}]}]}


def _address(pair: tuple[str, int]) -> dict:
    return {"socketAddress": {"address": pair[0], "portValue": pair[1]}}
