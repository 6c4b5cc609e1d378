"""Plans of every kind of mesh, applied to a real API server: each version, a v1 object, what the small
controllers write (CA bundles, localities of pods), and a mesh of the whole cluster."""

from __future__ import annotations

import base64

import pytest

import apiserver
from plan_test import World, control_plane, define, roll

pytestmark = pytest.mark.skipif(bool(apiserver.missing()), reason=apiserver.missing() or "-")

VERSIONS = ["v1.1", "v2.0", "v2.1", "v2.2", "v2.3", "v2.4", "v2.5", "v2.6"]
WEBHOOKS = "admissionregistration.k8s.io/v1"


def home(version: str) -> str:
    return "mesh-" + version.replace(".", "-")


def namespace(name: str, **labels: str) -> dict:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def v1_control_plane(ns: str) -> dict:
    return {"apiVersion": "maistra.io/v1", "kind": "ServiceMeshControlPlane", "metadata": {"name": "basic", "namespace": ns},
            "spec": {"version": "v1.1", "istio": {"global": {"proxy": {"accessLogFile": "/dev/stdout"}}}}}


def pod(ns: str, node: str) -> dict:
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "app", "namespace": ns, "annotations": {"sidecar.istio.io/status": "{}"}},
            "spec": {"nodeName": node, "containers": [{"name": "app", "image": "app"}]}}


def webhook(kind: str, name: str, ns: str) -> dict:
    return {"apiVersion": WEBHOOKS, "kind": kind, "metadata": {"name": name}, "webhooks": [
        {"name": "rev.namespace.sidecar-injector.istio.io", "sideEffects": "None", "admissionReviewVersions": ["v1"],
         "failurePolicy": "Ignore", "rules": [],
         "clientConfig": {"service": {"name": "istiod-basic", "namespace": ns, "path": "/inject"}}}]}


def certificate(server: apiserver.Server) -> str:
    return base64.b64encode((server.work / "ca.crt").read_bytes()).decode()


class Cluster(World):
    """Reads back what the small controllers look at as well; control planes as the version they were written in."""

    CORE = ["Namespace", "ServiceAccount", "Pod", "Node", "Secret", "ConfigMap"]

    def __init__(self, server, folder):
        super().__init__(server, folder)
        self.more = [(WEBHOOKS.split("/")[0], "v1", "MutatingWebhookConfiguration", ""),
                     (WEBHOOKS.split("/")[0], "v1", "ValidatingWebhookConfiguration", "")]

    def get(self, path: str) -> dict:
        status, answer = self.server.call("GET", path)
        assert status == 200, (path, answer)
        return answer

    def settle(self) -> dict:
        first = self.plan()
        self.apply(first)
        assert self.plan()["steps"] == []
        return first


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    work = tmp_path_factory.mktemp("meshes")
    server = apiserver.Server(work / "server")
    try:
        server.start()
        define(server, apiserver.definitions())
        yield Cluster(server, work)
    finally:
        server.stop()


def test_meshes_of_every_version_side_by_side(cluster):
    """Each object of each version is accepted, and the next plan is empty."""
    for version in VERSIONS:
        ns = home(version)
        for each in (namespace(ns), namespace(ns + "-app"), control_plane(ns, version), roll(ns, [ns + "-app"])):
            cluster.create(each)
    made = cluster.settle()
    assert made["notes"] == []
    for version in VERSIONS:
        app = home(version) + "-app"
        labels = cluster.get(f"/api/v1/namespaces/{app}")["metadata"]["labels"]
        assert labels["maistra.io/member-of"] == home(version)
        networks = cluster.get(f"/apis/k8s.cni.cncf.io/v1/namespaces/{app}/network-attachment-definitions")["items"]
        assert [each["metadata"]["name"] for each in networks] == [version.replace(".", "-") + "-istio-cni"]
        policies = cluster.get(f"/apis/networking.k8s.io/v1/namespaces/{app}/networkpolicies")["items"]
        assert len(policies) == 2, version


@pytest.mark.parametrize("version", VERSIONS)
def test_before_v2_4_a_mesh_hides_its_own_namespace_from_the_injector(cluster, version):
    labels = cluster.get(f"/api/v1/namespaces/{home(version)}")["metadata"]["labels"]
    assert (labels.get("maistra.io/ignore-namespace") == "ignore") == (version < "v2.4")


def test_pods_get_the_locality_of_their_node(cluster):
    # Region and zone are copied by the server itself since 1.33, so that only the third is left to do.
    zone = {"topology.kubernetes.io/region": "eu", "topology.kubernetes.io/zone": "eu-1",
            "topology.istio.io/subzone": "rack-7"}
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker", "labels": zone}})
    app = home("v2.5") + "-app"
    cluster.create(pod(app, "worker"))
    made = cluster.settle()
    assert [(step["kind"], step["name"]) for step in made["steps"]] == [("Pod", "app")]
    labels = cluster.get(f"/api/v1/namespaces/{app}/pods/app")["metadata"]["labels"]
    assert zone.items() <= labels.items()


def test_webhooks_get_the_certificate_of_their_mesh(cluster):
    ns = home("v2.5")
    bundle = certificate(cluster.server)
    cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "istio-ca-secret", "namespace": ns},
                    "data": {"ca-cert.pem": bundle}})
    cluster.create(webhook("MutatingWebhookConfiguration", f"istiod-basic-{ns}", ns))
    cluster.create(webhook("ValidatingWebhookConfiguration", f"istio-validator-basic-{ns}", ns))
    cluster.create(webhook("MutatingWebhookConfiguration", "somebodys", ns))
    made = cluster.settle()
    assert sorted(step["name"] for step in made["steps"]) == [f"istio-validator-basic-{ns}", f"istiod-basic-{ns}"]
    for plural, name, wanted in (("mutatingwebhookconfigurations", f"istiod-basic-{ns}", bundle),
                                 ("validatingwebhookconfigurations", f"istio-validator-basic-{ns}", bundle),
                                 ("mutatingwebhookconfigurations", "somebodys", None)):
        found = cluster.get(f"/apis/{WEBHOOKS}/{plural}/{name}")["webhooks"][0]["clientConfig"]
        assert found.get("caBundle") == wanted


def test_an_upgrade_goes_all_the_way(cluster):
    """From v2.2 to v2.5: the old network and generation go, and nothing else is left."""
    ns = home("v2.2")
    path = f"/apis/maistra.io/v2/namespaces/{ns}/servicemeshcontrolplanes/basic"
    plane = cluster.get(path)
    plane["spec"]["version"] = "v2.5"
    assert cluster.server.call("PUT", path, plane)[0] == 200
    cluster.settle()
    networks = cluster.get(f"/apis/k8s.cni.cncf.io/v1/namespaces/{ns}-app/network-attachment-definitions")["items"]
    assert [each["metadata"]["name"] for each in networks] == ["v2-5-istio-cni"]
    assert "maistra.io/ignore-namespace" not in cluster.get(f"/api/v1/namespaces/{ns}")["metadata"]["labels"]


def remove_all(cluster) -> None:
    for item in cluster.get("/apis/maistra.io/v2/servicemeshcontrolplanes")["items"]:
        where = f"{item['metadata']['namespace']}/servicemeshcontrolplanes/{item['metadata']['name']}"
        assert cluster.server.call("DELETE", f"/apis/maistra.io/v2/namespaces/{where}")[0] == 200
    cluster.apply(cluster.plan())
    cluster.apply(cluster.plan())  # the finalizers
    assert cluster.plan()["steps"] == []
    assert cluster.get("/apis/maistra.io/v2/servicemeshcontrolplanes")["items"] == []


def test_all_of_them_go(cluster):
    remove_all(cluster)
    for version in VERSIONS:
        app = home(version) + "-app"
        assert cluster.get(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{app}/rolebindings")["items"] == []
        assert cluster.get(f"/apis/networking.k8s.io/v1/namespaces/{app}/networkpolicies")["items"] == []
        assert "maistra.io/member-of" not in cluster.get(f"/api/v1/namespaces/{app}")["metadata"]["labels"]
    left = cluster.get("/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=maistra.io/owner")["items"]
    assert left == []


def test_a_mesh_of_the_whole_cluster(cluster):
    """istiod is bound once, members are those that inject; another mesh beside it is not rendered."""
    for each in (namespace("wide"), namespace("wide-app", **{"istio-injection": "enabled"}), namespace("plain")):
        cluster.create(each)
    plane = control_plane("wide")
    plane["spec"]["mode"] = "ClusterWide"
    cluster.create(plane)
    cluster.settle()
    server = cluster.server
    bound = [each["metadata"]["name"] for each in cluster.get(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?labelSelector=maistra.io/owner%3Dwide")["items"]]
    assert sorted(bound) == ["istiod-clusterrole-basic-wide", "istiod-gateway-controller-basic-wide"]
    for ns in ("wide", "wide-app", "plain", ""):
        assert server.may("wide/istiod-basic", "list", "", "pods", ns), ns
    assert server.may("wide/istiod-basic", "create", "authentication.k8s.io", "tokenreviews")
    assert cluster.get("/api/v1/namespaces/wide-app")["metadata"]["labels"]["maistra.io/member-of"] == "wide"
    assert "maistra.io/member-of" not in cluster.get("/api/v1/namespaces/plain")["metadata"].get("labels", {})
    cluster.create(namespace("second"))
    cluster.create(control_plane("second"))
    beside = cluster.plan()
    assert {note["tenant"]: note["reason"] for note in beside["notes"]} == {
        "wide/basic": "ValidationError", "second/basic": "ValidationError"}
    assert not [step for step in beside["steps"] if step["action"] == "delete"], "what is there stays"


def test_a_v1_object(cluster):
    remove_all(cluster)
    for each in (namespace("old"), namespace("old-app"), roll("old", ["old-app"])):
        cluster.create(each)
    server = cluster.server
    cluster.create(v1_control_plane("old"))
    kinds = apiserver.FOREIGN
    at = next(i for i, each in enumerate(kinds) if each[2] == "ServiceMeshControlPlane")
    before = kinds[at]
    kinds[at] = ("maistra.io", "v1", *before[2:])  # read as v1: there is no webhook that converts
    try:
        cluster.settle()
    finally:
        kinds[at] = before
    names = [each["metadata"]["name"] for each in cluster.get(
        "/apis/networking.k8s.io/v1/namespaces/old-app/networkpolicies")["items"]]
    assert names == ["istio-expose-route", "istio-mesh"]
    assert server.call("GET", "/api/v1/namespaces/old-app")[1]["metadata"]["labels"]["maistra.io/member-of"] == "old"
