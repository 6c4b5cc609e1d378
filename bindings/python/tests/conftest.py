"""The package as bindings/python/build makes it, and the example."""

import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, os.environ.get("MESH_PYTHON", str(ROOT / "build/python")))
SHOP = ROOT / "examples/shop"


@pytest.fixture
def store():
    import meshplane
    with meshplane.Store() as store:
        yield store


@pytest.fixture(scope="module")
def shop():
    """A snapshot of examples/shop."""
    import meshplane
    with meshplane.Store() as store:
        assert store.apply(SHOP) == []
        return store.snapshot()


@pytest.fixture
def cli():
    """Runs the installed program on the example."""
    prefix = pathlib.Path(os.environ.get("MESH_PREFIX", ROOT / "build/install"))
    program = prefix / "bin/mesh"
    if not program.exists():
        pytest.skip(f"skipped: there is no {program}")
    return program
