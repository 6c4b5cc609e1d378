"""Where the gates find the tree and what was built from it."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, cwd=None, env=None):
    """Runs a command and returns its output; its whole output is the message when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


def tracked_files():
    """The files of the tree as git knows them, or all of an unpacked archive."""
    if (ROOT / ".git").exists():
        listed = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
        return [ROOT / name for name in listed if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*")
            if path.is_file() and path.relative_to(ROOT).parts[0] not in ("build", "generated")]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def build():
    """The release build's folder (make release)."""
    return pathlib.Path(os.environ.get("MESH_BUILD", ROOT / "build/release"))


@pytest.fixture(scope="session")
def library(build):
    path = build / "libmesh.so"
    assert path.exists(), f"{path} is missing: make release"
    return path


@pytest.fixture(scope="session")
def prefix():
    """The installed release tree (scripts/install-tree)."""
    folder = pathlib.Path(os.environ.get("MESH_PREFIX", ROOT / "build/install"))
    assert folder.exists(), f"{folder} is missing: make release"
    return folder


@pytest.fixture(scope="session")
def public_headers(root):
    return sorted((root / "include/mesh").glob("*.h"))
