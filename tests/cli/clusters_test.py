"""-f CLUSTER=…: objects of the mesh's remote clusters."""

import json
import os
import subprocess

import pytest

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


@pytest.fixture
def clusters(tmp_path):
    """-f … of a mesh of three: the pod web in all, far only in east, twice in east and west."""
    def pods(ip, *names):
        return "".join(POD % {"name": name, "ip": f"{ip}.{i + 2}"} for i, name in enumerate(names))

    own = written(tmp_path, "own", SHOP % ("10.0.0.9", "10.0.0.1", "10.0.0.1"))
    east = written(tmp_path, "of-east", SHOP % ("10.8.0.9", "10.8.0.1", "10.8.0.1") + pods("10.8.0", "far", "twice"))
    west = written(tmp_path, "of-west", pods("10.7.0", "twice"))
    return ("-f", own, "-f", f"east={east}", "-f", f"west={west}")


POD = """
---
{apiVersion: v1, kind: Pod, metadata: {name: %(name)s, namespace: shop, labels: {app: %(name)s}},
 spec: {containers: [{name: istio-proxy, image: p, ports: [{containerPort: 8080}]}]}, status: {phase: Running, podIP: %(ip)s,
 conditions: [{type: Ready, status: "True"}]}}
"""


def test_proxies_of_all_clusters(mesh, answer, clusters):
    rows = answer("proxies", *clusters)["proxies"]
    assert [(row["name"], row.get("cluster"), row["ip"]) for row in rows] == [
        ("far", "east", "10.8.0.2"), ("twice", "east", "10.8.0.3"), ("twice", "west", "10.7.0.2"),
        ("web", None, "10.0.0.1"), ("web", "east", "10.8.0.1")]
    assert all(row["bytes"] > 0 for row in rows)
    table = mesh("proxies", *clusters, status=0).stdout.splitlines()
    assert table[0].split()[:4] == ["TENANT", "NAMESPACE", "NAME", "CLUSTER"]
    assert [line.split()[3] for line in table[1:]] == ["east", "east", "west", "-", "east"]
    alone = mesh("proxies", *clusters[:2], status=0).stdout
    assert "CLUSTER " not in alone and "cluster" not in answer("proxies", *clusters[:2])["proxies"][0]


@pytest.mark.parametrize("pod, ip", [
    ("shop/web", "10.0.0.1"), ("Kubernetes=shop/web", "10.0.0.1"), ("east=shop/web", "10.8.0.1"),
    ("shop/far", "10.8.0.2"), ("east=shop/far", "10.8.0.2"), ("west=shop/twice", "10.7.0.2")])
def test_a_pod_is_named_with_its_cluster(answer, clusters, pod, ip):
    listeners = answer("xds", *clusters, "--pod", pod)["listeners"]
    node = answer("bootstrap", *clusters, "--pod", pod)["node"]
    assert listeners and node["id"].split("~")[1] == ip


@pytest.mark.parametrize("pod, told", [
    ("shop/twice", 'is in clusters "east" and "west": write east=shop/twice or west=shop/twice'),
    ("west=shop/far", 'there is no Pod shop/far in cluster "west"'),
    ("north=shop/web", 'there is no cluster "north"; there are: Kubernetes, east, west'),
    ("shop/nobody", "there is no Pod shop/nobody"), ("east=web", "is not NS/NAME")])
def test_a_pod_that_is_not_there_or_in_several(mesh, clusters, pod, told):
    done = mesh("xds", *clusters, "--pod", pod)
    assert done.returncode != 0 and told in done.stderr


def test_explain_says_the_cluster(mesh, answer, clusters):
    said = answer("explain", "cluster", *clusters, "--pod", "east=shop/web", "web.shop")
    assert (said["proxy"], said["cluster"]) == ("web.shop", "east")
    assert "of east=far.shop" in mesh("explain", "cluster", *clusters, "--pod", "shop/far", "web.shop", status=0).stdout
    assert "cluster" not in answer("explain", "cluster", *clusters, "--pod", "shop/web", "web.shop")


def test_a_journey_goes_on_in_the_other_cluster(mesh, answer, clusters):
    said = answer("route", *clusters, "--pod", "shop/far", "http://web.shop/", "--journey")
    assert [(each["proxy"], each.get("proxyCluster")) for each in said["arrivals"]] == [
        ("web.shop", None), ("web.shop", "east")]
    assert "at east=web.shop, 10.8.0.1:8080" in mesh("route", *clusters, "--pod", "shop/far", "http://web.shop/",
                                                     "--journey", status=0).stdout


def test_diff_keeps_clusters_apart(mesh, answer, clusters, tmp_path):
    changed = written(tmp_path, "new-east", (SHOP % ("10.8.0.9", "10.8.0.5", "10.8.0.5")).replace("8080", "9090"))
    east = clusters[3].removeprefix("east=")
    call = ("diff", f"east={east}", f"east={changed}", "-f", clusters[1])
    found = {(each["name"], each.get("cluster"), each["state"]) for each in answer(*call)["proxies"]}
    assert found == {("far", "east", "leaves"), ("twice", "east", "leaves"), ("web", None, "stays"), ("web", "east", "stays")}
    said = mesh(*call, status=0).stdout
    assert "east=shop" in said
    same = answer("diff", f"east={east}", f"east={east}", "-f", clusters[1])
    assert same["proxies"] == [] and same["unchanged"] == 4


CLOSED = """
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: closed, namespace: shop}, spec: {podSelector: {matchLabels: {app: web}}}}
"""


def test_reach_asks_in_the_cluster_of_the_pod(mesh, clusters, tmp_path):
    closed = written(tmp_path, "closed", CLOSED)
    more = (*clusters, "-f", f"east={closed}")

    def asked(source, target):
        done = mesh("reach", *more, "--from", source, "--to", target, "-o", "json")
        return json.loads(done.stdout) if done.stdout else done.stderr

    said = asked("east=shop/far", "east=shop/web:8080")
    assert (said["answer"], said["from"], said["to"]) == ("no", "east=shop/far", "east=shop/web")
    assert [why["object"]["name"] for why in said["because"]] == ["closed"]
    assert asked("shop/far", "east=shop/twice:8080")["answer"] == "yes"
    assert asked("10.9.9.9", "east=shop/web:8080")["answer"] == "no"
    assert asked("10.9.9.9", "shop/web:8080")["answer"] == "yes"
    between = asked("shop/far", "shop/web:8080")
    assert between["answer"] == "unknown" and 'between clusters "east" and "Kubernetes"' in between["missing"][0]
    assert "write east=shop/twice or west=shop/twice" in asked("shop/twice", "shop/web")
    told = json.loads(mesh("check", *more, "-o", "json", status=0).stdout)
    assert not [each for each in told if each["object"].startswith("NetworkPolicy")]


SUITE = """
configuration: [own, east=of-east, west=of-west]
cases:
- {name: own, xds: {pod: shop/web, type: listeners, name: virtualInbound}, expect: {count: 1}}
- {name: far, xds: {pod: shop/far, type: listeners, name: virtualInbound}, expect: {count: 1}}
- name: to the east
  authz: {from: shop/web, to: east=shop/web, port: 8080}
  expect: {allowed: true}
- name: to the own one
  mtls: {from: east=shop/far, to: shop/web, host: web.shop.svc.cluster.local, port: 80}
  expect: {accepted: true, verdict: routed}
- name: both
  mtls: {from: east=shop/far, to: east=shop/web, host: web.shop.svc.cluster.local, port: 80}
  expect: {accepted: true, verdict: routed}
- {name: within, reach: {from: shop/far, to: east=shop/web}, expect: {reached: true, to: east=shop/web}}
- {name: several, reach: {from: shop/twice, to: shop/web}, expect: {reached: true}}
"""


def test_suites_name_pods_of_all_clusters(mesh, clusters, tmp_path):
    suite = tmp_path / "clusters_mesh_test.yaml"
    suite.write_text(SUITE)
    results = json.loads(mesh("test", suite, "-o", "json", status=1).stdout)
    (found,) = results["suites"]
    said = {case["name"]: (case["status"], case["message"]) for case in found["cases"]}
    assert {name: status for name, (status, _) in said.items()} == {
        **dict.fromkeys(("own", "far", "to the east", "to the own one", "both", "within"), "passed"), "several": "error"}, said
    assert 'is in clusters "east" and "west"' in said["several"][1]


def test_nothing_wrong_is_said_because_of_remote_pods(answer, clusters, tmp_path):
    gateway = written(tmp_path, "rules", """
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: g, namespace: shop}, spec: {selector: {app: far},
 servers: [{hosts: ["*"], port: {number: 80, name: http, protocol: HTTP}}]}}
---
{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: shop},
 spec: {workloadSelector: {labels: {app: twice}}, egress: [{hosts: ["./*"]}]}}
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: a, namespace: shop},
 spec: {selector: {matchLabels: {app: far}}, rules: [{}]}}
---
{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: d, namespace: shop},
 spec: {host: web, subsets: [{name: v1, labels: {app: web}}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: far, namespace: shop}, spec: {clusterIP: 10.0.0.8, selector: {app: far},
 ports: [{name: http, port: 80, targetPort: 9999}]}}
""")
    assert answer("check", *clusters, "-f", gateway) == []
    alone = [(each["code"], each["object"]) for each in answer("check", *clusters[:2], "-f", gateway)]
    assert ("selects-nothing", "Gateway shop/g") in alone and ("selects-nothing", "Service shop/far") in alone


def test_completion_offers_pods_of_all_clusters(mesh, clusters, program, tmp_path):
    wanted = ["east=shop/far", "east=shop/twice", "west=shop/twice", "shop/web", "east=shop/web"]
    assert mesh("completion", "pods", *clusters, status=0).stdout.split() == wanted
    script = tmp_path / "mesh.bash"
    script.write_text(mesh("completion", "bash", status=0).stdout)

    def completed(word):
        line = f"mesh xds {' '.join(map(str, clusters))} --pod {word}"
        ask = f"""source {script}; compopt() {{ :; }}; COMP_LINE='{line}' COMP_POINT={len(line)}
            COMP_WORDS=(mesh xds) COMP_CWORD=2; _mesh; printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True,
                              env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"})
        return done.stdout.split()

    assert completed("") == wanted
    assert completed("shop") == ["shop/web"]
    assert completed("east=shop/t") == ["shop/twice"]  # readline keeps what stands before "="


def test_a_finding_about_a_remote_pod_says_its_cluster(answer, tmp_path):
    rules = """
{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: default, namespace: shop}, spec: {mtls: {mode: STRICT}}}
---
{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: web, namespace: shop},
 spec: {host: web, trafficPolicy: {tls: {mode: DISABLE}}}}
"""
    bare = (SHOP % ("10.0.0.9", "10.0.0.1", "10.0.0.1")).replace("istio-proxy", "app")
    own = written(tmp_path, "own", bare + "---" + rules)
    east = written(tmp_path, "remote", SHOP % ("10.8.0.9", "10.8.0.1", "10.8.0.1"))
    assert answer("check", "-f", own) == []
    (said,) = answer("check", "-f", own, "-f", f"east={east}")
    assert (said["object"], said["code"]) == ("DestinationRule shop/web", "rule-conflict")
    assert 'Pod shop/web in cluster "east" takes mutual TLS only' in said["message"]
