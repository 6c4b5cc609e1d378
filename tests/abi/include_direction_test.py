"""Arrows go one way: reads every #include line and the CMake dependencies of every folder."""

import re

import pytest

from conftest import ROOT, tracked_files

# What a folder may include directly. `schema` holds what the generator makes; decision folders
# (tenancy, traffic, injection) do not include one another: what two of them need moves down.
BELOW = {
    "base": [],
    "document": ["base"],
    "schema": ["base", "document"],
    "kube": ["base", "document", "schema"],
    "smcp": ["base", "document", "schema", "kube"],
    "model": ["base", "document", "schema", "kube"],
    "identity": ["base", "document", "model"],
    "index": ["base", "document", "schema", "kube", "smcp", "model"],
    "tenancy": ["base", "document", "schema", "kube", "smcp", "model", "index"],
    "traffic": ["base", "document", "schema", "kube", "model", "index"],
    "injection": ["base", "document", "schema", "kube", "smcp", "model", "index"],
    "xds": ["base", "document", "schema", "kube", "model", "index", "traffic", "identity"],
    "testing": ["base", "document", "schema", "kube", "model", "index", "tenancy", "traffic", "injection", "identity",
                "xds"],
    "capi": ["base", "document", "schema", "kube", "smcp", "model", "index", "tenancy", "traffic", "injection",
             "identity", "xds", "testing"],
}

# The only folders that may know a third-party library.
OWNERS = {
    r"yaml-cpp/|libfyaml\.h|simdjson|rapidjson/": {"document"},
    r"openssl/": {"identity", "injection"},
    r"re2/": {"injection", "testing", "traffic", "xds"},
    r"google/protobuf/": {"schema", "testing", "xds"},
    r"grpc|httplib|CLI/": set(),
}

# The core does no input or output of its own: no sockets, files, clocks, environment. (arpa/inet.h is
# allowed: reading an address out of a string is no input.)
IO_HEADERS = re.compile(r"^(sys/(stat|inotify|epoll)\.h|unistd\.h|fcntl\.h|fstream|"
                        r"filesystem|dirent\.h|poll\.h|netdb\.h)")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def includes(path):
    return [match.group(2) for match in INCLUDE.finditer(path.read_text(errors="replace"))]


def sources(folder):
    prefix = ROOT / folder
    return [path for path in tracked_files()
            if path.suffix in (".h", ".hpp", ".c", ".cc") and path.is_relative_to(prefix)]


def core_files():
    for path in sources("libmesh"):
        yield path, path.relative_to(ROOT / "libmesh").parts[0]


def test_the_table_has_no_circle():
    order = list(BELOW)
    for folder, below in BELOW.items():
        assert all(order.index(other) < order.index(folder) for other in below), folder


def test_every_folder_is_in_the_table():
    folders = {path.name for path in (ROOT / "libmesh").iterdir() if path.is_dir()}
    assert folders <= set(BELOW), "a new folder needs its row in BELOW"


def test_core_folders_include_only_what_is_below_them():
    wrong = []
    seen = 0
    for path, folder in core_files():
        for name in includes(path):
            if not name.startswith("libmesh/"):
                continue
            seen += 1
            other = name.split("/")[1]
            if other != folder and other not in BELOW.get(folder, []):
                wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    assert not wrong, "\n".join(wrong)
    assert seen > 0, "no #include of the core was found: the reader is wrong"


def test_only_the_c_abi_includes_the_public_headers():
    wrong = [f"{path.relative_to(ROOT)} includes {name}" for path, folder in core_files()
             for name in includes(path) if name.startswith("mesh/") and folder != "capi"]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_has_one_owner(library):
    wrong = [f"{path.relative_to(ROOT)} includes {name}" for path, folder in core_files()
             for name in includes(path)
             if re.match(library, name) and folder not in OWNERS[library]
             and "generator" not in path.parts]
    assert not wrong, "\n".join(wrong)


def test_the_core_does_no_io():
    wrong = [f"{path.relative_to(ROOT)} includes {name}" for path, _ in core_files()
             for name in includes(path)
             if IO_HEADERS.match(name) and "generator" not in path.parts]
    assert not wrong, "\n".join(wrong)


def test_programs_know_the_public_headers_only():
    wrong = [f"{path.relative_to(ROOT)} includes {name}" for path in sources("frontends")
             for name in includes(path) if name.startswith("libmesh/")]
    assert not wrong, "\n".join(wrong)


def test_public_headers_know_only_themselves_and_the_standard_library():
    wrong = [f"{path.relative_to(ROOT)} includes {name}" for path in sources("include")
             for name in includes(path)
             if not name.startswith("mesh/") and ("/" in name)]
    assert not wrong, "\n".join(wrong)


def test_cmake_dependencies_follow_the_table():
    for folder in BELOW:
        cmake = ROOT / "libmesh" / folder / "CMakeLists.txt"
        if not cmake.exists():
            continue
        call = re.search(r"mesh_folder\(([^)]*)\)", cmake.read_text())
        assert call, f"{cmake} does not call mesh_folder"
        words = re.split(r"\b(?:SOURCES|LINK|DEPENDS)\b", call.group(1))[0].split()
        assert words[0] == folder, f"{cmake} builds {words[0]}"
        assert set(words[1:]) <= set(BELOW[folder]), f"{cmake}: {words[1:]}"
