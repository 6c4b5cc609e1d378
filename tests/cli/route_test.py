"""mesh route and the requests of mesh diff: what they print, and what their exit status means."""

import json

import pytest

from conftest import SHOP

FRONTEND = ("route", "-f", SHOP, "--pod", "shop-web/frontend")


def test_a_route_names_its_steps_and_objects(answer):
    found = answer(*FRONTEND, "--address", "127.10.1.1", "http://cart.shop-cart:18080/", status=0)
    assert found["verdict"] == "routed"
    assert [step["what"] for step in found["because"]][:2] == ["listener", "filter-chain"]
    assert found["destinations"][0]["host"] == "cart.shop-cart.svc.cluster.local"


def test_a_request_that_goes_nowhere_fails(answer):
    found = answer(*FRONTEND, "--address", "127.10.1.1", "--port", "1", "nowhere", status=1)
    assert (found["verdict"], found["listener"]) == ("no-listener", "")
    assert found["detail"] == "nothing listens at 127.10.1.1:1; listeners are at 127.10.1.1:18080, 127.10.1.1:18081"


def test_the_table_says_the_same(mesh):
    table = mesh(*FRONTEND, "--address", "127.10.1.1", "http://cart.shop-cart:18080/", status=0).stdout
    assert table.startswith("routed: goes to cart.shop-cart.svc.cluster.local:18080")
    assert "STEP" in table and "virtual-host" in table


def test_many_requests_are_answered_in_order(tmp_path, answer):
    file = tmp_path / "requests.json"
    file.write_text(json.dumps([{"host": "a", "port": 1, "address": "1.1.1.1"},
                                {"host": "cart.shop-cart:18080", "address": "127.10.1.1"}]))
    found = answer(*FRONTEND, "--requests", file, status=0)
    assert [each["verdict"] for each in found] == ["no-listener", "routed"]


@pytest.mark.parametrize("arguments, word", [
    (("ftp://cart/",), "not http or https"),
    (("-H", "nothing", "cart"), "NAME: VALUE"),
    (("--claims", "{", "cart"), "no JSON"),
    ((), "URL"),
])
def test_a_wrong_call_is_told(arguments, word, mesh):
    assert word in mesh(*FRONTEND, *arguments, status=2).stderr


def test_a_request_with_a_wrong_field_is_told(tmp_path, mesh):
    file = tmp_path / "requests.json"
    file.write_text('[{"hots": "cart"}]')
    assert "[0]: hots: there is no such field" in mesh(*FRONTEND, "--requests", file, status=2).stderr


def test_diff_tells_who_is_refused_now(tmp_path, mesh, answer):
    for name in ("old", "new"):
        folder = tmp_path / name
        folder.mkdir()
        for file in SHOP.glob("*.yaml"):
            (folder / file.name).write_text(file.read_text())
    (tmp_path / "new/99.yaml").write_text("""
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nobody, namespace: shop-cart}
spec: {}
""")
    found = answer("diff", tmp_path / "old", tmp_path / "new", status=0)["requests"]
    assert found["complete"] and found["asked"] > 0
    assert {each["namespace"] for each in found["effects"]} == {"shop-cart"}
    assert {each["effect"] for each in found["effects"]} == {"loses"}
    assert {each["after"]["verdict"] for each in found["effects"]} == {"denied"}
    table = mesh("diff", tmp_path / "old", tmp_path / "new", status=0).stdout
    assert "loses" in table and "denied: no ALLOW rule is for it" in table
