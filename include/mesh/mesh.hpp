/** @file mesh.hpp
 *  @brief RAII over the C functions, for C++20: handles that free themselves, errors as exceptions.
 *
 *      meshpp::Store store;
 *      store.apply(text, "shop.yaml");
 *      std::string members = store.snapshot().members();   // JSON
 *
 *  Header-only and nothing but the C functions below it: exceptions are thrown in the caller's own
 * code, none crosses the library's border. What the functions do, and what they give, is said in
 * the C headers. (The namespace is not `mesh`: that is the library's own, which a static libmesh.a
 * brings along.)
 */
#ifndef MESH_MESH_HPP
#define MESH_MESH_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "mesh/mesh.h"

namespace meshpp {

/** A call that could not be answered. Mistakes in a configuration are diagnostics instead. */
class Error : public std::runtime_error {
 public:
  Error(mesh_code code, const std::string& message) : std::runtime_error(message), code_(code) {}
  mesh_code code() const noexcept { return code_; }

 private:
  mesh_code code_;
};

inline mesh_view view(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string_view text(mesh_view bytes) noexcept { return {bytes.data, bytes.size}; }

/** Throws what a C function returned, unless it is NULL. */
inline void check(mesh_error* error) {
  if (error == nullptr) return;
  const std::unique_ptr<mesh_error, decltype(&mesh_error_delete)> owned(error, &mesh_error_delete);
  throw Error(mesh_error_code(error), std::string(text(mesh_error_message(error))));
}

namespace detail {

template <auto Delete>
struct Deleter {
  template <class T>
  void operator()(T* handle) const noexcept {
    Delete(handle);
  }
};

template <class T, auto Delete>
using Handle = std::unique_ptr<T, Deleter<Delete>>;

using Buffer = Handle<mesh_buffer, &mesh_buffer_delete>;

/** Calls a function whose last argument is where it leaves a new handle. */
template <class T, auto Delete, class Function, class... Arguments>
Handle<T, Delete> make(Function function, Arguments... arguments) {
  T* out = nullptr;
  check(function(arguments..., &out));
  return Handle<T, Delete>(out);
}

/** The same for a function that gives bytes. */
template <class Function, class... Arguments>
std::string bytes(Function function, Arguments... arguments) {
  const Buffer buffer = make<mesh_buffer, &mesh_buffer_delete>(function, arguments...);
  return std::string(text(mesh_buffer_view(buffer.get())));
}

}  // namespace detail

/** One proxy: which it is. */
class Proxy {
 public:
  explicit Proxy(mesh_proxy* owned) noexcept : handle_(owned) {}
  Proxy with_flavour(std::string_view flavour) const {
    return Proxy(
        detail::make<mesh_proxy, &mesh_proxy_delete>(&mesh_proxy_with_flavour, get(), view(flavour))
            .release());
  }
  std::string describe() const { return detail::bytes(&mesh_proxy_describe, get()); }
  const mesh_proxy* get() const noexcept { return handle_.get(); }

 private:
  detail::Handle<mesh_proxy, &mesh_proxy_delete> handle_;
};

/** Everything known at one moment; a copy is a further handle of the same. */
class Snapshot {
 public:
  explicit Snapshot(mesh_snapshot* owned) noexcept : handle_(owned) {}
  Snapshot(const Snapshot& other) : handle_(mesh_snapshot_clone(other.get())) {}
  Snapshot& operator=(const Snapshot& other) {
    if (this != &other) handle_.reset(mesh_snapshot_clone(other.get()));
    return *this;
  }
  Snapshot(Snapshot&&) noexcept = default;
  Snapshot& operator=(Snapshot&&) noexcept = default;
  ~Snapshot() = default;

  std::uint64_t revision() const noexcept { return mesh_snapshot_revision(get()); }
  std::string changed() const { return detail::bytes(&mesh_snapshot_changed, get()); }
  std::string diagnostics() const { return detail::bytes(&mesh_snapshot_diagnostics, get()); }
  std::string members(std::string_view tenant = {}) const {
    return detail::bytes(&mesh_snapshot_members, get(), view(tenant));
  }
  std::string proxies() const { return detail::bytes(&mesh_snapshot_proxies, get()); }
  std::string diff(const Snapshot& after) const {
    return detail::bytes(&mesh_snapshot_diff, get(), after.get());
  }
  Proxy proxy_of_pod(std::string_view ns, std::string_view name) const {
    return Proxy(detail::make<mesh_proxy, &mesh_proxy_delete>(&mesh_proxy_of_pod, get(), view(ns),
                                                              view(name))
                     .release());
  }
  Proxy read_proxy(std::string_view description, std::string_view file = {}) const {
    return Proxy(detail::make<mesh_proxy, &mesh_proxy_delete>(&mesh_proxy_read, get(),
                                                              view(description), view(file))
                     .release());
  }
  const mesh_snapshot* get() const noexcept { return handle_.get(); }

 private:
  detail::Handle<mesh_snapshot, &mesh_snapshot_delete> handle_;
};

/** Objects under change. */
class Store {
 public:
  explicit Store(std::string_view config = {})
      : handle_(detail::make<mesh_store, &mesh_store_delete>(&mesh_store_new, view(config))) {}
  /** Gives the diagnostics, as JSON. */
  std::string apply(std::string_view objects, std::string_view file = {}) {
    return detail::bytes(&mesh_store_apply, get(), view(objects), view(file));
  }
  std::string replace_file(std::string_view objects, std::string_view file) {
    return detail::bytes(&mesh_store_replace_file, get(), view(objects), view(file));
  }
  void delete_object(std::string_view kind, std::string_view ns, std::string_view name) {
    check(mesh_store_delete_object(get(), view(kind), view(ns), view(name)));
  }
  Snapshot snapshot() {
    return Snapshot(
        detail::make<mesh_snapshot, &mesh_snapshot_delete>(&mesh_store_snapshot, get()).release());
  }
  mesh_store* get() const noexcept { return handle_.get(); }

 private:
  detail::Handle<mesh_store, &mesh_store_delete> handle_;
};

/** Hands the newest snapshot to whoever waits. */
class Watch {
 public:
  Watch() : handle_(detail::make<mesh_watch, &mesh_watch_delete>(&mesh_watch_new)) {}
  void publish(const Snapshot& snapshot) {
    check(mesh_watch_publish(handle_.get(), snapshot.get()));
  }
  /** Nothing when the time is over first. */
  std::optional<Snapshot> wait(std::uint64_t seen, std::uint32_t timeout_ms) const {
    mesh_snapshot* out = nullptr;
    mesh_error* error = mesh_watch_wait(handle_.get(), seen, timeout_ms, &out);
    if (mesh_error_code(error) == MESH_TIMEOUT) {
      mesh_error_delete(error);
      return std::nullopt;
    }
    check(error);
    return Snapshot(out);
  }
  void close() noexcept { mesh_watch_close(handle_.get()); }

 private:
  detail::Handle<mesh_watch, &mesh_watch_delete> handle_;
};

/** Makes and keeps the resources of every proxy. */
class Xds {
 public:
  Xds() : handle_(detail::make<mesh_xds, &mesh_xds_delete>(&mesh_xds_new)) {}
  void update(const Snapshot& snapshot) { check(mesh_xds_update(handle_.get(), snapshot.get())); }
  std::string resources_json(const Proxy& proxy, std::string_view type) const {
    return detail::bytes(&mesh_xds_resources_json, get(), proxy.get(), view(type));
  }
  /** A serialized DiscoveryResponse. */
  std::string resources(const Proxy& proxy, std::string_view type) const {
    return detail::bytes(&mesh_xds_resources, get(), proxy.get(), view(type));
  }
  std::string sizes(const Proxy& proxy) const {
    return detail::bytes(&mesh_xds_sizes, get(), proxy.get());
  }
  std::string bootstrap(const Proxy& proxy, std::string_view options = {}) const {
    return detail::bytes(&mesh_xds_bootstrap, get(), proxy.get(), view(options));
  }
  const mesh_xds* get() const noexcept { return handle_.get(); }

 private:
  detail::Handle<mesh_xds, &mesh_xds_delete> handle_;
};

/** Development authorities, one per tenant. */
class Authority {
 public:
  explicit Authority(std::string_view options)
      : handle_(detail::make<mesh_authority, &mesh_authority_delete>(&mesh_authority_new,
                                                                     view(options))) {}
  std::string issue(const Snapshot& snapshot, const Proxy& proxy) const {
    return detail::bytes(&mesh_authority_issue, get(), snapshot.get(), proxy.get());
  }
  const mesh_authority* get() const noexcept { return handle_.get(); }

 private:
  detail::Handle<mesh_authority, &mesh_authority_delete> handle_;
};

/** One client's discovery stream: bytes in, bytes out. The Xds and the Authority must outlive it.
 */
class Session {
 public:
  explicit Session(const Xds& xds, std::string_view options = {},
                   const Authority* authority = nullptr)
      : handle_(detail::make<mesh_session, &mesh_session_delete>(
            &mesh_session_new, xds.get(), view(options),
            authority == nullptr ? nullptr : authority->get())) {}
  void receive(std::string_view request) {
    check(mesh_session_receive(handle_.get(), view(request)));
  }
  void update() { check(mesh_session_update(handle_.get())); }
  /** The next serialized response; nothing when the client is up to date. */
  std::optional<std::string> next() {
    const auto message =
        detail::make<mesh_message, &mesh_message_delete>(&mesh_session_next, handle_.get());
    if (message == nullptr) return std::nullopt;
    return detail::bytes(&mesh_message_bytes, message.get());
  }
  std::string describe() const { return detail::bytes(&mesh_session_describe, handle_.get()); }

 private:
  detail::Handle<mesh_session, &mesh_session_delete> handle_;
};

/** The version of the loaded library, as JSON. */
inline std::string_view version() { return text(mesh_version()); }

}  // namespace meshpp

#endif
