// The kind xds: a query over the resources that a proxy is sent.
#include <algorithm>
#include <iterator>

#include "libmesh/document/json.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/testing/jsonpath/jsonpath.h"
#include "libmesh/testing/suite/answer.h"
#include "libmesh/testing/suite/world.h"

namespace mesh::testing {

using document::List;
using document::Value;

namespace {

constexpr xds::Type kTypes[] = {xds::Type::kCluster, xds::Type::kEndpoint,  xds::Type::kListener,
                                xds::Type::kRoute,   xds::Type::kExtension, xds::Type::kNameTable};

Result<xds::Type> type_of(std::string_view name) {
  std::string known;
  for (const xds::Type type : kTypes) {
    if (xds::type_name(type) == name) return type;
    known.append(known.empty() ? "" : ", ").append(xds::type_name(type));
  }
  return Error{ErrorCode::kInvalidArgument,
               "type: \"" + std::string(name) + "\" is none of " + known};
}

Result<model::Proxy> proxy_of(World& world, const Value& question) {
  const Value* described = question.find("proxy");
  if (described == nullptr) return world.proxy(question.string_at("pod"));
  return index::read_proxy(world.snapshot(), document::write_json(*described), "proxy");
}

std::vector<xds::ResourcePtr> resources_of(const xds::ProxyConfig& config, xds::Type type,
                                           std::string_view name) {
  std::vector<xds::ResourcePtr> out;
  if (!name.empty()) {
    if (auto found = config.find(type, name)) out.push_back(std::move(found));
    return out;
  }
  config.for_each(type, [&](const xds::ResourcePtr& resource) {
    if (resource != nullptr) out.push_back(resource);
  });
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a->name < b->name; });
  return out;
}

// Values are copied once all are found: most queries over many resources are given up, or find few.
struct Found {
  std::vector<JsonPath::Node> nodes;
  size_t budget = JsonPath::kMostSteps;  // of all resources together
};

// Documents nest no deeper than their readers allow.
bool spend_nodes(const Value& value, size_t& left) {
  if (left == 0) return false;
  --left;
  if (const List* list = value.if_list()) {
    return std::all_of(list->begin(), list->end(),
                       [&](const Value& each) { return spend_nodes(each, left); });
  }
  const document::Map* map = value.if_map();
  return map == nullptr || std::all_of(map->begin(), map->end(), [&](const document::Member& each) {
           return spend_nodes(each.value, left);
         });
}

Result<void> query(World& world, const JsonPath& path, const xds::ResourcePtr& resource,
                   xds::Type type, Found& out) {
  auto document = world.document_of(resource, type);
  if (!document) return document.error();
  auto nodes = path.select(**document, out.budget);
  if (!nodes) return nodes.error().at(resource->name);
  std::move(nodes->begin(), nodes->end(), std::back_inserter(out.nodes));
  return {};
}

// One value may hold another that was found as well (`$..*`), so what copies take is bounded by their nodes.
Result<List> values_of(const std::vector<JsonPath::Node>& nodes) {
  size_t left = JsonPath::kMostSteps;
  List out;
  out.reserve(nodes.size());
  for (const JsonPath::Node& node : nodes) {
    if (!spend_nodes(*node.value, left)) {
      return Error{ErrorCode::kUnsupported, "path: the values that are found hold more than " +
                                                std::to_string(JsonPath::kMostSteps) + " nodes"};
    }
    out.push_back(*node.value);
  }
  return out;
}

}  // namespace

Result<void> check_query(const Value& question) {
  if (const auto type = type_of(question.string_at("type")); !type) return type.error();
  const std::string_view written = question.string_at("path");
  if (written.empty()) return {};
  if (const auto path = JsonPath::parse(written); !path) return path.error().at("path");
  return {};
}

Result<Answer> answer_xds(World& world, const Case& question) {
  const Value& asked = question.question;
  auto type = type_of(asked.string_at("type"));
  if (!type) return type.error();
  const std::string_view written = asked.string_at("path");
  auto path = JsonPath::parse(written.empty() ? "$" : written);
  if (!path) return path.error().at("path");
  auto proxy = proxy_of(world, asked);
  if (!proxy) return proxy.error();
  auto config = world.config(*proxy);
  if (!config) return config.error();
  const auto resources = resources_of(**config, *type, asked.string_at("name"));
  Answer out;
  Found found;
  std::vector<std::string> names;
  const std::string kind(xds::type_name(*type));
  for (const xds::ResourcePtr& resource : resources) {
    if (auto done = query(world, *path, resource, *type, found); !done) return done.error();
    names.emplace_back(resource->name);
    if (resources.size() == 1) {
      out.because.push_back(
          {"", kind + "/" + std::string(resource->name), "is sent to " + proxy->id});
    }
  }
  if (resources.empty()) {
    out.because.push_back({"", kind, proxy->id + " is sent no such resource"});
  }
  out.set("names", texts(names));
  auto values = values_of(found.nodes);
  if (!values) return values.error();
  List paths;
  for (JsonPath::Node& node : found.nodes) paths.emplace_back(std::move(node.path));
  out.set("count", Value(static_cast<int64_t>(values->size())));
  if (values->size() == 1) out.set("value", values->front());
  out.set("values", Value(*std::move(values)));
  out.set("paths", Value(std::move(paths)));
  return out;
}

}  // namespace mesh::testing
