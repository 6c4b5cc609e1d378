"""mesh admit: an AdmissionReview judged, its questions answered."""

import base64
import json

import jsonschema
import pytest

from conftest import ROOT, SHOP

SCHEMA = json.loads((ROOT / "docs/schemas/admission.json").read_text())


def review(kind, name, spec, api="maistra.io/v1", ns="team-control-plane"):
    group, version = api.split("/")
    thing = {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": ns}, "spec": spec}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {"uid": "r1", "operation": "CREATE", "name": name, "namespace": ns,
                        "kind": {"group": group, "version": version, "kind": kind},
                        "userInfo": {"username": "alice", "groups": ["dev"]}, "object": thing}}


ROLL = review("ServiceMeshMemberRoll", "default", {"members": ["team-web"]})
TAKEN = review("ServiceMeshMemberRoll", "default", {"members": ["shop-web"]})
PLANE = review("ServiceMeshControlPlane", "basic", {}, api="maistra.io/v2")


@pytest.fixture
def files(tmp_path):
    """files(name=value, …) -> their paths."""

    def write(**values):
        for name, value in values.items():
            (tmp_path / name).write_text(json.dumps(value))
        return [tmp_path / name for name in values]

    return write


def answers(everywhere, here=None):
    out = [{"verb": "update", "resource": "pods", "allowed": everywhere}]
    if here is not None:
        out.append({"verb": "update", "resource": "pods", "namespace": "team-web", "allowed": here})
    return {"answers": out}


def admit(answer, *arguments, **more):
    found = answer("admit", "-f", SHOP, *arguments, **more)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def test_questions_are_listed(mesh, answer, files):
    (request,) = files(review=ROLL)
    found = admit(answer, "--review", request, status=1)
    assert found["outcome"] == "needsAnswers"
    assert [(q["verb"], q["resource"], q["namespace"]) for q in found["questions"]] == [
        ("update", "pods", ""), ("update", "pods", "team-web")]
    assert {q["user"] for q in found["questions"]} == {"alice"}
    table = mesh("admit", "-f", SHOP, "--review", "-", stdin=json.dumps(ROLL), status=1).stdout
    assert table.startswith("needs answers: 2") and "(all)" in table and "team-web" in table


@pytest.mark.parametrize("everywhere, here, outcome, status", [
    (True, None, "allowed", 0), (False, True, "allowed", 0), (False, False, "denied", 1), (False, None, "needsAnswers", 1)])
def test_answers_decide(answer, files, everywhere, here, outcome, status):
    request, said = files(review=ROLL, answers=answers(everywhere, here))
    assert admit(answer, "--review", request, "--answers", said, status=status)["outcome"] == outcome


def test_by_whom_is_for_administrators(mesh, files):
    request, no, yes = files(review=TAKEN, no=answers(False), yes=answers(True))
    tenant = mesh("admit", "-f", SHOP, "--review", request, "--answers", no, status=1).stdout
    administrator = mesh("admit", "-f", SHOP, "--review", request, "--answers", yes, status=1).stdout
    words = "denied: BadRequest: one or more members are already defined in another ServiceMeshMemberRoll"
    assert tenant == words + " (400)\n"
    assert administrator == words + ": shop-web (control plane shop-control-plane/shop-mesh) (400)\n"


def test_a_control_plane_is_completed(answer, files):
    (request,) = files(review=PLANE)
    response = admit(answer, "--review", request, status=0)["review"]["response"]
    assert response["uid"] == "r1" and response["allowed"]
    assert [operation["path"] for operation in json.loads(base64.b64decode(response["patch"]))] == [
        "/spec/version", "/spec/gateways", "/spec/profiles"]
    only = admit(answer, "--review", request, "--hook", "validating", status=1)["review"]["response"]
    assert only["status"]["message"].startswith("invalid Version specified")


def test_the_operator_takes_no_mesh(mesh, files):
    (request,) = files(review=PLANE)
    done = mesh("admit", "-f", SHOP, "--review", request, "--operator-namespace", "team-control-plane", status=1)
    assert "as the operator" in done.stdout


def test_other_namespaces_pass(mesh, files):
    (request,) = files(review=ROLL)
    done = mesh("admit", "-f", SHOP, "--review", request, "--watched-namespace", "other", status=0)
    assert done.stdout == "allowed (200)\n"


@pytest.mark.parametrize("arguments, word", [
    ((), "--review"),
    (("--review", "no-such-file"), "no-such-file"),
    (("--review", "-", "--answers", "-"), "standard input"),
    (("--review", "-", "--hook", "other"), "other"),
    (("--review", "-"), "AdmissionReview"),
])
def test_a_wrong_call(mesh, arguments, word):
    done = mesh("admit", "-f", SHOP, *arguments, stdin="{}", status=2)
    assert word in done.stderr and done.stdout == ""


@pytest.mark.parametrize("option", ["--review", "--answers"])
def test_a_file_that_cannot_be_read_is_named(mesh, files, option):
    request, said = files(review=ROLL, answers=answers(True))
    (request if option == "--review" else said).write_text("a: [b")
    done = mesh("admit", "-f", SHOP, "--review", request, "--answers", said, status=2)
    broken = request if option == "--review" else said
    assert f"{broken}: {option[2:]}: did not find expected" in done.stderr and done.stdout == ""


def test_strict_makes_warnings_fail(mesh, files):
    request, said = files(review=review("ServiceMeshMemberRoll", "default", {"members": ["kube-system"]}),
                          answers=answers(True))
    call = ("admit", "-f", SHOP, "--review", request, "--answers", said)
    assert 'warning: namespace "kube-system"' in mesh(*call, status=0).stdout
    mesh(*call, "--strict", status=1)


def test_help_and_completion(mesh):
    text = mesh("admit", "--help", status=0).stdout
    assert "mesh admit" in text and "Examples:" in text
    for shell in ("bash", "zsh", "fish"):
        assert "operator-namespace" in mesh("completion", shell, status=0).stdout
