// Claims: which rolls may want a namespace, and which namespaces a roll may want.
//
// Two small indexes, so that neither question walks the other side: a namespace finds the rolls
// that name it and those whose selectors hang on one of its labels; a roll finds the namespaces
// that carry the label its selector hangs on. Both answers may hold too much; Roll::claim decides.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/labels.h"
#include "libmesh/document/value.h"
#include "libmesh/kube/object.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/schema/maistra.h"

namespace mesh::index {

// What makes somebody want a namespace.
struct Wish {
  std::string via;  // "spec.members[2]", "spec.members[0] \"*\"", "spec.memberSelectors[1]", …
  document::Position position;
  bool literal = false;  // by its name
};

// One roll as the decisions need it.
class Roll {
 public:
  explicit Roll(kube::ObjectPtr roll);
  // A cluster-wide control plane without a roll: Maistra makes one with this selector.
  static Roll implied(kube::ObjectPtr control_plane);

  const kube::ObjectPtr& object() const { return object_; }
  bool is_implied() const { return implied_; }
  const maistra::MemberRollSpec& spec() const { return *spec_; }
  bool wildcard() const { return wildcard_; }
  const std::map<std::string, size_t, std::less<>>& names() const { return names_; }
  // The namespaces that status.configuredMembers shows.
  const std::set<std::string, std::less<>>& held() const { return held_; }
  // Where the elements of spec.members and spec.memberSelectors stand in the text.
  const std::vector<document::Position>& member_positions() const { return member_positions_; }
  const std::vector<document::Position>& selector_positions() const { return selector_positions_; }

  // Why the roll includes the namespace; nothing when it does not. `labels` is null for a
  // namespace of which there is no Namespace object: selectors do not see it.
  std::optional<Wish> wish(const std::string& ns, const Labels* labels) const;

 private:
  Roll() = default;

  kube::ObjectPtr object_;
  const maistra::MemberRollSpec* spec_ = nullptr;
  bool implied_ = false;
  bool wildcard_ = false;
  std::map<std::string, size_t, std::less<>> names_;  // place in spec.members
  std::set<std::string, std::less<>> held_;
  std::vector<document::Position> member_positions_;
  std::vector<document::Position> selector_positions_;
};

// The rolls by the namespace of their control plane.
class RollIndex {
 public:
  void set(const std::string& plane, Roll roll);
  void erase(const std::string& plane);
  const Roll* find(const std::string& plane) const;
  // The planes whose rolls may include such a namespace.
  std::set<std::string> planes_for(const std::string& ns, const Labels* labels) const;

 private:
  using Planes = std::set<std::string>;
  void hook(const std::string& plane, const Roll& roll, bool in);

  std::map<std::string, Roll> rolls_;
  std::map<std::string, Planes, std::less<>> by_name_;
  std::map<std::pair<std::string, std::string>, Planes> by_label_;
  std::map<std::string, Planes, std::less<>> by_key_;
  Planes any_;  // wildcards, and selectors that hang on no label
};

// The namespaces by label.
class NamespaceIndex {
 public:
  void set(const std::string& ns, const Labels& before, const Labels& after);
  // Adds those that the roll may select; all of `existing` for a wildcard.
  void add_selected(const Roll& roll, const std::set<std::string>& existing,
                    std::set<std::string>& out) const;

 private:
  using Names = std::set<std::string>;
  std::map<std::string, std::map<std::string, Names, std::less<>>, std::less<>> by_label_;
};

}  // namespace mesh::index
