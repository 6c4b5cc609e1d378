// Explain: which objects and fields make a resource of a proxy what it is, and what one object does to a proxy.
//
// Nothing here knows the rules of generation: each object and field is taken away, and what then differs is what it
// does (causes.h). So an explanation cannot be at odds with what is sent. What an object would have said had another
// not won is told by the diagnostics of the check (xds/check): those that speak of an object named here come along.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/result.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/model/proxy.h"
#include "libmesh/xds/explain/changes.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds {

// What something does to a resource.
struct Effect {
  enum class Kind : uint8_t {
    kMakes,     // without it the resource would not be there
    kShapes,    // without it the resource would say something else
    kPrevents,  // without it there would be the resource
  };
  Kind kind = Kind::kShapes;
  std::vector<Change> changes;  // of a shaped resource; the first ones
  size_t more = 0;              // further ones
};

struct FieldLink {
  std::string field;
  std::string value;  // JSON, cut when it is long
  uint32_t line = 0;  // in the object's file; 0 when unknown
  Effect effect;
};

struct ObjectLink {
  kube::ObjectPtr object;
  std::vector<kube::ObjectKey> alternatives;  // it matters only as long as these are not there
  Effect effect;
  std::vector<FieldLink> fields;
};

struct Explanation {
  Type type{};
  std::string name;  // of the resource
  std::string part;  // of it that was asked about: a virtual host, a filter chain; or empty
  std::vector<ObjectLink> because;  // first what makes it, then what shapes it
  Diagnostics diagnostics;          // conflicts that these objects have
  bool complete = true;             // false: the mesh is so large that the search was given up
};

// `name`: of the resource; or a part of one name; or "<name>/<virtual host, domain or filter chain>"; or the virtual host
// alone. Errors: kNotFound, with what there is, when it names no resource or several.
Result<Explanation> explain(const index::SnapshotPtr& snapshot, const model::Proxy& proxy,
                            Type type, std::string_view name);

struct ResourceEffect {
  Type type{};
  std::string name;
  Effect effect;
};

struct ObjectExplanation {
  kube::ObjectPtr object;
  std::vector<ResourceEffect>
      effects;              // by type and name; none: the proxy is sent the same without it
  Diagnostics diagnostics;  // of the object
};

// `name`: "Kind/namespace/name", "Kind namespace/name", or without the kind ("namespace/name", or a name in the
// proxy's or the root namespace) when that is the name of one policy only.
Result<ObjectExplanation> explain_object(const index::SnapshotPtr& snapshot,
                                         const model::Proxy& proxy, std::string_view name);

}  // namespace mesh::xds
