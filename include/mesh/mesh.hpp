/** @file mesh.hpp
 *  @brief The C functions as C++20 classes: owners with destructors, views as std::string_view.
 *
 *      meshpp::Store store;
 *      store.apply(text, "shop.yaml");
 *      meshpp::Snapshot now = store.snapshot();
 *      std::cout << now.members().text();
 *
 *  Header only, and safe in any number of units. Answers are bytes (Buffer); which JSON or protobuf they hold,
 *  and all rules about threads and lifetimes, are said beside the C function of the same name. A call that
 *  fails throws meshpp::Error; nothing else is thrown. Objects are moved, not copied (Snapshot is: it is counted).
 *  A moved-from object may only be destroyed or assigned to. (The namespace is not `mesh`: that is the core's own,
 *  which libmesh.a brings along, with another mesh::Error.)
 */
#ifndef MESH_MESH_HPP
#define MESH_MESH_HPP

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "mesh/mesh.h"

namespace meshpp {

inline mesh_view view(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string_view text(mesh_view view) noexcept {
  return view.size == 0 ? std::string_view() : std::string_view(view.data, view.size);
}

/** Why a call could not be answered. */
class Error : public std::runtime_error {
 public:
  Error(mesh_code code, const std::string& message) : std::runtime_error(message), code_(code) {}
  mesh_code code() const noexcept { return code_; }

 private:
  mesh_code code_;
};

/** Throws what is no success, and frees it. */
inline void check(mesh_error* error) {
  if (error == nullptr) return;
  const std::unique_ptr<mesh_error, decltype(&mesh_error_delete)> owner(error, &mesh_error_delete);
  throw Error(mesh_error_code(error), std::string(text(mesh_error_message(error))));
}

/** The owner of one handle; T's deleter is named once. */
template <typename T, void (*Delete)(T*)>
class Handle {
 public:
  explicit Handle(T* raw = nullptr) noexcept : raw_(raw) {}
  T* get() const noexcept { return raw_.get(); }

  /** Calls a function that gives a handle through its last parameter. */
  template <typename F>
  static T* make(F&& call) {
    T* raw = nullptr;
    check(call(&raw));
    return raw;
  }

 private:
  struct Deleter {
    void operator()(T* raw) const noexcept { Delete(raw); }
  };
  std::unique_ptr<T, Deleter> raw_;
};

/** Bytes of an answer. */
class Buffer : public Handle<mesh_buffer, &mesh_buffer_delete> {
 public:
  using Handle::Handle;
  /** As long as the buffer. */
  std::string_view text() const noexcept { return meshpp::text(mesh_buffer_view(get())); }
  std::string to_string() const { return std::string(text()); }

  template <typename F>
  static Buffer of(F&& call) {
    return Buffer(make(std::forward<F>(call)));
  }
};

/** An immutable state; copies are further handles of the same one. */
class Snapshot : public Handle<mesh_snapshot, &mesh_snapshot_delete> {
 public:
  using Handle::Handle;
  Snapshot(const Snapshot& other) : Handle(mesh_snapshot_clone(other.get())) {}
  Snapshot& operator=(const Snapshot& other) { return *this = Snapshot(other); }
  Snapshot(Snapshot&&) noexcept = default;
  Snapshot& operator=(Snapshot&&) noexcept = default;
  ~Snapshot() = default;

  uint64_t revision() const noexcept { return mesh_snapshot_revision(get()); }
  Buffer changed() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_snapshot_changed(get(), out); });
  }
  /** What somebody has to fetch, by URL. */
  Buffer wanted_texts() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_snapshot_wanted_texts(get(), out); });
  }
  Buffer diagnostics() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_snapshot_diagnostics(get(), out); });
  }
  /** Those that one tenant ("namespace/name") may be shown. */
  Buffer diagnostics_of(std::string_view tenant) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_snapshot_tenant_diagnostics(get(), view(tenant), out);
    });
  }
  /** Of one tenant ("namespace/name"), or of all. */
  Buffer members(std::string_view tenant = {}) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_snapshot_members(get(), view(tenant), out); });
  }
  /** What statuses say, of one tenant or of all; options are one JSON object, or empty. */
  Buffer status(std::string_view tenant = {}, std::string_view options = {}) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_snapshot_status(get(), view(tenant), view(options), out);
    });
  }
  /** An AdmissionReview judged; answers and options are one JSON object each, or empty. */
  Buffer admission_review(std::string_view review, std::string_view answers = {},
                          std::string_view options = {}) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_admission_review(get(), view(review), view(answers), view(options), out);
    });
  }
  Buffer proxies() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_snapshot_proxies(get(), out); });
  }
  /** Of one control plane ("namespace/name"), or of all; options are one JSON object. */
  Buffer values(std::string_view tenant = {}, std::string_view options = {}) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_snapshot_values(get(), view(tenant), view(options), out);
    });
  }
  /** Whether the network lets a connection through; options are one JSON object. */
  Buffer reach(std::string_view from, std::string_view to, std::string_view options = {}) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_snapshot_reach(get(), view(from), view(to), view(options), out);
    });
  }
  /** Which objects the meshes need and the steps to them; options are one JSON object. */
  Buffer plan(std::string_view options = {}) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_snapshot_plan(get(), view(options), out); });
  }
  /** Why a namespace is in a mesh or not, as one tenant ("namespace/name") or everybody may know it. */
  Buffer explain_member(std::string_view ns, std::string_view tenant = {}) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_explain_member(get(), view(ns), view(tenant), out); });
  }
  /** What changes from this snapshot to the other. */
  Buffer diff(const Snapshot& after) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_snapshot_diff(get(), after.get(), out); });
  }
};

/** The control planes of a text in another API version: "v1" or "v2". */
inline Buffer convert(std::string_view text, std::string_view file, std::string_view version) {
  return Buffer::of(
      [&](mesh_buffer** out) { return mesh_convert(view(text), view(file), view(version), out); });
}

/** Objects under change; one thread at a time. */
class Store : public Handle<mesh_store, &mesh_store_delete> {
 public:
  /** Options as JSON; empty for the defaults. */
  explicit Store(std::string_view config = {})
      : Handle(make([&](mesh_store** out) { return mesh_store_new(view(config), out); })) {}

  /** The same store, for the objects of a remote cluster of the mesh. */
  Store cluster(std::string_view id) {
    return Store(make([&](mesh_store** out) { return mesh_store_cluster(get(), view(id), out); }));
  }
  /** Gives the diagnostics of the text. */
  Buffer apply(std::string_view objects, std::string_view file = {}) {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_store_apply(get(), view(objects), view(file), out); });
  }
  Buffer replace_file(std::string_view objects, std::string_view file) {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_store_replace_file(get(), view(objects), view(file), out);
    });
  }
  /** The text behind a URL of Snapshot::wanted_texts; an empty one takes it back. */
  void give_text(std::string_view url, std::string_view text) {
    check(mesh_store_give_text(get(), view(url), view(text)));
  }
  void erase(std::string_view kind, std::string_view ns, std::string_view name) {
    check(mesh_store_delete_object(get(), view(kind), view(ns), view(name)));
  }
  Snapshot snapshot() {
    return Snapshot(
        Snapshot::make([&](mesh_snapshot** out) { return mesh_store_snapshot(get(), out); }));
  }

 private:
  explicit Store(mesh_store* made) : Handle(made) {}
};

/** Hands the newest snapshot to whoever waits; any thread. */
class Watch : public Handle<mesh_watch, &mesh_watch_delete> {
 public:
  Watch() : Handle(make([](mesh_watch** out) { return mesh_watch_new(out); })) {}

  void publish(const Snapshot& snapshot) { check(mesh_watch_publish(get(), snapshot.get())); }
  /** Throws MESH_TIMEOUT or MESH_CONFLICT (closed). */
  Snapshot wait(uint64_t seen, uint32_t timeout_ms) const {
    return Snapshot(Snapshot::make(
        [&](mesh_snapshot** out) { return mesh_watch_wait(get(), seen, timeout_ms, out); }));
  }
  void close() noexcept { mesh_watch_close(get()); }
};

/** One Envoy that asks for configuration. */
class Proxy : public Handle<mesh_proxy, &mesh_proxy_delete> {
 public:
  using Handle::Handle;
  /** "east=shop" is a namespace of the remote cluster east. */
  static Proxy of_pod(const Snapshot& snapshot, std::string_view ns, std::string_view name) {
    return Proxy(make([&](mesh_proxy** out) {
      return mesh_proxy_of_pod(snapshot.get(), view(ns), view(name), out);
    }));
  }
  static Proxy read(const Snapshot& snapshot, std::string_view description,
                    std::string_view file = {}) {
    return Proxy(make([&](mesh_proxy** out) {
      return mesh_proxy_read(snapshot.get(), view(description), view(file), out);
    }));
  }
  Proxy with_flavour(std::string_view flavour) const {
    return Proxy(
        make([&](mesh_proxy** out) { return mesh_proxy_with_flavour(get(), view(flavour), out); }));
  }
  Buffer describe() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_proxy_describe(get(), out); });
  }
};

/** Development certificate authorities, one per tenant; any thread. */
class Authority : public Handle<mesh_authority, &mesh_authority_delete> {
 public:
  explicit Authority(std::string_view options)
      : Handle(make([&](mesh_authority** out) { return mesh_authority_new(view(options), out); })) {
  }
  Buffer issue(const Snapshot& snapshot, const Proxy& proxy) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_authority_issue(get(), snapshot.get(), proxy.get(), out);
    });
  }
  /** For a server; options are {"hosts": […]}. */
  Buffer issue_server(std::string_view options) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_authority_issue_server(get(), view(options), out); });
  }
};

/** Who gets a sidecar, and the patch; any thread. Copies are further handles of the same one. */
class Injector : public Handle<mesh_injector, &mesh_injector_delete> {
 public:
  explicit Injector(const Snapshot& snapshot, std::string_view options = {},
                    const Injector* previous = nullptr)
      : Handle(make([&](mesh_injector** out) {
          return mesh_injector_new(snapshot.get(), view(options),
                                   previous == nullptr ? nullptr : previous->get(), out);
        })) {}
  /** With the settings of the options alone. */
  explicit Injector(std::string_view options) : Injector(Snapshot(), options) {}
  Injector(const Injector& other) : Handle(mesh_injector_clone(other.get())) {}
  Injector& operator=(const Injector& other) { return *this = Injector(other); }
  Injector(Injector&&) noexcept = default;
  Injector& operator=(Injector&&) noexcept = default;
  ~Injector() = default;

  Buffer diagnostics() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_injector_diagnostics(get(), out); });
  }
  /** An AdmissionReview answered; the path is that of the URL. */
  Buffer review(std::string_view review, std::string_view path = {}) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_injector_review(get(), view(review), view(path), out);
    });
  }
  /** Manifests injected; options are one JSON object, or empty. */
  Buffer apply(std::string_view manifests, std::string_view file = {},
               std::string_view options = {}) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_injector_apply(get(), view(manifests), view(file), view(options), out);
    });
  }
  Buffer explain(std::string_view ns, std::string_view name) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_injector_explain(get(), view(ns), view(name), out); });
  }
  Buffer matrix() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_injector_matrix(get(), out); });
  }
};

/** Manifests without what injection put in. */
inline Buffer uninject(std::string_view manifests, std::string_view file = {},
                       std::string_view options = {}) {
  return Buffer::of([&](mesh_buffer** out) {
    return mesh_uninject(view(manifests), view(file), view(options), out);
  });
}

/** Policy tests: suites, the files they ask for, and their results. */
class Tests : public Handle<mesh_tests, &mesh_tests_delete> {
 public:
  Tests() : Handle(make([](mesh_tests** out) { return mesh_tests_new(out); })) {}

  /** A file of suites; gives what is wrong with it. */
  Buffer add(std::string_view suite, std::string_view file) {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_tests_add(get(), view(suite), view(file), out); });
  }
  /** The paths that the suites name. */
  Buffer wanted() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_tests_wanted(get(), out); });
  }
  /** A file that is, or is in, a wanted path. */
  void give(std::string_view path, std::string_view file, std::string_view content) {
    check(mesh_tests_give(get(), view(path), view(file), view(content)));
  }
  Buffer run(std::string_view options = {}) const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_tests_run(get(), view(options), out); });
  }
};

/** Results of tests as "text", "junit", "sarif" or "tap". */
inline Buffer tests_report(std::string_view results, std::string_view format) {
  return Buffer::of(
      [&](mesh_buffer** out) { return mesh_tests_report(view(results), view(format), out); });
}

/** The annotation k8s.v1.cni.cncf.io/networks with a network added. */
inline Buffer cni_networks_merge(std::string_view annotation, std::string_view network,
                                 std::string_view options = {}) {
  return Buffer::of([&](mesh_buffer** out) {
    return mesh_cni_networks_merge(view(annotation), view(network), view(options), out);
  });
}

/** Which objects and fields make a resource of a proxy what it is; a part may be named: "80/cart.shop". */
inline Buffer explain_resource(const Snapshot& snapshot, const Proxy& proxy, std::string_view type,
                               std::string_view name) {
  return Buffer::of([&](mesh_buffer** out) {
    return mesh_explain_resource(snapshot.get(), proxy.get(), view(type), view(name), out);
  });
}
/** What one object ("Kind/namespace/name", or a policy's "namespace/name") does to a proxy. */
inline Buffer explain_policy(const Snapshot& snapshot, const Proxy& proxy, std::string_view name) {
  return Buffer::of([&](mesh_buffer** out) {
    return mesh_explain_policy(snapshot.get(), proxy.get(), view(name), out);
  });
}

/** The resources of every proxy of a snapshot; any thread. */
class Xds : public Handle<mesh_xds, &mesh_xds_delete> {
 public:
  Xds() : Handle(make([](mesh_xds** out) { return mesh_xds_new(out); })) {}
  explicit Xds(const Snapshot& snapshot) : Xds() { update(snapshot); }

  void update(const Snapshot& snapshot) { check(mesh_xds_update(get(), snapshot.get())); }
  Buffer resources_json(const Proxy& proxy, std::string_view type) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_xds_resources_json(get(), proxy.get(), view(type), out);
    });
  }
  Buffer resources(const Proxy& proxy, std::string_view type) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_xds_resources(get(), proxy.get(), view(type), out); });
  }
  Buffer sent_json(const Proxy& proxy, std::string_view type, std::string_view caller) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_xds_sent_json(get(), proxy.get(), view(type), view(caller), out);
    });
  }
  Buffer secret_names(const Proxy& proxy) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_xds_secret_names(get(), proxy.get(), out); });
  }
  Buffer sizes(const Proxy& proxy) const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_xds_sizes(get(), proxy.get(), out); });
  }
  Buffer route(const Proxy& proxy, std::string_view request) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_route(get(), proxy.get(), view(request), out); });
  }
  Buffer journey(const Proxy& caller, std::string_view request) const {
    return Buffer::of(
        [&](mesh_buffer** out) { return mesh_journey(get(), caller.get(), view(request), out); });
  }
  Buffer bootstrap(const Proxy& proxy, std::string_view options = {}) const {
    return Buffer::of([&](mesh_buffer** out) {
      return mesh_xds_bootstrap(get(), proxy.get(), view(options), out);
    });
  }
};

/** One response, in slices. */
class Message : public Handle<mesh_message, &mesh_message_delete> {
 public:
  using Handle::Handle;
  /** False: the client is up to date. */
  explicit operator bool() const noexcept { return get() != nullptr; }
  size_t slice_count() const noexcept { return mesh_message_slice_count(get()); }
  std::string_view slice(size_t index) const noexcept {
    return text(mesh_message_slice(get(), index));
  }
  Buffer bytes() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_message_bytes(get(), out); });
  }
};

/** One client's discovery stream; one thread at a time. The Xds and the Authority must outlive it. */
class Session : public Handle<mesh_session, &mesh_session_delete> {
 public:
  explicit Session(const Xds& xds, std::string_view options = {},
                   const Authority* authority = nullptr)
      : Handle(make([&](mesh_session** out) {
          return mesh_session_new(xds.get(), view(options),
                                  authority == nullptr ? nullptr : authority->get(), out);
        })) {}

  void receive(std::string_view request) { check(mesh_session_receive(get(), view(request))); }
  void update() { check(mesh_session_update(get())); }
  Message next() {
    return Message(
        Message::make([&](mesh_message** out) { return mesh_session_next(get(), out); }));
  }
  Proxy proxy() const {
    return Proxy(Proxy::make([&](mesh_proxy** out) { return mesh_session_proxy(get(), out); }));
  }
  Buffer describe() const {
    return Buffer::of([&](mesh_buffer** out) { return mesh_session_describe(get(), out); });
  }
};

/** version.json of the library that is loaded. */
inline std::string_view version() noexcept { return text(mesh_version()); }
/** Every diagnostic code with its meaning, as JSON. */
inline std::string_view diagnostic_codes() noexcept { return text(mesh_diagnostic_codes()); }

}  // namespace meshpp

#endif
