// The store: objects under change; and suites of policy tests.
#include "handle.h"

namespace meshplane {
namespace {

// The store with the cluster as an argument of each call: a handle of its own would have a lock of its own.
class Store : public meshpp::Store {
 public:
  using meshpp::Store::Store;
  meshpp::Buffer apply(std::string_view objects, std::string_view file, std::string_view id) {
    return id.empty() ? meshpp::Store::apply(objects, file) : cluster(id).apply(objects, file);
  }
  meshpp::Buffer replace_file(std::string_view objects, std::string_view file,
                              std::string_view id) {
    return id.empty() ? meshpp::Store::replace_file(objects, file)
                      : cluster(id).replace_file(objects, file);
  }
  void delete_object(std::string_view kind, std::string_view ns, std::string_view name,
                     std::string_view id) {
    return id.empty() ? erase(kind, ns, name) : cluster(id).erase(kind, ns, name);
  }
  void give_text(std::string_view url, std::string_view text) {
    meshpp::Store::give_text(url, text);
  }
  meshpp::Snapshot snapshot() { return meshpp::Store::snapshot(); }
};

void add_tests(py::module_& m) {
  using C = meshpp::Tests;
  using Tests = Handle<Alone<C>>;
  add_class<Alone<C>>(m, "Tests")
      .def(py::init([] { return Tests(std::make_shared<Alone<C>>()); }))
      .def("add", locked_method(&C::add))
      .def("wanted", locked_method(&C::wanted))
      .def("give", locked_method(&C::give))
      .def("run", locked_method(&C::run));
  m.def("tests_report", function(&meshpp::tests_report));
}

}  // namespace

void add_store(py::module_& m) {
  using C = Store;
  using Owner = Handle<Alone<C>>;
  const py::arg_v own_cluster = py::arg() = py::str();
  add_class<Alone<C>>(m, "Store")
      .def(py::init([](const Text& config) {
        return Owner(without_lock(
            [](std::string_view text) { return std::make_shared<Alone<C>>(text); }, config));
      }))
      .def("apply", locked_method(&C::apply), py::arg(), py::arg(), own_cluster)
      .def("replace_file", locked_method(&C::replace_file), py::arg(), py::arg(), own_cluster)
      .def("give_text", locked_method(&C::give_text))
      .def("delete_object", locked_method(&C::delete_object), py::arg(), py::arg(), py::arg(),
           own_cluster)
      .def("snapshot", [](const Owner& self) { return Snapshot(locked_call(self, &C::snapshot)); });
  add_tests(m);
}

}  // namespace meshplane
