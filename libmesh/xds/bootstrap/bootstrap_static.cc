#include "libmesh/xds/bootstrap/bootstrap_static.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libmesh/base/net.h"
#include "libmesh/document/json.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/xds/sds/secrets.h"

namespace mesh::xds {
namespace {

using document::List;
using document::Map;
using document::Value;

// Printed and read again: this is made once for a person, never on the way to a proxy.
Result<Value> value_of(Type type, const Resource& resource) {
  std::string_view message = type_url(type);
  message.remove_prefix(message.find('/') + 1);
  auto json = schema::to_json(message, resource.value());
  if (!json) return json.error().at(resource.name);
  Diagnostics problems;
  return document::read_json(*json, "", problems);
}

bool has_host_names(const Value& assignment) {
  const Value* groups = assignment.find("endpoints");
  if (groups == nullptr || !groups->is_list()) return false;
  for (const Value& group : *groups->if_list()) {
    const Value* endpoints = group.find("lbEndpoints");
    if (endpoints == nullptr || !endpoints->is_list()) continue;
    for (const Value& one : *endpoints->if_list()) {
      const Value* at = one.find("endpoint");
      for (const char* key : {"address", "socketAddress"})
        at = at == nullptr ? nullptr : at->find(key);
      if (at != nullptr && !is_ip_address(at->string_at("address"))) return true;
    }
  }
  return false;
}

// EDS becomes a list of endpoints in the cluster itself.
Result<void> inline_endpoints(const ProxyConfig& config, Value& cluster) {
  if (cluster.string_at("type") != "EDS") return {};
  std::string name(cluster.string_at("name"));
  if (const Value* eds = cluster.find("edsClusterConfig")) {
    if (!eds->string_at("serviceName").empty()) name = eds->string_at("serviceName");
  }
  cluster.erase("edsClusterConfig");
  Value assignment{Map{}};
  assignment.set("clusterName", Value(name));
  if (ResourcePtr found = config.find(Type::kEndpoint, name)) {
    auto read = value_of(Type::kEndpoint, *found);
    if (!read) return read.error();
    assignment = *std::move(read);
  }
  cluster.set("type", Value(has_host_names(assignment) ? "STRICT_DNS" : "STATIC"));
  cluster.set("loadAssignment", std::move(assignment));
  return {};
}

// The names of the secrets that are fetched over SDS anywhere below.
void collect_secret_names(const Value& value, std::set<std::string>& out) {
  if (const List* list = value.if_list()) {
    for (const Value& element : *list) collect_secret_names(element, out);
    return;
  }
  if (!value.is_map()) return;
  if (value.find("sdsConfig") != nullptr) out.emplace(value.string_at("name"));
  for (const document::Member& member : *value.if_map()) collect_secret_names(member.value, out);
}

// RDS becomes the routes themselves, and a secret over SDS one of this file.
Result<void> inline_references(const ProxyConfig& config, Value& value) {
  if (List* list = value.if_list()) {
    for (Value& element : *list) {
      if (auto done = inline_references(config, element); !done) return done;
    }
    return {};
  }
  if (!value.is_map()) return {};
  value.erase("sdsConfig");
  if (const Value* rds = value.find("rds"); rds != nullptr && rds->find("routeConfigName")) {
    std::string name(rds->string_at("routeConfigName"));
    Value routes{Map{}};
    routes.set("name", Value(name));
    if (ResourcePtr found = config.find(Type::kRoute, name)) {
      auto read = value_of(Type::kRoute, *found);
      if (!read) return read.error();
      routes = *std::move(read);
    }
    value.erase("rds");
    value.set("routeConfig", std::move(routes));
  }
  for (document::Member& member : *value.if_map()) {
    if (auto done = inline_references(config, member.value); !done) return done;
  }
  return {};
}

Result<Value> all_of(const ProxyConfig& config, Type type, std::set<std::string>& secret_names) {
  List out;
  std::optional<Error> error;
  config.for_each(type, [&](const ResourcePtr& resource) {
    if (error) return;
    auto read = value_of(type, *resource);
    if (!read) {
      error = read.error();
      return;
    }
    collect_secret_names(*read, secret_names);
    Result<void> done = type == Type::kCluster ? inline_endpoints(config, *read) : Result<void>();
    if (done) done = inline_references(config, *read);
    if (!done) error = done.error();
    out.push_back(*std::move(read));
  });
  if (error) return *error;
  return Value(std::move(out));
}

ResourcePtr secret(const BootstrapOptions& options, const std::string& name) {
  if (name == kWorkloadCertificate || name == kRootCertificate) {
    if (options.certificate_chain.empty()) return nullptr;
    const identity::Issued issued{options.certificate_chain, options.private_key, options.root};
    return workload_secret(issued, name);
  }
  return options.credentials ? options.credentials(name) : nullptr;
}

// The workload's own first, whether or not anything names them yet.
Result<Value> secrets(const BootstrapOptions& options, std::set<std::string> named) {
  std::vector<std::string> names = {std::string(kWorkloadCertificate),
                                    std::string(kRootCertificate)};
  for (const std::string& own : names) named.erase(own);
  names.insert(names.end(), named.begin(), named.end());
  List out;
  for (const std::string& name : names) {
    ResourcePtr found = secret(options, name);
    if (found == nullptr) continue;
    auto read = value_of(Type::kSecret, *found);
    if (!read) return read.error();
    out.push_back(*std::move(read));
  }
  return Value(std::move(out));
}

}  // namespace

Result<Value> static_resources(const ProxyConfig& config, const BootstrapOptions& options) {
  std::set<std::string> names;
  auto clusters = all_of(config, Type::kCluster, names);
  if (!clusters) return clusters.error();
  auto listeners = all_of(config, Type::kListener, names);
  if (!listeners) return listeners.error();
  auto found = secrets(options, std::move(names));
  if (!found) return found.error();
  Value out{Map{}};
  out.set("clusters", *std::move(clusters));
  out.set("listeners", *std::move(listeners));
  if (!found->if_list()->empty()) out.set("secrets", *std::move(found));
  return out;
}

}  // namespace mesh::xds
