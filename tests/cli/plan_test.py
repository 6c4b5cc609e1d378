"""mesh plan and mesh explain member."""

import json

import jsonschema
import pytest

from conftest import ROOT, SHOP

PLAN = json.loads((ROOT / "docs/schemas/plan.json").read_text())
MEMBER = json.loads((ROOT / "docs/schemas/explain-member.json").read_text())

TWO = """
{apiVersion: maistra.io/v2, kind: ServiceMeshControlPlane, metadata: {name: basic, namespace: red}, spec: {version: v2.5}}
---
{apiVersion: maistra.io/v1, kind: ServiceMeshMemberRoll, metadata: {name: default, namespace: red}, spec: {members: [shop]}}
---
{apiVersion: maistra.io/v2, kind: ServiceMeshControlPlane, metadata: {name: basic, namespace: blue}, spec: {version: v2.5}}
---
{apiVersion: maistra.io/v1, kind: ServiceMeshMember, metadata: {name: default, namespace: bank},
 spec: {controlPlaneRef: {name: basic, namespace: blue}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: bank, labels: {maistra.io/member-of: gone}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: old, labels: {maistra.io/member-of: gone}}}
"""


def plan(mesh, *arguments, status=0):
    found = json.loads(mesh("plan", *arguments, "-o", "json", stdin=TWO, status=status).stdout)
    jsonschema.Draft202012Validator(PLAN).validate(found)
    return found


def test_the_shop_has_a_plan(mesh):
    found = plan(mesh, "-f", SHOP)
    assert found["summary"]["create"] == sum(step["action"] == "create" for step in found["steps"]) > 0
    assert all(step["because"] for step in found["steps"])


def test_one_namespace(mesh):
    found = plan(mesh, "-f", "-", "--namespace", "shop")
    assert {step["namespace"] or step["name"] for step in found["steps"]} == {"shop"}


def test_a_tenant_sees_its_own(mesh):
    found = plan(mesh, "-f", "-", "--tenant", "blue/basic")
    assert {step["tenant"] for step in found["steps"]} == {"blue/basic"}
    assert "red" not in {step["namespace"] for step in found["steps"]}
    mesh("plan", "-f", "-", "--tenant", "nobody/x", stdin=TWO, status=1)


def test_exit_code(mesh):
    assert mesh("plan", "-f", "-", "--exit-code", stdin=TWO, status=1).stdout
    mesh("plan", "-f", "-", "--exit-code", stdin="{apiVersion: v1, kind: Namespace, metadata: {name: a}}", status=0)


def test_the_stream_says_what_apply_cannot(mesh):
    stream = mesh("plan", "-f", "-", "-o", "yaml", stdin=TWO, status=0).stdout
    assert "# kubectl patch namespace old --type=merge" in stream
    assert "kind: NetworkPolicy" in stream and "# because" in stream
    partial = mesh("plan", "-f", "-", "-o", "yaml", "--partial", stdin=TWO, status=0).stdout
    assert "# kubectl patch namespace old" not in partial


def test_the_table_says_why(mesh):
    table = mesh("plan", "-f", "-", stdin=TWO, status=0).stdout
    assert "ServiceMeshMemberRoll red/default spec.members[0]: makes the namespace a member" in table
    assert "to create" in table


@pytest.mark.parametrize("name, mesh_id, words", [
    ("shop", "red/basic", "is a member of red/basic"),
    ("bank", "blue/basic", "is a member of blue/basic"),
    ("red", "red/basic", "is the own namespace of red/basic"),
    ("old", "", "is in no mesh"),
    ("nowhere", "", "is in no mesh"),
])
def test_explain_member(mesh, name, mesh_id, words):
    found = json.loads(mesh("explain", "member", "-f", "-", name, "-o", "json", stdin=TWO).stdout)
    jsonschema.Draft202012Validator(MEMBER).validate(found)
    assert found["mesh"] == mesh_id and words in found["conclusion"]
    assert words in mesh("explain", "member", "-f", "-", name, stdin=TWO).stdout


def test_a_tenant_is_not_told_by_whom(mesh):
    found = mesh("explain", "member", "-f", "-", "bank", "--tenant", "red/basic", "-o", "json", stdin=TWO).stdout
    assert "blue" not in found


def test_a_tenant_hears_of_its_own_mesh_alone(mesh):
    """What it has no part in is not told as "in no mesh", which would be wrong, nor by whose it is."""
    found = json.loads(mesh("explain", "member", "-f", "-", "bank", "--tenant", "red/basic", "-o", "json", stdin=TWO).stdout)
    assert found["conclusion"].startswith('namespace "bank" is not in red/basic: ')


def test_a_misspelt_subject(mesh):
    refused = mesh("explain", "membre", status=2)
    assert 'there is no subject "membre"' in refused.stderr


@pytest.mark.parametrize("shell, words", [("bash", 'subjects="member inject cluster endpoints listener route policy"'), ("zsh", "subjects=(member inject cluster endpoints listener route policy)"), ("fish", "-a inject")])
def test_completion_knows_the_subjects(mesh, shell, words):
    assert words in mesh("completion", shell, status=0).stdout


def test_help(mesh):
    for verb in (["plan"], ["explain"], ["explain", "member"]):
        assert "Examples:" in mesh(*verb, "--help", status=0).stdout


def test_a_namespace_that_is_not_there_is_said(mesh):
    """As kubectl has it: what was asked for by name and is not there fails."""
    found = plan(mesh, "-f", "-", "-n", "nowhere", status=1)
    assert found["steps"] == []
    assert [(note["namespace"], note["reason"]) for note in found["notes"]] == [("nowhere", "NamespaceNotExists")]
    table = mesh("plan", "-f", "-", "-n", "nowhere", stdin=TWO, status=1).stdout
    assert table.startswith('note[NamespaceNotExists] namespace "nowhere" does not exist\n')
    assert "NotInMesh" in mesh("plan", "-f", "-", "-n", "old", stdin=TWO).stdout


@pytest.mark.parametrize("name", ["", "Upper", "a/b", "-x-"])
def test_what_is_no_name_is_a_wrong_call(mesh, name):
    assert "is no name that a namespace can have" in mesh(
        "explain", "member", "-f", "-", "--", name, stdin=TWO, status=2).stderr
    if name:
        assert "is no name that a namespace can have" in mesh("plan", "-f", "-", f"-n={name}", stdin=TWO, status=2).stderr


BROKEN = TWO.replace("namespace: blue}, spec: {version: v2.5}", "namespace: blue}, spec: {version: v2.5, mode: Sideways}")


@pytest.mark.parametrize("verb", [["check"], ["members"], ["plan"], ["explain", "member", "shop"], ["values"]])
def test_a_neighbours_mistakes_are_not_shown(mesh, verb):
    """Neither on standard error nor by the exit status; the administrator is told."""
    own = mesh(*verb, "-f", "-", "--tenant", "red/basic", stdin=BROKEN)
    assert "blue" not in own.stdout + own.stderr
    everything = mesh(*verb, "-f", "-", stdin=BROKEN, status=1)
    assert "spec.mode must be either MultiTenant or ClusterWide" in everything.stdout + everything.stderr
