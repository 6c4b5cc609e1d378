"""The installed tree: complete, usable both ways from C, and beside libMesh without a clash."""

import fnmatch
import json
import os
import pathlib
import shutil

import pytest

from conftest import ROOT, run

EXAMPLE = ROOT / "examples/c"
FEM = ROOT / "tests/abi/libmesh_fem_files.txt"


def installed(prefix):
    return sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*") if not path.is_dir())


def library_folder(prefix):
    return next(path.parent for path in prefix.rglob("libmesh.so"))


def test_what_a_user_needs_is_there(prefix):
    files = installed(prefix)
    for pattern in ["include/mesh/mesh.h", "include/mesh/mesh.hpp", "lib*/libmesh.so", "lib*/libmesh.so.0",
                    "lib*/libmesh.so.0.*", "lib*/pkgconfig/mesh.pc", "lib*/cmake/mesh/meshConfig.cmake",
                    "lib*/cmake/mesh/meshConfigVersion.cmake", "bin/mesh"]:
        assert fnmatch.filter(files, pattern), f"{pattern} is not installed"


def test_every_public_header_is_installed(prefix):
    ours = sorted(path.name for path in (ROOT / "include/mesh").iterdir())
    assert sorted(path.name for path in (prefix / "include/mesh").iterdir()) == ours


def test_nothing_else_is_installed(prefix):
    known = ["include/mesh/*", "lib*/libmesh.so*", "lib*/libmesh.a", "lib*/pkgconfig/mesh.pc",
             "lib*/cmake/mesh/*.cmake", "bin/mesh", "share/doc/mesh/*", "share/man/man1/mesh.1",
             "share/bash-completion/completions/mesh", "share/zsh/*/_mesh", "share/fish/*/mesh.fish"]
    strange = [name for name in installed(prefix)
               if not any(fnmatch.fnmatch(name, pattern) for pattern in known)]
    assert not strange, strange


def test_no_file_clashes_with_libmesh_the_finite_element_library(prefix):
    theirs = [line for line in FEM.read_text().splitlines() if line and not line.startswith("#")]
    # A Debian-like multiarch folder between lib/ and the file makes no difference to a clash.
    ours = [name.replace("/x86_64-linux-gnu/", "/") for name in installed(prefix)]
    assert ours and theirs
    assert not [(name, pattern) for name in ours for pattern in theirs if fnmatch.fnmatch(name, pattern)]


def test_the_library_does_not_answer_to_their_link_name(prefix):
    """Theirs is linked as -lmesh_opt (or _dbg, _devel), ours as -lmesh; the SONAMEs differ too."""
    sonames = run("readelf", "-d", library_folder(prefix) / "libmesh.so")
    assert "libmesh.so.0]" in sonames and "libmesh_" not in sonames


@pytest.fixture
def example(tmp_path):
    return shutil.copytree(EXAMPLE, tmp_path / "example")



def works(program, prefix):
    """It answers for the example: both control planes with their namespaces."""
    env = dict(os.environ, LD_LIBRARY_PATH=str(library_folder(prefix)))
    files = sorted((ROOT / "examples/shop").glob("[0-9]*.yaml"))
    out = run(program, *files, env=env)
    json.loads(out)
    for namespace in ("shop-web", "shop-cart", "partner-portal"):
        assert namespace in out


def test_the_c_example_builds_through_find_package(example, prefix, tmp_path):
    build = tmp_path / "build"
    run("cmake", "-G", "Ninja", "-S", example, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", build)
    works(build / "members", prefix)


def test_the_c_example_builds_through_pkg_config(example, prefix, tmp_path):
    env = dict(os.environ, PKG_CONFIG_PATH=str(library_folder(prefix) / "pkgconfig"))
    flags = run("pkg-config", "--cflags", "--libs", "mesh", env=env).split()
    program = tmp_path / "members"
    run("gcc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", example / "members.c", "-o", program,
        *flags)
    works(program, prefix)


def test_pkg_config_names_where_it_is_installed(prefix):
    """A relocated tree works: paths are relative to the .pc file."""
    env = dict(os.environ, PKG_CONFIG_PATH=str(library_folder(prefix) / "pkgconfig"))
    include = run("pkg-config", "--cflags-only-I", "mesh", env=env).strip().removeprefix("-I")
    assert pathlib.Path(include).resolve() == (prefix / "include").resolve()


def test_destdir_is_honoured(build, tmp_path):
    env = dict(os.environ, DESTDIR=str(tmp_path))
    run("cmake", "--install", build, "--prefix", "/opt/mesh", env=env)
    assert (tmp_path / "opt/mesh/include/mesh/mesh.h").exists()
