// Who owns which namespace: the decision behind tenants.h.
#pragma once

#include <set>
#include <string>

#include "libmesh/index/objects.h"
#include "libmesh/index/tenants.h"

namespace mesh::index {

// `namespaces`: all that exist, by a Namespace object or by any object that lives in one.
Tenants build_tenants(const Objects& objects, const std::set<std::string>& namespaces);

// "kube", "openshift" and the prefixes "kube-", "openshift-", "ibm-": no roll takes these in.
bool is_reserved_namespace(std::string_view ns);

}  // namespace mesh::index
