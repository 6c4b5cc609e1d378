// The store: objects under change.
#include "handle.h"

namespace meshplane {

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
}

}  // namespace meshplane
