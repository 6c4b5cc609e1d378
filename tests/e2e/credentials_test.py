"""HTTPS at a gateway: the certificate of a Secret reaches a real Envoy, and a renewed one replaces it."""

import base64
import http.client
import socket
import ssl
import subprocess

import customers
import envoys
import processes
import pytest

HOST = "shop.example.com"
ADDRESS = "127.10.9.1"
PORT = 18443

OBJECTS = f"""
apiVersion: v1
kind: Namespace
metadata: {{name: edge}}
---
apiVersion: v1
kind: Pod
metadata:
  name: gateway
  namespace: edge
  labels: {{istio: ingressgateway}}
  annotations: {{inject.istio.io/templates: gateway, sidecar.istio.io/interceptionMode: NONE}}
spec:
  serviceAccountName: gateway
  containers: [{{name: istio-proxy, image: registry.example.com/mesh/proxy, args: [proxy, router]}}]
status: {{phase: Running, podIP: {ADDRESS}, podIPs: [{{ip: {ADDRESS}}}]}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: edge, namespace: edge}}
spec:
  selector: {{istio: ingressgateway}}
  servers:
  - port: {{number: {PORT}, protocol: HTTPS, name: https}}
    bind: {ADDRESS}
    hosts: [{HOST}]
    tls: {{mode: SIMPLE, credentialName: shop-cert}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: shop, namespace: edge}}
spec:
  hosts: [{HOST}]
  gateways: [edge]
  http: [{{name: all, directResponse: {{status: 200, body: {{string: good morning}}}}}}]
"""


def write_secret(folder, work, common_name):
    """A certificate of its own making, as a TLS Secret in the folder."""
    key, certificate = work / f"{common_name}.key", work / f"{common_name}.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj",
                    f"/CN={common_name}", "-addext", f"subjectAltName=DNS:{HOST}"],
                   check=True, capture_output=True)
    encoded = {name: base64.b64encode(file.read_bytes()).decode()
               for name, file in (("tls.crt", certificate), ("tls.key", key))}
    (folder / "secret.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: shop-cert, namespace: edge}\n"
        "type: kubernetes.io/tls\ndata:\n" +
        "".join(f"  {name}: {text}\n" for name, text in encoded.items()))
    return certificate


def connected(context):
    """A TLS connection to the gateway that asks for the shop."""
    plain = socket.create_connection((ADDRESS, PORT), timeout=5)
    return context.wrap_socket(plain, server_hostname=HOST)


def served_certificate():
    """The certificate that the gateway shows, or "" while it shows none."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with connected(context) as connection:
            return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True))
    except OSError:
        return ""


def body(authority):
    """What a client that trusts the authority gets."""
    with connected(ssl.create_default_context(cafile=authority)) as connection:
        client = http.client.HTTPConnection(HOST)
        client.sock = connection
        client.request("GET", "/", headers={"Host": HOST})
        return client.getresponse().read().decode()


@pytest.mark.parametrize("delta", [False, True], ids=["state of the world", "delta"])
def test_a_gateway_serves_with_the_certificate_of_its_secret(program, envoy_program, tmp_path, delta):
    folder = tmp_path / "edge"
    folder.mkdir()
    (folder / "edge.yaml").write_text(OBJECTS)
    first = write_secret(folder, tmp_path, "first")
    xds, debug = f"127.0.0.1:{envoys.free_port()}", ("127.0.0.1", envoys.free_port())
    with processes.Stage() as stage:
        server = stage.start("mesh serve", program.serve_command(folder, xds, "%s:%d" % debug),
                             tmp_path / "serve.log")
        processes.wait_for("mesh serve", lambda: customers.get(debug, "mesh", "/ready").status == 200,
                           server)
        port = envoys.free_port()
        bootstrap = program.bootstrap(folder, "edge/gateway", xds=xds, admin_port=port, delta=delta)
        envoy = envoys.start(stage, envoy_program, "gateway", bootstrap, port, tmp_path)
        processes.wait_for("the gateway", lambda: served_certificate() == first.read_text(),
                           envoy.child)
        assert body(first) == "good morning"
        second = write_secret(folder, tmp_path, "second")
        processes.wait_for("the renewed certificate",
                           lambda: served_certificate() == second.read_text(), envoy.child)
        assert body(second) == "good morning"
        assert envoy.refusals() == []


def test_the_complete_form_carries_the_secret(program, tmp_path):
    folder = tmp_path / "edge"
    folder.mkdir()
    (folder / "edge.yaml").write_text(OBJECTS)
    certificate = write_secret(folder, tmp_path, "only")
    made = program.bootstrap(folder, "edge/gateway", static=True)
    resources = made.get("staticResources") or made["static_resources"]
    secret, = (one for one in resources["secrets"] if one["name"] == "kubernetes://shop-cert")
    chain = secret["tlsCertificate"]["certificateChain"]["inlineBytes"]
    assert base64.b64decode(chain) == certificate.read_bytes()
