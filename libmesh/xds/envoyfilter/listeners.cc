// Listeners: each patched by itself, those that are added behind all (ApplyListenerPatches).
//
// virtualOutbound and the HTTP proxy are patched apart from the others, so that what cannot be merged there does not
// keep the others from being patched.
#include <google/protobuf/message.h>

#include <algorithm>
#include <span>

#include "libmesh/schema/wire.h"
#include "libmesh/xds/envoyfilter/apply.h"
#include "libmesh/xds/envoyfilter/listener_patcher.h"
#include "libmesh/xds/envoyfilter/routes.h"

namespace mesh::xds::envoyfilter {
namespace {

constexpr std::string_view kType = "envoy.config.listener.v3.Listener";

// Field numbers: Listener.address, Address.socket_address, SocketAddress.port_value.
constexpr uint32_t kListenerAddress = 2;
constexpr uint32_t kAddressSocket = 1;
constexpr uint32_t kSocketPort = 3;

std::string_view bytes_at(std::string_view message, uint32_t number) {
  wire::Reader reader(message);
  while (const wire::Field* field = reader.next()) {
    if (field->number == number && field->type == wire::Type::kBytes) return field->bytes;
  }
  return {};
}

uint32_t port_of(std::string_view listener) {
  wire::Reader reader(bytes_at(bytes_at(listener, kListenerAddress), kAddressSocket));
  while (const wire::Field* field = reader.next()) {
    if (field->number == kSocketPort) return static_cast<uint32_t>(field->number_value);
  }
  return 0;
}

// Listeners that are patched together: after what fails, the rest of a group stays as it was.
class Group {
 public:
  Group(const PatchSet& set, Outcome* outcome) : set_(set), outcome_(outcome) {}

  // False when it is removed.
  bool patch(ResourcePtr& resource) {
    if (failed_) return true;
    ListenerPatcher patcher(set_, outcome_);
    const uint32_t port = port_of(resource->value());
    if (!patcher.touches(resource->name, port, resource->value())) return true;
    const MessagePtr listener = schema::parse_message(kType, resource->value());
    if (listener == nullptr) return true;
    if (!patcher.patch(*listener)) return false;
    failed_ = patcher.failed();
    resource =
        make_resource(Type::kListener, text_at(*listener, "name"), schema::to_bytes(*listener));
    return true;
  }

  // A listener for any context is added once: with what goes out.
  void add(bool inbound, Resources& list) {
    if (failed_) return;
    Resources added;
    for (const Patch* patch : set_[ApplyTo::LISTENER]) {
      if (patch->operation != Operation::ADD) continue;
      if (inbound && patch->context == Context::ANY) continue;
      Editor editor(outcome_);
      const MessagePtr listener = editor.copy(*patch);
      if (listener == nullptr) return;  // and none of the others
      editor.applied(*patch);
      std::string name = text_at(*listener, "name");
      if (name.empty()) continue;  // as one that is removed
      added.push_back(make_resource(Type::kListener, name, schema::to_bytes(*listener)));
    }
    list.insert(list.end(), added.begin(), added.end());
  }

 private:
  const PatchSet& set_;
  Outcome* const outcome_;
  bool failed_ = false;
};

// The HTTP proxy has the name of its address, but routes that no other listener has.
bool is_http_proxy(const ResourcePtr& resource) {
  return resource->value().find("http_proxy") != std::string_view::npos;
}

void patch_listeners(const PatchSet& set, bool inbound, bool gateway, size_t from, Resources& list,
                     Outcome* outcome) {
  if (!set.has_listeners()) return;
  Group all(set, outcome);
  size_t kept = from;
  for (size_t i = from; i < list.size(); ++i) {
    ResourcePtr resource = list[i];
    const bool apart =
        !gateway && !inbound && (is_virtual(resource->name) || is_http_proxy(resource));
    Group single(set, outcome);
    if ((apart ? single : all).patch(resource)) list[kept++] = std::move(resource);
  }
  list.resize(kept);
  all.add(inbound, list);
}

// The routes that stand in one connection manager.
void patch_manager(const PatchSet& set, Message& filter, Outcome* outcome) {
  if (text_at(filter, "name") != kConnectionManager || !has(filter, "typed_config")) return;
  Message& config = mutable_at(filter, "typed_config");
  const std::string url = schema::any_url(config);
  if (schema::type_of_url(url) != kConnectionManagerType) return;
  const MessagePtr manager = schema::open_any(config);
  if (manager == nullptr || !has(*manager, "route_config")) return;
  RoutePatcher patcher(set, nullptr, outcome);
  if (!patcher.touches(text_at(message_at(*manager, "route_config"), "name"))) return;
  patcher.patch(mutable_at(*manager, "route_config"));
  schema::put_any(url, *manager, config);
}

void patch_chain_routes(const PatchSet& set, Message& chain, Outcome* outcome) {
  Elements filters(chain, "filters");
  for (MessagePtr& filter : filters.list) patch_manager(set, *filter, outcome);
}

void patch_inline_routes(const PatchSet& set, size_t from, Resources& list, Outcome* outcome) {
  for (size_t i = from; i < list.size(); ++i) {
    const Resource& resource = *list[i];
    if (resource.value().find(kConnectionManager) == std::string_view::npos) continue;
    const MessagePtr listener = schema::parse_message(kType, resource.value());
    if (listener == nullptr) continue;
    {
      Elements chains(*listener, "filter_chains");
      for (MessagePtr& chain : chains.list) patch_chain_routes(set, *chain, outcome);
    }
    if (has(*listener, "default_filter_chain")) {
      patch_chain_routes(set, mutable_at(*listener, "default_filter_chain"), outcome);
    }
    list[i] = make_resource(Type::kListener, resource.name, schema::to_bytes(*listener));
  }
}

}  // namespace

void patch_outbound_listeners(const traffic::ProxyView& view, size_t from, Resources& list,
                              Outcome* outcome) {
  if (view.envoy_filters == nullptr || view.envoy_filters->outbound == nullptr) return;
  const auto set = patch_set(*view.envoy_filters->outbound);
  const bool gateway = view.proxy.type == model::ProxyType::kGateway;
  patch_listeners(*set, false, gateway, from, list, outcome);
}

void patch_inbound_listeners(const traffic::ProxyView& view, size_t from, Resources& list,
                             Outcome* outcome) {
  if (view.envoy_filters == nullptr || view.envoy_filters->inbound == nullptr) return;
  const auto set = patch_set(*view.envoy_filters->inbound);
  // Routes come before listeners: they are finished when the listener is made.
  if (set->has_routes()) patch_inline_routes(*set, from, list, outcome);
  patch_listeners(*set, true, false, from, list, outcome);
}

ResourcePtr added_extension(const traffic::ProxyView& view, std::string_view name) {
  if (view.envoy_filters == nullptr || view.envoy_filters->outbound == nullptr) return nullptr;
  const auto set = patch_set(*view.envoy_filters->outbound);
  for (const Patch* patch : (*set)[ApplyTo::EXTENSION_CONFIG]) {
    if (patch->operation != Operation::ADD || patch->value == nullptr) continue;
    if (text_at(*patch->value, "name") != name) continue;
    return make_resource(Type::kExtension, name, schema::to_bytes(*patch->value));
  }
  return nullptr;
}

}  // namespace mesh::xds::envoyfilter
