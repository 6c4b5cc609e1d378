// Who gets a sidecar, and the patch.
#include "handle.h"

namespace meshplane {

void add_injection(py::module_& m) {
  using C = meshpp::Injector;
  using Injector = Handle<C>;
  add_class<C>(m, "Injector")
      .def(py::init([](const Snapshot* snapshot, const Text& options, const Injector* previous) {
        const auto around =
            snapshot == nullptr ? std::make_shared<meshpp::Snapshot>() : snapshot->get();
        const auto before = previous == nullptr ? nullptr : previous->get();
        return Injector(without_lock(
            [&](std::string_view text) { return std::make_shared<C>(*around, text, before.get()); },
            options));
      }))
      .def("clone",
           [](const Injector& self) {
             return Injector(without_lock([](const C& c) { return C(c); }, self));
           })
      .def("diagnostics", method(&C::diagnostics))
      .def("review", method(&C::review))
      .def("apply", method(&C::apply))
      .def("explain", method(&C::explain))
      .def("matrix", method(&C::matrix));
}

}  // namespace meshplane
