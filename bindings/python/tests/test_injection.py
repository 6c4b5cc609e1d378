"""Injection from Python: text, dicts and bytes, in the form that they came in."""

import base64
import json

import meshplane
import pytest

SHOP = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n"
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
       "spec": {"containers": [{"name": "app", "image": "app:1", "unknownField": 7}]}}


def names(pod):
    return [container["name"] for key in ("initContainers", "containers") for container in pod["spec"].get(key, [])]


@pytest.fixture
def injector():
    with meshplane.Store() as store:
        store.apply(SHOP + "---\n" + json.dumps(POD))
        yield meshplane.Injector(store.snapshot())


def test_a_dict_gives_dicts_and_a_text_a_text(injector):
    answer = injector.apply(POD)
    (pod,) = answer["documents"]
    assert answer["injected"] == 1 and "istio-proxy" in names(pod)
    assert [c for c in pod["spec"]["containers"] if c["name"] == "app"][0]["unknownField"] == 7
    assert "istio-proxy" in injector.apply(json.dumps(POD))["manifests"]


def test_what_was_put_in_is_taken_out(injector):
    (pod,) = injector.apply(POD)["documents"]
    answer = meshplane.uninject(pod)
    assert answer["uninjected"] == 1
    assert answer["documents"][0]["spec"] == POD["spec"]


def test_bytes_give_bytes_and_a_dict_a_dict(injector):
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
              "request": {"uid": "u1", "operation": "CREATE", "namespace": "shop", "object": POD,
                          "kind": {"group": "", "version": "v1", "kind": "Pod"},
                          "resource": {"group": "", "version": "v1", "resource": "pods"}}}
    response = injector.review(review)["response"]
    assert response["uid"] == "u1" and response["allowed"] is True
    assert any("istio-proxy" in json.dumps(step) for step in json.loads(base64.b64decode(response["patch"])))
    answer = injector.review(json.dumps(review).encode())
    assert isinstance(answer, bytes) and json.loads(answer)["response"] == response


def test_reasons(injector):
    assert injector.explain("shop", "web")["answer"] == "yes"
    assert [row["name"] for row in injector.matrix()["rows"]] == ["web"]
    with pytest.raises(meshplane.NotFound):
        injector.explain("shop", "nobody")


def test_settings_may_be_given():
    injector = meshplane.Injector(values=json.dumps({"global": {"hub": "registry.example", "tag": "9"}}))
    (pod,) = injector.apply(POD)["documents"]
    images = [c["image"] for key in ("initContainers", "containers") for c in pod["spec"].get(key, [])]
    assert any(image.startswith("registry.example/") and image.endswith(":9") for image in images)
    with pytest.raises(meshplane.InvalidArgument, match="nativeSidecars"):
        meshplane.Injector(nativeSidecars="sometimes")


def test_networks():
    assert meshplane.cni_networks_merge("a/b@c", "istio-cni")["value"] == "a/b@c, istio-cni"
    assert meshplane.cni_networks_merge("a", "istio-cni", overwrite=True)["lost"] == ["a"]
