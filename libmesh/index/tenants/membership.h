// Whom a member roll takes in: the predicate, and the parts it is made of.
//
// A namespace is a member when the roll includes it (by name, by "*" alone, or by a selector) and
// nothing excludes it (the mesh's own namespace, those of the cluster itself). Selectors are
// Kubernetes' (selector.h). Upstream: IsMember in servicemeshmemberroll_types.go, whose selectors
// are hand-written; where they differ is in docs/tenancy.md.
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/labels.h"
#include "libmesh/schema/maistra.h"

namespace mesh::index {

// Letters, digits and dashes, as the admission of a roll asks it of its members.
bool is_namespace_name(std::string_view text);

// "kube", "openshift" and the prefixes "kube-", "openshift-", "ibm-": no roll takes these in.
bool is_reserved_namespace(std::string_view ns);

// members is exactly ["*"]; beside other entries "*" is only a name that no namespace can have.
bool is_wildcard(const maistra::MemberRollSpec& roll);
// Who is in may change without a change of the roll.
bool matches_dynamically(const maistra::MemberRollSpec& roll);

bool is_included(const maistra::MemberRollSpec& roll, std::string_view ns, const Labels& labels);
// `roll_ns` is the mesh's own namespace.
bool is_excluded(std::string_view roll_ns, std::string_view ns);
bool is_member(const maistra::MemberRollSpec& roll, std::string_view roll_ns, std::string_view ns,
               const Labels& labels);

}  // namespace mesh::index
