"""libmesh.so exports exactly tests/abi/symbols.txt, and the public headers declare just that."""

import re

from conftest import ROOT, run

LIST = ROOT / "tests/abi/symbols.txt"
DECLARATION = re.compile(r"\bMESH_API\b[^;{]*?\b(mesh_\w+)\s*\(", re.S)
DOCUMENTED = re.compile(r"/\*\*(?:(?!\*/).)*\*/\s*MESH_API\b[^;{]*?\b(mesh_\w+)\s*\(", re.S)


def listed():
    return [line for line in LIST.read_text().splitlines() if line and not line.startswith("#")]


def headers():
    return {path.name: path.read_text() for path in (ROOT / "include/mesh").glob("*.h")}


def exported(library):
    lines = run("nm", "-D", "--defined-only", "--format=posix", library).splitlines()
    return sorted(name.split("@")[0] for name, kind, *_ in map(str.split, lines) if kind not in "Aa")


def test_the_list_is_sorted_and_not_empty():
    assert listed() == sorted(set(listed()))
    assert listed()


def test_the_library_exports_the_list(library):
    assert exported(library) == listed()


def test_the_installed_library_exports_the_list(prefix):
    (installed,) = [path for path in prefix.rglob("libmesh.so") if path.is_symlink()]
    assert exported(installed) == listed()


def test_the_headers_declare_the_list():
    declared = sorted(name for text in headers().values() for name in DECLARATION.findall(text))
    assert declared == listed()


def missing_words(declaration):
    """What a comment must say depends on what the function does."""
    said = declaration.lower()
    wanted = {"@since"}
    if "mesh_error *" in declaration.split("*/")[-1]:
        wanted |= {"errors"}
    if "**" in declaration.split("*/")[-1]:
        wanted |= {"ownership"}
    return sorted(word for word in wanted if word not in said)


def test_every_function_says_what_a_caller_must_know():
    wrong = []
    for file, text in headers().items():
        documented = {match.group(1): match.group(0) for match in DOCUMENTED.finditer(text)}
        for name in DECLARATION.findall(text):
            missing = missing_words(documented[name]) if name in documented else ["comment"]
            if missing:
                wrong.append(f"{file}: {name}: {' '.join(missing)}")
    assert not wrong, "\n".join(wrong)


def test_the_library_has_the_soname_and_no_text_relocations(library):
    dynamic = run("readelf", "-d", library)
    assert "Library soname: [libmesh.so.0]" in dynamic
    assert "TEXTREL" not in dynamic


def test_no_generated_protobuf_code_is_linked(library):
    """It would register Envoy's or Istio's files a second time in a host program and abort it."""
    names = run("nm", "-C", "--defined-only", library)
    wrong = [line for line in names.splitlines()
             if re.search(r"descriptor_table_(envoy|istio|networking|security|mesh|xds|udpa)_?\w*", line)
             or re.search(r"\b(envoy|istio|xds|udpa)::\w+.*::(_InternalParse|GetClassData|MergeImpl)\b", line)]
    assert not wrong, wrong[:5]
