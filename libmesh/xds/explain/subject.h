// What is asked about: a resource of a proxy, or a named part of one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/xds/generator.h"

namespace mesh::xds {

struct SubjectName {
  std::string name;
  std::string part;  // a virtual host's name or domain, a filter chain's name; or empty
};

// The resource that somebody means. Errors: kNotFound, with what there is.
Result<SubjectName> find_subject(const ProxyConfig& config, Type type, std::string_view given);

// The resource as JSON; nothing when it is not there.
std::optional<document::Value> resource_value(const ResourcePtr& resource, Type type);
// The part of that; all of it when no part is named, nothing when there is no such part. Filter chains may share a name (a
// port whose protocol is sniffed has several): then the list of all of that name.
std::optional<document::Value> part_of(const document::Value& resource, std::string_view part);

}  // namespace mesh::xds
