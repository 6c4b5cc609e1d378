"""Real Envoys take everything they are sent, over both forms of the protocol."""

import json

import processes


def test_the_example_has_a_gateway_and_seven_sidecars(proxies):
    assert sorted(proxy.type for proxy in proxies) == ["gateway"] + ["sidecar"] * 7


def test_each_envoy_holds_exactly_what_it_is_sent(cluster):
    for pod, envoy in cluster.envoys.items():
        sent = cluster.sent(pod)
        held = {"clusters": envoy.clusters(), "listeners": envoy.listeners(),
                "routes": sorted(table["name"] for table in envoy.routes()),
                "endpoints": envoy.endpoints()}
        assert held == sent, pod


def test_no_envoy_refused_anything(cluster):
    refused = {pod: envoy.refusals() for pod, envoy in cluster.envoys.items()}
    assert refused == {pod: [] for pod in cluster.envoys}


def test_the_server_heard_no_refusal(cluster):
    log = cluster.server.log.read_text(errors="replace")
    assert [line for line in log.splitlines() if "NACK" in line] == []
    rejects = [line for line in cluster.page("/metrics").splitlines()
               if line.startswith("pilot_total_xds_rejects") and not line.endswith(" 0")]
    assert rejects == []


def test_every_push_is_acknowledged(cluster):
    def pending():
        rows = {row["proxy"]: row for row in json.loads(cluster.page("/debug/syncz"))}
        return [(proxy.pod, kind) for proxy in cluster.proxies
                for kind in ("cluster", "listener", "route", "endpoint")
                if not (row := rows.get(f"{proxy.name}.{proxy.namespace}"))
                or row.get(f"{kind}_sent", "") != row.get(f"{kind}_acked", "")]
    try:
        processes.wait_for("acknowledgements", lambda: not pending(), patience=5)
    except RuntimeError:
        assert pending() == []


def test_nobody_is_sent_anything_of_another_tenant(cluster):
    for proxy in cluster.proxies:
        dump = cluster.envoys[proxy.pod].admin("/config_dump?include_eds")
        foreign = "partner" if proxy.namespace.startswith("shop") else "shop"
        assert foreign not in dump, proxy.pod
        assert "warehouse" not in dump, proxy.pod
