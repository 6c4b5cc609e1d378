"""The plan, applied to a real API server: every object is accepted, nothing is left to do, and RBAC gives each
control plane its members and nothing else."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import time

import pytest

import apiserver

ROOT = pathlib.Path(__file__).resolve().parents[2]
PREFIX = pathlib.Path(os.environ.get("MESH_PREFIX", ROOT / "build/install"))
MESH = pathlib.Path(os.environ.get("MESH_PROGRAM", PREFIX / "bin/mesh"))

pytestmark = pytest.mark.skipif(bool(apiserver.missing()), reason=apiserver.missing() or "-")

NAMESPACES = ["red", "blue", "red-shop", "red-bank", "blue-shop", "nobodys"]


def control_plane(ns: str, version: str = "v2.5") -> dict:
    return {"apiVersion": "maistra.io/v2", "kind": "ServiceMeshControlPlane",
            "metadata": {"name": "basic", "namespace": ns}, "spec": {"version": version}}


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
        self.more = []  # further kinds that are read back

    def create(self, document: dict) -> None:
        status, answer = self.server.call("POST", apiserver.path_of(identified(document), False), document)
        assert status in (200, 201), (document["kind"], document["metadata"], answer.get("message"))

    def plan(self) -> dict:
        """Reads the whole cluster back, and plans."""
        items = []
        kinds = [("v1", k) for k in self.CORE]
        kinds += [("rbac.authorization.k8s.io/v1", k) for k in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")]
        kinds += [("networking.k8s.io/v1", "NetworkPolicy")]
        kinds += [("apiextensions.k8s.io/v1", "CustomResourceDefinition")]
        kinds += [(f"{g}/{v}", k) for g, v, k, _ in apiserver.FOREIGN + apiserver.OURS + self.more]
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
        define(server, apiserver.definitions())
        out = World(server, work)
        for ns in NAMESPACES:
            out.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}})
        for document in (control_plane("red"), control_plane("blue", "v2.2"), roll("red", ["red-shop", "red-bank"]),
                         roll("blue", ["blue-shop"])):
            out.create(document)
        yield out
    finally:
        server.stop()


DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def define(server, definitions: list[dict]) -> None:
    """Creates the definitions and waits until objects of them can be made."""
    for document in definitions:
        status, answer = server.call("POST", DEFINITIONS, document)
        assert status == 201, answer
    for document in definitions:
        spec = document["spec"]
        for version in (each["name"] for each in spec["versions"] if each["served"]):
            limit = time.monotonic() + 30
            while server.call("GET", f"/apis/{spec['group']}/{version}/{spec['names']['plural']}")[0] != 200:
                assert time.monotonic() < limit, document["metadata"]["name"]
                time.sleep(0.1)


def is_established(server, name: str) -> None:
    status, answer = server.call("GET", f"{DEFINITIONS}/{name}")
    assert status == 200, answer
    conditions = {each["type"]: each["status"] for each in answer["status"]["conditions"]}
    assert conditions["Established"] == "True" and conditions.get("NonStructuralSchema", "False") == "False"


@pytest.mark.parametrize("name", [f"{plural}.{group}" for group, _, _, plural in apiserver.FOREIGN])
def test_the_plan_meets_its_owners_definition(world, name):
    """Skipped, so that it is told, where one that takes everything stands in."""
    if name not in apiserver.real_definitions():
        pytest.skip(f"{name}: a definition that takes everything stands in; name a folder with the real one in MESH_CRDS")
    is_established(world.server, name)


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
def test_requests_of_a_control_plane_are_answered_so(world, mesh):
    user = f"system:serviceaccount:{mesh}:istiod-basic"
    for ns in NAMESPACES:
        mine = ns == mesh or ns in MEMBERS[mesh]
        assert world.server.call("GET", f"/api/v1/namespaces/{ns}/pods", as_user=user)[0] == (200 if mine else 403), ns
        root = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"root-of-{mesh}"}}
        status, answer = world.server.call("POST", f"/api/v1/namespaces/{ns}/configmaps", root, as_user=user)
        assert status == (201 if mine else 403), (ns, answer)
    assert world.server.call("GET", "/api/v1/pods", as_user=user)[0] == 403


def rules(server, account: str, ns: str) -> list[str]:
    """All that RBAC lets the account "namespace/name" do in the namespace."""
    home, name = account.split("/")
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": ns}}
    status, answer = server.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", review,
                                 f"system:serviceaccount:{home}:{name}",
                                 ["system:serviceaccounts", f"system:serviceaccounts:{home}", "system:authenticated"])
    assert status == 201 and not answer["status"]["incomplete"], answer
    return sorted(json.dumps(rule, sort_keys=True) for rule in answer["status"]["resourceRules"])


@pytest.mark.parametrize("mesh", sorted(MEMBERS))
def test_no_account_of_a_mesh_has_any_right_elsewhere(world, mesh):
    accounts = [item["metadata"]["name"] for item in
                world.server.call("GET", f"/api/v1/namespaces/{mesh}/serviceaccounts")[1]["items"]]
    assert {"istiod-basic", "prometheus", "istio-ingressgateway-service-account"} <= set(accounts)
    for ns in NAMESPACES:
        everybodys = rules(world.server, "nobodys/anybody", ns)
        if ns == mesh or ns in MEMBERS[mesh]:
            assert rules(world.server, f"{mesh}/istiod-basic", ns) != everybodys, ns
            continue
        for name in accounts:
            assert rules(world.server, f"{mesh}/{name}", ns) == everybodys, (name, ns)


def test_nothing_is_bound_for_the_whole_cluster(world):
    bound = world.server.call("GET", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings")[1]["items"]
    assert bound  # Kubernetes' own
    for each in bound:
        assert not {subject.get("namespace") for subject in each.get("subjects", [])} & set(NAMESPACES), each["metadata"]


@pytest.mark.parametrize("mesh", sorted(MEMBERS))
def test_prometheus_reads_its_members_and_nowhere_else(world, mesh):
    for ns in NAMESPACES:
        mine = ns == mesh or ns in MEMBERS[mesh]
        assert world.server.may(f"{mesh}/prometheus", "list", "", "pods", ns) == mine, ns
        assert not world.server.may(f"{mesh}/prometheus", "get", "", "secrets", ns)


@pytest.mark.parametrize("mesh", sorted(MEMBERS))
@pytest.mark.parametrize("gateway", ["istio-ingressgateway", "istio-egressgateway"])
def test_gateways_read_the_secrets_beside_them_only(world, mesh, gateway):
    for ns in NAMESPACES:
        assert world.server.may(f"{mesh}/{gateway}-service-account", "list", "", "secrets", ns) == (ns == mesh), ns
        assert not world.server.may(f"{mesh}/{gateway}-service-account", "list", "", "pods", ns), ns


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


def test_the_multitenant_network_is_joined(world):
    """openshift-sdn's plug-in: the members' NetNamespaces are annotated, and policies give way to them."""
    server = world.server
    define(server, [apiserver.real_definitions().get(f"{plural}.{group}") or
                    apiserver.definition(group, version, kind, plural, "Cluster")
                    for group, version, kind, plural in apiserver.NETWORK])
    world.create({"apiVersion": "config.openshift.io/v1", "kind": "Network", "metadata": {"name": "cluster"},
                  "spec": {"networkType": "OpenShiftSDN"}})
    world.create({"apiVersion": "network.openshift.io/v1", "kind": "ClusterNetwork", "metadata": {"name": "default"},
                  "pluginName": "redhat/openshift-ovs-multitenant"})
    for number, ns in enumerate(NAMESPACES):
        world.create({"apiVersion": "network.openshift.io/v1", "kind": "NetNamespace", "metadata": {"name": ns},
                      "netname": ns, "netid": number + 1})
    world.more = apiserver.NETWORK
    world.apply(world.plan())
    assert world.plan()["steps"] == []
    joined = {}
    for ns in NAMESPACES:
        found = server.call("GET", f"/apis/network.openshift.io/v1/netnamespaces/{ns}")[1]
        joined[ns] = found["metadata"].get("annotations", {}).get("pod.network.openshift.io/multitenant.change-network")
    assert joined == {"red": None, "red-shop": "join:red", "red-bank": None, "blue": None, "blue-shop": "join:blue",
                      "nobodys": None}
    assert server.call("GET", "/apis/networking.k8s.io/v1/namespaces/red-shop/networkpolicies")[1]["items"] == []


def test_a_deleted_control_plane_leaves_nothing(world):
    assert world.server.call("DELETE", "/apis/maistra.io/v2/namespaces/blue/servicemeshcontrolplanes/basic")[0] == 200
    assert "deletionTimestamp" in world.server.call(
        "GET", "/apis/maistra.io/v2/namespaces/blue/servicemeshcontrolplanes/basic")[1]["metadata"]
    world.apply(world.plan())
    last = world.plan()  # only when nothing else is left
    assert [(step["action"], step["kind"], [each["path"] for each in step["differences"]]) for step in last["steps"]] == [
        ("update", "ServiceMeshControlPlane", ["metadata.finalizers"])]
    world.apply(last)
    assert world.plan()["steps"] == []
    assert world.server.call("GET", "/apis/maistra.io/v2/namespaces/blue/servicemeshcontrolplanes/basic")[0] == 404
    assert not world.server.may("blue/istiod-basic", "list", "", "pods", "blue-shop")
    assert world.server.call("GET", "/apis/rbac.authorization.k8s.io/v1/namespaces/blue-shop/rolebindings")[1]["items"] == []
    assert "maistra.io/member-of" not in world.server.call("GET", "/api/v1/namespaces/blue-shop")[1]["metadata"]["labels"]
    assert world.server.may("red/istiod-basic", "list", "", "pods", "red-shop")
