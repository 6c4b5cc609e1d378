"""-f CLUSTER=…: objects of the mesh's remote clusters."""

import json

SHOP = """
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {clusterIP: %s, selector: {app: web},
 ports: [{name: http, port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, labels: {app: web}},
 spec: {containers: [{name: istio-proxy, image: p}]}, status: {phase: Running, podIP: %s,
 conditions: [{type: Ready, status: "True"}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}},
 addressType: IPv4, ports: [{name: http, port: 8080}],
 endpoints: [{addresses: [%s], conditions: {ready: true}, targetRef: {kind: Pod, name: web, namespace: shop}}]}
"""
RULE = """
{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: default, namespace: shop}, spec: {egress: [{hosts: ["./*"]}]}}
"""


def written(folder, name, text):
    (folder / name).mkdir()
    (folder / name / "objects.yaml").write_text(text)
    return folder / name


def test_endpoints_of_all_clusters_are_sent(mesh, tmp_path):
    own = written(tmp_path, "own", SHOP % ("10.0.0.9", "10.0.0.1", "10.0.0.1"))
    east = written(tmp_path, "remote", SHOP % ("10.8.0.9", "10.8.0.1", "10.8.0.1"))

    def sent(*more):
        answer = json.loads(mesh("xds", "-f", own, *more, "--pod", "shop/web", "-o", "json", status=0).stdout)
        return json.dumps(answer["endpoints"])

    assert "10.0.0.1" in sent() and "10.8.0.1" not in sent()
    both = sent("-f", f"east={east}")
    assert "10.0.0.1" in both and "10.8.0.1" in both
    assert "10.8.0.1" in sent("-f", f"east={east / 'objects.yaml'}")


def test_configuration_of_a_remote_cluster_is_told(mesh, tmp_path):
    own = written(tmp_path, "own", SHOP % ("10.0.0.9", "10.0.0.1", "10.0.0.1"))
    east = written(tmp_path, "remote", RULE)
    told = json.loads(mesh("check", "-f", own, "-f", f"east={east}", "-o", "json", status=0).stdout)
    assert ("no-effect", "Sidecar shop/default", "info") in [(d["code"], d["object"], d["severity"]) for d in told]
    assert 'in cluster "east"' in json.dumps([d["message"] for d in told]).replace('\\"', '"')


def test_a_path_with_that_name_is_a_path(mesh, tmp_path):
    odd = tmp_path / "east=shop.yaml"
    odd.write_text(SHOP % ("10.0.0.9", "10.0.0.1", "10.0.0.1"))
    assert "10.0.0.1" in mesh("xds", "-f", odd, "--pod", "shop/web", "-o", "json", status=0).stdout
    mesh("check", "-f", f"east={tmp_path / 'nothing.yaml'}", status=2)
