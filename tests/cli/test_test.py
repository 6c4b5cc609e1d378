"""mesh test: suites found, run, told and reported; the examples' own suites pass."""

import json
import re
import subprocess
import threading
import xml.etree.ElementTree

import jsonschema
import pytest
import yaml

from conftest import ROOT, SHOP

SUITES = sorted(ROOT.glob("examples/**/*_mesh_test.yaml"))
MESH = """apiVersion: v1
kind: Namespace
metadata: {name: shop}
"""
SUITE = """name: s
cases:
- {name: good, members: {namespace: shop}, expect: {exists: true}}
- {name: bad, members: {namespace: shop}, expect: {exists: false}}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mesh.yaml").write_text(MESH)
    (tmp_path / "a_mesh_test.yaml").write_text(SUITE)
    return tmp_path


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.stem)
def test_examples_pass_and_hold_to_the_schema(mesh, suite):
    schema = json.loads((ROOT / "docs/schemas/mesh-test.json").read_text())
    for document in yaml.safe_load_all(suite.read_text()):
        jsonschema.Draft202012Validator(schema).validate(document)
    mesh("test", suite, status=0)


def test_there_are_examples():
    assert SHOP / "shop_mesh_test.yaml" in SUITES


def test_a_failure_is_told_with_what_was_expected(mesh, folder):
    done = mesh("test", folder, status=1)
    assert re.search(r"^s +bad +members +failed$", done.stdout, re.M)
    assert "  exists differs\n    expected: false\n    actual:   true\n  because\n" in done.stdout
    assert done.stdout.endswith("2 cases in 1 suite: 1 passed, 1 failed, 0 errors, 0 skipped\n")


def test_filter(mesh, folder):
    done = mesh("test", folder, "--filter", "^s/good$", status=0)
    assert "1 case in 1 suite: 1 passed" in done.stdout
    assert "no case has this" in mesh("test", folder, "--filter", "nothing", status=2).stderr
    assert "filter" in mesh("test", folder, "--filter", "(", status=2).stderr


def test_reports_beside_the_output(mesh, folder):
    files = {name: folder / f"report.{name}" for name in ("json", "junit", "sarif", "tap", "text")}
    reports = [word for name, path in files.items() for word in ("--report", f"{name}={path}")]
    mesh("test", folder, *reports, status=1)
    assert json.loads(files["json"].read_text())["summary"]["failed"] == 1
    suites = xml.etree.ElementTree.parse(files["junit"]).getroot()
    assert suites.attrib["failures"] == "1" and suites.find("testsuite/testcase/failure") is not None
    run = json.loads(files["sarif"].read_text())["runs"][0]
    assert [result["ruleId"] for result in run["results"] if result["level"] == "error"] == ["case/members"]
    assert files["tap"].read_text().startswith("TAP version 14\n# Subtest: s\n    ok 1 - good\n    not ok 2 - bad\n")
    assert "FAIL s/bad" in files["text"].read_text()


def test_a_report_that_does_not_fit_is_told(mesh, folder):
    assert "/dev/full: No space left on device" in mesh("test", folder, "--report", "tap=/dev/full", status=2).stderr


def test_suites_are_no_objects(mesh, folder):
    assert "a_mesh_test" not in mesh("check", "-f", folder, status=0).stdout


def test_errors_of_the_configuration_fail_the_run(mesh, folder):
    (folder / "a_mesh_test.yaml").write_text(SUITE.replace("false", "true"))
    mesh("test", folder, status=0)
    (folder / "mesh.yaml").write_text(MESH + "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
                                     "metadata: {name: a, namespace: shop}\nspec: {mtl: {}}\n")
    assert "unknown-field" in mesh("test", folder, status=1).stdout


def test_strict_warnings_fail_in_every_report(mesh, folder):
    (folder / "a_mesh_test.yaml").write_text(SUITE.replace("false", "true"))
    (folder / "mesh.yaml").write_text(MESH + "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
                                     "metadata: {name: d, namespace: shop}\nspec: {host: nowhere}\n")
    for strict in (False, True):
        extra = ["--strict"] if strict else []
        junit = mesh("test", folder, "-o", "junit", *extra, status=int(strict)).stdout
        suites = xml.etree.ElementTree.fromstring(junit)
        assert (int(suites.attrib["errors"]) + int(suites.attrib["failures"]) > 0) == strict, junit
        assert ("not ok" in mesh("test", folder, "-o", "tap", *extra, status=int(strict)).stdout) == strict
        run = json.loads(mesh("test", folder, "-o", "sarif", *extra, status=int(strict)).stdout)["runs"][0]
        assert any(result["level"] == "error" for result in run["results"]) == strict


def test_wrong_calls(mesh, tmp_path):
    assert "there is no suite" in mesh("test", tmp_path, status=2).stderr
    (tmp_path / "a_mesh_test.yaml").write_text(SUITE)
    assert "--report" in mesh("test", tmp_path, "--report", "junit", status=2).stderr


def test_a_path_that_is_not_there_is_told(mesh, folder):
    (folder / "a_mesh_test.yaml").write_text("configuration: [nowhere]\n" + SUITE)
    assert "a_mesh_test.yaml:1:17: error[file-missing] suite s: configuration[0]" in mesh("test", folder, status=1).stdout


def test_coverage(answer, folder):
    (folder / "rules.yaml").write_text("""apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict, namespace: shop}
spec: {mtls: {mode: STRICT}}
""")
    found = answer("test", folder, "--coverage")["coverage"]
    policies = next(group for group in found if group["what"] == "policies")
    assert policies["total"] == 1 and policies["untouched"][0]["object"] == "PeerAuthentication shop/strict"


def read_until(process, text):
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return
    pytest.fail(f"{text} was not printed, but {seen}")


def test_watch_runs_again_when_a_file_changes(program, folder):
    (folder / "below" / "deep").mkdir(parents=True)
    process = subprocess.Popen([program, "test", folder, "--watch", "-o", "text"], stdout=subprocess.PIPE, text=True)
    guard = threading.Timer(60, process.kill)
    guard.start()
    try:
        read_until(process, "1 passed, 1 failed")
        (folder / "a_mesh_test.yaml").write_text(SUITE.replace("false", "true"))
        read_until(process, "2 passed, 0 failed")
        (folder / "more.yaml").write_text(MESH.replace("shop", "more"))
        read_until(process, "2 passed, 0 failed")
        (folder / "below" / "deep" / "more.yaml").write_text(MESH.replace("shop", "deep"))
        read_until(process, "2 passed, 0 failed")
    finally:
        guard.cancel()
        process.kill()
        process.wait()
