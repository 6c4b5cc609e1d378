"""mesh explain cluster|endpoints|listener|route|policy."""

import json

import jsonschema
import pytest

from conftest import ROOT, SHOP

POD = ("-f", SHOP, "--pod", "shop-web/frontend")


def schema(name):
    return jsonschema.Draft202012Validator(json.loads((ROOT / f"docs/schemas/{name}.json").read_text()))


@pytest.mark.parametrize("verb, name, object_name", [
    ("cluster", "outbound|18080||catalog.shop-catalog.svc.cluster.local", ("Service", "shop-catalog", "catalog")),
    ("listener", "127.10.1.1_18081", ("Sidecar", "shop-web", "frontend")),
])
def test_a_resource_names_what_makes_it(answer, verb, name, object_name):
    found = answer("explain", verb, *POD, name)
    schema("explain-resource").validate(found)
    assert found["name"] == name and found["complete"]
    objects = [(o["kind"], o["namespace"], o["name"]) for o in (link["object"] for link in found["because"])]
    assert object_name in objects


def test_each_route_names_its_virtual_service(answer):
    found = answer("explain", "route", *POD, "catalog.shop-catalog.svc.cluster.local:18080")
    schema("explain-resource").validate(found)
    assert found["part"] == "catalog.shop-catalog.svc.cluster.local:18080"
    rule = next(link for link in found["because"] if link["object"]["kind"] == "VirtualService")
    assert rule["fields"] and all(field["changes"] or field["effect"] != "shapes" for field in rule["fields"])


def test_a_policy_says_what_it_does(answer):
    found = answer("explain", "policy", *POD, "DestinationRule/shop-cart/cart")
    schema("explain-policy").validate(found)
    assert {each["type"] for each in found["resources"]} == {"clusters", "endpoints"}


def test_the_table_is_for_people(mesh):
    said = mesh("explain", "cluster", *POD, "|catalog", status=0).stdout
    assert "Service shop-catalog/catalog" in said and "no resource without it" in said


def test_a_name_that_may_mean_several_is_told(mesh):
    assert "may be several" in mesh("explain", "cluster", *POD, "outbound", status=1).stderr


def test_what_is_not_there_is_told_with_what_is(mesh):
    said = mesh("explain", "cluster", *POD, "outbound|18080||katalog.shop-catalog.svc.cluster.local", status=1).stderr
    assert "catalog.shop-catalog.svc.cluster.local" in said
