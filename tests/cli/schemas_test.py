"""Real answers hold to docs/schemas, and docs/diagnostics.md lists what the library knows."""

import ctypes
import json
import pathlib
import re

import jsonschema
import pytest

from conftest import ROOT, SHOP

SCHEMAS = ROOT / "docs/schemas"
TEAMS = ROOT / "examples/two-teams"
INJECTION = ROOT / "examples/injection"

CALLS = [
    ("diagnostics", ("check", "-f", SHOP)),
    ("members", ("members", "-f", SHOP)),
    ("members", ("members", "-f", SHOP, "--tenant", "shop-control-plane/shop-mesh")),
    ("status", ("status", "-f", SHOP)),
    ("status", ("status", "-f", SHOP, "--full", "--tenant", "shop-control-plane/shop-mesh")),
    ("proxies", ("proxies", "-f", SHOP)),
    ("xds", ("xds", "-f", SHOP, "--pod", "shop-control-plane/istio-ingressgateway")),
    ("bootstrap", ("bootstrap", "-f", SHOP, "--pod", "shop-web/frontend")),
    ("bootstrap", ("bootstrap", "-f", SHOP, "--pod", "shop-web/frontend", "--flavour", "envoy", "--static")),
    ("reach", ("reach", "-f", TEAMS, "--from", "red-shop/web", "--to", "red-pay/ledger:8080")),
    ("reach", ("reach", "-f", TEAMS, "--planned", "--from", "batch/report", "--to", "red-pay/ledger")),
    ("route", ("route", "-f", SHOP, "--pod", "shop-web/frontend", "--address", "127.10.1.1", "http://cart:18080/items")),
    ("journey", ("route", "-f", SHOP, "--pod", "shop-web/frontend", "--address", "127.10.1.1", "--journey", "http://cart:18080/")),
    ("diff", ("diff", SHOP, SHOP / "30-cart.yaml")),
    ("values", ("values", "-f", SHOP)),
    ("values", ("values", "-f", SHOP, "--release-values")),
    ("inject-matrix", ("inject", "--matrix", "-f", INJECTION)),
    ("explain-inject", ("explain", "inject", "-f", INJECTION, "blue-shop/api")),
    ("cni-networks", ("cni", "merge", "team/storage@net1", "istio-cni")),
    ("test-results", ("test", SHOP, "--coverage")),
    ("test-results", ("test", SHOP, "--strict")),
    ("version", ("version",)),
]


def schema(name):
    return json.loads((SCHEMAS / f"{name}.json").read_text())


@pytest.mark.parametrize("name", sorted(path.stem for path in SCHEMAS.glob("*.json")))
def test_schemas_are_schemas(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name, arguments", CALLS, ids=[f"{name}-{call[0]}" for name, call in CALLS])
def test_answers_hold_to_their_schema(answer, name, arguments):
    found = answer(*arguments)
    assert found or name == "diagnostics"
    jsonschema.Draft202012Validator(schema(name)).validate(found)


def test_diagnostics_hold_to_their_schema(answer):
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n---\nkind: [\n"
    found = answer("check", "-f", "-", stdin=text)
    assert len(found) >= 2
    jsonschema.Draft202012Validator(schema("diagnostics")).validate(found)


class View(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]


@pytest.fixture(scope="session")
def library(program):
    places = [program.parent / "libmesh.so", program.parent.parent / "lib/libmesh.so"]
    return ctypes.CDLL(str(next(place for place in places if place.exists())))


def test_conversions_hold_to_their_schema(library):
    text = (b"apiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: a}\nspec: {version: v2.5}\n"
            b"---\napiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: b}\nspec: {version: v9}\n")
    out = ctypes.c_void_p()
    library.mesh_convert.argtypes = [View, View, View, ctypes.POINTER(ctypes.c_void_p)]
    library.mesh_convert.restype = ctypes.c_void_p
    library.mesh_buffer_view.argtypes = [ctypes.c_void_p]
    library.mesh_buffer_view.restype = View
    assert not library.mesh_convert(View(text, len(text)), View(None, 0), View(b"v1", 2), ctypes.byref(out))
    view = library.mesh_buffer_view(out)
    found = json.loads(ctypes.string_at(view.data, view.size))
    assert len(found["documents"]) == 1 and len(found["diagnostics"]) == 1
    jsonschema.Draft202012Validator(schema("convert")).validate(found)


def test_what_suites_want_holds_to_its_schema(library):
    suite = (b"name: wants\nconfiguration: [mesh]\ntexts: {\"https://a.example.com/keys\": keys.json}\n"
             b"cases: [{reach: {from: a/b, to: c/d}, expect: {reached: false}}]\n")
    for name, types in {"new": [ctypes.POINTER(ctypes.c_void_p)], "delete": [ctypes.c_void_p],
                        "add": [ctypes.c_void_p, View, View, ctypes.POINTER(ctypes.c_void_p)],
                        "wanted": [ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]}.items():
        function = getattr(library, "mesh_tests_" + name)
        function.argtypes, function.restype = types, ctypes.c_void_p
    library.mesh_buffer_view.argtypes, library.mesh_buffer_view.restype = [ctypes.c_void_p], View
    tests, out = ctypes.c_void_p(), ctypes.c_void_p()
    assert not library.mesh_tests_new(ctypes.byref(tests))
    assert not library.mesh_tests_add(tests, View(suite, len(suite)), View(b"a_mesh_test.yaml", 16), ctypes.byref(out))
    assert not library.mesh_tests_wanted(tests, ctypes.byref(out))
    view = library.mesh_buffer_view(out)
    found = json.loads(ctypes.string_at(view.data, view.size))
    library.mesh_tests_delete(tests)
    assert {one["text"] for one in found} == {True, False}
    jsonschema.Draft202012Validator(schema("test-wanted")).validate(found)


@pytest.fixture(scope="session")
def codes(library):
    library.mesh_diagnostic_codes.restype = View
    view = library.mesh_diagnostic_codes()
    return json.loads(ctypes.string_at(view.data, view.size))


def test_codes_are_documented(codes):
    jsonschema.Draft202012Validator(schema("codes")).validate(codes)
    text = (pathlib.Path(ROOT) / "docs/diagnostics.md").read_text()
    assert re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, re.M) == [(row["code"], row["meaning"]) for row in codes]
