#include "libmesh/testing/suite/coverage.h"

#include <algorithm>
#include <utility>

namespace mesh::testing {

using document::Value;
using kube::Kind;

namespace {

// In the order of reports.
constexpr std::string_view kGroups[] = {"routes",  "rules",   "policies",
                                        "subsets", "servers", "members"};

struct ListRule {
  Kind kind;
  std::string_view what;
  std::string_view list;  // below spec
};
constexpr ListRule kLists[] = {
    {Kind::kVirtualService, "routes", "http"},
    {Kind::kVirtualService, "routes", "tls"},
    {Kind::kVirtualService, "routes", "tcp"},
    {Kind::kAuthorizationPolicy, "rules", "rules"},
    {Kind::kRequestAuthentication, "rules", "jwtRules"},
    {Kind::kDestinationRule, "subsets", "subsets"},
    {Kind::kGateway, "servers", "servers"},
    {Kind::kServiceMeshMemberRoll, "members", "members"},
};
constexpr Kind kPolicies[] = {Kind::kPeerAuthentication, Kind::kAuthorizationPolicy,
                              Kind::kRequestAuthentication, Kind::kDestinationRule,
                              Kind::kNetworkPolicy};

std::string_view name_of(const Value& item) {
  if (item.is_string()) return *item.if_string();
  return item.string_at("name");
}

}  // namespace

size_t CoverageGroup::touched() const {
  return static_cast<size_t>(
      std::count_if(items.begin(), items.end(), [](const auto& item) { return item.touched; }));
}

void Coverage::touch(const std::vector<Reason>& because) {
  for (const Reason& reason : because) {
    if (!reason.object.empty()) fields_[reason.object].insert(reason.field);
  }
}

void Coverage::add_item(std::string_view what, const kube::Object& object, std::string field,
                        std::string name, const Value& at) {
  CoverageItem item{kube::to_string(object.key),
                    std::move(field),
                    std::move(name),
                    object.file,
                    at.position.line,
                    false};
  items_[what].emplace(std::pair(item.object, item.field), std::move(item));
}

void Coverage::add_list(std::string_view what, const kube::Object& object, std::string_view list) {
  const Value* spec = object.document.find("spec");
  const Value* found = spec == nullptr ? nullptr : spec->find(list);
  const document::List* entries = found == nullptr ? nullptr : found->if_list();
  if (entries == nullptr) return;
  for (size_t i = 0; i < entries->size(); ++i) {
    add_item(what, object, "spec." + std::string(list) + "[" + std::to_string(i) + "]",
             std::string(name_of((*entries)[i])), (*entries)[i]);
  }
}

void Coverage::add(const index::Snapshot& snapshot, const std::set<std::string>& but_files) {
  auto counts = [&](const kube::Object& object) {
    return !object.synthesized && !but_files.contains(object.file);
  };
  for (const ListRule& rule : kLists) {
    for (const auto& [key, object] : snapshot.objects(rule.kind)) {
      if (counts(*object)) add_list(rule.what, *object, rule.list);
    }
  }
  for (const Kind kind : kPolicies) {
    for (const auto& [key, object] : snapshot.objects(kind)) {
      if (counts(*object)) add_item("policies", *object, "", "", object->document);
    }
  }
}

// A reason names an item when it names the item's field, or one inside of it.
bool Coverage::is_touched(const CoverageItem& item) const {
  const auto found = fields_.find(item.object);
  if (found == fields_.end()) return false;
  if (item.field.empty()) return true;
  return std::any_of(found->second.begin(), found->second.end(), [&](const std::string& field) {
    if (!field.starts_with(item.field)) return false;
    return field.size() == item.field.size() || field[item.field.size()] == '.' ||
           field[item.field.size()] == '[';
  });
}

CoverageReport Coverage::report() const {
  CoverageReport out;
  for (const std::string_view what : kGroups) {
    CoverageGroup group{what, {}};
    const auto found = items_.find(what);
    if (found != items_.end()) {
      for (const auto& [key, item] : found->second) {
        group.items.push_back(item);
        group.items.back().touched = is_touched(item);
      }
    }
    out.groups.push_back(std::move(group));
  }
  return out;
}

}  // namespace mesh::testing
