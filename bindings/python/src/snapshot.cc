// Snapshots, proxies and the watch.
#include <algorithm>
#include <chrono>
#include <cstdint>

#include "handle.h"

namespace meshplane {
namespace {

constexpr uint32_t kLook = 100;  // ms after which a wait asks whether a signal came (Ctrl-C)

// Waits without the interpreter's lock; a negative timeout is none.
Snapshot wait(const Handle<meshpp::Watch>& self, uint64_t seen, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto watch = self.get();
  const auto start = Clock::now();
  while (true) {
    const double over = std::chrono::duration<double>(Clock::now() - start).count();
    const double left = seconds < 0 ? kLook : std::max(0.0, (seconds - over) * 1000);
    const bool last = left <= kLook && seconds >= 0;
    try {
      py::gil_scoped_release release;
      return Snapshot(watch->wait(seen, last ? static_cast<uint32_t>(left) : kLook));
    } catch (const meshpp::Error& error) {
      if (error.code() != MESH_TIMEOUT || last) throw;
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
}

void add_watch(py::module_& m) {
  add_class<meshpp::Watch>(m, "Watch")
      .def(py::init([] { return Handle(std::make_shared<meshpp::Watch>()); }))
      .def("publish", shared_method(&meshpp::Watch::publish))
      .def("wait", &wait)
      .def("end", [](const Handle<meshpp::Watch>& self) {
        const auto watch = self.get();
        py::gil_scoped_release release;
        watch->close();
      });
}

void add_proxy(py::module_& m) {
  add_class<meshpp::Proxy>(m, "Proxy")
      .def("describe", method(&meshpp::Proxy::describe))
      .def("with_flavour", [](const Proxy& self, const Text& flavour) {
        return Proxy(without_lock([](const meshpp::Proxy& proxy,
                                     std::string_view word) { return proxy.with_flavour(word); },
                                  self, flavour));
      });
}

}  // namespace

void add_snapshot(py::module_& m) {
  using C = meshpp::Snapshot;
  add_proxy(m);
  add_class<C>(m, "Snapshot")
      .def("clone",
           [](const Snapshot& self) {
             return Snapshot(without_lock([](const C& c) { return C(c); }, self));
           })
      .def("revision",
           [](const Snapshot& self) {
             return without_lock([](const C& c) { return c.revision(); }, self);
           })
      .def("changed", method(&C::changed))
      .def("wanted_texts", method(&C::wanted_texts))
      .def("diagnostics", method(&C::diagnostics))
      .def("diagnostics_of", method(&C::diagnostics_of))
      .def("members", method(&C::members))
      .def("values", method(&C::values))
      .def("status", method(&C::status))
      .def("admission_review", method(&C::admission_review))
      .def("reach", method(&C::reach))
      .def("plan", method(&C::plan))
      .def("explain_member", method(&C::explain_member))
      .def("explain_resource", function(&meshpp::explain_resource))
      .def("explain_policy", function(&meshpp::explain_policy))
      .def("proxies", method(&C::proxies))
      .def("proxy_of_pod",
           [](const Snapshot& self, const Text& ns, const Text& name) {
             return Proxy(without_lock(&meshpp::Proxy::of_pod, self, ns, name));
           })
      .def("read_proxy",
           [](const Snapshot& self, const Text& description, const Text& file) {
             return Proxy(without_lock(&meshpp::Proxy::read, self, description, file));
           })
      .def("diff", method(&C::diff));
  add_watch(m);
}

}  // namespace meshplane
