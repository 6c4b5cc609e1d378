"""mesh inject, uninject, explain inject and cni merge: what goes where, and what each refuses."""

import json

import jsonschema
import pytest
import yaml

from conftest import ROOT

EXAMPLE = ROOT / "examples/injection"
CLUSTER, WORKLOADS = EXAMPLE / "00-cluster.yaml", EXAMPLE / "10-workloads.yaml"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: app, unknownField: 7}]}\n"


def valid(name, found):
    jsonschema.Draft202012Validator(json.loads((ROOT / f"docs/schemas/{name}.json").read_text())).validate(found)
    return found


def documents(text):
    return [document for document in yaml.safe_load_all(text) if document]


def spec_of(workload):
    spec = workload["spec"]
    for key in ("jobTemplate", "template"):
        while key in spec:
            spec = spec[key]["spec"]
    return spec


def names(workload):
    spec = spec_of(workload)
    return [c["name"] for key in ("initContainers", "containers") for c in spec.get(key, [])]


def by_name(items):
    return {item["metadata"]["name"] + "." + item["kind"]: item for item in items}


def test_the_example_is_injected_as_its_readme_says(mesh):
    done = mesh("inject", "-f", WORKLOADS, "--state", CLUSTER, status=0)
    found = by_name(documents(done.stdout))
    assert list(found) == ["web.Deployment", "report.CronJob", "api.Deployment", "worker.Deployment", "web.Service"]
    assert "istio-proxy" in names(found["web.Deployment"]) and "istio-proxy" in names(found["api.Deployment"])
    assert names(found["report.CronJob"]) == ["report"] and names(found["worker.Deployment"]) == ["worker"]
    assert "worker" in done.stderr and "report" in done.stderr
    api = found["api.Deployment"]["spec"]["template"]
    (proxy,) = [c for key in ("initContainers", "containers") for c in api["spec"].get(key, []) if c["name"] == "istio-proxy"]
    assert {"name": "LOG_FORMAT", "value": "json"} in proxy["env"]
    assert proxy["securityContext"]["runAsUser"] == 2001
    assert api["metadata"]["annotations"]["k8s.v1.cni.cncf.io/networks"] == "team/storage@net1, v2-5-istio-cni"


def test_state_is_read_and_not_written(mesh):
    whole = mesh("inject", "-f", EXAMPLE, status=0)
    assert [d["kind"] for d in documents(whole.stdout)].count("Namespace") == 5
    assert "Namespace" not in mesh("inject", "-f", WORKLOADS, "--state", CLUSTER, status=0).stdout


def test_what_is_no_workload_stays_to_the_byte(mesh):
    text = "# a comment\napiVersion: v1\nkind: Service\nmetadata: {name: a}   # another\nspec: {ports: []}\n"
    assert mesh("inject", "-f", "-", stdin=text, status=0).stdout == text + "---\n"


def test_a_manifest_alone_is_injected_with_istios_defaults(mesh):
    (pod,) = documents(mesh("inject", "-f", "-", stdin=POD, status=0).stdout)
    assert "istio-proxy" in names(pod)
    assert [c for c in pod["spec"]["containers"] if c["name"] == "app"] == [{"name": "app", "image": "app", "unknownField": 7}]


def test_settings_are_given_by_files(mesh, tmp_path):
    (tmp_path / "values.json").write_text(json.dumps({"global": {"hub": "registry.example/istio", "tag": "9"}}))
    (tmp_path / "mesh.yaml").write_text("trustDomain: shop.example\n")
    arguments = ["inject", "-f", "-", "--values", tmp_path / "values.json", "--mesh-config", tmp_path / "mesh.yaml"]
    (pod,) = documents(mesh(*arguments, stdin=POD, status=0).stdout)
    (proxy,) = [c for key in ("initContainers", "containers") for c in pod["spec"].get(key, []) if c["name"] == "istio-proxy"]
    assert proxy["image"] == "registry.example/istio/proxyv2:9"
    assert {"name": "TRUST_DOMAIN", "value": "shop.example"} in proxy["env"]


@pytest.mark.parametrize("flags, where", [
    (("--native-sidecars", "true"), "initContainers"),
    (("--native-sidecars", "false"), "containers"),
    (("--kubelet-version", "v1.33.0"), "initContainers"),
    (("--kubelet-version", "v1.28.0"), "containers"),
])
def test_native_sidecars_are_an_option(mesh, flags, where):
    (pod,) = documents(mesh("inject", "-f", "-", *flags, stdin=POD, status=0).stdout)
    assert "istio-proxy" in [c["name"] for c in pod["spec"][where]]


def test_cluster_and_network_are_named(mesh):
    (pod,) = documents(mesh("inject", "-f", "-", "--cluster", "east", "--network", "blue", stdin=POD, status=0).stdout)
    env = [e for key in ("initContainers", "containers") for c in pod["spec"].get(key, []) for e in c.get("env", [])]
    assert {"name": "ISTIO_META_CLUSTER_ID", "value": "east"} in env
    assert {"name": "ISTIO_META_NETWORK", "value": "blue"} in env


def test_json_is_one_object_or_a_list(mesh):
    assert json.loads(mesh("inject", "-f", "-", "-o", "json", stdin=POD, status=0).stdout)["kind"] == "Pod"
    found = json.loads(mesh("inject", "-f", WORKLOADS, "--state", CLUSTER, "-o", "json", status=0).stdout)
    assert found["kind"] == "List" and len(found["items"]) == 5


def test_injecting_twice_changes_nothing(mesh):
    once = mesh("inject", "-f", WORKLOADS, "--state", CLUSTER, status=0).stdout
    assert documents(mesh("inject", "-f", "-", "--state", CLUSTER, stdin=once, status=0).stdout) == documents(once)


def test_what_was_put_in_is_taken_out(mesh):
    once = mesh("inject", "-f", WORKLOADS, "--state", CLUSTER, status=0).stdout
    done = mesh("uninject", "-f", "-", stdin=once, status=0)
    before = by_name(documents(WORKLOADS.read_text()))
    after = by_name(documents(done.stdout))
    assert after["web.Deployment"]["spec"]["template"]["spec"] == before["web.Deployment"]["spec"]["template"]["spec"]
    assert "info[" in done.stderr, "what cannot be known is listed"
    found = json.loads(mesh("uninject", "-f", "-", "-o", "json", stdin=mesh("inject", "-f", "-", stdin=POD).stdout).stdout)
    assert names(found) == ["app"]


def test_one_bad_manifest_does_not_stop_the_others(mesh):
    bad = POD.replace("{name: web}", "{name: bad, annotations: {traffic.sidecar.istio.io/includeInboundPorts: x}}")
    done = mesh("inject", "-f", "-", stdin=bad + "---\n" + POD, status=1)
    first, second = documents(done.stdout)
    assert names(first) == ["app"] and "istio-proxy" in names(second)
    assert "includeinboundports" in done.stderr.lower()


def test_the_matrix_names_the_deciding_field(mesh, answer):
    found = valid("inject-matrix", answer("inject", "--matrix", "-f", EXAMPLE))
    rows = {f"{row['namespace']}/{row['name']}": row["decision"]["answer"] for row in found["rows"]}
    assert rows == {"batch/report": "no", "blue-shop/api": "yes", "blue-shop/worker": "no", "shop/web": "yes"}
    table = mesh("inject", "--matrix", "-f", EXAMPLE, status=0).stdout
    assert "Deployment/worker" in table and "DECIDED BY" in table


@pytest.mark.parametrize("name, said, reason", [
    ("shop/web", "yes", "policy"), ("blue-shop/api", "yes", "pod-annotation"), ("blue-shop/worker", "no", "policy"),
    ("batch/report", "no", "no-webhook")])
def test_reasons_are_explained(mesh, answer, name, said, reason):
    found = valid("explain-inject", answer("explain", "inject", "-f", EXAMPLE, name))
    assert (found["answer"], found["reason"]) == (said, reason)
    assert found["because"], "with its chain"
    assert name in mesh("explain", "inject", "-f", EXAMPLE, name, status=0).stdout


def test_a_review_is_answered(mesh, tmp_path):
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
              "request": {"uid": "u1", "operation": "CREATE", "namespace": "shop", "object": yaml.safe_load(POD),
                          "kind": {"group": "", "version": "v1", "kind": "Pod"},
                          "resource": {"group": "", "version": "v1", "resource": "pods"}}}
    (tmp_path / "review.json").write_text(json.dumps(review))
    done = mesh("inject", "--review", tmp_path / "review.json", "--state", CLUSTER, status=0)
    assert json.loads(done.stdout)["response"]["patchType"] == "JSONPatch"
    done = mesh("inject", "--review", "-", "--state", CLUSTER, stdin="{}", status=1)
    assert json.loads(done.stdout)["response"]["allowed"] is False


@pytest.mark.parametrize("value, network, status, merged", [
    ("", "istio-cni", 0, "istio-cni"),
    ("a, b@c", "istio-cni", 0, "a, b@c, istio-cni"),
    ('[{"name":"a"}]', "default/istio-cni", 0, '[{"name":"a"}, {"name": "istio-cni", "namespace": "default"}]'),
    ("a,istio-cni", "istio-cni", 0, "a,istio-cni"),
    ('[{"name":', "istio-cni", 1, '[{"name":'),
])
def test_networks_are_merged(mesh, answer, value, network, status, merged):
    assert mesh("cni", "merge", value, network, status=status).stdout == merged + "\n"
    assert valid("cni-networks", answer("cni", "merge", value, network))["value"] == merged


@pytest.mark.parametrize("arguments, says", [
    (["inject"], "-f is missing"),
    (["inject", "--matrix", "--review", "x"], "two questions"),
    (["inject", "-f", "-", "-o", "table"], "for --matrix"),
    (["inject", "-f", "/no"], "/no"),
    (["inject", "-f", "-", "--values", "/no"], "/no"),
    (["inject", "-f", "-", "--native-sidecars", "maybe"], "maybe"),
    (["inject", "-f", "-", "--platform", "plan9"], "plan9"),
    (["uninject"], "--file is required"),
    (["explain", "inject", "-f", EXAMPLE, "web"], "is not NS/POD"),
    (["cni", "merge", "a", ""], "is not [namespace/]name"),
    (["cni", "merge", "a", "b,c"], "is not [namespace/]name"),
], ids=str)
def test_wrong_calls_are_refused(mesh, arguments, says):
    assert says in mesh(*arguments, status=2).stderr


def test_nobody_is_a_condition_that_fails(mesh):
    assert "shop/nobody" in mesh("explain", "inject", "-f", EXAMPLE, "shop/nobody", status=1).stderr


@pytest.mark.parametrize("text", ["", "---\n", "kind: [", "3\n", "[]", "apiVersion: v1\nkind: Pod\n", "\x00",
                                  "apiVersion: v1\nkind: Pod\nspec: 7\n", "apiVersion: v1\nkind: List\nitems: {}\n"])
def test_odd_input_is_not_lost_and_never_a_crash(mesh, text):
    for verb in ("inject", "uninject"):
        done = mesh(verb, "-f", "-", stdin=text)
        assert done.returncode in (0, 1)
        assert done.stderr or documents(done.stdout) == documents(text)
