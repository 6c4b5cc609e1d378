"""The same requests put to `mesh route` and to a real Envoy with the same proxy's configuration."""

from __future__ import annotations

import concurrent.futures
import json
import pathlib
import subprocess

import envoys
import processes
import walk_envoy


def mesh(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode != 2, done.stderr
    return done.stdout


def entry_of(made, resources, gateway, request):
    """The port where the kernel would let the connection in; None: nothing listens."""
    first = {"outbound": "virtualOutbound", "inbound": "virtualInbound"}[request["side"]]
    if not gateway and first in made.entries:
        return made.entries[first]
    at = {(item["resource"]["address"]["socketAddress"]["address"],
           item["resource"]["address"]["socketAddress"]["portValue"]): made.entries[item["name"]]
          for item in resources["listeners"] if item["name"] in made.entries}
    anywhere = "::" if ":" in request["address"] else "0.0.0.0"
    return at.get((request["address"], request["port"]), at.get((anywhere, request["port"])))


def both(given: pathlib.Path, choice: list, gateway: bool, questions, program, envoy_program, work: pathlib.Path,
         change=lambda made, servers: None):
    """The requests that `questions` makes of the resources, what `mesh route` says of each and what Envoy did with it.
    What Envoy is sent differs from a request in its member "sent", which `mesh route` is not told. `change` may change
    the Envoy's configuration.
    """
    mesh(program, "xds", "-f", given, *choice, "--flavour", "envoy", "--out", work / "xds")
    resources = {kind: json.loads((work / "xds" / f"{kind}.json").read_text())
                 for kind in ("listeners", "clusters", "routes", "nametable")}
    requests = questions(resources)
    told = [{key: value for key, value in request.items() if key != "sent"} for request in requests]
    (work / "requests.json").write_text(json.dumps(told))
    outcomes = json.loads(mesh(program, "route", "-f", given, *choice, "--flavour", "envoy", "--requests",
                               work / "requests.json", "-o", "json"))
    servers, authority = walk_envoy.Servers(len(resources["clusters"])), walk_envoy.Authority(work / "certificates")
    made = walk_envoy.configuration(resources, servers, authority, envoys.free_port())
    change(made, servers)
    client = walk_envoy.Client(made, authority)

    def ask(request):
        entry = entry_of(made, resources, gateway, request)
        sent = {**request, **request.get("sent", {})}
        return walk_envoy.Seen(ended="nobody") if entry is None else client.ask(entry, sent)
    with processes.Stage() as stage:
        envoy = walk_envoy.start(stage, envoy_program, made, "envoy", work)
        processes.wait_for("envoy", envoy.ready, envoy.child, patience=60)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return list(zip(requests, outcomes, pool.map(ask, requests)))
