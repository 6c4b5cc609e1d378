"""Every proxy of the goldens as a stock Envoy: it takes and acknowledges all that `mesh serve` sends it.

State of the world, one Envoy a proxy; clusters, endpoints, listeners, routes, secrets and extension configurations
by name. Each worker has a network of its own in which every address is local, so that listeners may take any
port of any address; it has no DNS, only a server that knows no name.
"""

import concurrent.futures
import dataclasses
import http.client
import json
import multiprocessing
import os
import pathlib
import re
import socket
import subprocess
import threading

import customers
import envoys
import processes
import pytest
from network import has_own_network, own_network

GOLDENS = pathlib.Path(__file__).resolve().parents[1] / "goldens/xds"
CASES = {folder.name: sorted(file.stem for file in folder.glob("proxy*.yaml"))
         for folder in sorted(GOLDENS.iterdir())}
PROXIES = [f"{case}/{proxy}" for case, proxies in CASES.items() for proxy in proxies]
KINDS = ("clusters", "endpoints", "listeners", "routes", "secrets", "extensions")
XDS, DEBUG, ADMIN, DNS = "127.0.0.1:15010", ("127.0.0.1", 15014), 15000, 15053
PATIENCE = 2.5  # seconds, for what is not refused

# What a stock Envoy refuses: proxy -> what it says of it. All else it is sent it must take.
_FILE = "Invalid path: /etc/ca.pem"                    # a DestinationRule's file that is not on this machine
_MODULE = "RemoteDataSourceValidationError.Sha256"     # Istio's agent fetches modules; Envoy itself asks for a digest
_TAG = r"CustomTags\[1[12]\].* field: \"type\""         # Istio, too, sends a custom tag without a type
_ADDRESS = "SocketAddressValidationError.Address"      # Istio, too, sends a WorkloadEntry's endpoint without address
_NAMES = "SAN-based verification of peer certificates without trusted CA"  # Istio, too
REFUSED = {
    "dr-tls/proxy": _FILE,
    "dr-tls/proxy-gateway": _FILE,
    # What the EnvoyFilters of these make is no configuration.
    "envoyfilter-cluster/proxy": "eds_cluster_config set in a non-EDS cluster",
    "envoyfilter-cluster-merge/proxy": "DownstreamTlsContext",
    "envoyfilter-filter-chain/proxy": "No TLS certificates found",
    "envoyfilter-filter-chain/proxy-gateway": "No TLS certificates found",
    "envoyfilter-http-filter/proxy": "must be the last filter|Invalid path: yy",
    "envoyfilter-listener/proxy": "registered implementation for 'only'",
    "envoyfilter-listener/proxy-gateway": "no filter chains specified",
    "envoyfilter-network-filter/proxy": "must be the last filter",
    "envoyfilter-values/proxy": "both-of-a-oneof",
    # Inputs that Istio, too, makes this of.
    "gateway-conflicts/proxy": "overlapping matching rules",
    "gateway-credentials/proxy": "Failed to load trusted CA certificates",  # the case's are no certificates
    "gateway-tls-settings/proxy": _NAMES,
    "gateway-tls-settings/proxy-metadata": _NAMES,
    "telemetry-trace-tags/proxy": _TAG,
    "telemetry-trace-tags/proxy-gateway": _TAG,
    "telemetry-trace-tags/proxy-v128": _TAG,
    "traffic-extension/proxy": _MODULE,
    "traffic-extension/proxy-gateway": _MODULE,
    "wasm-plugin/proxy": _MODULE,
    "wasm-plugin/proxy-gateway": _MODULE,
    "workload-entries/proxy": _ADDRESS,
    "workload-entries/proxy-gw": _ADDRESS,
    "workload-entries/proxy-vm": _ADDRESS,
}

# What it takes and does not ask for: a patch gives that table another name than its listener asks for.
UNASKED = {"envoyfilter-routes/proxy-gateway": {"routes": ["http.8080"]}}

# A listener waits for the secret of a credentialName that is not in the input, as with Istio; for a server's files,
# which Istio's agent serves and nobody serves to a stock Envoy; and for a table or an extension that only a case's patch names.
MAY_WAIT = ("SdsApi kubernetes://", "SdsApi file-", "FilterConfigSubscription init other-name",
            "RdsRouteConfigSubscription RDS init https.443.https.main.edge")


@dataclasses.dataclass
class Seen:
    """What became of one proxy."""

    sent: dict       # kind -> names, as `mesh xds` tells
    held: dict       # kind -> names, as Envoy's admin page tells
    refused: list    # what Envoy's counters say
    said: list       # what Envoy logged of it
    pending: list    # types that were sent and not acknowledged
    waits_for: list  # what keeps Envoy from being ready


# ---- what a worker has beside its network --------------------------------------------------------

def know_no_name():
    """Answers every question for a name: there is none."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", DNS))
    while True:
        question, client = server.recvfrom(4096)
        server.sendto(question[:2] + b"\x81\x83" + question[4:6] + bytes(6) + question[12:], client)


def begin_worker():
    own_network()
    threading.Thread(target=know_no_name, daemon=True).start()


# ---- in the worker -----------------------------------------------------------------------------

def inputs_of(case):
    """The config cluster's objects, and those of remote clusters, as `mesh` is told them."""
    remotes = sorted((case / "clusters").glob("*"))
    return [str(case / "input.yaml"), *(f"{cluster.name}={cluster}" for cluster in remotes)]


def files_of(case):
    return [word for path in inputs_of(case) for word in ("-f", path)]


def sent_to(program, case, proxy, out):
    subprocess.run([program, "xds", *files_of(case), "--proxy", proxy, "--flavour", "envoy",
                    "--out", out], capture_output=True, check=False, timeout=60)
    return {kind: sorted(item["name"] for item in json.loads((out / f"{kind}.json").read_text()))
            for kind in KINDS}


def bootstrap_of(program, case, proxy):
    done = subprocess.run([program, "bootstrap", *files_of(case), "--proxy", proxy, "--flavour",
                           "envoy", "--xds-address", XDS, "--admin-port", str(ADMIN), "-o", "json"],
                          capture_output=True, text=True, check=False, timeout=60)
    bootstrap = json.loads(done.stdout)
    bootstrap["typedDnsResolverConfig"] = {
        "name": "envoy.network.dns_resolver.cares",
        "typedConfig": {
            "@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
            "resolvers": [{"socketAddress": {"address": "127.0.0.1", "portValue": DNS}}],
            "dnsResolverOptions": {"noDefaultSearchDomain": True}}}
    return bootstrap


def held_by(envoy):
    """Names of what came over xDS; a listener counts from when it was taken, though it may yet wait for a secret."""
    found = {kind: set() for kind in KINDS}
    wanted = set()
    try:
        sections = json.loads(envoy.admin("/config_dump?include_eds"))["configs"]
    except ValueError:
        sections = []  # Envoy cannot print what it refused, for instance an Any of a type it does not know
    for section in sections:
        for item in section.get("dynamic_active_clusters", []):
            found["clusters"].add(item["cluster"]["name"])
            wanted.add(item["cluster"].get("eds_cluster_config", {}).get("service_name"))
        for item in section.get("dynamic_listeners", []):
            if "active_state" in item or "warming_state" in item:
                found["listeners"].add(item["name"])
        for kind, field, names in (("routes", "dynamic_route_configs", lambda it: it["route_config"]["name"]),
                                   ("secrets", "dynamic_active_secrets", lambda it: it["name"]),
                                   ("extensions", "ecds_filters", lambda it: it["ecds_filter"]["name"]),
                                   ("endpoints", "dynamic_endpoint_configs",
                                    lambda it: it["endpoint_config"].get("cluster_name"))):
            found[kind].update(map(names, section.get(field, [])))
    found["endpoints"] &= wanted
    found["secrets"] -= {"default", "ROOTCA"}  # every proxy's own, which `mesh xds` does not list
    return {kind: sorted(names) for kind, names in found.items()}


def types_pending(name):
    rows = json.loads(customers.get(DEBUG, "mesh", "/debug/syncz").body)
    row = next((row for row in rows if row["proxy"] == name), None)
    if row is None:
        return ["everything"]
    return [kind.removesuffix("_sent") for kind in row
            if kind.endswith("_sent") and row[kind] != row.get(kind.replace("_sent", "_acked"), "")]


def look(program, envoy_program, case, proxy, work):
    sent = sent_to(program, case, proxy, work / "xds")
    bootstrap = bootstrap_of(program, case, proxy)
    name = bootstrap["node"]["id"].split("~")[2]
    with processes.Stage() as stage:
        envoy = envoys.start(stage, envoy_program, "envoy", bootstrap, ADMIN, work)

        def settled():
            try:
                return (envoy.stats("update_rejected$") and
                        (any(envoy.stats("update_rejected$").values()) or
                         (not types_pending(name) and held_by(envoy) == sent)))
            except (OSError, http.client.HTTPException):
                return False
        try:
            processes.wait_for("all of it", settled, envoy.child, PATIENCE)
        except RuntimeError:
            pass  # what is missing is in the answer
        log = envoy.child.log.read_text(errors="replace")
        waits_for = re.findall(r'shared target (\w+ [^"]*)"', envoy.admin("/init_dump"))
        return Seen(sent, held_by(envoy),
                    [f"{key} = {value}" for key, value in envoy.stats("update_rejected$").items() if value],
                    sorted({word for words in re.findall(r" rejected: (.*)|failed validation \| (caused by .*)", log)
                            for word in words if word}),
                    types_pending(name), [] if envoy.ready() else waits_for or ["something"])


def run(program, envoy_program, name, proxies, work):
    """What became of the proxies of a case, one after the other."""
    case, out = GOLDENS / name, {}
    with processes.Stage() as stage:
        server = stage.start("mesh serve", [program, "serve", *inputs_of(case), "--address", XDS,
                                            "--http-address", "%s:%d" % DEBUG], work / "serve.log")
        processes.wait_for("mesh serve", lambda: customers.get(DEBUG, "mesh", "/ready").status == 200, server)
        for proxy in proxies:
            out[f"{name}/{proxy}"] = look(program, envoy_program, case, case / f"{proxy}.yaml", work / proxy)
    return out


# ---- the tests ---------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def seen(request, program, envoy_program, tmp_path_factory):
    """proxy -> the answer of its case, of all cases that are asked for here, as many at a time as there are cores."""
    if not has_own_network():
        pytest.skip("no network namespace of one's own (user namespaces and the program ip)")
    asked = {}
    for item in request.session.items:
        if item.module is request.module and hasattr(item, "callspec"):
            case, _, proxy = item.callspec.params["proxy"].partition("/")
            asked.setdefault(case, []).append(proxy)
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("fork"),
                                                begin_worker) as pool:
        jobs = {case: pool.submit(run, program.program, envoy_program, case, proxies,
                                  tmp_path_factory.mktemp(case)) for case, proxies in asked.items()}
    return {f"{case}/{proxy}": jobs[case] for case, proxies in asked.items() for proxy in proxies}


@pytest.mark.parametrize("proxy", PROXIES)
def test_envoy_takes_all_of_it(proxy, seen):
    one = seen[proxy].result()[proxy]
    if proxy in REFUSED:
        assert one.refused != []
        assert re.search(REFUSED[proxy], "\n".join(one.said)), one.said
        return
    assert (one.refused, one.said, one.pending) == ([], [], [])
    assert one.held == {**one.sent, **UNASKED.get(proxy, {})}
    assert one.waits_for == [name for name in one.waits_for if name.startswith(MAY_WAIT)]


def test_what_is_refused_is_a_proxy_of_the_goldens():
    assert set(REFUSED) <= set(PROXIES)
