"""A real kube-apiserver calls `mesh serve --webhook` when pods are created: patched where they should be, untouched
elsewhere, namespaceSelector honoured, both failure policies seen when nobody answers."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request

import pytest
import yaml

import apiserver

ROOT = pathlib.Path(__file__).resolve().parents[2]
PREFIX = pathlib.Path(os.environ.get("MESH_PREFIX", ROOT / "build/install"))
MESH = pathlib.Path(os.environ.get("MESH_PROGRAM", PREFIX / "bin/mesh"))
HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"

pytestmark = pytest.mark.skipif(bool(apiserver.missing()), reason=apiserver.missing() or "-")

NAMESPACES = {"shop": {"istio-injection": "enabled"}, "plain": {}, "off": {"istio-injection": "disabled"},
              "lenient": {"istio-injection": "enabled", "failure": "ignored"},
              "blue-mesh": {}, "blue-shop": {"maistra.io/member-of": "blue-mesh"}}
MESHES = [
    {"apiVersion": "maistra.io/v2", "kind": "ServiceMeshControlPlane", "metadata": {"name": "basic", "namespace": "blue-mesh"},
     "spec": {"version": "v2.6"}},
    {"apiVersion": "maistra.io/v1", "kind": "ServiceMeshMemberRoll", "metadata": {"name": "default", "namespace": "blue-mesh"},
     "spec": {"members": ["blue-shop"]}}]


def entry(name: str, url: str, bundle: str, namespaces: list[dict], objects: list[dict], policy: str) -> dict:
    return {"name": name, "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": policy,
            "timeoutSeconds": 10, "clientConfig": {"url": url, "caBundle": bundle},
            "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
            "namespaceSelector": {"matchExpressions": namespaces}, "objectSelector": {"matchExpressions": objects}}


def hooks(url: str, bundle: str) -> list[dict]:
    """As Istio's chart writes its entry, once failing and once lenient, and as Maistra's operator writes its own."""
    enabled = {"key": "istio-injection", "operator": "In", "values": ["enabled"]}
    wanted = {"key": "sidecar.istio.io/inject", "operator": "NotIn", "values": ["false"]}
    lenient = {"key": "failure", "operator": "In", "values": ["ignored"]}
    strict = {"key": "failure", "operator": "DoesNotExist"}
    member = {"key": "maistra.io/member-of", "operator": "In", "values": ["blue-mesh"]}
    istio = [entry("namespace.sidecar-injector.istio.io", url, bundle, [enabled, strict], [wanted], "Fail"),
             entry("lenient.sidecar-injector.istio.io", url, bundle, [enabled, lenient], [wanted], "Ignore")]
    maistra = [entry("sidecar-injector.istio.io", url, bundle, [member], [], "Fail")]
    return [{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
             "metadata": {"name": name, "labels": labels}, "webhooks": webhooks}
            for name, labels, webhooks in (
                ("istio-sidecar-injector", {"app": "sidecar-injector", "istio.io/rev": "default"}, istio),
                ("istiod-basic-blue-mesh", {"istio.io/rev": "basic", "maistra.io/owner": "blue-mesh"}, maistra))]


def pod(name: str, **metadata) -> dict:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata},
            "spec": {"serviceAccountName": "default",  # what the admission that is off here would say
                     "containers": [{"name": "app", "image": "example/app:1", "ports": [{"containerPort": 8080}],
                                     "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}}}]}}


def names(found: dict) -> list[str]:
    return [c["name"] for key in ("initContainers", "containers") for c in found["spec"].get(key, [])]


class World:
    def __init__(self, work: pathlib.Path):
        self.server = apiserver.Server(work / "server")
        self.cluster = work / "cluster"
        self.cluster.mkdir()
        self.log = work / "serve.log"
        self.ca = work / "ca.pem"
        self.port, self.http = apiserver.free_port(), apiserver.free_port()
        self.mesh = None

    def serve(self) -> None:
        with open(self.log, "w") as log:
            self.mesh = subprocess.Popen(
                [MESH, "serve", self.cluster, "--address", "127.0.0.1:0", "--http-address", f"127.0.0.1:{self.http}",
                 "--webhook", f"127.0.0.1:{self.port}", *self.certificate], stderr=log)
        limit = time.monotonic() + 20
        while f"webhook on https://127.0.0.1:{self.port}" not in self.log.read_text():
            assert self.mesh.poll() is None and time.monotonic() < limit, self.log.read_text()
            time.sleep(0.05)

    @property
    def certificate(self) -> list[str]:
        """One that outlives a restart: of the same CA as the API server's own, for 127.0.0.1."""
        folder = self.server.work
        return ["--webhook-cert", str(folder / "server.crt"), "--webhook-key", str(folder / "server.key")]

    def stop(self) -> None:
        self.mesh.terminate()
        assert self.mesh.wait(20) == 0, self.log.read_text()

    def create(self, namespace: str, document: dict, query: str = "") -> tuple[int, dict]:
        return self.server.call("POST", f"/api/v1/namespaces/{namespace}/pods{query}", document)

    def created(self, namespace: str, document: dict) -> dict:
        status, answer = self.create(namespace, document)
        assert status == 201, answer
        return answer

    def requests(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/metrics", timeout=20) as page:
            return int(re.search(r"^sidecar_injection_requests_total (\d+)$", page.read().decode(), re.M).group(1))

    def start(self) -> None:
        self.server.start()
        for name, labels in NAMESPACES.items():
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
            assert self.server.call("POST", "/api/v1/namespaces", namespace)[0] == 201
        bundle = base64.b64encode((self.server.work / "ca.crt").read_bytes()).decode()
        stored = hooks(f"https://127.0.0.1:{self.port}/inject", bundle)
        known = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
                 for name, labels in NAMESPACES.items()]
        (self.cluster / "cluster.yaml").write_text(yaml.safe_dump_all(known + MESHES + stored))
        self.serve()
        for hook in stored:
            status, answer = self.server.call("POST", HOOKS, hook)
            assert status == 201, answer
        limit = time.monotonic() + 60  # the API server reads webhooks a while after it stored them
        for namespace in ("shop", "lenient", "blue-shop"):
            probe = pod("probe", annotations={"sidecar.istio.io/inject": "true"})
            while True:
                status, answer = self.create(namespace, probe, "?dryRun=All")
                if status == 201 and "istio-proxy" in names(answer):
                    break
                assert status != 422 and time.monotonic() < limit, f"{namespace}: {status} {answer.get('message')}\n{self.log.read_text()[-2000:]}"
                time.sleep(0.2)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    one = World(tmp_path_factory.mktemp("webhook"))
    try:
        one.start()
        yield one
    finally:
        if one.mesh is not None and one.mesh.poll() is None:
            one.mesh.kill()
        one.server.stop()


def test_a_pod_is_patched_and_valid(world):
    stored = world.created("shop", pod("web"))
    assert set(names(stored)) == {"istio-init", "istio-proxy", "app"}
    assert "istio-proxy" in stored["metadata"]["annotations"]["sidecar.istio.io/status"]
    (app,) = [c for c in stored["spec"]["containers"] if c["name"] == "app"]
    assert app["readinessProbe"]["httpGet"]["path"] == "/app-health/app/readyz"
    assert app["image"] == "example/app:1"


def test_generated_names_and_controllers_are_patched(world):
    document = pod("", labels={"app": "web"})
    del document["metadata"]["name"]
    document["metadata"]["generateName"] = "web-"
    assert "istio-proxy" in names(world.created("shop", document))


def test_a_pod_that_opts_out_is_untouched(world):
    assert names(world.created("shop", pod("label-out", labels={"sidecar.istio.io/inject": "false"}))) == ["app"]
    assert names(world.created("shop", pod("annotation-out", annotations={"sidecar.istio.io/inject": "false"}))) == ["app"]


@pytest.mark.parametrize("namespace", ["plain", "off"])
def test_the_namespace_selector_is_honoured(world, namespace):
    before = world.requests()
    assert names(world.created(namespace, pod("web", labels={"sidecar.istio.io/inject": "true"}))) == ["app"]
    assert world.requests() == before, "nobody was called"


def test_maistra_injects_members_that_opt_in(world):
    stored = world.created("blue-shop", pod("in", annotations={"sidecar.istio.io/inject": "yes"}))
    assert "istio-proxy" in names(stored)
    assert stored["metadata"]["labels"]["maistra-version"] == "2.6.0"
    assert names(world.created("blue-shop", pod("quiet"))) == ["app"]


def test_an_update_changes_nothing(world):
    world.created("shop", pod("updated", labels={"sidecar.istio.io/inject": "false"}))
    path = "/api/v1/namespaces/shop/pods/updated"
    _, stored = world.server.call("GET", path)
    stored["metadata"]["labels"] = {"app": "updated"}
    status, answer = world.server.call("PUT", path, stored)
    assert status == 200 and names(answer) == ["app"], answer


def test_what_cannot_be_injected_is_refused_with_the_reason(world):
    status, answer = world.create("shop", pod("bad", annotations={"traffic.sidecar.istio.io/includeInboundPorts": "x"}))
    assert status >= 400, answer
    assert "includeinboundports" in answer["message"].lower()


def test_failure_policies_are_seen_when_nobody_answers(world):
    world.stop()
    status, answer = world.create("shop", pod("failed"))
    assert status == 500 and "failed calling webhook" in answer["message"], answer
    assert names(world.created("lenient", pod("ignored"))) == ["app"]
    assert names(world.created("plain", pod("unconcerned"))) == ["app"]
    world.serve()
    assert "istio-proxy" in names(world.created("shop", pod("again")))
    assert "istio-proxy" in names(world.created("lenient", pod("again")))
