"""Our own kinds on a real API server: their definitions are accepted, objects are read as strictly as the library
reads them, and what a gateway and the switch for mutual TLS stand for is accepted and then complete."""

from __future__ import annotations

import pathlib

import pytest
import yaml

import apiserver
import plan_test

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEAMS = ROOT / "examples/two-teams"
OWN = [("MeshOptions", "meshoptions"), ("MemberOptions", "memberoptions"), ("ServiceMeshGateway", "servicemeshgateways")]
OWN_API = "mesh.libmesh.dev/v1alpha1"

pytestmark = pytest.mark.skipif(bool(apiserver.missing()), reason=apiserver.missing() or "-")


class World(plan_test.World):
    """A cluster that also has our kinds and what a gateway is made of."""

    CORE = [*plan_test.World.CORE, "Service"]
    KINDS = [("apps", "v1", "Deployment"), *[(*OWN_API.split("/"), kind) for kind, _ in OWN]]

    def post(self, document: dict) -> tuple[int, dict]:
        return self.server.call("POST", apiserver.path_of(plan_test.identified(document), False), document)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    work = tmp_path_factory.mktemp("own")
    apiserver.PLURALS.update({kind: plural for kind, plural in OWN} | {"Service": "services", "Deployment": "deployments"})
    server = apiserver.Server(work / "server")
    try:
        server.start()
        plan_test.define(server, apiserver.definitions())
        yield World(server, work)
    finally:
        server.stop()


def test_definitions_are_structural(world):
    for plural in [plural for _, plural in OWN] + ["helmreleases"]:
        plan_test.is_established(world.server, f"{plural}.mesh.libmesh.dev")


@pytest.mark.parametrize("kind, name, spec", [
    ("MeshOptions", "other", {}),
    ("MeshOptions", "default", {"networkPolicy": {"exposeRoute": "Sometimes"}}),
    ("MeshOptions", "default", {"excludedNamespaces": ["*"]}),
    ("MemberOptions", "default", {"manageNetworkPolicy": "no"}),
    ("ServiceMeshGateway", "1st", {}),
    ("ServiceMeshGateway", "edge", {"replicas": -1}),
    ("HelmRelease", "basic-x", {"chart": "x", "version": "v2.5", "targetNamespace": "default"}),
    ("HelmRelease", "basic-x", {"chart": "x", "version": "v2.5", "targetNamespace": "default", "values": {}, "group": -1}),
    ("ServiceMeshGateway", "edge", {"service": {"ports": [{"port": 70000}]}}),
])
def test_mistakes_are_refused(world, kind, name, spec):
    document = {"apiVersion": OWN_API, "kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": spec}
    status, answer = world.post(document)
    assert status == 422, answer


def test_the_two_teams_are_accepted_planned_and_complete(world, monkeypatch):
    for path in sorted(TEAMS.glob("[0-9]*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if document["kind"] in ("Pod", "Network"):
                continue
            status, answer = world.post(document)
            assert status == 201, (document["kind"], document["metadata"], answer.get("message"))
    monkeypatch.setattr(apiserver, "FOREIGN", [*apiserver.FOREIGN, *[(*kind, "") for kind in world.KINDS]])
    kinds = {step["kind"] for step in world.plan()["steps"]}
    assert {"Deployment", "Service", "Route", "PeerAuthentication", "DestinationRule", "NetworkPolicy"} <= kinds
    world.apply(world.plan())
    assert [(step["action"], step["kind"], step["name"], step.get("differences")) for step in world.plan()["steps"]] == []


def test_a_gateway_in_a_member_reads_its_named_secrets_only(world):
    account = "blue-api/api-gateway"
    found = world.server.call("GET", "/api/v1/namespaces/blue-api/serviceaccounts/api-gateway")
    assert found[0] == 200, found
    path = "/api/v1/namespaces/{}/secrets/{}"
    for ns, name, status in (("blue-api", "api-cert", 404), ("blue-api", "other", 403), ("blue-mesh", "api-cert", 403),
                             ("red-pay", "api-cert", 403)):
        assert world.server.call("GET", path.format(ns, name), as_user="system:serviceaccount:" +
                                 account.replace("/", ":"))[0] == status, (ns, name)
