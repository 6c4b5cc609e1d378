// The store: objects under change; and suites of policy tests.
#include "handle.h"

namespace meshplane {
namespace {

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
  using C = meshpp::Store;
  using Store = Handle<Alone<C>>;
  add_class<Alone<C>>(m, "Store")
      .def(py::init([](const Text& config) {
        return Store(without_lock(
            [](std::string_view text) { return std::make_shared<Alone<C>>(text); }, config));
      }))
      .def("apply", locked_method(&C::apply))
      .def("replace_file", locked_method(&C::replace_file))
      .def("give_text", locked_method(&C::give_text))
      .def("delete_object", locked_method(&C::erase))
      .def("snapshot", [](const Store& self) { return Snapshot(locked_call(self, &C::snapshot)); });
  add_tests(m);
}

}  // namespace meshplane
