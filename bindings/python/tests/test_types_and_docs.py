"""What the package says of itself: examples that run, types that hold, every C function in it."""

import doctest
import importlib
import inspect
import os
import pathlib
import pkgutil
import re
import subprocess
import sys

import pytest

import meshplane
from conftest import ROOT

PACKAGE = pathlib.Path(meshplane.__file__).parent
INSTALLED = os.environ.get("MESH_PYTHON") == "installed"
WHERE = ROOT if INSTALLED else PACKAGE.parent  # where mypy finds the package by its folder; else as one that is installed
MODULES = ["meshplane"] + [f"meshplane.{each.name}" for each in pkgutil.iter_modules([str(PACKAGE)])
                           if not each.name.startswith("_")]


def public():
    """Everything that users call: (name, object)."""
    for name in meshplane.__all__:
        thing = getattr(meshplane, name)
        yield name, thing
        if inspect.isclass(thing) and thing.__module__ != "meshplane._core":
            for member, value in vars(thing).items():
                if not member.startswith("_"):
                    yield f"{name}.{member}", value


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_docstrings(module, shop, monkeypatch):
    import asyncio
    monkeypatch.chdir(ROOT)
    found = doctest.DocTestFinder(exclude_empty=True).find(
        importlib.import_module(module), globs={"meshplane": meshplane, "asyncio": asyncio, "shop": shop})
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    report = []
    for test in found:
        runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


def test_there_are_examples_of_most_of_it():
    with_example = [name for name, thing in public() if ">>>" in (inspect.getdoc(thing) or "")]
    assert len(with_example) > 35, with_example


def test_everything_public_has_a_docstring():
    assert [name for name, thing in public() if not inspect.getdoc(thing) and name not in plain_values()] == []


def plain_values():
    return {f"{name}.code" for name in meshplane.__all__}


def mypy(*arguments):
    pytest.importorskip("mypy")
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, cwd=WHERE, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_types_are_strict():
    assert (PACKAGE / "py.typed").exists()
    mypy("mypy", "--strict", "--cache-dir", str(ROOT / "build/python/mypy"), "-p", "meshplane")


# What pybind11 has and no stub says: its metaclass, the __init__ of what nobody makes, buffers by slot before Python 3.12.
PYBIND11 = "meshplane._core.[A-Z][A-Za-z]*\n.*\\.__init__\n.*\\.__buffer__\n"


def test_the_stub_is_what_the_extension_has(tmp_path):
    (tmp_path / "allowed").write_text(PYBIND11)
    mypy("mypy.stubtest", "meshplane._core", "--ignore-disjoint-bases", "--ignore-positional-only", "--ignore-unused-allowlist",
         "--allowlist", str(tmp_path / "allowed"))


USER = '''
import pathlib
import meshplane

def names(path: pathlib.Path) -> list[str]:
    with meshplane.Store() as store:
        store.apply(path)
        store.apply([{"kind": "Namespace"}])
        now = store.snapshot()
    response: bytes = meshplane.Injector(now).review(b"{}")
    answer: dict[str, object] = meshplane.Injector(now).review({"kind": "AdmissionReview"})
    memoryview(now.raw.members(""))
    return [row["name"] for row in now.proxies()]

async def watch(store: meshplane.Store) -> int:
    async for now in store.changes():
        return now.revision
    return (await store.changed(3, timeout=0.5)).revision
'''


def test_a_strict_user_is_served(tmp_path):
    (tmp_path / "user.py").write_text(USER)
    mypy("mypy", "--strict", "--cache-dir", str(ROOT / "build/python/mypy"), str(tmp_path / "user.py"))
    (tmp_path / "wrong.py").write_text(USER.replace("list[str]", "list[int]").replace("store.apply(path)", "store.apply(7)"))
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / "build/python/mypy"),
                           str(tmp_path / "wrong.py")], capture_output=True, text=True, cwd=WHERE, timeout=300)
    assert done.returncode == 1 and 'has incompatible type "int"' in done.stdout


def exported():
    return set(re.findall(r"^mesh_\w+$", (ROOT / "tests/abi/symbols.txt").read_text(), re.M))


@pytest.mark.skipif(INSTALLED, reason="skipped: the library is inside the extension")
def test_every_c_function_is_called_by_the_extension():
    """The extension is linked with the shared library here: what it uses of it are its undefined symbols."""
    (extension,) = PACKAGE.glob("_core*.so")
    symbols = subprocess.run(["nm", "-D", "--undefined-only", extension], capture_output=True, text=True, check=True)
    used = set(re.findall(r"\b(mesh_\w+?)(?:@.*)?$", symbols.stdout, re.M))
    assert exported() - used == set()


def test_every_method_of_the_extension_is_used_by_the_package():
    text = "".join(file.read_text() for file in PACKAGE.glob("*.py"))
    core = importlib.import_module("meshplane._core")
    unused = []
    for name, thing in vars(core).items():
        if inspect.isclass(thing):
            unused += [f"{name}.{member}" for member in vars(thing)
                       if not member.startswith("_") and not re.search(rf"\.{member}\(|_core\.{member}\b", text)]
        elif callable(thing) and name != "abi_version":
            unused += [name] if f"_core.{name}(" not in text else []
    assert unused == []


def test_the_reference_is_what_the_docstrings_say():
    done = subprocess.run([sys.executable, ROOT / "bindings/python/docs", "--check"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
