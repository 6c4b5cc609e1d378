"""A host program that links Envoy's generated messages itself loads libmesh.so and uses both.

Two shared objects with generated code for the same .proto abort when both register it in the one
libprotobuf.so. libmesh links none, which this shows with a program that has some: a handful of
Envoy's messages is generated here from the descriptors that the build made.
"""

import re
import subprocess

import pytest

from conftest import ROOT, run

WANTED = ["envoy/type/v3/percent.proto", "envoy/config/core/v3/address.proto"]


DUMP = r"""
#include <cstddef>
#include <cstdio>
namespace mesh::schema {
extern const char kDescriptorBytes[];
extern const size_t kDescriptorSize;
}
int main() { return fwrite(mesh::schema::kDescriptorBytes, 1, mesh::schema::kDescriptorSize, stdout) == 0; }
"""


def descriptor_set(build, folder):
    """Writes the descriptors that are embedded in the library to a file."""
    found = [path for place in (build / "generated", ROOT / "generated") if place.exists()
             for path in place.rglob("descriptors.pb.cc")]
    assert found, f"no descriptors.pb.cc under {build}: make release"
    (folder / "dump.cc").write_text(DUMP)
    run("g++", "-std=c++20", folder / "dump.cc", found[0], "-o", folder / "dump")
    (folder / "envoy.pb").write_bytes(subprocess.run([folder / "dump"], stdout=subprocess.PIPE, check=True).stdout)
    return folder / "envoy.pb"


def closure(descriptors, folder):
    """The wanted files and all they import, beyond what libprotobuf itself carries."""
    run("protoc", f"--descriptor_set_in={descriptors}", "--include_imports", "-o", folder / "closure.pb", *WANTED)
    text = subprocess.run(["protoc", "-I/usr/include", "--decode=google.protobuf.FileDescriptorSet",
                           "google/protobuf/descriptor.proto"], stdin=open(folder / "closure.pb", "rb"),
                          stdout=subprocess.PIPE, check=True, text=True).stdout
    names = re.findall(r'^  name: "([^"]+)"', text, re.M)
    return [name for name in names if not name.startswith("google/protobuf/")]


# Both sides of the fence in one process: the host's own generated message, and the library's dynamic ones
# of the same definitions (JSON of the clusters goes through its private descriptor pool).
HOST = r"""
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include "envoy/config/core/v3/address.pb.h"
#include "mesh/mesh.h"

static void check(mesh_error* error) {
  if (error == nullptr) return;
  const mesh_view text = mesh_error_message(error);
  std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size), text.data);
  std::exit(1);
}

static mesh_view view(const std::string& text) { return {text.data(), text.size()}; }

int main(int argc, char** argv) {
  envoy::config::core::v3::Address address;
  address.mutable_socket_address()->set_address("127.0.0.1");
  const std::string bytes = address.SerializeAsString();

  mesh_store* store = nullptr;
  check(mesh_store_new({nullptr, 0}, &store));
  for (int i = 1; i < argc; ++i) {
    std::stringstream text;
    text << std::ifstream(argv[i]).rdbuf();
    check(mesh_store_apply(store, view(text.str()), view(argv[i]), nullptr));
  }
  mesh_snapshot* snapshot = nullptr;
  check(mesh_store_snapshot(store, &snapshot));
  mesh_xds* xds = nullptr;
  check(mesh_xds_new(&xds));
  check(mesh_xds_update(xds, snapshot));
  mesh_proxy* proxy = nullptr;
  check(mesh_proxy_of_pod(snapshot, view("shop-web"), view("frontend"), &proxy));
  mesh_buffer* clusters = nullptr;
  check(mesh_xds_resources_json(xds, proxy, view("clusters"), &clusters));
  const mesh_view json = mesh_buffer_view(clusters);
  std::printf("%zu bytes of the host's own, %.*s\n", bytes.size(), static_cast<int>(json.size), json.data);
  mesh_buffer_delete(clusters);
  mesh_proxy_delete(proxy);
  mesh_xds_delete(xds);
  mesh_snapshot_delete(snapshot);
  mesh_store_delete(store);
  return bytes.empty() ? 1 : 0;
}
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory, build, library):
    folder = tmp_path_factory.mktemp("host")
    descriptors = descriptor_set(build, folder)
    names = closure(descriptors, folder)
    run("protoc", f"--descriptor_set_in={descriptors}", f"--cpp_out={folder}", *names)
    (folder / "host.cc").write_text(HOST)
    flags = run("pkg-config", "--cflags", "--libs", "protobuf").split()
    run("g++", "-std=c++20", "-O0", f"-I{folder}", f"-I{ROOT / 'include'}", folder / "host.cc",
        *[folder / name.replace(".proto", ".pb.cc") for name in names], "-o", folder / "host",
        f"-L{library.parent}", "-lmesh", f"-Wl,-rpath,{library.parent}", *flags)
    return folder / "host"


def test_a_host_with_envoys_messages_loads_the_library(host):
    out = run(host, *sorted((ROOT / "examples/shop").glob("[0-9]*.yaml")))
    assert "bytes of the host's own" in out
    assert "outbound|" in out
