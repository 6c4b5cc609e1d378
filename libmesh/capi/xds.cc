#include "mesh/xds.h"

#include <algorithm>
#include <optional>

#include "libmesh/capi/caller.h"
#include "libmesh/capi/config.h"
#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/xds/bootstrap/bootstrap.h"
#include "libmesh/xds/diff.h"
#include "libmesh/xds/sds/credentials.h"
#include "libmesh/xds/sds/sent.h"
#include "libmesh/xds/session/protocol_messages.h"

using mesh::Result;
using mesh::capi::config_of;
using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::document::JsonWriter;
using mesh::xds::ProxyConfig;
using mesh::xds::Type;

namespace {

constexpr Type kTypes[] = {Type::kCluster, Type::kEndpoint,  Type::kListener, Type::kRoute,
                           Type::kSecret,  Type::kExtension, Type::kNameTable};

Result<Type> type_of(std::string_view name) {
  for (Type type : kTypes) {
    if (type_name(type) == name) return type;
  }
  return mesh::Error{
      mesh::ErrorCode::kInvalidArgument,
      "type \"" + std::string(name) +
          "\" is not clusters, endpoints, listeners, routes, secrets, extensions or nametable"};
}

mesh::xds::Resources resources_of(const ProxyConfig& config, Type type) {
  mesh::xds::Resources out;
  config.for_each(type, [&](const mesh::xds::ResourcePtr& r) { out.push_back(r); });
  return out;
}

Result<mesh_buffer*> resources_json(mesh::xds::Resources resources, Type type) {
  std::stable_sort(resources.begin(), resources.end(),
                   [](const auto& a, const auto& b) { return a->name < b->name; });
  std::string_view message = type_url(type);
  message.remove_prefix(message.find('/') + 1);
  JsonWriter json;
  json.begin_array();
  for (const auto& resource : resources) {
    auto printed = mesh::schema::to_json(message, resource->value());
    if (!printed) return printed.error().at(resource->name);
    json.begin_object();
    json.key("name").value(resource->name);
    json.key("resource").raw(*printed);
    json.end_object();
  }
  json.end_array();
  return make_buffer(json.take());
}

std::string sizes_json(const ProxyConfig& config) {
  JsonWriter json;
  json.begin_object();
  for (Type type : kTypes) {
    if (type == Type::kSecret) continue;  // it depends on who calls
    size_t count = 0;
    size_t bytes = 0;
    config.for_each(type, [&](const mesh::xds::ResourcePtr& r) {
      ++count;
      bytes += r->value().size();
    });
    json.key(type_name(type)).begin_object();
    json.key("count").value(count);
    json.key("bytes").value(bytes);
    json.end_object();
  }
  json.end_object();
  return json.take();
}

Result<mesh::xds::CallerOptions> caller_of(std::string_view text) {
  mesh::capi::Options options(text, "caller");
  auto caller = mesh::capi::read_caller(options);
  if (!caller) return caller.error();
  if (auto end = options.end(); !end) return end.error();
  return caller;
}

std::string to_json(const std::vector<std::string>& names) {
  JsonWriter json;
  json.begin_array();
  for (const std::string& name : names) json.value(name);
  json.end_array();
  return json.take();
}

Result<void> read_identity(mesh::capi::Options& options, mesh::xds::BootstrapOptions& out) {
  const mesh::document::Value* identity = options.object("identity");
  if (identity == nullptr) return {};
  out.certificate_chain = identity->string_at("certificateChain");
  out.private_key = identity->string_at("privateKey");
  out.root = identity->string_at("root");
  if (out.certificate_chain.empty() || out.private_key.empty() || out.root.empty()) {
    return mesh::Error{mesh::ErrorCode::kInvalidArgument,
                       "bootstrap options: \"identity\" needs \"certificateChain\", "
                       "\"privateKey\" and \"root\""};
  }
  return {};
}

Result<mesh::xds::BootstrapOptions> read_options(std::string_view config) {
  mesh::xds::BootstrapOptions out;
  mesh::capi::Options options(config, "bootstrap options");
  options.read("xdsAddress", out.xds_address);
  options.read("adminAddress", out.admin_address);
  options.read("adminPort", out.admin_port);
  options.read("delta", out.delta);
  options.read("static", out.complete);
  if (auto identity = read_identity(options, out); !identity) return identity.error();
  if (auto end = options.end(); !end) return end.error();
  return out;
}

// What both forms of a type's resources begin with.
template <typename F>
mesh_error* with_resources(mesh_buffer** out, const mesh_xds* xds, const mesh_proxy* proxy,
                           mesh_view type, F&& answer) {
  return guard(out, {given(xds, "xds"), given(proxy, "proxy"), given(type, "type")},
               [&]() -> Result<mesh_buffer*> {
                 auto known = type_of(text(type));
                 if (!known) return known.error();
                 auto config = config_of(*xds, proxy->value);
                 if (!config) return config.error();
                 return answer(**config, *known);
               });
}

}  // namespace

extern "C" {

mesh_error* mesh_xds_new(mesh_xds** out) {
  return guard(out, {}, [&]() -> Result<mesh_xds*> { return new mesh_xds; });
}

void mesh_xds_delete(mesh_xds* xds) { delete xds; }

mesh_error* mesh_xds_update(mesh_xds* xds, const mesh_snapshot* snapshot) {
  return guard({given(xds, "xds"), given(snapshot, "snapshot")}, [&]() -> Result<void> {
    xds->value.update(snapshot->value);
    xds->walker.forget();
    return {};
  });
}

mesh_error* mesh_xds_resources_json(const mesh_xds* xds, const mesh_proxy* proxy, mesh_view type,
                                    mesh_buffer** out) {
  return with_resources(out, xds, proxy, type,
                        [](const ProxyConfig& config, Type known) -> Result<mesh_buffer*> {
                          return resources_json(resources_of(config, known), known);
                        });
}

mesh_error* mesh_xds_resources(const mesh_xds* xds, const mesh_proxy* proxy, mesh_view type,
                               mesh_buffer** out) {
  return with_resources(
      out, xds, proxy, type, [](const ProxyConfig& config, Type known) -> Result<mesh_buffer*> {
        const std::string revision = std::to_string(config.shared().serial());
        return make_buffer(mesh::xds::Message::state_of_the_world(
                               {type_url(known), revision, revision}, resources_of(config, known))
                               .to_string());
      });
}

mesh_error* mesh_xds_sent_json(const mesh_xds* xds, const mesh_proxy* proxy, mesh_view type,
                               mesh_view caller, mesh_buffer** out) {
  return guard(
      out, {given(xds, "xds"), given(proxy, "proxy"), given(type, "type"), given(caller, "caller")},
      [&]() -> Result<mesh_buffer*> {
        auto known = type_of(text(type));
        if (!known) return known.error();
        auto read = caller_of(text(caller));
        if (!read) return read.error();
        auto config = config_of(*xds, proxy->value);
        if (!config) return config.error();
        const auto snapshot = xds->value.snapshot();
        auto caller_found =
            mesh::xds::caller_of(*snapshot->mesh(proxy->value.tenant), proxy->value, *read);
        if (!caller_found) return caller_found.error();
        return resources_json(mesh::xds::sent_resources(**config, *known, *caller_found, *snapshot),
                              *known);
      });
}

mesh_error* mesh_xds_secret_names(const mesh_xds* xds, const mesh_proxy* proxy, mesh_buffer** out) {
  return guard(out, {given(xds, "xds"), given(proxy, "proxy")}, [&]() -> Result<mesh_buffer*> {
    auto config = config_of(*xds, proxy->value);
    if (!config) return config.error();
    return make_buffer(to_json((*config)->secret_names()));
  });
}

mesh_error* mesh_xds_sizes(const mesh_xds* xds, const mesh_proxy* proxy, mesh_buffer** out) {
  return guard(out, {given(xds, "xds"), given(proxy, "proxy")}, [&]() -> Result<mesh_buffer*> {
    auto config = config_of(*xds, proxy->value);
    if (!config) return config.error();
    return make_buffer(sizes_json(**config));
  });
}

mesh_error* mesh_xds_bootstrap(const mesh_xds* xds, const mesh_proxy* proxy, mesh_view options,
                               mesh_buffer** out) {
  return guard(out, {given(xds, "xds"), given(proxy, "proxy"), given(options, "options")},
               [&]() -> Result<mesh_buffer*> {
                 auto read = read_options(text(options));
                 if (!read) return read.error();
                 auto config = config_of(*xds, proxy->value);
                 if (!config) return config.error();
                 auto snapshot = xds->value.snapshot();
                 // Who makes a bootstrap has all the objects in hand: the proxy is who it is said to be.
                 const mesh::model::Proxy& known = (*config)->proxy();
                 auto caller = mesh::xds::caller_of(*snapshot->mesh(known.tenant), known,
                                                    {std::nullopt, true, std::nullopt});
                 if (!caller) return caller.error();
                 read->credentials = [&](std::string_view name) {
                   return mesh::xds::credential_secret(
                       *snapshot, {known, **caller, (*config)->gateway()}, name);
                 };
                 auto made = mesh::xds::bootstrap(**config, *read);
                 if (!made) return made.error();
                 return make_buffer(*std::move(made));
               });
}
}
