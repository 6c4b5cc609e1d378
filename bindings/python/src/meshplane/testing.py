"""Policy tests: suites that say what a mesh must do, run by the core (docs/testing.md has their language).

With pytest nothing has to be called: its plugin, which comes with the package, collects *_mesh_test.yaml, and the fixture
mesh_case checks one case that is written in Python.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Union

from . import _core
from ._files import objects_in, suites_in
from ._texts import Object, Text, dict_of, dicts_of, json_of, options_of

AnyPath = Union[str, "os.PathLike[str]"]


class Tests:
    """Suites and the files they ask for. Its calls come one at a time.

    >>> tests = meshplane.Tests.load("examples/shop")
    >>> tests.run(filter="catalog is the shop's")["summary"]["passed"]
    1
    """

    __test__ = False  # pytest takes classes of this name for its own

    def __init__(self) -> None:
        self._core = _core.Tests()

    @classmethod
    def load(cls, *paths: AnyPath) -> Tests:
        """The suites of directories and files, with the files they want. One that is not there is told by the results."""
        tests = cls()
        for path in paths:
            for suite in suites_in(os.fspath(path)):
                tests.add(_read(suite), suite)
        tests.give_files()
        return tests

    def __enter__(self) -> Tests:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def raw(self) -> _core.Tests:
        """The C functions one by one: texts in, Buffers out."""
        return self._core

    def close(self) -> None:
        """Frees them."""
        self._core.close()

    def add(self, suite: Union[Text, Object], file: str) -> list[dict[str, Any]]:
        """Adds a file of suites, or replaces what was added under that name; paths in it start from its folder. Returns what is
        wrong with it, which is told with the results, too.

        >>> meshplane.Tests().add({"name": "mine", "cases": [{"member": {}}]}, "mine_mesh_test.yaml")[0]["field"]
        'cases[0]'
        """
        return dicts_of(self._core.add(json_of(suite) if isinstance(suite, Mapping) else suite, file))

    def wanted(self) -> list[dict[str, Any]]:
        """The paths that the suites name: path, text (it stands behind a URL), suites."""
        return dicts_of(self._core.wanted())

    def give(self, path: str, file: str, content: Text) -> None:
        """Gives a file that is, or is in, a wanted path; file is what diagnostics call it."""
        self._core.give(path, file, content)

    def give_files(self) -> None:
        """Reads and gives all that is wanted and is there."""
        for each in self.wanted():
            path = each["path"]
            if os.path.exists(path):
                for file in [path] if each["text"] else objects_in(path):
                    self.give(path, file, _read(file))

    def run(self, **options: Any) -> dict[str, Any]:
        """Runs the suites and gives the results: suites with their cases, diagnostics, summary. Options are filter (RE2, found in
        "suite/case") and coverage (what no case touched).
        """
        return dict_of(self._core.run(options_of(options)))


def report(results: Object, format: str) -> str:
    """Results of Tests.run as "text" (for people), "junit" (XML), "sarif" (2.1.0) or "tap" (version 14).

    >>> results = meshplane.Tests.load("examples/shop").run(filter="catalog is the shop's")
    >>> meshplane.report(results, "tap").splitlines()[0]
    'TAP version 14'
    """
    return str(_core.tests_report(json.dumps(results), format))


def _read(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read()
