"""mesh reach on the example of two teams: what it says, and what its exit status means."""

import pytest

from conftest import ROOT

TEAMS = ROOT / "examples/two-teams"

ANSWERS = [
    ("members reach each other", "red-shop/web", "red-pay/ledger:8080", 0, "yes"),
    ("a namespace of nobody's does not", "batch/report", "red-pay/ledger:8080", 1, "no"),
    ("the other team does not", "blue-api/api", "red-shop/web:http", 1, "no"),
    ("the router reaches what asks for it", "router", "red-shop/web:http", 0, "yes"),
    ("at the exposed port only", "router", "red-shop/web:metrics", 1, "no"),
    ("a member may be stricter", "router", "red-pay/ledger:http", 1, "no"),
    ("a port that there is not cannot be told", "red-shop/web", "red-pay/ledger:grpc", 2, "unknown"),
]


@pytest.mark.parametrize("start, end, status, said", [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_of_the_planned_state(answer, start, end, status, said):
    found = answer("reach", "-f", TEAMS, "--planned", "--from", start, "--to", end, status=status)
    assert found["answer"] == said and found["planned"] is True


def test_of_the_objects_as_they_are(answer):
    found = answer("reach", "-f", TEAMS, "--from", "batch/report", "--to", "red-pay/ledger:8080", status=0)
    assert [hole["hole"] for hole in found["holes"]] == ["not-isolated"]


def test_a_policy_of_somebody_else_is_a_hole(mesh):
    table = mesh("reach", "-f", TEAMS, "--planned", "--from", "batch/report", "--to", "blue-api/api:8080", status=0).stdout
    assert table.startswith("batch/report reaches blue-api/api at TCP 8080 once the plan is applied\n")
    assert "foreign-policy   NetworkPolicy blue-api/debug" in table
    assert "spec.ingress[0].from[0]" in table


def test_switched_off_policies_and_the_node_s_network_are_holes(answer):
    found = answer("reach", "-f", TEAMS, "--planned", "--from", "batch/report", "--to", "blue-agents/agent:9100", status=0)
    assert {hole["hole"] for hole in found["holes"]} == {"host-network", "policies-off"}


@pytest.mark.parametrize("start, end, word", [
    ("red-shop/nobody", "red-pay/ledger", "there is no pod red-shop/nobody"),
    ("red-shop/web", "red-pay/ledger:70000", "not between 1 and 65535"),
    ("red-shop", "red-pay/ledger", "is not NAMESPACE/POD"),
])
def test_what_cannot_be_asked_proves_nothing(mesh, start, end, word):
    assert word in mesh("reach", "-f", TEAMS, "--from", start, "--to", end, status=2).stderr


def test_completion_knows_the_verb(mesh):
    assert "reach) words=" in mesh("completion", "bash", status=0).stdout
