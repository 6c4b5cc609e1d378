#include "mesh/session.h"

#include "libmesh/capi/caller.h"
#include "libmesh/capi/guard.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/xds/sds/secrets.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::capi::view_of;

namespace {

mesh::Result<mesh::xds::SessionOptions> read_options(std::string_view config) {
  mesh::xds::SessionOptions out;
  mesh::capi::Options options(config, "session options");
  std::string flavour;
  options.read("delta", out.delta);
  options.read("flavour", flavour);
  auto caller = mesh::capi::read_caller(options);
  if (!caller) return caller.error();
  out.caller = *std::move(caller);
  if (auto end = options.end(); !end) return end.error();
  if (flavour == "istio") out.flavour = mesh::model::Flavour::kIstio;
  if (flavour == "envoy") out.flavour = mesh::model::Flavour::kEnvoy;
  if (!flavour.empty() && !out.flavour) {
    return mesh::Error{mesh::ErrorCode::kInvalidArgument,
                       "session options: flavour \"" + flavour + "\" is not istio or envoy"};
  }
  return out;
}

// istiod's /debug/syncz names the types in the singular.
std::string_view short_name(mesh::xds::Type type) {
  switch (type) {
    case mesh::xds::Type::kCluster:
      return "cluster";
    case mesh::xds::Type::kEndpoint:
      return "endpoint";
    case mesh::xds::Type::kListener:
      return "listener";
    case mesh::xds::Type::kRoute:
      return "route";
    case mesh::xds::Type::kSecret:
      return "secret";
    case mesh::xds::Type::kExtension:
      return "extensionconfig";
    case mesh::xds::Type::kNameTable:
      return "nametable";
  }
  return "";
}

std::string describe(const mesh::xds::Session& session) {
  mesh::document::JsonWriter json;
  uint64_t rejects = 0;
  const mesh::model::Proxy* proxy = session.proxy();
  json.begin_object();
  json.key("proxy").value(proxy == nullptr ? "" : proxy->id);
  json.key("tenant").value(proxy == nullptr ? "" : proxy->tenant.value);
  json.key("cluster_id").value(proxy == nullptr ? "" : proxy->cluster_id);
  const std::string& node = session.node_id();
  json.key("node").value(node);
  json.key("proxy_type").value(node.substr(0, node.find('~')));
  const std::string_view version = session.node_metadata().string_at("ISTIO_VERSION");
  if (!version.empty()) json.key("istio_version").value(version);
  json.key("errors").begin_object();
  for (const auto& status : session.status()) {
    rejects += status.rejects;
    if (!status.error.empty()) json.key(type_name(status.type)).value(status.error);
  }
  json.end_object();
  for (const auto& status : session.status()) {
    if (!status.subscribed) continue;
    const std::string name(short_name(status.type));
    json.key(name + "_sent").value(status.sent_nonce);
    json.key(name + "_acked").value(status.acked_nonce);
    json.key(name + "_count").value(status.resources);
  }
  json.key("rejects").value(rejects);
  json.end_object();
  return json.take();
}

}  // namespace

extern "C" {

mesh_error* mesh_session_new(const mesh_xds* xds, mesh_view options,
                             const mesh_authority* authority, mesh_session** out) {
  return guard(out, {given(xds, "xds"), given(options, "options")},
               [&]() -> mesh::Result<mesh_session*> {
                 auto read = read_options(text(options));
                 if (!read) return read.error();
                 auto* signs = authority == nullptr ? nullptr : &authority->value;
                 read->secrets = mesh::xds::secrets_of(signs, xds->value);
                 return new mesh_session(xds->value, *std::move(read));
               });
}

void mesh_session_delete(mesh_session* session) { delete session; }

mesh_error* mesh_session_receive(mesh_session* session, mesh_view request) {
  return guard({given(session, "session"), given(request, "request")},
               [&] { return session->value.receive(text(request)); });
}

mesh_error* mesh_session_update(mesh_session* session) {
  return guard({given(session, "session")}, [&] { return session->value.update(); });
}

mesh_error* mesh_session_next(mesh_session* session, mesh_message** out) {
  return guard(out, {given(session, "session")}, [&]() -> mesh::Result<mesh_message*> {
    auto message = session->value.next();
    return message ? new mesh_message(*std::move(message)) : nullptr;
  });
}

mesh_error* mesh_session_proxy(const mesh_session* session, mesh_proxy** out) {
  return guard(out, {given(session, "session")}, [&]() -> mesh::Result<mesh_proxy*> {
    const mesh::model::Proxy* proxy = session->value.proxy();
    if (proxy == nullptr) {
      return mesh::Error{mesh::ErrorCode::kNotFound, "the client has not said who it is"};
    }
    return new mesh_proxy{*proxy};
  });
}

mesh_error* mesh_session_describe(const mesh_session* session, mesh_buffer** out) {
  return guard(out, {given(session, "session")},
               [&] { return make_buffer(describe(session->value)); });
}

size_t mesh_message_slice_count(const mesh_message* message) {
  return message == nullptr ? 0 : message->slices.size();
}

mesh_view mesh_message_slice(const mesh_message* message, size_t index) {
  if (message == nullptr || index >= message->slices.size()) return {nullptr, 0};
  return view_of(message->slices[index]);
}

mesh_error* mesh_message_bytes(const mesh_message* message, mesh_buffer** out) {
  return guard(out, {given(message, "message")},
               [&] { return make_buffer(message->value.to_string()); });
}

void mesh_message_delete(mesh_message* message) { delete message; }
}
