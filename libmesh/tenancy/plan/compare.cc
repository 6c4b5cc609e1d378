#include "libmesh/tenancy/plan/compare.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mesh::tenancy {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

// The API server leaves out what is empty, so empty and missing are the same; but not in free-form
// values.
bool is_nothing(const Value* value, bool exact) {
  if (value == nullptr) return true;
  if (exact) return false;  // Helm reads a null as "no default"
  if (value->is_null()) return true;
  const Map* map = value->if_map();
  const List* list = value->if_list();
  return (map != nullptr && map->empty()) || (list != nullptr && list->empty());
}

std::string joined(const std::string& path, const std::string& key) {
  if (path.empty()) return key;
  if (key.find_first_of("./") == std::string::npos) return path + "." + key;
  return path + "[" + key + "]";
}

const Value& null_value() {
  static const Value kNull;
  return kNull;
}

// Collects differences, or stops at the first one.
class Comparison {
 public:
  Comparison(std::vector<Difference>* out, const kube::ObjectKey& key)
      : out_(out), exact_(key.kind == kube::Kind::kHelmRelease) {}

  bool differs() const { return differs_; }
  bool done() const { return differs_ && out_ == nullptr; }

  void field(const Value* is, const Value& want, const std::string& path, bool whole) {
    if (done()) return;
    const Map* wanted = want.if_map();
    if (wanted != nullptr && (is == nullptr || is->is_map())) {
      if (is == nullptr && whole && wanted->empty()) {
        if (exact_) add(path, is, &want);
        return;
      }
      return mapping(is, *wanted, path, whole);
    }
    if (is_nothing(&want, exact_) ? !is_nothing(is, exact_) : is == nullptr || !(*is == want))
      add(path, is, &want);
  }

  void mapping(const Value* is, const Map& wanted, const std::string& path, bool whole) {
    for (const Member& member : wanted) {
      if (done()) return;
      field(is == nullptr ? nullptr : is->find(member.key), member.value, named(path, member.key),
            whole);
    }
    if (whole) surplus(is, wanted, path);
  }

  // What is there and is not wanted.
  void surplus(const Value* is, const Map& wanted, const std::string& path) {
    const Map* there = is == nullptr ? nullptr : is->if_map();
    if (there == nullptr) return;
    for (const Member& member : *there) {
      bool known = std::any_of(wanted.begin(), wanted.end(),
                               [&](const Member& w) { return w.key == member.key; });
      if (!known && !is_nothing(&member.value, exact_))
        add(named(path, member.key), &member.value, nullptr);
    }
  }

  // Each wanted owner is among those that are there.
  void owners(const Value* is, const Value& want, const std::string& path) {
    const List* wanted = want.if_list();
    const List* there = is == nullptr ? nullptr : is->if_list();
    if (wanted == nullptr) return;
    bool all = std::all_of(wanted->begin(), wanted->end(), [&](const Value& owner) {
      return there != nullptr && std::find(there->begin(), there->end(), owner) != there->end();
    });
    if (!all) add(path, is, &want);
  }

 private:
  // Paths are for people: they cost nothing while nobody asks.
  std::string named(const std::string& path, const std::string& key) const {
    return out_ == nullptr ? std::string() : joined(path, key);
  }

  void add(const std::string& path, const Value* is, const Value* should_be) {
    differs_ = true;
    if (out_ == nullptr) return;
    out_->push_back({path, is == nullptr ? null_value() : *is,
                     should_be == nullptr ? null_value() : *should_be});
  }

  std::vector<Difference>* out_;
  const bool exact_;
  bool differs_ = false;
};

// Not part of what a body can take away.
bool is_foreign(const std::string& key) {
  return key == "apiVersion" || key == "kind" || key == "metadata" || key == "status";
}

void compare_metadata(const Value* is, const Value& want, Comparison& out) {
  const Map* wanted = want.if_map();
  if (wanted == nullptr) return;
  for (const Member& member : *wanted) {
    const Value* there = is == nullptr ? nullptr : is->find(member.key);
    std::string path = "metadata." + member.key;
    if (member.key == "ownerReferences") {
      out.owners(there, member.value, path);
    } else {
      out.field(there, member.value, path, false);
    }
  }
}

void compare(const Value& is, const PlannedObject& wanted, Comparison& out) {
  const Map* body = wanted.body == nullptr ? nullptr : wanted.body->if_map();
  if (body == nullptr || wanted.ownership == Ownership::kExistence) return;
  bool whole = wanted.ownership == Ownership::kWhole;
  for (const Member& member : *body) {
    if (out.done()) return;
    if (member.key == "metadata") {
      compare_metadata(is.find("metadata"), member.value, out);
    } else {
      out.field(is.find(member.key), member.value, member.key, whole);
    }
  }
  if (!whole || out.done()) return;
  for (const Member& member : *is.if_map()) {
    if (is_foreign(member.key)) continue;
    if (wanted.body->find(member.key) == nullptr) {
      out.field(&member.value, null_value(), member.key, true);
    }
  }
}

// A JSON merge patch; with `whole` a mapping has exactly the wanted members.
void patch(Value& target, const Value& want, bool whole) {
  const Map* wanted = want.if_map();
  if (wanted == nullptr || whole) {
    target = want;
    return;
  }
  if (!target.is_map()) target = Value(Map());
  for (const Member& member : *wanted) {
    if (member.value.is_null()) {
      target.erase(member.key);
      continue;
    }
    Value* there = target.find(member.key);
    patch(there == nullptr ? target.set(member.key, Value()) : *there, member.value, false);
  }
}

// An object has each owner once: one that is there with other words is replaced.
void add_owner(const Value& owner, List& owners) {
  auto same = std::find_if(owners.begin(), owners.end(), [&](const Value& there) {
    return there.string_at("uid") == owner.string_at("uid");
  });
  if (same == owners.end()) {
    owners.push_back(owner);
  } else {
    *same = owner;
  }
}

void patch_metadata(Value& target, const Value& want) {
  const Map* wanted = want.if_map();
  if (wanted == nullptr) return;
  for (const Member& member : *wanted) {
    Value* there = target.find(member.key);
    List* list = there == nullptr ? nullptr : there->if_list();
    if (member.key != "ownerReferences" || list == nullptr) {
      Map one;
      one.push_back(member);
      patch(target, Value(std::move(one)), false);
      continue;
    }
    for (const Value& owner : *member.value.if_list()) add_owner(owner, *list);
  }
}

}  // namespace

std::vector<Difference> differences(const kube::Object& is, const PlannedObject& wanted) {
  std::vector<Difference> out;
  Comparison comparison(&out, wanted.key);
  compare(is.document, wanted, comparison);
  return out;
}

bool is_as_planned(const kube::Object& is, const PlannedObject& wanted) {
  Comparison comparison(nullptr, wanted.key);
  compare(is.document, wanted, comparison);
  return !comparison.differs();
}

Value merged(const Value& is, const PlannedObject& wanted) {
  Value out = is;
  const Map* body = wanted.body == nullptr ? nullptr : wanted.body->if_map();
  if (body == nullptr || wanted.ownership == Ownership::kExistence) return out;
  bool whole = wanted.ownership == Ownership::kWhole;
  if (whole) {
    Map kept;
    for (const Member& member : *is.if_map()) {
      if (is_foreign(member.key) || wanted.body->find(member.key) != nullptr) {
        kept.push_back(member);
      }
    }
    out = Value(std::move(kept));
  }
  for (const Member& member : *body) {
    Value* there = out.find(member.key);
    if (there == nullptr) there = &out.set(member.key, Value());
    if (member.key == "metadata") {
      patch_metadata(*there, member.value);
    } else {
      patch(*there, member.value, whole);
    }
  }
  return out;
}

bool must_be_recreated(kube::Kind kind, const std::vector<Difference>& differences) {
  if (kind == kube::Kind::kServiceMeshMember) {  // the reference cannot be changed
    return std::any_of(differences.begin(), differences.end(), [](const Difference& d) {
      return d.path.starts_with("spec.controlPlaneRef");
    });
  }
  if (kind != kube::Kind::kRoleBinding && kind != kube::Kind::kClusterRoleBinding) return false;
  return std::any_of(differences.begin(), differences.end(),
                     [](const Difference& d) { return d.path.starts_with("roleRef"); });
}

}  // namespace mesh::tenancy
