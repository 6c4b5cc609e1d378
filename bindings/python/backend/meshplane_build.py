"""The build backend: scikit-build-core's, with a source distribution that carries the library's own sources.

A clone has them around this folder and makes the generated part with Go, which is asked of the package index for the time of the build
when this machine has none. The source distribution has all of it in core/, so that whoever installs from it needs a C++ compiler and
the libraries, and neither Go nor the rest of the tree. With MESHPLANE_PREFIX nothing of the library is built: see cmake/library.cmake.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from scikit_build_core.build import *  # noqa: F401,F403: the hooks of PEP 517 and 660
from scikit_build_core import build as _build

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
CORE = ["CMakeLists.txt", "LICENSE", "NOTICE", "README.md", "cmake", "include", "libmesh", "tests/abi/symbols.txt"]
GO_HINT = "/usr/local/go/bin"  # libmesh/schema/generate.cmake looks there, too

# The compilers by the names that the rest of the build knows them by, not the longer ones that the interpreter was built with and
# scikit-build-core would take: a compiler cache tells compilers apart by their names, and would know nothing of the library.
for variable, name in {"CC": "cc", "CXX": "c++"}.items():
    if shutil.which(name):
        os.environ.setdefault(variable, name)


def get_requires_for_build_wheel(config_settings=None):
    return _build.get_requires_for_build_wheel(config_settings) + _go()


def get_requires_for_build_editable(config_settings=None):
    return _build.get_requires_for_build_editable(config_settings) + _go()


def get_requires_for_build_sdist(config_settings=None):
    return _build.get_requires_for_build_sdist(config_settings) + _go()


def _go():
    """The Go that scripts/setup takes, as a package, when the library is generated in this build and there is none that is new enough."""
    if (HERE / "core").exists() or (ROOT / "generated/libmesh").exists() or os.environ.get("MESHPLANE_PREFIX"):
        return []
    wanted, package = re.search(r"go_wanted=(\S+) go_wheel=(\S+)", (ROOT / "scripts/setup").read_text()).groups()
    command = shutil.which("go", path=os.pathsep.join([os.environ.get("PATH", ""), GO_HINT]))
    if command:
        found = subprocess.run([command, "env", "GOVERSION"], env={**os.environ, "GOTOOLCHAIN": "local"}, capture_output=True,
                               text=True, check=False).stdout
        if _numbers(found) >= _numbers(wanted):
            return []
    return [package]


def _numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)]


def build_sdist(sdist_directory, config_settings=None):
    """meshplane-VERSION.tar.gz."""
    if (HERE / "core").exists():  # this is one already
        return _build.build_sdist(sdist_directory, config_settings)
    with tempfile.TemporaryDirectory() as folder:
        stage = pathlib.Path(folder) / "meshplane"
        shutil.copytree(HERE, stage, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        for name in CORE:
            _copy(ROOT / name, stage / "core" / name)
        _copy(_generated(), stage / "core/generated/libmesh")
        before = os.getcwd()
        os.chdir(stage)
        try:
            return _build.build_sdist(sdist_directory, config_settings)
        finally:
            os.chdir(before)


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def _generated():
    """What the generator makes of the message definitions, brought up to date by configuring a build of the tree."""
    if (ROOT / "generated/libmesh").exists():  # the archive of `make dist`
        return ROOT / "generated/libmesh"
    build = ROOT / "build/release"
    command = ["cmake", "--build", str(build), "--target", "build.ninja"]
    if not (build / "build.ninja").exists():
        build = ROOT / "build/inside"
        command = ["cmake", "-G", "Ninja", "-S", str(ROOT), "-B", str(build), "-DCMAKE_BUILD_TYPE=Release",
                   "-DMESH_BUILD_STATIC=ON", "-DMESH_BUILD_TESTS=OFF", "-DMESH_BUILD_FRONTENDS=OFF"]
    subprocess.run(command, check=True)
    return build / "generated/libmesh"
