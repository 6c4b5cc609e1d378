"""pytest runs policy tests: every case of a *_mesh_test.yaml is a test, and fixtures ask a mesh from Python.

    pytest policy/                      every suite in the folder, with the other tests
    pytest policy/ -k canary            cases with this in their name
    pytest policy/ --mesh-coverage      and which routes, rules and policies no case touched

Fixtures: mesh_store (an empty Store, closed afterwards), mesh_snapshot (the Snapshot of paths, texts or objects), mesh_case (one case,
checked now).
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Any, Optional, Union

import pytest

from . import Snapshot, Store, Tests
from ._files import is_suite
from ._texts import Source
from .testing import AnyPath


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("meshplane").addoption(
        "--mesh-coverage", action="store_true", help="tell which routes, rules and policies no case of a mesh's policy tests touched")


def pytest_collect_file(file_path: pathlib.Path, parent: pytest.Collector) -> Optional[pytest.Collector]:
    if is_suite(file_path.name) and not file_path.name.startswith("."):
        collected: SuiteFile = SuiteFile.from_parent(parent, path=file_path)
        return collected
    return None


class SuiteFile(pytest.File):
    """A file of suites. It is run once, when the first of its cases is."""

    results: Optional[dict[str, Any]] = None

    def collect(self) -> Iterator[pytest.Item]:
        with Tests() as tests:  # without the files that it wants: the cases are listed, and nothing is asked
            tests.add(self.path.read_bytes(), self.name_in_messages())
            listed = tests.run()
        for number, suite in enumerate(listed["suites"]):
            for place, case in enumerate(suite["cases"]):
                yield CaseItem.from_parent(self, name=f"{suite['name']}/{case['name']}", at=(number, place), line=case["line"])
        yield ConfigurationItem.from_parent(self, name="configuration")

    def name_in_messages(self) -> str:
        """The path as people have it: from where they are."""
        path = os.path.relpath(self.path)
        return str(self.path) if path.startswith("..") else path

    def run(self) -> dict[str, Any]:
        if self.results is None:
            with Tests.load(self.name_in_messages()) as tests:
                self.results = tests.run(coverage=bool(self.config.getoption("mesh_coverage")))
            self.config.stash.setdefault(_RUN, []).append(self)
        return self.results


_RUN = pytest.StashKey["list[SuiteFile]"]()


class Failed(Exception):
    """A case, or a configuration, is not as it must be; the text says why."""


class MeshItem(pytest.Item):
    line = 0

    def file(self) -> SuiteFile:
        assert isinstance(self.parent, SuiteFile)
        return self.parent

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException],
                     style: Any = None) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, Failed) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Union[os.PathLike[str], str], Optional[int], str]:
        return self.path, max(0, self.line - 1), self.name


class CaseItem(MeshItem):
    """One case of a suite."""

    def __init__(self, *, at: tuple[int, int], line: int, **more: Any) -> None:
        super().__init__(**more)
        self.at, self.line = at, line

    def runtest(self) -> None:
        suite = self.file().run()["suites"][self.at[0]]
        check(suite["cases"][self.at[1]], f"{suite['file']}:{self.line}")


class ConfigurationItem(MeshItem):
    """What is wrong with the suites and with the configuration under test: errors fail, as with `mesh test`."""

    def runtest(self) -> None:
        results = self.file().run()
        found = results["diagnostics"] + [each for suite in results["suites"] for each in suite["diagnostics"]]
        errors = [line_of(each) for each in found if each["severity"] == "error"]
        if errors:
            raise Failed("\n".join(errors))


def line_of(diagnostic: dict[str, Any]) -> str:
    place = ": ".join(diagnostic[key] for key in ("object", "field") if diagnostic[key])
    mend = f" ({diagnostic['mend']})" if diagnostic["mend"] else ""
    return f"{diagnostic['file']}:{diagnostic['line']}: {place}: {diagnostic['message']}{mend}"


def check(case: dict[str, Any], place: str) -> None:
    """Raises Failed with what was expected, what was found and why, unless the case is passed."""
    if case["status"] == "skipped":
        pytest.skip(case["message"])
    if case["status"] == "passed":
        return
    lines = [f"{place}: {case['name']}: {case['message']}"]
    for each in case["mismatches"]:
        lines.append(f"  {each['path']}: {each['message']}")
        lines.append(f"    expected: {each['expected']!r}")
        lines.append(f"    actual:   {each['actual']!r}")
    lines += [f"  because {each['object']} {each['field']}: {each['text']}" for each in case["because"]]
    raise Failed("\n".join(lines))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    files = config.stash.get(_RUN, [])
    if not files or not config.getoption("mesh_coverage"):
        return
    terminalreporter.section("what the cases touched")
    for file in files:
        for row in (file.results or {}).get("coverage", []):
            terminalreporter.write_line(f"{file.name_in_messages()}: {row['what']}: {row['touched']} of {row['total']}")
            for each in row["untouched"]:
                name = f" {each['name']}" if each["name"] else ""
                terminalreporter.write_line(f"  {each['file']}:{each['line']}: {each['object']} {each['field']}{name}")


@pytest.fixture
def mesh_store() -> Iterator[Store]:
    """An empty store, closed after the test."""
    with Store() as store:
        yield store


@pytest.fixture
def mesh_snapshot() -> Callable[..., Snapshot]:
    """mesh_snapshot("mesh/", {"kind": …}, …): the state of paths, texts and objects; errors in it fail the test."""

    def made(*sources: Source) -> Snapshot:
        with Store() as store:
            for source in sources:
                store.apply(source)
            now = store.snapshot()
        errors = [line_of(each) for each in now.diagnostics() if each["severity"] == "error"]
        if errors:
            pytest.fail("\n".join(errors), pytrace=False)
        return now

    return made


@pytest.fixture
def mesh_case(request: pytest.FixtureRequest) -> Callable[..., dict[str, Any]]:
    """mesh_case("mesh/", members={"namespace": "shop"}, expect={"mesh": "shop/basic"}): one case of a suite, checked against the
    configuration at a path (from the test's own folder); returns its result.
    """

    def asked(configuration: AnyPath, **case: Any) -> dict[str, Any]:
        name = case.pop("name", request.node.name)
        file = str(request.path.parent / "one_mesh_test.yaml")
        with Tests() as tests:
            tests.add({"name": "pytest", "configuration": [os.fspath(configuration)], "cases": [{"name": name, **case}]}, file)
            tests.give_files()
            suite = tests.run()["suites"][0]
        if suite["diagnostics"]:
            pytest.fail("\n".join(map(line_of, suite["diagnostics"])), pytrace=False)
        result: dict[str, Any] = suite["cases"][0]
        wrong = None
        try:
            check(result, str(request.path))
        except Failed as failed:
            wrong = str(failed)
        if wrong is not None:  # not in the handler: pytest would tell it twice
            pytest.fail(wrong, pytrace=False)
        return result

    return asked
