// meshplane._core: the C functions for Python, through mesh.hpp. Types are adapted and the interpreter's lock is
// released; everything that reads like Python is in meshplane/*.py.
#include <string>

#include "handle.h"

namespace meshplane {
namespace {

// The exception classes are Python's (errors.py): each is one of Python's own kinds, too.
void translate(std::exception_ptr p) {
  try {
    if (p) std::rethrow_exception(p);
  } catch (const meshpp::Error& error) {
    const py::object type =
        py::module_::import("meshplane.errors").attr("of_code")(static_cast<int>(error.code()));
    PyErr_SetString(type.ptr(), error.what());
  }
}

// The functions were compiled into this module's headers for one ABI; another library would be called wrongly.
void check_abi() {
  const uint32_t found = mesh_abi_version();
  if (found == MESH_ABI_VERSION) return;
  throw py::import_error("meshplane was built for ABI " + std::to_string(MESH_ABI_VERSION) +
                         " of libmesh, and the library that was loaded has ABI " +
                         std::to_string(found) + ": install the two from one version");
}

// Not meshpp::Buffer::text: Python's str, decoded once.
py::str text_of(const meshpp::Buffer& buffer) {
  const std::string_view text = buffer.text();
  return py::reinterpret_steal<py::str>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr));
}

// Read-only, and over the library's own bytes.
py::buffer_info bytes_of(meshpp::Buffer& buffer) {
  const std::string_view text = buffer.text();
  return {reinterpret_cast<const uint8_t*>(text.data()), static_cast<py::ssize_t>(text.size()),
          true};
}

}  // namespace
}  // namespace meshplane

PYBIND11_MODULE(_core, m) {
  using namespace meshplane;
  check_abi();
  py::register_local_exception_translator(translate);
  py::class_<meshpp::Buffer>(m, "Buffer",
                             "Bytes of an answer, read-only, by the buffer protocol: memoryview(b) "
                             "and sockets see the library's own memory, "
                             "bytes(b) and str(b) copy it once.",
                             py::buffer_protocol(), py::release_gil_before_calling_cpp_dtor())
      .def_buffer(&bytes_of)
      .def("__len__", [](const meshpp::Buffer& buffer) { return buffer.text().size(); })
      .def("__str__", &text_of)
      .def("__bytes__", [](const meshpp::Buffer& buffer) {
        return py::bytes(buffer.text().data(), buffer.text().size());
      });
  m.def("version", [] { return py::str(std::string(meshpp::version())); });
  m.def("abi_version", &mesh_abi_version);
  m.def("diagnostic_codes", [] { return py::str(std::string(meshpp::diagnostic_codes())); });
  m.def("convert", function(&meshpp::convert));
  m.def("uninject", function(&meshpp::uninject));
  m.def("cni_networks_merge", function(&meshpp::cni_networks_merge));
  add_snapshot(m);
  add_store(m);
  add_injection(m);
  add_xds(m);
}
