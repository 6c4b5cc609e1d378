"""The doors to the library by which the goldens ask, by their names, and several of them asked together.

    cli      the program `mesh`
    core     the library linked in (libmesh.a): no border of a shared object between
    c        the C functions of libmesh.so
    go       bindings/go: package mesh
    python   bindings/python: package meshplane, as bindings/python/build made it

Each but the first is a runner (runners.py), made of the library installed in MESH_PREFIX.
"""

import os
import pathlib
import shlex
import subprocess
import sys

from runners import Library, Program, Runner

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PREFIX = pathlib.Path(os.environ.get("MESH_PREFIX", ROOT / "build/install")).resolve()
BUILD = ROOT / "build/goldens"


def environment():
    return {**os.environ, "LD_LIBRARY_PATH": str(PREFIX / "lib"), "PKG_CONFIG_PATH": str(PREFIX / "lib/pkgconfig")}


def pkg_config(*arguments):
    done = subprocess.run(["pkg-config", *arguments, "mesh"], capture_output=True, text=True, check=False, env=environment())
    if done.returncode:
        raise SystemExit(f"goldens: there is no library in {PREFIX}; build it with: make release\n{done.stderr}")
    return shlex.split(done.stdout)


def compiled(name, flags):
    """The program of runner.cc with these flags, made again when it, the headers or the library are newer."""
    program = BUILD / name
    inputs = [HERE / "runner.cc", *(PREFIX / "lib").glob("libmesh.*"), *(PREFIX / "include/mesh").iterdir()]
    if not program.exists() or program.stat().st_mtime < max(path.stat().st_mtime for path in inputs):
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run(["c++", "-std=c++20", "-O1", inputs[0], *flags, "-o", program], check=True)
    return [str(program)]


def core():
    flags = pkg_config("--static", "--cflags", "--libs")
    return compiled("core", [str(PREFIX / "lib/libmesh.a") if flag == "-lmesh" else flag for flag in flags])


def c():
    return compiled("c", pkg_config("--cflags", "--libs"))


def go():
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "-C", ROOT / "bindings/go", "build", "-o", BUILD / "go", "./internal/goldens"], check=True, env=environment())
    return [str(BUILD / "go")]


def python():
    return [sys.executable, str(ROOT / "bindings/python/tests/goldens_runner.py")]


RUNNERS = {"core": core, "c": c, "go": go, "python": python}
NAMES = ("cli", *RUNNERS)


class Together:
    """Several doors asked the same: what the first one prints, once all others have printed it too."""

    def __init__(self, names, runner=()):
        made = {name: Program(PREFIX / "bin/mesh", ROOT) if name == "cli"
                else Library(Runner(RUNNERS[name](), ROOT, environment()), ROOT) for name in names}
        if runner:
            made["runner"] = Library(Runner(runner, ROOT, os.environ), ROOT)
        self.doors = made
        self.outputs = 0
        self.apart = []

    def mesh(self, *arguments):
        (first, door), *others = self.doors.items()
        done = door.mesh(*arguments)
        self.outputs += 1
        for name, other in others:
            theirs = other.mesh(*arguments)
            self.apart += [f"{' '.join(map(str, arguments))}: {part}: {name} is not {first}"
                           for part in ("returncode", "stdout", "stderr") if getattr(done, part) != getattr(theirs, part)]
        return done

    def close(self):
        for door in self.doors.values():
            door.close()
