#include "libmesh/index/tenants/claims.h"

#include <algorithm>

#include "libmesh/index/selector.h"
#include "libmesh/index/tenants/membership.h"

namespace mesh::index {
namespace {

constexpr const char* kInjection = "istio-injection";

// What a selector hangs on: one label that every namespace it selects must carry.
struct Anchor {
  std::string key;                  // empty: none
  std::vector<std::string> values;  // empty: whatever its value
};

Anchor anchor_of(const k8s::LabelSelector& selector) {
  if (!selector.match_labels.empty()) {
    const auto& [key, value] = *selector.match_labels.begin();
    return {key, {value}};
  }
  for (const auto& requirement : selector.match_expressions) {
    if (requirement.operator_ == "In") return {requirement.key, requirement.values};
  }
  for (const auto& requirement : selector.match_expressions) {
    if (requirement.operator_ == "Exists") return {requirement.key, {}};
  }
  return {};
}

std::vector<document::Position> positions_of(const kube::ObjectPtr& roll, std::string_view field,
                                             size_t count) {
  std::vector<document::Position> out(count);
  const document::Value* spec = roll->document.find("spec");
  const document::Value* list = spec == nullptr ? nullptr : spec->find(field);
  const document::List* elements = list == nullptr ? nullptr : list->if_list();
  for (size_t i = 0; elements != nullptr && i < std::min(count, elements->size()); ++i) {
    out[i] = (*elements)[i].position;
  }
  return out;
}

const maistra::MemberRollSpec& implied_spec() {
  static const maistra::MemberRollSpec kSpec = [] {
    maistra::MemberRollSpec spec;
    spec.member_selectors.emplace_back().match_labels[kInjection] = "enabled";
    return spec;
  }();
  return kSpec;
}

}  // namespace

Roll::Roll(kube::ObjectPtr roll) : object_(std::move(roll)) {
  spec_ = &object_->as<maistra::MemberRollSpec>();
  wildcard_ = is_wildcard(*spec_);
  for (size_t i = 0; i < spec_->members.size(); ++i) {
    const std::string& ns = spec_->members[i];
    if (ns != "*" && ns != object_->key.ns) names_.emplace(ns, i);
  }
  member_positions_ = positions_of(object_, "members", spec_->members.size());
  selector_positions_ = positions_of(object_, "memberSelectors", spec_->member_selectors.size());
  const document::Value* status = object_->document.find("status");
  const document::Value* held = status == nullptr ? nullptr : status->find("configuredMembers");
  if (const document::List* list = held == nullptr ? nullptr : held->if_list()) {
    for (const document::Value& ns : *list) {
      if (const std::string* text = ns.if_string()) held_.insert(*text);
    }
  }
}

Roll Roll::implied(kube::ObjectPtr control_plane) {
  Roll out;
  out.object_ = std::move(control_plane);
  out.spec_ = &implied_spec();
  out.implied_ = true;
  out.selector_positions_.resize(1);
  return out;
}

std::optional<Wish> Roll::wish(const std::string& ns, const Labels* labels) const {
  if (auto named = names_.find(ns); named != names_.end()) {
    return Wish{"spec.members[" + std::to_string(named->second) + "]",
                member_positions_[named->second], true};
  }
  if (ns == object_->key.ns || is_reserved_namespace(ns)) return std::nullopt;
  if (wildcard_) return Wish{"spec.members[0] \"*\"", member_positions_[0], false};
  for (size_t i = 0; labels != nullptr && i < spec_->member_selectors.size(); ++i) {
    if (!selector_matches(spec_->member_selectors[i], *labels)) continue;
    if (implied_) return Wish{"label istio-injection=enabled", {}, false};
    return Wish{"spec.memberSelectors[" + std::to_string(i) + "]", selector_positions_[i], false};
  }
  return std::nullopt;
}

// ---- RollIndex ------------------------------------------------------------------------------

void RollIndex::hook(const std::string& plane, const Roll& roll, bool in) {
  auto put = [&](auto& map, const auto& key) {
    Planes& planes = map[key];
    if (in) {
      planes.insert(plane);
    } else {
      planes.erase(plane);
      if (planes.empty()) map.erase(key);
    }
  };
  for (const auto& [ns, place] : roll.names()) put(by_name_, ns);
  bool any = roll.wildcard();
  for (const auto& selector : roll.spec().member_selectors) {
    Anchor anchor = anchor_of(selector);
    if (anchor.key.empty()) {
      any = true;
    } else if (anchor.values.empty()) {
      put(by_key_, anchor.key);
    }
    for (const std::string& value : anchor.values) put(by_label_, std::pair(anchor.key, value));
  }
  if (any && in) any_.insert(plane);
  if (any && !in) any_.erase(plane);
}

void RollIndex::set(const std::string& plane, Roll roll) {
  erase(plane);
  hook(plane, roll, true);
  rolls_.emplace(plane, std::move(roll));
}

void RollIndex::erase(const std::string& plane) {
  auto known = rolls_.find(plane);
  if (known == rolls_.end()) return;
  hook(plane, known->second, false);
  rolls_.erase(known);
}

const Roll* RollIndex::find(const std::string& plane) const {
  auto found = rolls_.find(plane);
  return found == rolls_.end() ? nullptr : &found->second;
}

std::set<std::string> RollIndex::planes_for(const std::string& ns, const Labels* labels) const {
  Planes out = any_;
  auto add = [&](const auto& map, const auto& key) {
    if (auto found = map.find(key); found != map.end()) {
      out.insert(found->second.begin(), found->second.end());
    }
  };
  add(by_name_, ns);
  if (labels != nullptr) {
    for (const auto& label : *labels) {
      add(by_key_, label.first);
      add(by_label_, std::pair<std::string, std::string>(label));
    }
  }
  return out;
}

// ---- NamespaceIndex -------------------------------------------------------------------------

void NamespaceIndex::set(const std::string& ns, const Labels& before, const Labels& after) {
  for (const auto& [key, value] : before) {
    auto values = by_label_.find(key);
    auto names = values->second.find(value);
    names->second.erase(ns);
    if (names->second.empty()) values->second.erase(names);
    if (values->second.empty()) by_label_.erase(values);
  }
  for (const auto& [key, value] : after) by_label_[key][value].insert(ns);
}

void NamespaceIndex::add_selected(const Roll& roll, const std::set<std::string>& existing,
                                  std::set<std::string>& out) const {
  bool all = roll.wildcard();
  for (const auto& selector : roll.spec().member_selectors) {
    Anchor anchor = anchor_of(selector);
    all = all || anchor.key.empty();
    auto values = by_label_.find(anchor.key);
    if (values == by_label_.end()) continue;
    for (const auto& [value, names] : values->second) {
      bool listed = anchor.values.empty() || std::find(anchor.values.begin(), anchor.values.end(),
                                                       value) != anchor.values.end();
      if (listed) out.insert(names.begin(), names.end());
    }
  }
  if (all) out.insert(existing.begin(), existing.end());
}

}  // namespace mesh::index
