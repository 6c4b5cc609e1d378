"""The package as bindings/python/build makes it (MESH_PYTHON: where it stands; "installed": in the interpreter's own packages),
and the example."""

import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
if os.environ.get("MESH_PYTHON") != "installed":
    sys.path.insert(0, os.environ.get("MESH_PYTHON", str(ROOT / "build/python")))
SHOP = ROOT / "examples/shop"


@pytest.fixture
def store():
    import meshplane
    with meshplane.Store() as store:
        yield store


@pytest.fixture(scope="session")
def shop():
    """A snapshot of examples/shop."""
    import meshplane
    with meshplane.Store() as store:
        assert store.apply(SHOP) == []
        return store.snapshot()


@pytest.fixture(scope="session")
def prefix():
    """The installed tree."""
    prefix = pathlib.Path(os.environ.get("MESH_PREFIX", ROOT / "build/install"))
    if not (prefix / "bin/mesh").exists():
        pytest.skip(f"skipped: there is no {prefix / 'bin/mesh'}")
    return prefix


@pytest.fixture(scope="session")
def cli(prefix):
    """The installed program."""
    return prefix / "bin/mesh"
