"""The binding: answers arrive as the library gives them, errors as Python's own kinds."""

import array
import json
import mmap
import pathlib
import subprocess
import threading

import pytest

import meshplane
from conftest import SHOP

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: a, namespace: b}
spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
"""


def names(resources):
    return [resource["name"] for resource in resources]


def test_members_are_what_the_program_says(shop, cli):
    done = subprocess.run([cli, "members", "-f", SHOP, "-o", "json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert shop.members() == json.loads(done.stdout)


def test_values_are_what_the_program_says(shop, cli):
    done = subprocess.run([cli, "values", "-f", SHOP, "-o", "json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert shop.values() == json.loads(done.stdout)
    assert "values" in shop.values(releaseValues=True)["controlPlanes"][0]["releases"][0]


def test_a_control_plane_in_the_other_version():
    text = "apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: a}\nspec: {version: v2.5}\n"
    (document,) = meshplane.convert(text, "v1")["documents"]
    assert document["apiVersion"] == "maistra.io/v1" and "global" in document["spec"]["istio"]


def test_members_of_the_example(shop):
    planes = {plane["name"]: {member["namespace"] for member in plane["members"]}
              for plane in shop.members()["controlPlanes"]}
    assert planes == {"shop-mesh": {"shop-web", "shop-cart", "shop-catalog"},
                      "partner-mesh": {"partner-portal", "partner-billing"}}
    assert len(shop.members("shop-control-plane/shop-mesh")["controlPlanes"]) == 1


def test_the_example_has_no_mistakes_and_eight_proxies(shop):
    assert shop.diagnostics() == []
    assert len(shop.proxies()) == 8
    assert shop.revision > 0


@pytest.mark.parametrize("type", ["clusters", "endpoints", "listeners", "routes"])
def test_what_a_proxy_is_sent(shop, type):
    assert shop.xds("shop-web/frontend", type)
    for row in shop.proxies():
        resources = shop.xds(f"{row['namespace']}/{row['name']}", type)
        assert resources or type in ("endpoints", "routes"), row  # a leaf asks nobody
        assert names(resources) == sorted(names(resources))
        other = "partner-" if row["namespace"].startswith("shop-") else "shop-"
        assert other not in json.dumps(resources), row


def test_a_description_is_a_proxy_too(shop):
    description = {"type": "sidecar", "id": "x.shop-web", "namespace": "shop-web", "ip": ["10.9.9.9"]}
    by_mapping = shop.xds(description, "clusters")
    assert any("cart.shop-cart.svc.cluster.local" in name for name in names(by_mapping))
    assert shop.xds(json.dumps(description), "clusters") == by_mapping
    proxy = shop.proxy(description)
    assert proxy.describe()["namespace"] == "shop-web"
    assert shop.xds(proxy, "clusters") == by_mapping
    assert shop.xds(proxy.with_flavour("envoy"), "listeners") != shop.xds(proxy.with_flavour("istio"), "listeners")


def test_the_response_is_bytes_with_every_name(shop):
    row = shop.proxies()[0]
    pod = f"{row['namespace']}/{row['name']}"
    (table,) = shop.xds(pod, "nametable")
    assert table["name"] == "" and isinstance(table["resource"], dict)
    assert shop.secret_names(pod) == ["ROOTCA", "default"]
    assert shop.xds(pod, "secrets", caller={"believeNode": True}) == []
    response = shop.xds_response(pod, "clusters")
    assert isinstance(response, bytes)
    for name in names(shop.xds(pod, "clusters")):
        assert name.encode() in response


def test_texts_bytes_and_paths(store, tmp_path):
    assert store.apply(SERVICE) == []
    first = store.snapshot()
    assert store.apply(SERVICE.encode()) == []
    assert store.snapshot().revision == first.revision  # the same content is no change
    (tmp_path / "one.yaml").write_text(SERVICE.replace("name: a", "name: c"))
    assert store.apply(tmp_path) == []
    assert store.snapshot().changed() == [{"kind": "Service", "namespace": "b", "name": "c"}]


def test_whatever_shows_its_bytes_is_a_text(store, shop, tmp_path):
    namespace = b"{apiVersion: v1, kind: Namespace, metadata: {name: %s}}"
    (tmp_path / "m.yaml").write_bytes(namespace % b"mapped")
    with open(tmp_path / "m.yaml", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert store.apply(mapped) == []
    assert store.apply(array.array("B", namespace % b"array")) == []
    assert [each["name"] for each in store.snapshot().changed()] == ["array", "mapped"]
    injected = meshplane.Injector(shop).raw.matrix()
    assert store.apply(injected)[0]["code"] == "not-an-object"
    for wrong in (None, 3, [None], [b"a"], object()):
        with pytest.raises(TypeError):
            store.apply(wrong)
    with pytest.raises(TypeError, match="NoneType"):
        shop.diff(None)
    with pytest.raises(TypeError, match="NoneType"):
        shop.proxy(None)


def test_a_workload_without_pods_is_known_by_its_name(store):
    store.apply("""
{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {istio-injection: enabled}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: cart, namespace: a}, spec: {template: {metadata: {labels: {app: cart}},
  spec: {containers: [{name: app, image: app}]}}}}
""")
    assert store.snapshot().proxy("a/cart").describe()["name"] == "cart-synthesized"


def test_delete(store):
    store.apply(SERVICE)
    store.delete("Service", "b", "a")
    with pytest.raises(LookupError) as raised:
        store.delete("Service", "b", "a")
    assert isinstance(raised.value, meshplane.NotFound)


def test_a_mistake_is_a_diagnostic(store):
    found = store.apply(SERVICE.replace("ports:", "prots:"), file="f.yaml")
    assert [(d["code"], d["file"], d["line"]) for d in found] == [("unknown-field", "f.yaml", 4)]
    assert store.snapshot().diagnostics() == found
    assert found[0]["code"] in {code["code"] for code in meshplane.diagnostic_codes()}


def test_a_broken_file_keeps_its_last_objects(store):
    store.replace_file(SERVICE, "f.yaml")
    good = store.snapshot()
    assert store.replace_file("a: [", "f.yaml")
    assert store.snapshot().diff(good)["proxies"] == []
    with pytest.raises(meshplane.InvalidArgument):
        store.replace_file(SERVICE, "")


@pytest.mark.parametrize("call, kind", [
    (lambda s: s.delete("Unicorn", "a", "b"), ValueError),
    (lambda s: s.snapshot().members("no/mesh"), LookupError),
    (lambda s: s.snapshot().xds("no/pod", "clusters"), LookupError),
    (lambda s: s.snapshot().proxy({"tpye": "sidecar"}), ValueError),
    (lambda s: s.snapshot().proxy("a: ["), ValueError),
    (lambda s: s.apply(pathlib.Path("/there/is/none.yaml")), FileNotFoundError),
    (lambda s: s.apply(7), TypeError),
    (lambda s: meshplane.Store(mesh_config="a: ["), ValueError),
])
def test_bad_calls(store, call, kind):
    with pytest.raises(kind):
        call(store)


def test_an_unknown_type_is_refused(shop):
    with pytest.raises(meshplane.InvalidArgument):
        shop.xds({"type": "sidecar", "id": "x.shop-web", "namespace": "shop-web", "ip": ["10.9.9.9"]}, "cluster")


def test_a_closed_store_says_so_and_its_snapshots_live(store):
    store.apply(SERVICE)
    now = store.snapshot()
    store.close()
    store.close()
    with pytest.raises(ValueError, match="closed"):
        store.snapshot()
    assert now.revision == 1
    now.close()
    with pytest.raises(ValueError, match="closed"):
        now.members()


def test_threads(shop):
    answers = []

    def ask():
        answers.append([names(shop.xds(f"{row['namespace']}/{row['name']}", "clusters"))
                        for row in shop.proxies()])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4 and answers == [answers[0]] * 4


def test_version():
    assert meshplane.version()["istio"].startswith("1.31")


def test_objects_of_a_remote_cluster():
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cart", "namespace": "shop"},
               "spec": {"clusterIP": "10.9.0.1", "ports": [{"name": "http", "port": 80}]}}
    with meshplane.Store() as store:
        assert store.apply(service, cluster="east") == []
        with pytest.raises(meshplane.NotFound):
            store.delete("Service", "shop", "cart")
        assert store.replace_file(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}), "ns.json",
                                  cluster="east") == []
        store.delete("Service", "shop", "cart", cluster="east")
        with pytest.raises(ValueError):
            store.apply(service, cluster="no/name")


def test_pods_of_remote_clusters():
    def pod(name, ip):
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"},
                "spec": {"containers": [{"name": "istio-proxy"}]}, "status": {"phase": "Running", "podIP": ip}}

    with meshplane.Store() as store:
        store.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, pod("web", "10.0.0.1")])
        store.apply([pod("web", "10.8.0.1"), pod("far", "10.8.0.2"), pod("twice", "10.8.0.3")], cluster="east")
        store.apply([pod("twice", "10.7.0.1")], cluster="west")
        now = store.snapshot()
    assert [(row["name"], row.get("cluster"), row["ip"]) for row in now.proxies()] == [
        ("far", "east", "10.8.0.2"), ("twice", "east", "10.8.0.3"), ("twice", "west", "10.7.0.1"),
        ("web", None, "10.0.0.1"), ("web", "east", "10.8.0.1")]
    for named, ip in {"shop/web": "10.0.0.1", "east=shop/web": "10.8.0.1", "shop/far": "10.8.0.2",
                      "west=shop/twice": "10.7.0.1"}.items():
        assert now.proxy(named).describe()["ip"] == ip
        assert now.xds(named, "listeners")
    with pytest.raises(meshplane.InvalidArgument, match="write east=shop/twice or west=shop/twice"):
        now.proxy("shop/twice")
    with pytest.raises(meshplane.NotFound, match='no cluster "north"'):
        now.proxy("north=shop/web")
    assert now.reach("east=shop/far", "east=shop/web:80")["from"] == "east=shop/far"
