"""--text: keys of tokens that somebody fetched."""

import json

RULE = """
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: security.istio.io/v1, kind: RequestAuthentication, metadata: {name: tokens, namespace: shop},
 spec: {jwtRules: [{issuer: "https://id.example", jwksUri: "https://id.example/keys"}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {clusterIP: 10.0.0.9, selector: {app: web},
 ports: [{name: http, port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, labels: {app: web}},
 spec: {containers: [{name: istio-proxy, image: p}]}, status: {phase: Running, podIP: 10.0.0.1}}
"""
KEYS = '{"keys":[{"kty":"oct","kid":"ours","k":"c2VjcmV0"}]}'


def test_missing_keys_are_told_and_given_keys_are_sent(mesh, tmp_path):
    state, keys = tmp_path / "state.yaml", tmp_path / "keys.json"
    state.write_text(RULE)
    keys.write_text(KEYS)
    told = json.loads(mesh("check", "-f", state, "-o", "json", status=0).stdout)
    assert [(d["code"], d["object"], d["severity"]) for d in told] == [
        ("text-missing", "RequestAuthentication shop/tokens", "info")]
    given = ("--text", f"https://id.example/keys={keys}")
    assert json.loads(mesh("check", "-f", state, *given, "-o", "json", status=0).stdout) == []
    sent = mesh("xds", "-f", state, *given, "--pod", "shop/web", "-o", "json", status=0).stdout
    assert "ours" in sent and "ours" not in mesh("xds", "-f", state, "--pod", "shop/web", "-o", "json", status=0).stdout


def test_a_text_without_a_file_is_refused(mesh, tmp_path):
    assert "is not URL=FILE" in mesh("check", "-f", "-", "--text", "https://id.example", stdin=RULE, status=2).stderr
