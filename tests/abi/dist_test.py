"""The source archive of `make dist` configures and builds where there is no Go."""

import os
import pathlib
import shutil

import pytest

from conftest import ROOT, run


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    if not (ROOT / ".git").exists():
        pytest.skip("this tree is itself unpacked from an archive")
    run(ROOT / "scripts/dist")
    (archive,) = (ROOT / "build/dist").glob("mesh-*.tar.gz")
    folder = tmp_path_factory.mktemp("dist")
    run("tar", "-xzf", archive, "-C", folder)
    (tree,) = folder.iterdir()
    return tree


@pytest.fixture(scope="module")
def path_without_go(tmp_path_factory):
    """A PATH with every program of the system but Go's."""
    folder = tmp_path_factory.mktemp("bin")
    for place in os.environ["PATH"].split(os.pathsep):
        for program in pathlib.Path(place).glob("*") if place else []:
            link = folder / program.name
            if program.name not in ("go", "gofmt") and not link.is_symlink():
                link.symlink_to(program)
    assert shutil.which("go", path=str(folder)) is None
    return str(folder)


def test_the_archive_has_the_generated_files(unpacked):
    assert list((unpacked / "generated/libmesh").rglob("*.h"))


def test_it_builds_without_go(unpacked, path_without_go):
    env = dict(os.environ, PATH=path_without_go, GOFLAGS="-mod=nowhere")
    build = unpacked / "build"  # inside the tree, so that the compiler cache knows the paths the next time
    run("cmake", "-G", "Ninja", "-S", unpacked, "-B", build, "-DCMAKE_BUILD_TYPE=Debug", "-DMESH_BUILD_TESTS=OFF",
        env=env)
    commands = run("ninja", "-C", build, "-t", "commands", "mesh", env=env)
    assert "libmesh.so" in commands
    assert not [line for line in commands.splitlines() if " go run" in line or "go build" in line]
    # What was generated compiles; that the rest does is what the other builds show.
    run("ninja", "-C", build, "mesh_schema", env=env)
    assert (build / "generated").is_symlink()  # to what the archive carries: nothing was generated
