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


def descriptor_set(dev_build, folder):
    """Writes the descriptors that are embedded in the library to a file."""
    found = [path for place in (dev_build / "generated", ROOT / "generated") if place.exists()
             for path in place.rglob("descriptors.pb.cc")]
    assert found, f"no descriptors.pb.cc under {dev_build}: make build"
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


HOST = r"""
#include <cstdio>
#include <string>
#include "envoy/config/core/v3/address.pb.h"
#include "mesh/mesh.h"

int main() {
  envoy::config::core::v3::Address address;
  address.mutable_socket_address()->set_address("127.0.0.1");
  std::string bytes;
  address.SerializeToString(&bytes);
  std::printf("%zu bytes, libmesh %s\n", bytes.size(), mesh_version());
  return bytes.empty() ? 1 : 0;
}
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory, dev_build, dev_library):
    folder = tmp_path_factory.mktemp("host")
    descriptors = descriptor_set(dev_build, folder)
    names = closure(descriptors, folder)
    run("protoc", f"--descriptor_set_in={descriptors}", f"--cpp_out={folder}", *names)
    (folder / "host.cc").write_text(HOST)
    flags = run("pkg-config", "--cflags", "--libs", "protobuf").split()
    run("g++", "-std=c++20", "-O0", f"-I{folder}", f"-I{ROOT / 'include'}", folder / "host.cc",
        *[folder / name.replace(".proto", ".pb.cc") for name in names], "-o", folder / "host",
        f"-L{dev_library.parent}", "-lmesh", f"-Wl,-rpath,{dev_library.parent}", *flags)
    return folder / "host"


def test_a_host_with_envoys_messages_loads_the_library(host):
    assert "libmesh" in run(host)
