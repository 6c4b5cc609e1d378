// Any sequence of calls of the C functions with any arguments, NULL handles among them. Each call
// is one byte; its texts follow, each behind its length in one byte.
//
// Holds besides not crashing: a call that fails gives an error with a message and leaves NULL
// behind; one that succeeds leaves something; an answer in JSON is JSON.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libmesh/document/json.h"
#include "mesh/mesh.h"
#include "tests/fuzz/check.h"

namespace {

using mesh::fuzz::check;

class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  bool more() const { return !rest_.empty(); }
  uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto out = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return out;
  }
  // 255 takes all that is left, so that a long text is one mutation away.
  mesh_view text() {
    const uint8_t length = byte();
    const std::string_view out = rest_.substr(0, length == 255 ? rest_.size() : length);
    rest_.remove_prefix(out.size());
    return {out.data(), out.size()};
  }

 private:
  std::string_view rest_;
};

// True when the call succeeded.
bool done(mesh_error* error) {
  if (error == nullptr) return true;
  check(mesh_error_code(error) != MESH_OK, "an error has a code");
  check(mesh_error_message(error).size != 0, "an error says something");
  check(mesh_error_code(error) != MESH_INTERNAL, "no input is a defect of the library");
  mesh_error_delete(error);
  return false;
}

// The out parameter by reference: it is set by the call that is the other argument.
template <typename T>
bool gave(mesh_error* error, T* const& out) {
  const bool ok = done(error);
  check(ok == (out != nullptr), "an out parameter is set on success only");
  return ok;
}

void check_json(mesh_error* error, mesh_buffer* const& buffer) {
  if (!gave(error, buffer)) return;
  const mesh_view bytes = mesh_buffer_view(buffer);
  mesh::Diagnostics diagnostics;
  check(mesh::document::read_json({bytes.data, bytes.size}, "", diagnostics).ok(),
        "an answer is JSON", std::string(bytes.data, bytes.size));
  mesh_buffer_delete(buffer);
}

// One handle of each noun; a new one takes the place of the old.
struct Handles {
  ~Handles() {
    mesh_session_delete(session);
    mesh_xds_delete(xds);
    mesh_watch_delete(watch);
    mesh_proxy_delete(proxy);
    mesh_snapshot_delete(snapshot);
    mesh_store_delete(store);
  }

  mesh_store* store = nullptr;
  mesh_snapshot* snapshot = nullptr;
  mesh_proxy* proxy = nullptr;
  mesh_xds* xds = nullptr;
  mesh_watch* watch = nullptr;
  mesh_session* session = nullptr;
};

void new_store(Handles& h, mesh_view config) {
  mesh_store* made = nullptr;
  if (!gave(mesh_store_new(config, &made), made)) return;
  mesh_store_delete(h.store);
  h.store = made;
}

void new_snapshot(Handles& h) {
  mesh_snapshot* made = nullptr;
  if (!gave(mesh_store_snapshot(h.store, &made), made)) return;
  mesh_snapshot_delete(h.snapshot);
  h.snapshot = mesh_snapshot_clone(made);
  mesh_snapshot_delete(made);
}

void take(Handles& h, mesh_error* error, mesh_proxy* const& made) {
  if (!gave(error, made)) return;
  mesh_proxy_delete(h.proxy);
  h.proxy = made;
}

void new_xds(Handles& h) {
  mesh_session_delete(h.session);
  h.session = nullptr;
  mesh_xds_delete(h.xds);
  h.xds = nullptr;
  gave(mesh_xds_new(&h.xds), h.xds);
}

void drain(Handles& h) {
  for (mesh_message* message = nullptr;
       done(mesh_session_next(h.session, &message)) && message != nullptr;) {
    size_t size = 0;
    for (size_t i = 0; i < mesh_message_slice_count(message); ++i)
      size += mesh_message_slice(message, i).size;
    mesh_buffer* bytes = nullptr;
    check(gave(mesh_message_bytes(message, &bytes), bytes) && mesh_buffer_view(bytes).size == size,
          "the slices are the message");
    mesh_buffer_delete(bytes);
    mesh_message_delete(message);
    message = nullptr;
  }
}

void ask(Handles& h, uint8_t what, Input& in) {
  mesh_buffer* out = nullptr;
  mesh_proxy* proxy = nullptr;
  mesh_error* error = nullptr;
  const mesh_view a = in.text();
  switch (what % 12) {
    case 0:
      error = mesh_snapshot_members(h.snapshot, a, &out);
      break;
    case 1:
      error = mesh_snapshot_proxies(h.snapshot, &out);
      break;
    case 2:
      error = mesh_snapshot_diagnostics(h.snapshot, &out);
      break;
    case 3:
      error = mesh_snapshot_changed(h.snapshot, &out);
      break;
    case 4:
      error = mesh_snapshot_diff(h.snapshot, h.snapshot, &out);
      break;
    case 5:
      error = mesh_proxy_describe(h.proxy, &out);
      break;
    case 6:
      error = mesh_xds_resources_json(h.xds, h.proxy, a, &out);
      break;
    case 7:
      error = mesh_xds_sizes(h.xds, h.proxy, &out);
      break;
    case 8:
      error = mesh_xds_bootstrap(h.xds, h.proxy, a, &out);
      break;
    case 9:
      error = mesh_session_describe(h.session, &out);
      break;
    case 10:
      take(h, mesh_session_proxy(h.session, &proxy), proxy);
      return;
    case 11:
      take(h, mesh_proxy_of_pod(h.snapshot, a, in.text(), &proxy), proxy);
      return;
    default:
      take(h, mesh_proxy_read(h.snapshot, a, {"p", 1}, &proxy), proxy);
      return;
  }
  check_json(error, out);
}

void act(Handles& h, uint8_t what, Input& in) {
  mesh_buffer* out = nullptr;
  switch (what % 10) {
    case 0:
      new_store(h, in.text());
      return;
    case 1:
      check_json(mesh_store_apply(h.store, in.text(), {"f", 1}, &out), out);
      return;
    case 2: {
      const mesh_view text = in.text();
      check_json(mesh_store_replace_file(h.store, text, in.text(), &out), out);
      return;
    }
    case 3: {
      const mesh_view kind = in.text();
      const mesh_view ns = in.text();
      done(mesh_store_delete_object(h.store, kind, ns, in.text()));
      return;
    }
    case 4:
      new_snapshot(h);
      return;
    case 5:
      new_xds(h);
      return;
    case 6:
      done(mesh_xds_update(h.xds, h.snapshot));
      return;
    case 7: {
      mesh_session_delete(h.session);
      h.session = nullptr;
      gave(mesh_session_new(h.xds, in.text(), nullptr, &h.session), h.session);
      return;
    }
    case 8:
      done(mesh_session_receive(h.session, in.text()));
      drain(h);
      return;
    default:
      done(mesh_session_update(h.session));
      drain(h);
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input in(data, size);
  Handles h;
  for (int calls = 0; in.more() && calls < 100; ++calls) {
    const uint8_t what = in.byte();
    if (what % 2 == 0) {
      act(h, what / 2, in);
    } else {
      ask(h, what / 2, in);
    }
  }
  return 0;
}
