"""Runs the program `mesh` that was built: MESH_PROGRAM, else build/install/bin/mesh, else build/dev/mesh."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples/shop"


@pytest.fixture(scope="session")
def program() -> pathlib.Path:
    candidates = [os.environ.get("MESH_PROGRAM", ""), ROOT / "build/install/bin/mesh", ROOT / "build/dev/mesh"]
    for candidate in map(pathlib.Path, filter(None, candidates)):
        if candidate.is_file():
            return candidate
    pytest.fail("there is no program `mesh`: make build, or set MESH_PROGRAM")


@pytest.fixture(scope="session")
def mesh(program):
    """mesh("members", "-f", path) -> the finished process, its output as text."""

    def call(*arguments, stdin="", status=None):
        done = subprocess.run([program, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode in (0, 1, 2), f"status {done.returncode}\n{done.stderr}"
        if status is not None:
            assert done.returncode == status, f"status {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
        return done

    return call


@pytest.fixture(scope="session")
def answer(mesh):
    """The same with -o json, read."""
    return lambda *arguments, **more: json.loads(mesh(*arguments, "-o", "json", **more).stdout)
