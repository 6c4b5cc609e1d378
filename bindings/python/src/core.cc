// meshplane._core: the C functions for Python, one method each. Types are adapted and the
// interpreter's lock is released; everything that reads like Python is in meshplane/*.py.
//
// A handle is a shared_ptr that every call copies while it holds the lock, so that close() in one
// thread cannot free what another is in. Only a store needs more: its calls come one at a time.
#include <mesh/mesh.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace py = pybind11;

namespace {

struct CallError {
  int code;
  std::string message;
};

mesh_view view(std::string_view text) { return {text.data(), text.size()}; }
std::string text(mesh_view v) { return v.size == 0 ? std::string() : std::string(v.data, v.size); }

void check(mesh_error* error) {
  if (error == nullptr) return;
  CallError thrown{mesh_error_code(error), text(mesh_error_message(error))};
  mesh_error_delete(error);
  throw thrown;
}

// Calls a C function that gives a buffer, without the interpreter's lock.
template <typename F>
std::string answer(F&& call) {
  py::gil_scoped_release release;
  mesh_buffer* buffer = nullptr;
  check(call(&buffer));
  std::string out = text(mesh_buffer_view(buffer));
  mesh_buffer_delete(buffer);
  return out;
}

template <typename T>
class Handle {
 public:
  explicit Handle(std::shared_ptr<T> c) : c_(std::move(c)) {}
  void close() { c_.reset(); }
  std::shared_ptr<T> get() const {
    if (c_ == nullptr) throw py::value_error("it is closed");
    return c_;
  }

 private:
  std::shared_ptr<T> c_;
};

// Calls a C function that makes a T.
template <typename T, typename F>
std::shared_ptr<T> make(void (*free)(T*), F&& call) {
  py::gil_scoped_release release;
  T* out = nullptr;
  check(call(&out));
  return {out, free};
}

class Proxy : public Handle<mesh_proxy> {
 public:
  using Handle::Handle;
  std::string describe() const {
    return answer([c = get()](auto out) { return mesh_proxy_describe(c.get(), out); });
  }
  Proxy with_flavour(std::string_view flavour) const {
    return Proxy(make<mesh_proxy>(mesh_proxy_delete, [&, c = get()](auto out) {
      return mesh_proxy_with_flavour(c.get(), view(flavour), out);
    }));
  }
};

class Snapshot : public Handle<mesh_snapshot> {
 public:
  using Handle::Handle;
  uint64_t revision() const { return mesh_snapshot_revision(get().get()); }
  std::string wanted_texts() const {
    return answer([c = get()](auto out) { return mesh_snapshot_wanted_texts(c.get(), out); });
  }
  std::string changed() const {
    return answer([c = get()](auto out) { return mesh_snapshot_changed(c.get(), out); });
  }
  std::string diagnostics() const {
    return answer([c = get()](auto out) { return mesh_snapshot_diagnostics(c.get(), out); });
  }
  std::string diagnostics_of(std::string_view tenant) const {
    return answer([&, c = get()](auto out) {
      return mesh_snapshot_tenant_diagnostics(c.get(), view(tenant), out);
    });
  }
  std::string status(std::string_view tenant, std::string_view options) const {
    return answer([&, c = get()](auto out) {
      return mesh_snapshot_status(c.get(), view(tenant), view(options), out);
    });
  }
  std::string members(std::string_view tenant) const {
    return answer(
        [&, c = get()](auto out) { return mesh_snapshot_members(c.get(), view(tenant), out); });
  }
  std::string admission_review(std::string_view review, std::string_view answers,
                               std::string_view options) const {
    return answer([&, c = get()](auto out) {
      return mesh_admission_review(c.get(), view(review), view(answers), view(options), out);
    });
  }
  std::string values(std::string_view tenant, std::string_view options) const {
    return answer([&, c = get()](auto out) {
      return mesh_snapshot_values(c.get(), view(tenant), view(options), out);
    });
  }
  std::string reach(std::string_view start, std::string_view end, std::string_view options) const {
    return answer([&, c = get()](auto out) {
      return mesh_snapshot_reach(c.get(), view(start), view(end), view(options), out);
    });
  }
  std::string plan(std::string_view options) const {
    return answer(
        [&, c = get()](auto out) { return mesh_snapshot_plan(c.get(), view(options), out); });
  }
  std::string explain_member(std::string_view ns, std::string_view tenant) const {
    return answer([&, c = get()](auto out) {
      return mesh_explain_member(c.get(), view(ns), view(tenant), out);
    });
  }
  std::string explain_resource(const Proxy& proxy, std::string_view type,
                               std::string_view name) const {
    return answer([&, c = get(), p = proxy.get()](auto out) {
      return mesh_explain_resource(c.get(), p.get(), view(type), view(name), out);
    });
  }
  std::string explain_policy(const Proxy& proxy, std::string_view name) const {
    return answer([&, c = get(), p = proxy.get()](auto out) {
      return mesh_explain_policy(c.get(), p.get(), view(name), out);
    });
  }
  std::string proxies() const {
    return answer([c = get()](auto out) { return mesh_snapshot_proxies(c.get(), out); });
  }
  Proxy proxy_of_pod(std::string_view ns, std::string_view name) const {
    return Proxy(make<mesh_proxy>(mesh_proxy_delete, [&, c = get()](auto out) {
      return mesh_proxy_of_pod(c.get(), view(ns), view(name), out);
    }));
  }
  Proxy read_proxy(std::string_view description, std::string_view file) const {
    return Proxy(make<mesh_proxy>(mesh_proxy_delete, [&, c = get()](auto out) {
      return mesh_proxy_read(c.get(), view(description), view(file), out);
    }));
  }
  std::string diff(const Snapshot& after) const {
    return answer([before = get(), later = after.get()](auto out) {
      return mesh_snapshot_diff(before.get(), later.get(), out);
    });
  }
};

class Injector : public Handle<mesh_injector> {
 public:
  Injector(const Snapshot* snapshot, std::string_view options, const Injector* previous)
      : Handle(make<mesh_injector>(mesh_injector_delete,
                                   [&, s = snapshot == nullptr ? nullptr : snapshot->get(),
                                    p = previous == nullptr ? nullptr : previous->get()](auto out) {
                                     return mesh_injector_new(s.get(), view(options), p.get(), out);
                                   })) {}
  std::string diagnostics() const {
    return answer([c = get()](auto out) { return mesh_injector_diagnostics(c.get(), out); });
  }
  py::bytes review(std::string_view review, std::string_view path) const {
    return py::bytes(answer([&, c = get()](auto out) {
      return mesh_injector_review(c.get(), view(review), view(path), out);
    }));
  }
  std::string apply(std::string_view input, std::string_view file, std::string_view options) const {
    return answer([&, c = get()](auto out) {
      return mesh_injector_apply(c.get(), view(input), view(file), view(options), out);
    });
  }
  std::string explain(std::string_view ns, std::string_view name) const {
    return answer([&, c = get()](auto out) {
      return mesh_injector_explain(c.get(), view(ns), view(name), out);
    });
  }
  std::string matrix() const {
    return answer([c = get()](auto out) { return mesh_injector_matrix(c.get(), out); });
  }
};

class Xds : public Handle<mesh_xds> {
 public:
  Xds() : Handle(make<mesh_xds>(mesh_xds_delete, [](auto out) { return mesh_xds_new(out); })) {}
  void update(const Snapshot& snapshot) const {
    const auto c = get();
    const auto s = snapshot.get();
    py::gil_scoped_release release;
    check(mesh_xds_update(c.get(), s.get()));
  }
  std::string resources(const Proxy& proxy, std::string_view type) const {
    return answer([&, c = get(), p = proxy.get()](auto out) {
      return mesh_xds_resources_json(c.get(), p.get(), view(type), out);
    });
  }
  std::string sent(const Proxy& proxy, std::string_view type, std::string_view caller) const {
    return answer([&, c = get(), p = proxy.get()](auto out) {
      return mesh_xds_sent_json(c.get(), p.get(), view(type), view(caller), out);
    });
  }
  std::string secret_names(const Proxy& proxy) const {
    return answer([&, c = get(), p = proxy.get()](auto out) {
      return mesh_xds_secret_names(c.get(), p.get(), out);
    });
  }
  py::bytes response(const Proxy& proxy, std::string_view type) const {
    return py::bytes(answer([&, c = get(), p = proxy.get()](auto out) {
      return mesh_xds_resources(c.get(), p.get(), view(type), out);
    }));
  }
};

class Store : public Handle<mesh_store> {
 public:
  explicit Store(std::string_view config)
      : Handle(make<mesh_store>(mesh_store_delete,
                                [&](auto out) { return mesh_store_new(view(config), out); })) {}

  std::string apply(std::string_view bytes, std::string_view file) {
    return alone([&](mesh_store* c, mesh_buffer** out) {
      return mesh_store_apply(c, view(bytes), view(file), out);
    });
  }
  std::string replace_file(std::string_view bytes, std::string_view file) {
    return alone([&](mesh_store* c, mesh_buffer** out) {
      return mesh_store_replace_file(c, view(bytes), view(file), out);
    });
  }
  void give_text(std::string_view url, std::string_view bytes) {
    alone([&](mesh_store* c, mesh_buffer**) {
      return mesh_store_give_text(c, view(url), view(bytes));
    });
  }
  void remove(std::string_view kind, std::string_view ns, std::string_view name) {
    alone([&](mesh_store* c, mesh_buffer**) {
      return mesh_store_delete_object(c, view(kind), view(ns), view(name));
    });
  }
  Snapshot snapshot() {
    return Snapshot(make<mesh_snapshot>(mesh_snapshot_delete, [&, c = get()](auto out) {
      std::lock_guard lock(mutex_);
      return mesh_store_snapshot(c.get(), out);
    }));
  }

 private:
  template <typename F>
  std::string alone(F&& call) {
    return answer([&, c = get()](mesh_buffer** out) {
      std::lock_guard lock(mutex_);
      return call(c.get(), out);
    });
  }

  std::mutex mutex_;  // one call at a time; taken without the interpreter's lock
};

// The exception classes are Python's (errors.py): each is one of Python's own kinds, too.
void translate(std::exception_ptr p) {
  try {
    if (p) std::rethrow_exception(p);
  } catch (const CallError& error) {
    const py::object type = py::module_::import("meshplane.errors").attr("of_code")(error.code);
    PyErr_SetString(type.ptr(), error.message.c_str());
  }
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  py::register_exception_translator(translate);
  m.def("version", [] { return text(mesh_version()); });
  m.def("diagnostic_codes", [] { return text(mesh_diagnostic_codes()); });
  m.def("convert", [](std::string_view input, std::string_view file, std::string_view version) {
    return answer(
        [&](auto out) { return mesh_convert(view(input), view(file), view(version), out); });
  });
  m.def("uninject", [](std::string_view input, std::string_view file, std::string_view options) {
    return answer(
        [&](auto out) { return mesh_uninject(view(input), view(file), view(options), out); });
  });
  m.def("cni_networks_merge",
        [](std::string_view annotation, std::string_view network, std::string_view options) {
          return answer([&](auto out) {
            return mesh_cni_networks_merge(view(annotation), view(network), view(options), out);
          });
        });
  py::class_<Proxy>(m, "Proxy")
      .def("describe", &Proxy::describe)
      .def("with_flavour", &Proxy::with_flavour)
      .def("close", &Proxy::close);
  py::class_<Snapshot>(m, "Snapshot")
      .def("revision", &Snapshot::revision)
      .def("changed", &Snapshot::changed)
      .def("wanted_texts", &Snapshot::wanted_texts)
      .def("diagnostics", &Snapshot::diagnostics)
      .def("diagnostics_of", &Snapshot::diagnostics_of)
      .def("members", &Snapshot::members)
      .def("values", &Snapshot::values)
      .def("admission_review", &Snapshot::admission_review)
      .def("reach", &Snapshot::reach)
      .def("plan", &Snapshot::plan)
      .def("explain_member", &Snapshot::explain_member)
      .def("explain_resource", &Snapshot::explain_resource)
      .def("explain_policy", &Snapshot::explain_policy)
      .def("status", &Snapshot::status)
      .def("proxies", &Snapshot::proxies)
      .def("proxy_of_pod", &Snapshot::proxy_of_pod)
      .def("read_proxy", &Snapshot::read_proxy)
      .def("diff", &Snapshot::diff)
      .def("close", &Snapshot::close);
  py::class_<Injector>(m, "Injector")
      .def(py::init<const Snapshot*, std::string_view, const Injector*>())
      .def("diagnostics", &Injector::diagnostics)
      .def("review", &Injector::review)
      .def("apply", &Injector::apply)
      .def("explain", &Injector::explain)
      .def("matrix", &Injector::matrix)
      .def("close", &Injector::close);
  py::class_<Xds>(m, "Xds")
      .def(py::init<>())
      .def("update", &Xds::update)
      .def("resources", &Xds::resources)
      .def("sent", &Xds::sent)
      .def("secret_names", &Xds::secret_names)
      .def("response", &Xds::response)
      .def("close", &Xds::close);
  py::class_<Store>(m, "Store")
      .def(py::init<std::string_view>())
      .def("apply", &Store::apply)
      .def("replace_file", &Store::replace_file)
      .def("give_text", &Store::give_text)
      .def("remove", &Store::remove)
      .def("snapshot", &Store::snapshot)
      .def("close", &Store::close);
}
