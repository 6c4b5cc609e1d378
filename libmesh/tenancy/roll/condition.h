// Conditions: what a status says in the words that `kubectl wait` reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/value.h"
#include "libmesh/kube/object.h"

namespace mesh::tenancy {

struct Condition {
  std::string type;    // "Installed", "Reconciled", "Ready"
  std::string status;  // "True", "False", "Unknown"
  std::string reason;
  std::string message;
  std::string since;  // lastTransitionTime; empty when not known
  bool operator==(const Condition&) const = default;

  bool is_true() const { return status == "True"; }
  bool is_false() const { return status == "False"; }
};
using Conditions = std::vector<Condition>;

// The conditions of a status as it is; none when there is no such list.
Conditions read_conditions(const document::Value* status);
// The one of that type; Unknown when it is not there.
Condition condition_of(const Conditions& conditions, std::string_view type);
// Replaces the one of its type or adds it. The time of the last transition is the old one as long
// as the status stays, else `now`.
void set_condition(Conditions& conditions, Condition condition, std::string_view now);

document::Value to_value(const Conditions& conditions);
document::Value to_value(const std::vector<std::string>& texts);
document::Value to_value(const Labels& labels);

// As Go prints a list of texts: "[a b]".
std::string go_list(const std::vector<std::string>& texts);

// A whole number at metadata.<field> or status.<field>; 0 when absent.
int64_t number_at(const document::Value& object, std::string_view part, std::string_view field);
const document::Value* status_of(const kube::Object& object);

}  // namespace mesh::tenancy
