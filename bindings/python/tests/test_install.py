"""What users have: a fresh virtual environment outside the tree, with the wheel that bindings/python/wheel makes from the source
distribution alone. What they ask is answered as the program answers it, byte for byte."""

import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from conftest import ROOT, SHOP

MEMBERS_WITHOUT_CATALOG = """\
apiVersion: maistra.io/v1
kind: ServiceMeshMemberRoll
metadata: {name: default, namespace: shop-control-plane}
spec: {members: [shop-web, shop-cart]}
"""
WRONG = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: wrong, namespace: shop-cart}
spec: {hosts: 7}
"""


@pytest.fixture(scope="module")
def dist():
    """build/dist, made when it is not there (scripts/test makes it anew)."""
    folder = ROOT / "build/dist"
    if not list(folder.glob("meshplane-*manylinux*.whl")):
        subprocess.run([sys.executable, ROOT / "bindings/python/wheel"], check=True)
    return folder


@pytest.fixture(scope="module")
def wheel(dist):
    (wheel,) = dist.glob("meshplane-*manylinux*.whl")
    return wheel


@pytest.fixture(scope="module")
def fresh(wheel, tmp_path_factory):
    """An interpreter with nothing but the package, and no index to take anything from."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", wheel], check=True)

    def run(*arguments, status=0):
        done = subprocess.run([python, "-I", *map(str, arguments)], capture_output=True, text=True, cwd=folder, timeout=120, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_source_distribution_has_the_core_and_what_go_generates(dist):
    (archive,) = dist.glob("meshplane-*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"core/include/mesh/mesh.hpp", "core/LICENSE", "core/tests/abi/symbols.txt", "pyproject.toml"} <= names
    assert any(name.startswith("core/generated/libmesh/schema/gen/") and name.endswith(".cc") for name in names)
    assert not [name for name in names if name.endswith((".o", ".so", ".a", ".pyc")) or name.startswith("tests")]


def test_the_wheel_is_self_contained_with_the_licences_of_all_inside(wheel):
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        licences = {name.rpartition("/")[2]: opened.read(name).decode() for name in names
                    if "/licenses/" in name and not name.endswith("/")}
    grafted = [name.rpartition("/")[2] for name in names if ".libs/lib" in name]
    assert "Apache License" in licences["LICENSE"] and "NOTICE" in licences
    for library, package, word in [("libprotobuf", "libprotobuf", "Google"), ("libcrypto", "libssl", "OpenSSL"),
                                   ("libre2", "libre2", "RE2"), ("libyaml", "libyaml", "Kirill"), ("libsimdjson", "libsimdjson", "simdjson")]:
        assert [name for name in grafted if name.startswith(library)]
        assert [text for name, text in licences.items() if name.startswith(package) and word.lower() in text.lower()], (package, sorted(licences))
    assert "meshplane/py.typed" in names and "meshplane/_core.pyi" in names


def test_nothing_of_it_can_clash(fresh):
    extension = fresh("-c", "import meshplane; print(meshplane._core.__file__)").strip()
    shown = subprocess.run(["nm", "-D", "--defined-only", extension], capture_output=True, text=True, check=True).stdout
    assert {line.split()[-1] for line in shown.splitlines()} == {"PyInit__core"}
    needed = subprocess.run(["ldd", extension], capture_output=True, text=True, check=True).stdout
    outside = re.findall(r"^\s*(\S+) => (?!.*/meshplane\.libs/)", needed, re.M)
    assert set(outside) <= {"libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6", "libz.so.1", "libpthread.so.0"}, needed


ANSWERS = """
import json, sys, meshplane
with meshplane.Store() as store:
    store.apply(sys.argv[1])
    now = store.snapshot()
answers = {"check": now.diagnostics, "members": now.members, "plan": lambda: now.plan(cni=True, partial=False, defaultProfile="maistra"),
           "values": lambda: now.values(operatorNamespace="openshift-operators", defaultProfile="maistra", cni=True),
           "status": lambda: now.status(operatorVersion="2.5.1")}
print(json.dumps({name: json.dumps(ask(), indent=2, ensure_ascii=False) + "\\n" for name, ask in answers.items()}))
"""


@pytest.mark.parametrize("example", ["shop", "two-teams", "injection"])
def test_the_answers_are_the_programs_byte_for_byte(fresh, cli, example):
    folder = ROOT / "examples" / example
    answers = json.loads(fresh("-c", ANSWERS, folder))
    for verb, text in answers.items():
        done = subprocess.run([cli, verb, "-f", folder, "-o", "json"], capture_output=True, text=True, timeout=60, check=False)
        assert text == done.stdout, verb


def changed_shop(tmp_path, text):
    folder = shutil.copytree(SHOP, tmp_path / "after")
    (folder / "90-change.yaml").write_text(text)
    return folder


def test_the_gitops_check_says_what_the_program_says(fresh, cli, tmp_path):
    after = changed_shop(tmp_path, MEMBERS_WITHOUT_CATALOG)
    said = fresh(ROOT / "examples/python/gitops_check.py", SHOP, after)
    done = subprocess.run([cli, "diff", SHOP, after, "-o", "json"], capture_output=True, text=True, timeout=60, check=False)
    change = json.loads(done.stdout)
    assert [line for line in said.splitlines() if line.startswith("namespace ")] == \
        ["namespace shop-catalog: shop-control-plane/shop-mesh -> no mesh"]
    assert [line.split()[1].strip(":") for line in said.splitlines() if line.startswith("proxy ")] == \
        [f"{each['namespace']}/{each['name']}" for each in change["proxies"]]
    assert said.count("\n") == len(change["members"]) + len(change["proxies"])


def test_the_gitops_check_refuses_a_mistake(fresh, tmp_path):
    after = changed_shop(tmp_path, WRONG)
    said = fresh(ROOT / "examples/python/gitops_check.py", SHOP, after, status=1)
    assert f"{after}/90-change.yaml:4: VirtualService shop-cart/wrong: " in said


def test_the_readme_shows_the_example_as_it_is():
    example = (ROOT / "examples/python/gitops_check.py").read_text()
    assert example in (ROOT / "bindings/python/README.md").read_text()
    assert len([line for line in example.splitlines() if line.strip()]) <= 22
