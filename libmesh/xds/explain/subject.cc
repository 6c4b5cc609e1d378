#include "libmesh/xds/explain/subject.h"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "libmesh/document/json.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/near.h"

namespace mesh::xds {
namespace {

using document::Value;

constexpr std::string_view kParts[] = {"virtualHosts", "filterChains"};
constexpr size_t kProposals = 5;

bool has_domain(const Value& element, std::string_view name) {
  const Value* domains = element.find("domains");
  if (domains == nullptr || domains->if_list() == nullptr) return false;
  return std::any_of(domains->if_list()->begin(), domains->if_list()->end(), [&](const Value& d) {
    return d.if_string() != nullptr && *d.if_string() == name;
  });
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < names.size() && i < kProposals; ++i) {
    out += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kProposals
             ? out + " and " + std::to_string(names.size() - kProposals) + " more"
             : out;
}

std::vector<std::string> names_of(const ProxyConfig& config, Type type) {
  std::vector<std::string> out;
  config.for_each(type, [&](const ResourcePtr& resource) { out.emplace_back(resource->name); });
  std::sort(out.begin(), out.end());
  return out;
}

// Calls visit(part) for each named part of a resource.
template <typename F>
void each_part(const Value& resource, F&& visit) {
  for (std::string_view list : kParts) {
    const Value* elements = resource.find(list);
    if (elements == nullptr || elements->if_list() == nullptr) continue;
    for (const Value& element : *elements->if_list()) visit(element);
  }
}

// Parts of this name or domain; else those whose name has it in it.
std::vector<SubjectName> with_part(const ProxyConfig& config, Type type, std::string_view part) {
  std::vector<SubjectName> exact;
  std::vector<SubjectName> near;
  config.for_each(type, [&](const ResourcePtr& resource) {
    if (resource->value().find(part) == std::string_view::npos) return;
    const auto value = resource_value(resource, type);
    if (!value) return;
    if (part_of(*value, part)) exact.push_back({std::string(resource->name), std::string(part)});
    std::set<std::string> names;
    each_part(*value, [&](const Value& element) {
      const std::string name(element.string_at("name"));
      if (name.find(part) != std::string::npos) names.insert(name);
    });
    for (const std::string& name : names) near.push_back({std::string(resource->name), name});
  });
  return exact.empty() ? near : exact;
}

// How far the nearest piece of a name ("outbound", "80", "cart", …) is from what was written.
size_t nearest_piece(std::string_view name, std::string_view given) {
  size_t best = schema::edit_distance(name, given);
  while (!name.empty()) {
    const size_t end = std::min(name.find_first_of("|.:_/"), name.size());
    best = std::min(best, schema::edit_distance(name.substr(0, end), given));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return best;
}

Error not_found(const ProxyConfig& config, Type type, std::string_view given,
                const std::vector<std::string>& names) {
  std::vector<std::string> near = names;
  std::stable_sort(near.begin(), near.end(), [&](const auto& a, const auto& b) {
    return nearest_piece(a, given) < nearest_piece(b, given);
  });
  std::string message = "proxy " + config.proxy().id + " has no resource \"" + std::string(given) +
                        "\" among its " + std::string(type_name(type));
  if (!near.empty()) message += "; there are: " + joined(near);
  return {ErrorCode::kNotFound, std::move(message)};
}

}  // namespace

std::optional<Value> resource_value(const ResourcePtr& resource, Type type) {
  if (resource == nullptr) return std::nullopt;
  std::string_view message = type_url(type);
  message.remove_prefix(message.find('/') + 1);
  const auto json = schema::to_json(message, resource->value());
  if (!json) return std::nullopt;
  Diagnostics ignored;
  auto value = document::read_json(*json, "", ignored);
  if (!value) return std::nullopt;
  return std::move(*value);
}

std::optional<Value> part_of(const Value& resource, std::string_view part) {
  if (part.empty()) return resource;
  document::List found;
  each_part(resource, [&](const Value& element) {
    if (element.string_at("name") == part || has_domain(element, part)) found.push_back(element);
  });
  if (found.empty()) return std::nullopt;
  return found.size() == 1 ? found.front() : Value(std::move(found));
}

Result<SubjectName> find_subject(const ProxyConfig& config, Type type, std::string_view given) {
  const std::vector<std::string> names = names_of(config, type);
  const auto is_there = [&](std::string_view name) {
    return std::binary_search(names.begin(), names.end(), name, std::less<>());
  };
  if (is_there(given)) return SubjectName{std::string(given), ""};
  for (size_t slash = given.find('/'); slash != std::string_view::npos;
       slash = given.find('/', slash + 1)) {
    const std::string_view name = given.substr(0, slash);
    const std::string_view part = given.substr(slash + 1);
    if (!is_there(name)) continue;
    const auto value = resource_value(config.find(type, name), type);
    if (value && part_of(*value, part)) {
      return SubjectName{std::string(name), std::string(part)};
    }
  }
  std::vector<std::string> containing;
  for (const std::string& name : names) {
    if (!given.empty() && name.find(given) != std::string::npos) containing.push_back(name);
  }
  if (containing.size() == 1) return SubjectName{containing.front(), ""};
  const std::vector<SubjectName> parts = with_part(config, type, given);
  if (parts.size() == 1) return parts.front();
  for (const SubjectName& each : parts) containing.push_back(each.name + "/" + each.part);
  if (containing.empty()) return not_found(config, type, given, names);
  return Error{ErrorCode::kNotFound, "\"" + std::string(given) + "\" may be several of the " +
                                         std::string(type_name(type)) + " of proxy " +
                                         config.proxy().id + ": " + joined(containing)};
}

}  // namespace mesh::xds
