#include "tests/xds/seen.h"

#include <gtest/gtest.h>

#include <charconv>

#include "libmesh/document/json.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/xds/generate.h"

namespace mesh::xds::testing {
namespace {

document::Value find_by_name(const Resources& resources, std::string_view name, Type type) {
  for (const auto& resource : resources) {
    if (resource->name == name) return json_of(*resource, type);
  }
  return {};
}

// One step of a path: a key, or the number of an element.
const document::Value* step(const document::Value& value, std::string_view key) {
  size_t index = 0;
  if (const auto* list = value.if_list()) {
    std::from_chars(key.data(), key.data() + key.size(), index);
    return index < list->size() ? &(*list)[index] : nullptr;
  }
  return value.find(key);
}

// Cuts the first step off a path.
std::string_view next_step(std::string_view& path) {
  if (path.starts_with('"')) {
    const size_t end = path.find('"', 1);
    std::string_view key = path.substr(1, end - 1);
    path.remove_prefix(std::min(path.size(), end + 1));
    return key;
  }
  const size_t end = path.find_first_of(".[]");
  std::string_view key = path.substr(0, end);
  path.remove_prefix(key.size());
  return key;
}

}  // namespace

Seen::Seen(std::string_view input, std::string_view proxy) {
  index::Store store;
  for (const auto& d : store.apply(input, "input.yaml")) ADD_FAILURE() << to_string(d);
  auto snapshot = store.snapshot();
  auto read = index::read_proxy(*snapshot, proxy, "proxy.yaml");
  if (!read) {
    ADD_FAILURE() << read.error().message;
    return;
  }
  auto tenant = read->tenant;
  view_ = traffic::Traffic::make(snapshot->mesh(tenant))->view(std::move(*read));
}

Resources Seen::clusters() const {
  Resources out;
  outbound_clusters(view_, out);
  inbound_clusters(view_, out);
  return out;
}

Resources Seen::listeners() const {
  Resources out;
  if (view_.proxy.type == model::ProxyType::kGateway) {
    gateway_listeners(view_, out);
    return out;
  }
  outbound_listeners(view_, out);
  inbound_listeners(view_, out);
  return out;
}

document::Value Seen::listener(std::string_view name) const {
  return find_by_name(listeners(), name, Type::kListener);
}

document::Value Seen::cluster(std::string_view name) const {
  return find_by_name(clusters(), name, Type::kCluster);
}

document::Value Seen::assignment(std::string_view cluster_name) const {
  auto made = endpoints(view_, cluster_name);
  return made == nullptr ? document::Value() : json_of(*made, Type::kEndpoint);
}

document::Value json_of(const Resource& resource, Type type) {
  std::string_view url = type_url(type);
  auto json = schema::to_json(url.substr(url.find('/') + 1), resource.value());
  if (!json) {
    ADD_FAILURE() << resource.name << ": " << json.error().message;
    return {};
  }
  Diagnostics diagnostics;
  auto value = document::read_json(*json, resource.name, diagnostics);
  return value ? *value : document::Value();
}

std::string names_of(const Resources& resources) {
  std::string out;
  for (const auto& resource : resources) out.append(resource->name).append("\n");
  return out;
}

std::string at(const document::Value& value, std::string_view path) {
  const document::Value* here = &value;
  while (!path.empty() && here != nullptr) {
    if (path.front() == '.' || path.front() == '[' || path.front() == ']') {
      path.remove_prefix(1);
    } else {
      here = step(*here, next_step(path));
    }
  }
  return here == nullptr || here->is_null() ? "" : document::write_json(*here);
}

}  // namespace mesh::xds::testing
