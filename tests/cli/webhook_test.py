"""mesh serve --webhook: HTTPS, what it refuses, certificates that change, files that change, a clean stop."""

import base64
import http.client
import json
import ssl
import subprocess
import time

import pytest

from serving import Served, running

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: %s}}\n"
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
       "spec": {"containers": [{"name": "app", "image": "app:1"}]}}


def review(uid="u1", namespace="shop", pod=POD, operation="CREATE", version="v1"):
    return {"apiVersion": f"admission.k8s.io/{version}", "kind": "AdmissionReview",
            "request": {"uid": uid, "operation": operation, "namespace": namespace, "object": pod,
                        "kind": {"group": "", "version": "v1", "kind": "Pod"},
                        "resource": {"group": "", "version": "v1", "resource": "pods"}}}


class Webhook(Served):
    """A server with a webhook on a free port."""

    def __init__(self, program, folder, work, *more):
        super().__init__(program, folder, work, "--webhook", "127.0.0.1:0", *more)
        self.ca = work / "ca.pem"
        self.port = int(self.line(r"webhook on https://127\.0\.0\.1:(\d+)/inject"))

    def connection(self, ca=None):
        context = ssl.create_default_context(cafile=ca or self.ca)
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=20)

    def call(self, path="/inject", body=None, method="POST", connection=None, **headers):
        connection = connection or self.connection()
        headers = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        connection.request(method, path, body=json.dumps(body) if isinstance(body, dict) else body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "cluster"
    path.mkdir()
    (path / "shop.yaml").write_text(NAMESPACE % "enabled")
    return path


@pytest.fixture
def served(program, folder, tmp_path):
    with running(Webhook(program, folder, tmp_path, "--webhook-ca", tmp_path / "ca.pem")) as one:
        yield one


def response(text):
    return json.loads(text)["response"]


def patch_of(text):
    return json.loads(base64.b64decode(response(text)["patch"]))


def test_a_pod_is_patched_over_https(served):
    for version in ("v1", "v1beta1"):
        status, text = served.call(body=review(version=version))
        assert status == 200
        assert json.loads(text)["apiVersion"] == f"admission.k8s.io/{version}"
        assert response(text)["uid"] == "u1" and response(text)["allowed"] is True
        assert "istio-proxy" in json.dumps(patch_of(text))


def test_the_path_names_cluster_and_network(served):
    _, text = served.call("/inject/cluster/east/net/blue", review())
    assert {"name": "ISTIO_META_CLUSTER_ID", "value": "east"} in env_of(patch_of(text))
    assert {"name": "ISTIO_META_NETWORK", "value": "blue"} in env_of(patch_of(text))


def env_of(patch):
    """Every mapping with a name in the values of a patch."""
    found, open_values = [], [step.get("value") for step in patch]
    while open_values:
        value = open_values.pop()
        if isinstance(value, dict):
            found += [value] if "name" in value else []
            open_values += value.values()
        elif isinstance(value, list):
            open_values += value
    return found


@pytest.mark.parametrize("request_, status, says", [
    (dict(body=""), 400, "no body found"),
    (dict(method="GET"), 400, "no body found"),
    (dict(body="{}", Content_Type="text/yaml"), 415, "invalid Content-Type, want `application/json`"),
    (dict(body=" " * ((6 << 20) + 1)), 400, "limit is 6291456"),
    (dict(path="/other", body="{}"), 404, ""),
    (dict(path="/injected", body="{}"), 404, ""),
    (dict(path="/inject/" + "a" * 4000, body="{}"), 414, ""),
    (dict(body="}{"), 200, '"allowed":false'),
], ids=["no body", "no post", "another type", "too large", "another path", "a longer word", "a long path", "no review"])
def test_what_istiod_refuses_is_refused(served, request_, status, says):
    found, text = served.call(**request_)
    assert found == status and says in text
    assert served.call(body=review())[0] == 200, "and it goes on"


def test_metrics_count(served):
    served.call(body=review())
    served.call(body=review(pod={**POD, "metadata": {"name": "web", "labels": {"sidecar.istio.io/inject": "false"}}}))
    served.call(body="}{")
    page = served.page("/metrics")[1]
    for name, value in (("requests", 3), ("success", 2), ("failure", 1), ("skip", 1)):
        assert f"\nsidecar_injection_{name}_total {value}\n" in page
    assert "\nsidecar_injection_time_seconds_count 3\n" in page
    assert "pilot_xds " in page
    assert served.call("/ready", method="GET") == (200, "ready\n")


def eventually(check, patience=10):
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        if check():
            return True
        time.sleep(0.05)
    return False


def test_it_follows_the_files(served, folder):
    assert "patch" in response(served.call(body=review())[1])
    (folder / "shop.yaml").write_text(NAMESPACE % "disabled")
    assert eventually(lambda: "patch" not in response(served.call(body=review())[1]))


def certificate(work, name, serial):
    """A CA of its own and a certificate of it for 127.0.0.1."""
    def run(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        f"/CN={name}-ca", "-keyout", work / f"{name}.ca.key", "-out", work / f"{name}.ca.pem")
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout",
        work / f"{name}.key", "-out", work / f"{name}.csr")
    (work / "san").write_text("subjectAltName=IP:127.0.0.1\n")
    run("x509", "-req", "-in", work / f"{name}.csr", "-CA", work / f"{name}.ca.pem", "-CAkey", work / f"{name}.ca.key",
        "-set_serial", serial, "-days", "2", "-extfile", work / "san", "-out", work / f"{name}.pem")
    return [(work / f"{name}.{kind}").read_text() for kind in ("pem", "key")]


def test_new_handshakes_use_the_new_certificate(program, folder, tmp_path):
    first, second = certificate(tmp_path, "first", 1), certificate(tmp_path, "second", 2)
    chain, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    chain.write_text(first[0])
    key.write_text(first[1])
    with running(Webhook(program, folder, tmp_path, "--webhook-cert", chain, "--webhook-key", key)) as served:
        kept = served.connection(tmp_path / "first.ca.pem")
        assert served.call(body=review(), connection=kept)[0] == 200
        chain.write_text(second[0])
        served.line("the key is not that of the certificate; the one before stays")
        assert served.call(body=review(), connection=served.connection(tmp_path / "first.ca.pem"))[0] == 200
        key.write_text(second[1])
        served.line("webhook certificate: read again")
        assert served.call(body=review(), connection=served.connection(tmp_path / "second.ca.pem"))[0] == 200
        assert served.call(body=review(), connection=kept)[0] == 200, "a connection that is open stays"
        with pytest.raises(ssl.SSLCertVerificationError):
            served.call(body=review(), connection=served.connection(tmp_path / "first.ca.pem"))


def test_it_stops_at_once_though_connections_are_kept_alive(served):
    connection = served.connection()
    assert served.call(body=review(), connection=connection)[0] == 200
    begin = time.monotonic()
    status, seconds = served.stop(), time.monotonic() - begin
    assert status == 0 and seconds < 5, seconds


def test_without_a_file_the_ca_bundle_is_shown(program, folder, tmp_path):
    with running(Webhook(program, folder, tmp_path)) as served:
        bundle = served.line(r"webhook caBundle: (\S+)")
        (tmp_path / "shown.pem").write_bytes(base64.b64decode(bundle))
        assert served.call(body=review(), connection=served.connection(tmp_path / "shown.pem"))[0] == 200


@pytest.mark.parametrize("arguments, says", [
    (["--webhook", "0.0.0.0:0"], "callers are not authenticated yet"),
    (["--webhook", "9443"], "is no address"),
    (["--webhook", "127.0.0.1:0", "--webhook-cert", "a"], "given together"),
    (["--webhook", "127.0.0.1:0", "--webhook-cert", "/no", "--webhook-key", "/no"], "/no: cannot be read"),
    (["--webhook", "127.0.0.1:0", "--native-sidecars", "maybe"], "maybe"),
    (["--webhook", "127.0.0.1:0", "--values", "/no"], "/no"),
], ids=["not loopback", "no address", "no key", "no file", "native sidecars", "no values"])
def test_wrong_calls_are_refused(mesh, folder, arguments, says):
    done = mesh("serve", folder, "--address", "127.0.0.1:0", "--http-address", "127.0.0.1:0", *arguments, status=2)
    assert says in done.stderr
