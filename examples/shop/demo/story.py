"""What the demo tells, chapter by chapter: each sends something real, shows it and checks it."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import time

import customers
import envoys
import mesh
import picture
import processes
import services
import show
import stranger
import topology
from show import note, paint, table

REQUESTS = 1000
CANARY = "31-cart-canary.yaml"
FRONTEND, GATEWAY, PORTAL = ("shop-web/frontend", "shop-control-plane/istio-ingressgateway",
                             "partner-portal/portal")
CART_V1, CART_V2 = "shop-cart/cart-v1", "shop-cart/cart-v2"
CART_PORT = ("127.10.2.1", services.SIDECAR_IN)  # where cart-v1's sidecar takes mTLS only


@dataclasses.dataclass
class World:
    """Everything the chapters share."""

    checks: show.Checks
    mesh: mesh.Mesh
    stage: processes.Stage
    envoy_program: pathlib.Path
    shop: pathlib.Path          # the example as it lies in the project; never written
    live: pathlib.Path          # the copy that `mesh serve` follows and the demo edits
    work: pathlib.Path
    apps: services.Neighbourhood
    xds: str = ""               # 127.0.0.1:PORT of the ADS server
    http: tuple = ()            # its HTTP port
    server: processes.Child | None = None
    proxies: list = dataclasses.field(default_factory=list)
    envoys: dict = dataclasses.field(default_factory=dict)
    observed: dict = dataclasses.field(default_factory=dict)  # what the picture shows beside routes

    def expect(self, fact: str, holds: bool, otherwise: object = "") -> bool:
        return self.checks.expect(fact, holds, otherwise)


def two_meshes(world: World) -> None:
    """The answers that need no server: who belongs to whom, and what each proxy is sent."""
    show.heading("Two meshes in one cluster")
    planes = world.mesh.members(world.shop)["controlPlanes"]
    table(["control plane", "namespace", "members"],
          [[paint(plane["name"], "cyan"), plane["namespace"], ", ".join(names(plane))]
           for plane in planes])
    members = {plane["name"]: set(names(plane)) for plane in planes}
    world.expect("two control planes share out five namespaces", members == {
        "shop-mesh": {"shop-web", "shop-cart", "shop-catalog"},
        "partner-mesh": {"partner-portal", "partner-billing"}}, members)
    world.expect("namespace warehouse is in neither mesh",
                 not any("warehouse" in namespaces for namespaces in members.values()), members)
    world.proxies = world.mesh.proxies(world.shop)
    show.line()
    kinds = ("clusters", "endpoints", "listeners", "routes")
    table(["proxy", "type", "address", *kinds, "bytes"],
          [[proxy.pod, proxy.type, proxy.address,
            *(proxy.resources.get(kind, 0) for kind in kinds), f"{proxy.bytes:,}"]
           for proxy in world.proxies], right=(3, 4, 5, 6, 7))
    world.expect("eight proxies: a gateway and seven sidecars",
                 sorted(proxy.type for proxy in world.proxies) == ["gateway"] + ["sidecar"] * 7,
                 [proxy.pod for proxy in world.proxies])


def names(plane: dict) -> list[str]:
    """The member namespaces of a control plane of `mesh members`."""
    return [member["namespace"] if isinstance(member, dict) else member
            for member in plane["members"]]


def everything_starts(world: World) -> None:
    """`mesh serve` on a copy of the example, and one real Envoy for each proxy."""
    show.heading("The control plane and eight Envoys start")
    shutil.rmtree(world.live, ignore_errors=True)
    world.live.mkdir(parents=True)
    for file in sorted(world.shop.glob("*.yaml")):
        shutil.copy(file, world.live)
    world.xds = f"127.0.0.1:{envoys.free_port()}"
    world.http = ("127.0.0.1", envoys.free_port())
    command = world.mesh.serve_command(world.live, world.xds, "%s:%d" % world.http)
    world.server = world.stage.start("mesh serve", command, world.work / "log" / "serve.log")
    seconds = processes.wait_for(
        "mesh serve", lambda: customers.get(world.http, "mesh", "/ready").status == 200,
        world.server)
    note(f"mesh serve: ADS on {world.xds}, ready after {seconds:.2f} s")
    begin = time.monotonic()
    for proxy in world.proxies:
        port = envoys.free_port()
        bootstrap = world.mesh.bootstrap(world.live, proxy.pod, xds=world.xds, admin_port=port)
        world.envoys[proxy.pod] = envoys.start(world.stage, world.envoy_program, proxy.file_name,
                                               bootstrap, port, world.work)
    for envoy in world.envoys.values():
        processes.wait_for(envoy.name, envoy.ready, envoy.child)
    note(f"eight Envoys: all ready {time.monotonic() - begin:.1f} s after the first was started")


def canary(world: World, expected: float = 0.10) -> None:
    """Counts the versions that answer through gateway -> frontend -> cart."""
    show.heading(f"The canary: {REQUESTS:,} requests through the gateway")
    world.apps["cart-v1"].reset(), world.apps["cart-v2"].reset()
    begin = time.monotonic()
    seen = customers.count_cart_versions(REQUESTS)
    seconds = time.monotonic() - begin
    counted = {"v1": world.apps["cart-v1"].count, "v2": world.apps["cart-v2"].count}
    table(["version", "answers", "", "weight"], [
        [version, seen[version], show.bar(seen[version] / REQUESTS), f"{weight:.0%}"]
        for version, weight in (("v1", 1 - expected), ("v2", expected))], right=(1, 3))
    note(f"{seconds:.1f} s, gateway → frontend → cart, mTLS on both hops")
    # Envoy draws at random: 4.5 standard deviations of the binomial distribution on either side.
    slack = 4.5 * (REQUESTS * expected * (1 - expected)) ** 0.5
    world.expect(f"every request was answered, {REQUESTS * expected:.0f} ± {slack:.0f} by v2",
                 seen["v1"] + seen["v2"] == REQUESTS
                 and abs(seen["v2"] - REQUESTS * expected) <= slack, dict(seen))
    world.expect("the cart's own count agrees", counted == {"v1": seen["v1"], "v2": seen["v2"]},
                 counted)
    world.observed.setdefault("canary", []).append((seen["v1"], seen["v2"]))


def resilience(world: World) -> None:
    """The retry, the timeout and the fault: what the customer sees beside what the service got."""
    show.heading("A retry, a timeout and a fault")
    apps = world.apps
    for name in ("catalog", "recommendations", "cart-v1", "cart-v2"):
        apps[name].reset()
    retried = customers.shop("/catalog")
    tries = apps["catalog"].count
    timed_out = customers.shop("/recommendations")
    waited = apps["recommendations"].count
    fault = customers.shop("/cart", {"x-shop-drill": "cart-outage"})
    reached = apps["cart-v1"].count + apps["cart-v2"].count
    table(["asked for", "the service", "requests it got", "the customer saw", "after"], [
        ["catalog", "answers 503 twice, then 200", tries, retried.status, ms(retried)],
        ["recommendations", "takes 2 s", waited, timed_out.status, ms(timed_out)],
        ["cart, in a drill", "is well", reached, fault.status, ms(fault)]], right=(2, 3, 4))
    world.expect("the retry hid two failures: 200 after three tries",
                 (retried.status, tries) == (200, 3), (retried.status, tries))
    world.expect("the timeout held: 504 after two tries, well before the slow answer",
                 (timed_out.status, waited) == (504, 2) and 0.4 < timed_out.seconds < 1.2,
                 (timed_out.status, waited, ms(timed_out)))
    world.expect("the fault was injected on the way: 503, and the cart was never asked",
                 (fault.status, reached) == (503, 0), (fault.status, reached))
    inner = customers.shop("/cart")
    world.expect("without the drill's header the cart answers", inner.status == 200, inner.status)


def ms(answer: customers.Answer) -> str:
    return f"{answer.seconds * 1000:.0f} ms"


def mutual_tls(world: World) -> None:
    """Who the cart's sidecar lets in: certificates of its own mesh, and nobody else."""
    show.heading("STRICT mTLS between the shop's sidecars")
    cart = world.envoys[CART_V1]
    seen = world.apps["cart-v1"].last_headers.get("x-forwarded-client-cert", "")
    parts = dict(part.split("=", 1) for part in seen.split(",")[-1].split(";") if "=" in part)
    handshakes = cart.total(_inbound("ssl.handshake"))
    table(["what cart-v1 knows of its caller", ""], [
        ["the caller's certificate (URI)", parts.get("URI", "none")],
        ["its own certificate (By)", parts.get("By", "none")],
        ["TLS handshakes so far", handshakes],
        ["handshakes without a certificate", cart.total(_inbound("ssl.no_certificate"))]])
    world.expect("the frontend proved who it is",
                 parts.get("URI") == "spiffe://cluster.local/ns/shop-web/sa/frontend", seen)
    world.expect("so did the cart",
                 parts.get("By") == "spiffe://cluster.local/ns/shop-cart/sa/cart", seen)
    world.expect("every connection into cart-v1 was mutual TLS",
                 handshakes > 0 and cart.total(_inbound("ssl.no_certificate")) == 0, handshakes)
    before = cart.total(_inbound("no_filter_chain_match"))
    plain = customers.get(CART_PORT, services.CART, source="127.30.1.1")
    refused = cart.total(_inbound("no_filter_chain_match")) - before
    world.expect("plain HTTP from the warehouse straight to that port is cut off",
                 plain.status == 0 and refused == 1, (plain.status, plain.body[:80], refused))


def _inbound(counter: str) -> str:
    """A regular expression for a counter of cart-v1's inbound listener."""
    return rf"^listener\.{CART_PORT[0]}_{CART_PORT[1]}\.{counter}$"


def isolation(world: World) -> None:
    """The partner's sidecar asked for every service there is, and holds a valid certificate."""
    show.heading("The other tenant")
    portal = world.envoys[PORTAL]
    clusters = portal.clusters()
    outbound = sorted({name.split("|")[3] for name in clusters if name.startswith("outbound|")})
    table(["proxy", "its Sidecar asks for", "services it was given"],
          [[PORTAL, '"*/*"', ", ".join(outbound)]])
    dump = portal.admin("/config_dump?include_eds")
    world.expect("the portal has no cluster, route or endpoint of the shop",
                 bool(outbound) and "shop" not in dump, outbound)
    own = customers.get(("127.20.1.1", services.SIDECAR_IN), "portal", "/billing")
    foreign = portal_asks_for_cart(world)
    world.expect("it reaches its own billing", own.status == 200, (own.status, own.body[:80]))
    world.expect("it cannot reach the shop's cart by name", foreign.status >= 500, foreign.status)
    cart = world.envoys[CART_V1]
    door = {PORTAL: ("127.20.1.9", 18090), FRONTEND: ("127.10.1.9", 18090)}
    answers, refusals = {}, {}
    for pod, address in door.items():
        before = cart.total(_inbound("ssl.fail_verify_error"))
        answers[pod] = straight_in(world, pod, address)
        refusals[pod] = cart.total(_inbound("ssl.fail_verify_error")) - before
    show.line()
    table(["straight to cart-v1's port with the certificate of", "signed by", "status", "refused"],
          [[pod, "shop-mesh" if pod == FRONTEND else "partner-mesh", answers[pod].status,
            refusals[pod]] for pod in door], right=(2, 3))
    world.expect("the partner's certificate is refused: its CA is not the shop's",
                 answers[PORTAL].status == 503 and refusals[PORTAL] > 0,
                 (answers[PORTAL].status, answers[PORTAL].body[:160], refusals[PORTAL]))
    world.expect("the same way in works with a certificate of the shop",
                 answers[FRONTEND].status == 200 and refusals[FRONTEND] == 0,
                 (answers[FRONTEND].status, answers[FRONTEND].body[:160], refusals[FRONTEND]))


def portal_asks_for_cart(world: World) -> customers.Answer:
    """What the portal's app gets when it asks its own sidecar for the shop's cart."""
    return customers.get(("127.20.1.1", services.SIDECAR_OUT), services.CART, source="127.20.1.1")


def straight_in(world: World, pod: str, door: tuple[str, int]) -> customers.Answer:
    """One request to cart-v1's sidecar from an Envoy with that pod's certificate."""
    port = envoys.free_port()
    name = "straight-in." + pod.replace("/", ".")
    original = world.mesh.bootstrap(world.live, pod, xds=world.xds, admin_port=port)
    changed = stranger.bootstrap(original, CART_PORT, door, world.work / "bootstrap" / name)
    envoy = envoys.start(world.stage, world.envoy_program, name, changed, port, world.work)
    processes.wait_for(name, envoy.ready, envoy.child)
    answer = customers.get(door, services.CART)
    envoy.child.stop()
    return answer


def canary_moves_on(world: World) -> None:
    """Two numbers change in a file; the frontend's Envoy follows, and nobody else is bothered."""
    show.heading("The canary moves on: 90/10 becomes 50/50 in the file")
    frontend, new = world.envoys[FRONTEND], world.work / "changed"
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(world.live, new)
    text = (world.live / CANARY).read_text()
    changed = text.replace("weight: 90", "weight: 50").replace("weight: 10", "weight: 50")
    (new / CANARY).write_text(changed)
    show_diff(world, world.mesh.diff(world.live, new))
    before = {pod: updates(envoy) for pod, envoy in world.envoys.items()}
    (world.live / CANARY).write_text(changed)
    seconds = processes.wait_for("the new weights", lambda: weights(frontend) == [50, 50])
    world.expect(f"the frontend's Envoy held 50/50 {seconds:.2f} s after the file was written",
                 seconds < 5, f"{seconds:.2f} s")
    time.sleep(0.3)  # anything pushed by mistake would have arrived by now
    touched = [pod for pod, envoy in world.envoys.items() if updates(envoy) != before[pod]]
    world.expect("no other Envoy was sent anything", touched == [FRONTEND], touched)
    world.observed["seconds to the new split"] = seconds
    canary(world, 0.50)


def show_diff(world: World, diff: dict) -> None:
    rows = []
    for proxy in diff["proxies"]:
        for change in proxy["changes"]:
            for verb in ("added", "changed", "removed"):
                rows += [[f"{proxy['namespace']}/{proxy['name']}", verb, change["type"], name]
                         for name in change.get(verb, [])]
    note("mesh diff, before anything is written:")
    table(["proxy", "", "type", "resource"], rows)
    world.expect("the change touches one route table of one proxy",
                 [row[:3] for row in rows] == [[FRONTEND, "changed", "routes"]], rows)


def weights(envoy: envoys.Envoy) -> list[int]:
    """The weights of the cart's canary route as this Envoy holds them now."""
    for table_ in envoy.routes():
        for host in table_["virtual_hosts"]:
            for route in host["routes"]:
                split = route.get("route", {}).get("weighted_clusters")
                if split and host["name"].startswith("cart."):
                    return [cluster["weight"] for cluster in split["clusters"]]
    return []


def updates(envoy: envoys.Envoy) -> int:
    """How often this Envoy took over clusters, listeners, routes or endpoints."""
    return envoy.total(r"update_success$|control_plane.*config_reload|\.config_reload$")


def nothing_refused(world: World) -> None:
    """Every Envoy took everything it was sent, and the server heard no refusal."""
    show.heading("What the Envoys think of it")
    rows, wrong = [], []
    for proxy in world.proxies:
        envoy = world.envoys[proxy.pod]
        sent = world.mesh.xds(world.live, proxy.pod, world.work / "xds" / proxy.file_name)
        held = {"clusters": envoy.clusters(), "listeners": envoy.listeners(),
                "routes": sorted(table_["name"] for table_ in envoy.routes())}
        missing = [name for kind in held for name in
                   {item["name"] for item in sent[kind]} ^ set(held[kind])]
        refused = envoy.refusals()
        wrong += missing + refused
        rows.append([proxy.pod, *(len(held[kind]) for kind in held),
                     envoy.total(r"update_success$"), len(refused)])
    table(["proxy", "clusters", "listeners", "routes", "updates taken", "refused"], rows,
          right=(1, 2, 3, 4, 5))
    world.expect("each Envoy holds exactly what `mesh xds` says, and refused nothing",
                 not wrong, wrong[:5])
    nacks = [line for line in world.server.log.read_text(errors="replace").splitlines()
             if "NACK" in line]
    rejects = [line for line in customers.get(world.http, "mesh", "/metrics").body.splitlines()
               if line.startswith("pilot_total_xds_rejects") and not line.endswith(" 0")]
    world.expect("the server's log and counters know of no NACK", not nacks and not rejects,
                 nacks + rejects)
    status = customers.get(world.http, "mesh", "/debug/syncz")
    world.expect("/debug/syncz lists all eight as connected",
                 all(proxy.name + "." + proxy.namespace in status.body for proxy in world.proxies),
                 status.body[:200])


def server_stops(world: World) -> None:
    begin = time.monotonic()
    status = world.server.stop()
    world.expect(f"mesh serve stopped cleanly, in {time.monotonic() - begin:.1f} s", status == 0,
                 status)


def scene(world: World) -> picture.Scene:
    """Everything for the picture, from the answers of `mesh` and from what was counted."""
    def seen(folder: pathlib.Path) -> topology.Topology:
        xds = {proxy.pod: world.mesh.xds(folder, proxy.pod, world.work / "xds" / proxy.file_name)
               for proxy in world.proxies}
        return topology.read(world.proxies, xds)

    members = world.mesh.members(world.shop)
    planes = [dict(plane, members=names(plane)) for plane in members["controlPlanes"]]
    return picture.Scene(planes, members.get("unassigned", []), world.proxies, seen(world.shop),
                         seen(world.live), world.observed.get("canary", []),
                         world.observed.get("seconds to the new split", 0))


CHAPTERS = (two_meshes, everything_starts, canary, resilience, mutual_tls, isolation,
            canary_moves_on, nothing_refused)
