"""Each public header compiles alone, as strict C99 and as C++20; mesh.hpp is safe in two units."""

import pytest

from conftest import ROOT, run

HEADERS = sorted((ROOT / "include/mesh").glob("*.h"))
HPP = ROOT / "include/mesh/mesh.hpp"
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{ROOT / 'include'}"]


def test_there_are_headers():
    assert any(path.name == "mesh.h" for path in HEADERS)


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: path.name)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_c99(header, compiler, tmp_path):
    unit = tmp_path / "alone.c"
    unit.write_text(f'#include "mesh/{header.name}"\n#include "mesh/{header.name}"\n'
                    "extern int unit_is_not_empty;\n")
    run(compiler, "-std=c99", "-Wstrict-prototypes", *STRICT, "-fsyntax-only", unit)


@pytest.mark.parametrize("header", HEADERS + [HPP], ids=lambda path: path.name)
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_cxx20(header, compiler, tmp_path):
    unit = tmp_path / "alone.cc"
    unit.write_text(f'#include "mesh/{header.name}"\n#include "mesh/{header.name}"\n')
    run(compiler, "-std=c++20", "-Wconversion", *STRICT, "-fsyntax-only", unit)


def test_mesh_h_includes_every_header():
    umbrella = (ROOT / "include/mesh/mesh.h").read_text()
    missing = [path.name for path in HEADERS
               if path.name != "mesh.h" and f'"mesh/{path.name}"' not in umbrella
               and f"<mesh/{path.name}>" not in umbrella]
    assert not missing, f"mesh.h does not include {missing}"


USE = r"""
#include <cstdio>
#include "mesh/mesh.hpp"
int other();
int main() {
  meshpp::Store store;
  store.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", "shop.yaml");
  const meshpp::Snapshot now = store.snapshot();
  const meshpp::Snapshot again = now;
  if (again.revision() != now.revision() || now.revision() == 0) return 1;
  if (now.changed().text().find("shop") == std::string::npos) return 2;
  try {
    meshpp::Proxy::of_pod(now, "shop", "nobody");
    return 3;
  } catch (const meshpp::Error& error) {
    if (error.code() != MESH_NOT_FOUND) return 4;
  }
  return other();
}
"""


def test_mesh_hpp_works_and_links_in_two_units(tmp_path, library):
    """A function that is not inline would be defined twice."""
    (tmp_path / "a.cc").write_text(USE)
    (tmp_path / "b.cc").write_text('#include "mesh/mesh.hpp"\nint other();\nint other() { return 0; }\n')
    program = tmp_path / "twice"
    run("g++", "-std=c++20", *STRICT, tmp_path / "a.cc", tmp_path / "b.cc", "-o", program,
        f"-L{library.parent}", "-lmesh", f"-Wl,-rpath,{library.parent}")
    run(program)
