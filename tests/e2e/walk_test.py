"""`mesh route` and a real Envoy agree: the same random requests meet the same destination, rewritten alike, or the
same refusal. Proxies of the shop, of goldens that are about requests, and of generated configurations; one Envoy each.
"""

import collections
import concurrent.futures
import dataclasses
import json
import multiprocessing
import os
import pathlib

import pytest
import walk_compare
import walk_meshes
import walk_questions
import walk_run
import yaml
from conftest import SHOP
from network import has_own_network, own_network

GOLDENS = pathlib.Path(__file__).resolve().parents[1] / "goldens/xds"
REQUESTS = 150  # of each proxy
SHOP_PODS = ["shop-control-plane/istio-ingressgateway", "shop-web/frontend", "shop-cart/cart-v1",
             "shop-catalog/catalog", "partner-portal/portal", "partner-billing/billing"]
GOLDEN_PROXIES = ["full-shop/proxy", "vs-match/proxy", "vs-headers/proxy", "vs-hosts/proxy", "vs-tcp-tls/proxy",
                  "vs-retries-timeout-fault/proxy", "vs-weights-rewrite-redirect/proxy", "authz-rules/proxy",
                  "authz-selection/proxy", "authz-tcp/proxy", "peerauth-workload/proxy", "sidecar-ingress/proxy",
                  "gateway-http/proxy-gateway", "gateway-tls/proxy-gateway", "gateway-redirect/proxy", "jwt-rules/proxy"]
SEEDS = range(1, 6)
CASES = ([f"shop {pod}" for pod in SHOP_PODS] + [f"golden {proxy}" for proxy in GOLDEN_PROXIES]
         + [f"generated {seed} {proxy}" for seed in SEEDS for proxy in walk_meshes.PROXIES])


@dataclasses.dataclass
class Result:
    verdicts: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    differences: list = dataclasses.field(default_factory=list)


# ---- in the worker -----------------------------------------------------------------------------

def sources(case, work):
    """The input, the options that choose the proxy, and whether it is a gateway."""
    kind, *words = case.split()
    if kind == "shop":
        return SHOP, ["--pod", words[0]], "gateway" in words[0]
    if kind == "golden":
        folder, proxy = words[0].split("/")
        file = GOLDENS / folder / f"{proxy}.yaml"
        return GOLDENS / folder / "input.yaml", ["--proxy", file], yaml.safe_load(file.read_text())["type"] != "sidecar"
    given, proxy = work / "input.yaml", work / "proxy.yaml"
    given.write_text(walk_meshes.mesh(int(words[0])))
    proxy.write_text(json.dumps(walk_meshes.PROXIES[words[1]]))
    return given, ["--proxy", proxy], words[1] == "gateway"


def run(case, program, envoy_program, work):
    given, choice, gateway = sources(case, work)
    answers = walk_run.both(given, choice, gateway,
                            lambda resources: walk_questions.some(resources, gateway, REQUESTS, seed=len(case)),
                            program, envoy_program, work)
    result = Result()
    for request, outcome, seen in answers:
        if not walk_compare.comparable(outcome):
            continue
        result.verdicts[outcome["verdict"]] += 1
        if (said := walk_compare.difference(outcome, seen)) is not None:
            result.differences.append(f"{said}\n  {json.dumps(request)}\n  {outcome['verdict']}: {outcome['detail']} "
                                      f"({outcome['listener']}, {outcome['filterChain']}, {outcome['virtualHost']}, "
                                      f"{outcome['route']})")
    return result


# ---- the tests ---------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def results(request, program, envoy_program, tmp_path_factory):
    """case -> what became of it, as many at a time as there are cores."""
    if not has_own_network():
        pytest.skip("no network namespace of one's own (user namespaces and the program ip)")
    asked = [case for case in CASES if any(case in item.name or "everything" in item.name
                                           for item in request.session.items if item.module is request.module)]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("fork"),
                                                own_network) as pool:
        yield {case: pool.submit(run, case, program.program, envoy_program, tmp_path_factory.mktemp("walk"))
               for case in asked}


@pytest.mark.parametrize("case", CASES)
def test_the_walk_and_envoy_agree(case, results):
    result = results[case].result()
    assert result.differences == [], "\n".join(result.differences[:5])
    assert sum(result.verdicts.values()) > 0


def test_everything_was_asked_about(results):
    verdicts = sum((results[case].result().verdicts for case in CASES), collections.Counter())
    print(sum(verdicts.values()), dict(verdicts))
    assert sum(verdicts.values()) - verdicts["no-listener"] >= 2000, verdicts
    for verdict in ("routed", "passthrough", "redirect", "direct-response", "aborted", "denied", "no-filter-chain",
                    "tls-refused", "not-http", "no-virtual-host", "no-route", "no-cluster"):
        assert verdicts[verdict] > 0, verdicts
