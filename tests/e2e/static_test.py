"""`mesh bootstrap --static` is a complete configuration that Envoy's validation takes."""

import json
import subprocess

import pytest

from conftest import SHOP

PODS = ["shop-control-plane/istio-ingressgateway", "shop-web/frontend", "shop-cart/cart-v1",
        "shop-cart/cart-v2", "shop-catalog/catalog", "shop-catalog/recommendations",
        "partner-portal/portal", "partner-billing/billing"]


def test_these_are_all_proxies(proxies):
    assert sorted(PODS) == sorted(proxy.pod for proxy in proxies)


@pytest.mark.parametrize("pod", PODS)
def test_envoy_validates(pod, program, envoy_program, tmp_path):
    bootstrap = program.bootstrap(SHOP, pod, static=True)
    static = bootstrap.get("staticResources") or bootstrap["static_resources"]
    xds = program.xds(SHOP, pod, tmp_path / "xds")
    assert sorted(listener["name"] for listener in static["listeners"]) == sorted(
        item["name"] for item in xds["listeners"])
    assert {item["name"] for item in xds["clusters"]} <= {item["name"] for item in
                                                         static["clusters"]}
    file = tmp_path / "envoy.json"
    file.write_text(json.dumps(bootstrap))
    done = subprocess.run([envoy_program, "--mode", "validate", "-c", file, "--log-level", "error"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
