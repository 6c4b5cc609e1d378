"""A real kube-apiserver with etcd, for one test run: certificates, start, stop, requests.

The programs are built from their Go modules by tests/peers/kubernetes/run (MESH_KUBERNETES names another folder).
"""

from __future__ import annotations

import functools
import json
import os
import pathlib
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("MESH_KUBERNETES", ROOT / "build/peers/kubernetes"))


def missing() -> str:
    """What keeps the server from being had, or nothing."""
    if not (PROGRAMS / "kube-apiserver").exists() or not (PROGRAMS / "etcd").exists():
        return f"there is no kube-apiserver in {PROGRAMS}; build it with: tests/peers/kubernetes/run"
    return ""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def openssl(*arguments, stdin: str = "") -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, input=stdin, text=True)


class Server:
    def __init__(self, work: pathlib.Path):
        self.work = work
        self.port = free_port()
        self.children = []
        work.mkdir(parents=True, exist_ok=True)
        self._certificates()

    def _certificates(self) -> None:
        w = self.work
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", w / "ca.key", "-out", w / "ca.crt",
                "-days", "2", "-subj", "/CN=test-ca")
        openssl("genrsa", "-out", w / "sa.key", "2048")
        openssl("rsa", "-in", w / "sa.key", "-pubout", "-out", w / "sa.pub")
        (w / "san").write_text("subjectAltName=IP:127.0.0.1\n")
        for name, subject in (("server", "/CN=kube-apiserver"), ("admin", "/O=system:masters/CN=admin")):
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", w / f"{name}.key", "-out", w / f"{name}.csr",
                    "-subj", subject)
            openssl("x509", "-req", "-in", w / f"{name}.csr", "-CA", w / "ca.crt", "-CAkey", w / "ca.key",
                    "-CAcreateserial", "-days", "2", "-extfile", w / "san", "-out", w / f"{name}.crt")

    def _run(self, name: str, *arguments) -> None:
        log = open(self.work / f"{name}.log", "w")
        self.children.append(subprocess.Popen([PROGRAMS / name, *map(str, arguments)], stdout=log, stderr=log))

    def start(self) -> None:
        w, etcd, peer = self.work, free_port(), free_port()
        url = f"http://127.0.0.1:{etcd}"
        self._run("etcd", "--data-dir", w / "etcd", "--listen-client-urls", url, "--advertise-client-urls", url,
                  "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--unsafe-no-fsync")
        self._run("kube-apiserver", "--etcd-servers", url, "--secure-port", self.port, "--bind-address", "127.0.0.1",
                  "--advertise-address", "127.0.0.1", "--service-cluster-ip-range", "10.0.0.0/24",
                  "--tls-cert-file", w / "server.crt", "--tls-private-key-file", w / "server.key",
                  "--client-ca-file", w / "ca.crt", "--service-account-key-file", w / "sa.pub",
                  "--service-account-signing-key-file", w / "sa.key", "--authorization-mode", "RBAC",
                  "--service-account-issuer", "https://kubernetes.default.svc", "--endpoint-reconciler-type", "none",
                  "--disable-admission-plugins", "ServiceAccount")
        limit = time.monotonic() + 120
        while time.monotonic() < limit:
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            assert all(child.poll() is None for child in self.children), (w / "kube-apiserver.log").read_text()[-2000:]
            time.sleep(0.3)
        raise AssertionError("the API server is not ready:\n" + (w / "kube-apiserver.log").read_text()[-2000:])

    def stop(self) -> None:
        for child in reversed(self.children):  # the API server first: it waits for etcd otherwise
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()

    def call(self, method: str, path: str, body=None, as_user: str = "", groups=()) -> tuple[int, dict]:
        context = ssl.create_default_context(cafile=self.work / "ca.crt")
        context.load_cert_chain(self.work / "admin.crt", self.work / "admin.key")
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if as_user:
            request.add_header("Impersonate-User", as_user)
        for group in groups:
            request.add_header("Impersonate-Group", group)
        try:
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text[:1] == b"{" else {}
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text[:1] == b"{" else {"message": text.decode()}

    def may(self, account: str, verb: str, group: str, resource: str, namespace: str = "") -> bool:
        """Whether RBAC lets the ServiceAccount "namespace/name" do it."""
        home, name = account.split("/")
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": f"system:serviceaccount:{home}:{name}",
            "groups": ["system:serviceaccounts", f"system:serviceaccounts:{home}", "system:authenticated"],
            "resourceAttributes": {"verb": verb, "group": group, "resource": resource, "namespace": namespace}}}
        status, answer = self.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        assert status == 201, answer
        return answer["status"]["allowed"]


# Kinds that belong to others. Their real definitions are used where they can be had, see definitions().
FOREIGN = [("maistra.io", "v2", "ServiceMeshControlPlane", "servicemeshcontrolplanes"),
           ("maistra.io", "v1", "ServiceMeshMemberRoll", "servicemeshmemberrolls"),
           ("maistra.io", "v1", "ServiceMeshMember", "servicemeshmembers"),
           ("k8s.cni.cncf.io", "v1", "NetworkAttachmentDefinition", "network-attachment-definitions"),
           ("route.openshift.io", "v1", "Route", "routes"),
           ("security.istio.io", "v1", "PeerAuthentication", "peerauthentications"),
           ("networking.istio.io", "v1", "DestinationRule", "destinationrules")]
OURS = [("mesh.libmesh.dev", "v1alpha1", "HelmRelease", "helmreleases")]
# What the networks of OpenShift are described by; none is namespaced.
NETWORK = [("config.openshift.io", "v1", "Network", "networks"),
           ("network.openshift.io", "v1", "ClusterNetwork", "clusternetworks"),
           ("network.openshift.io", "v1", "NetNamespace", "netnamespaces")]


def definition(group: str, version: str, kind: str, plural: str, scope: str = "Namespaced") -> dict:
    """A definition that takes everything."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": scope,
                     "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": kind + "List"},
                     "versions": [{"name": version, "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": schema}}]}}


def istio_definitions() -> list[pathlib.Path]:
    """Istio's, out of the Go module that tests/peers/istio pins, where it was downloaded."""
    try:
        done = subprocess.run(["go", "list", "-m", "-f", "{{.Dir}}", "istio.io/api"], cwd=ROOT / "tests/peers/istio",
                              capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return []
    folder = done.stdout.strip()
    return [pathlib.Path(folder, "kubernetes/customresourcedefinitions.gen.yaml")] if folder else []


@functools.cache
def real_definitions() -> dict[str, dict]:
    """The definitions that their owners publish, by name: of $MESH_CRDS, or the folder beside the source tree."""
    folder = pathlib.Path(os.environ.get("MESH_CRDS") or ROOT.parent.joinpath("shared", "crds"))
    wanted = {f"{plural}.{group}" for group, _, _, plural in FOREIGN + NETWORK}
    out = {}
    for path in [*sorted(folder.glob("*.yaml")), *istio_definitions()]:
        if path.name.startswith("sail-") or not path.exists():
            continue
        for document in yaml.load_all(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if document and document["metadata"]["name"] in wanted:
                out[document["metadata"]["name"]] = document
    return out


def definitions() -> list[dict]:
    """Ours of crds/, and others' as their owners publish them or, without those, ones that take everything."""
    ours = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "crds").glob("*.yaml"))]
    return ours + [real_definitions().get(f"{plural}.{group}") or definition(group, version, kind, plural)
                   for group, version, kind, plural in FOREIGN]


PLURALS = {"Namespace": "namespaces", "ServiceAccount": "serviceaccounts", "Role": "roles",
           "RoleBinding": "rolebindings", "ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings",
           "CustomResourceDefinition": "customresourcedefinitions",
           "NetworkPolicy": "networkpolicies", "ConfigMap": "configmaps", "Secret": "secrets",
           "Pod": "pods", "Node": "nodes", "MutatingWebhookConfiguration": "mutatingwebhookconfigurations",
           "ValidatingWebhookConfiguration": "validatingwebhookconfigurations",
           **{kind: plural for _, _, kind, plural in FOREIGN + OURS + NETWORK}}


def path_of(item: dict, with_name: bool = True) -> str:
    api, kind = item["apiVersion"], item["kind"]
    out = f"/api/{api}" if "/" not in api else f"/apis/{api}"
    if item.get("namespace"):
        out += f"/namespaces/{item['namespace']}"
    out += "/" + PLURALS[kind]
    return out + "/" + item["name"] if with_name else out
