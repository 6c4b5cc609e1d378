"""The files of directories, as the program `mesh` reads them."""

from __future__ import annotations

import os

SUFFIXES = (".yaml", ".yml", ".json")


def is_suite(name: str) -> bool:
    """Whether a file holds policy tests and not objects."""
    return name.endswith(SUFFIXES) and os.path.splitext(name)[0].endswith("_mesh_test")


def objects_in(path: str) -> list[str]:
    """The files of objects in a directory, in order; another path is one itself."""
    return _found(path, suites=False)


def suites_in(path: str) -> list[str]:
    """The suites in a directory, in order; another path is one itself."""
    return _found(path, suites=True)


def _found(path: str, suites: bool) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    found: list[str] = []
    for folder, folders, names in os.walk(path, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files = [os.path.join(folder, name) for name in names
                 if not name.startswith(".") and name.endswith(SUFFIXES) and is_suite(name) == suites]
        found += [file for file in files if os.path.isfile(file)]
    return sorted(found)


def _raise(error: OSError) -> None:
    raise error
