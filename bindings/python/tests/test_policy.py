"""Policy tests from Python: the core's runner, and the pytest plugin that collects the same files."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

import meshplane
from conftest import ROOT, SHOP

SUITE = """\
name: mine
configuration: [.]
cases:
- name: good
  members: {namespace: shop-web}
  expect: {mesh: shop-control-plane/shop-mesh}
- name: bad
  members: {namespace: shop-web}
  expect: {mesh: other/mesh}
- name: later
  skip: not yet
  members: {namespace: shop-web}
  expect: {mesh: a}
"""


@pytest.fixture
def policy(tmp_path):
    """A copy of the shop with a suite of which one case is good, one bad, one skipped."""
    folder = shutil.copytree(SHOP, tmp_path / "policy", ignore=shutil.ignore_patterns("*_mesh_test.yaml", "demo"))
    (folder / "mine_mesh_test.yaml").write_text(SUITE)
    return folder


def test_the_results_are_the_programs(cli, monkeypatch):
    monkeypatch.chdir(ROOT)
    done = subprocess.run([cli, "test", "examples/shop", "--coverage", "-o", "json"], capture_output=True, text=True, timeout=60)
    results = meshplane.Tests.load("examples/shop").run(coverage=True, filter="")
    assert json.dumps(results, indent=2, ensure_ascii=False) + "\n" == done.stdout
    for format in ("text", "tap", "junit", "sarif"):
        done = subprocess.run([cli, "test", "examples/shop", "--coverage", "-o", format], capture_output=True, text=True, timeout=60)
        assert meshplane.report(results, format) == done.stdout


def test_a_suite_may_be_a_mapping(policy):
    tests = meshplane.Tests()
    assert tests.add({"name": "a", "configuration": [str(policy)],
                      "cases": [{"name": "b", "members": {"namespace": "shop-web"}, "expect": {"exists": True}}]}, "a_mesh_test.json") == []
    tests.give_files()
    assert tests.run()["summary"]["passed"] == 1


def test_what_is_wrong_is_told():
    tests = meshplane.Tests()
    assert tests.add("cases: 7", "a_mesh_test.yaml")[0]["severity"] == "error"
    with pytest.raises(meshplane.ParseError):
        meshplane.report({}, "tap")
    with pytest.raises(ValueError):
        tests.run(colour="red")
    with pytest.raises(FileNotFoundError):
        meshplane.Tests.load("there/is/none_mesh_test.yaml")


def test_a_store_leaves_suites_out(store, policy):
    assert store.apply(policy) == []


def run_pytest(folder, *arguments, status=0):
    plugin = [] if os.environ.get("MESH_PYTHON") == "installed" else ["-p", "meshplane.pytest_plugin"]  # pip has entered it
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER")}  # with these, pytest says more
    done = subprocess.run([sys.executable, "-m", "pytest", *plugin, "-p", "no:cacheprovider", "-rA", *arguments],
                          cwd=folder, capture_output=True, text=True, timeout=120,
                          env={**env, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def test_pytest_collects_the_cases(policy):
    listed = run_pytest(policy, "--collect-only", "-q")
    assert re.findall(r"^mine_mesh_test.yaml::(.*)$", listed, re.M) == ["mine/good", "mine/bad", "mine/later", "configuration"]


def test_pytest_runs_them(policy):
    said = run_pytest(policy, status=1)
    assert "PASSED mine_mesh_test.yaml::mine/good" in said and "PASSED mine_mesh_test.yaml::configuration" in said
    assert "1 failed, 2 passed, 1 skipped" in said
    assert "expected: 'other/mesh'" in said and "actual:   'shop-control-plane/shop-mesh'" in said
    assert "because ServiceMeshMemberRoll shop-control-plane/default spec.members" in said
    assert "mine_mesh_test.yaml:7: bad" in said


def test_pytest_runs_a_part_and_tells_what_was_touched(policy):
    said = run_pytest(policy, "-k", "good", "--mesh-coverage")
    assert "1 passed" in said and "3 deselected" in said
    assert re.search(r"^mine_mesh_test.yaml: members: \d+ of \d+$", said, re.M)


def test_errors_in_a_suite_or_configuration_fail(policy):
    (policy / "90-wrong.yaml").write_text("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: wrong, namespace: a}\n"
                                          "spec: {hosts: 7}\n")
    (policy / "no_mesh_test.yaml").write_text("name: none\ncases: 7\n")
    said = run_pytest(policy, "-k", "configuration", status=1)
    assert "90-wrong.yaml:4: VirtualService a/wrong: " in said and "no_mesh_test.yaml:2" in said
    assert "2 failed" in said


FIXTURES = '''
def test_members(mesh_case):
    result = mesh_case(".", members={"namespace": "shop-web"}, expect={"mesh": "shop-control-plane/shop-mesh"})
    assert result["status"] == "passed"


def test_bad(mesh_case):
    mesh_case(".", members={"namespace": "shop-web"}, expect={"mesh": "other/mesh"})


def test_snapshot(mesh_snapshot):
    now = mesh_snapshot(".", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "more"}})
    assert now.explain_member("more")["exists"]


def test_store(mesh_store):
    assert mesh_store.apply("{apiVersion: v1, kind: Namespace, metadata: {name: a}}") == []
'''


def test_the_fixtures(policy):
    (policy / "test_fixtures.py").write_text(FIXTURES)
    said = run_pytest(policy, "test_fixtures.py", status=1)
    assert "3 passed" in said and "1 failed" in said and said.count("expected: 'other/mesh'") == 1


def test_the_shops_own_suite_is_good():
    said = run_pytest(ROOT, "examples/shop/shop_mesh_test.yaml")
    assert " passed" in said and "failed" not in said
