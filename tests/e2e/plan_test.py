"""The plan, applied to a real API server: every object is accepted, nothing is left to do, and RBAC gives each
control plane its members and nothing else."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

import apiserver

ROOT = pathlib.Path(__file__).resolve().parents[2]
PREFIX = pathlib.Path(os.environ.get("MESH_PREFIX", ROOT / "build/install"))
MESH = pathlib.Path(os.environ.get("MESH_PROGRAM", PREFIX / "bin/mesh"))

pytestmark = pytest.mark.skipif(bool(apiserver.missing()), reason=apiserver.missing() or "-")

NAMESPACES = ["red", "blue", "red-shop", "red-bank", "blue-shop", "nobodys"]


def control_plane(ns: str) -> dict:
    return {"apiVersion": "maistra.io/v2", "kind": "ServiceMeshControlPlane",
            "metadata": {"name": "basic", "namespace": ns}, "spec": {"version": "v2.5"}}


def roll(ns: str, members: list[str]) -> dict:
    return {"apiVersion": "maistra.io/v1", "kind": "ServiceMeshMemberRoll",
            "metadata": {"name": "default", "namespace": ns}, "spec": {"members": members}}


def identified(document: dict) -> dict:
    metadata = document["metadata"]
    return {"apiVersion": document["apiVersion"], "kind": document["kind"], "name": metadata["name"],
            "namespace": metadata.get("namespace", "")}


class World:
    CORE = ["Namespace", "ServiceAccount"]  # kinds of the core group that are read back

    def __init__(self, server: apiserver.Server, folder: pathlib.Path):
        self.server = server
        self.folder = folder

    def create(self, document: dict) -> None:
        status, answer = self.server.call("POST", apiserver.path_of(identified(document), False), document)
        assert status in (200, 201), (document["kind"], document["metadata"], answer.get("message"))

    def plan(self) -> dict:
        """Reads the whole cluster back, and plans."""
        items = []
        kinds = [("v1", k) for k in self.CORE]
        kinds += [("rbac.authorization.k8s.io/v1", k) for k in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")]
        kinds += [("networking.k8s.io/v1", "NetworkPolicy")]
        kinds += [(f"{g}/{v}", k) for g, v, k, _ in apiserver.FOREIGN + apiserver.OURS]
        for api, kind in kinds:
            where = {"apiVersion": api, "kind": kind, "name": ""}
            status, answer = self.server.call("GET", apiserver.path_of(where, False))
            assert status == 200, (kind, answer)
            items += [{**item, "apiVersion": api, "kind": kind} for item in answer["items"]]
        (self.folder / "cluster.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        done = subprocess.run([MESH, "plan", "-f", self.folder / "cluster.json", "-o", "json"], capture_output=True,
                              text=True)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    def apply(self, plan: dict) -> None:
        for step in plan["steps"]:
            if step["action"] == "create":
                method, path = "POST", apiserver.path_of(step, False)
            else:
                method = "PUT" if step["action"] == "update" else "DELETE"
                path = apiserver.path_of(step)
            status, answer = self.server.call(method, path, step.get("document"))
            assert status in (200, 201), (step["action"], step["kind"], step["namespace"], step["name"], answer.get("message"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    work = tmp_path_factory.mktemp("apiserver")
    server = apiserver.Server(work / "server")
    try:
        server.start()
        for entry in apiserver.FOREIGN + apiserver.OURS:
            status, answer = server.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                                         apiserver.definition(*entry))
            assert status == 201, answer
        out = World(server, work)
        for ns in NAMESPACES:
            out.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}})
        wait_for_kinds(server)
        for document in (control_plane("red"), control_plane("blue"), roll("red", ["red-shop", "red-bank"]),
                         roll("blue", ["blue-shop"])):
            out.create(document)
        yield out
    finally:
        server.stop()


def wait_for_kinds(server) -> None:
    import time
    for group, version, kind, _ in apiserver.FOREIGN + apiserver.OURS:
        where = {"apiVersion": f"{group}/{version}", "kind": kind, "name": ""}
        for _ in range(100):
            if server.call("GET", apiserver.path_of(where, False))[0] == 200:
                break
            time.sleep(0.2)


def test_every_object_is_accepted_and_then_nothing_is_left(world):
    plan = world.plan()
    assert plan["summary"]["create"] > 50
    world.apply(plan)
    assert world.plan()["steps"] == []


MEMBERS = {"red": ["red-shop", "red-bank"], "blue": ["blue-shop"]}
WORK = [("list", "", "pods"), ("watch", "", "services"), ("list", "discovery.k8s.io", "endpointslices"),
        ("watch", "networking.istio.io", "virtualservices"), ("list", "security.istio.io", "authorizationpolicies"),
        ("create", "", "configmaps"), ("get", "", "secrets"), ("create", "apps", "deployments")]


@pytest.mark.parametrize("mesh", sorted(MEMBERS))
def test_a_control_plane_works_in_its_members_and_nowhere_else(world, mesh):
    account = f"{mesh}/istiod-basic"
    for verb, group, resource in WORK:
        for ns in NAMESPACES:
            mine = ns == mesh or ns in MEMBERS[mesh]
            assert world.server.may(account, verb, group, resource, ns) == mine, (verb, resource, ns)
        assert not world.server.may(account, verb, group, resource), f"{verb} {resource} everywhere"
    for verb, group, resource in (("list", "", "nodes"), ("update", "", "namespaces"),
                                  ("create", "rbac.authorization.k8s.io", "rolebindings")):
        assert not world.server.may(account, verb, group, resource)


@pytest.mark.parametrize("mesh", sorted(MEMBERS))
def test_prometheus_reads_its_members_and_nowhere_else(world, mesh):
    for ns in NAMESPACES:
        mine = ns == mesh or ns in MEMBERS[mesh]
        assert world.server.may(f"{mesh}/prometheus", "list", "", "pods", ns) == mine, ns
        assert not world.server.may(f"{mesh}/prometheus", "get", "", "secrets", ns)


def test_joining_is_delegated_by_the_role_mesh_user(world):
    status, binding = world.server.call("GET", "/apis/rbac.authorization.k8s.io/v1/namespaces/red/rolebindings/mesh-users")
    assert status == 200 and not binding.get("subjects")
    binding["subjects"] = [{"kind": "ServiceAccount", "name": "anna", "namespace": "red-shop"}]
    assert world.server.call("PUT", "/apis/rbac.authorization.k8s.io/v1/namespaces/red/rolebindings/mesh-users",
                             binding)[0] == 200
    use = ("use", "maistra.io", "servicemeshcontrolplanes")
    assert world.server.may("red-shop/anna", *use, "red")
    assert not world.server.may("red-shop/anna", *use, "blue")
    assert world.plan()["steps"] == []


def test_leaving_takes_the_rights_away(world):
    status, found = world.server.call("GET", "/apis/maistra.io/v1/namespaces/red/servicemeshmemberrolls/default")
    assert status == 200
    found["spec"]["members"] = ["red-shop"]
    assert world.server.call("PUT", "/apis/maistra.io/v1/namespaces/red/servicemeshmemberrolls/default", found)[0] == 200
    world.apply(world.plan())
    assert world.plan()["steps"] == []
    assert not world.server.may("red/istiod-basic", "list", "", "pods", "red-bank")
    assert world.server.may("red/istiod-basic", "list", "", "pods", "red-shop")
    assert "maistra.io/member-of" not in world.server.call("GET", "/api/v1/namespaces/red-bank")[1]["metadata"]["labels"]
