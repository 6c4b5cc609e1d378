// Answer: what the core says to one case, and why.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"
#include "libmesh/kube/object.h"
#include "libmesh/testing/suite/suite.h"

namespace mesh::testing {

class World;

// One step of the reasons.
struct Reason {
  std::string object;  // "VirtualService shop/cart"; empty: nothing of the configuration
  std::string field;   // "spec.http[0]"; empty: the object as a whole
  std::string text;    // "routes one in ten requests to v2"
};

struct Answer {
  document::Value value;        // what `expect` is held against
  std::vector<Reason> because;  // in order; the last one decided

  void set(std::string_view key, document::Value part) { value.set(key, std::move(part)); }
  void set(std::string_view key, std::string_view text) { value.set(key, document::Value(text)); }
  void set(std::string_view key, const std::string& text) { value.set(key, document::Value(text)); }
  void set(std::string_view key, const char* text) { value.set(key, document::Value(text)); }
};

// An error: the question cannot be asked of this configuration.
Result<Answer> answer(World& world, const Case& question);

// One per kind.
Result<Answer> answer_inject(World& world, const Case& question);
Result<Answer> answer_members(World& world, const Case& question);
Result<Answer> answer_plan(World& world, const Case& question);
Result<Answer> answer_reach(World& world, const Case& question);
Result<Answer> answer_route(World& world, const Case& question);
Result<Answer> answer_authz(World& world, const Case& question);
Result<Answer> answer_mtls(World& world, const Case& question);
Result<Answer> answer_xds(World& world, const Case& question);

// "Kind/namespace/name", "Kind/name" of kinds without namespace, or with a blank after the kind.
Result<kube::ObjectKey> object_key(std::string_view text);

// A list of texts.
document::Value texts(const std::vector<std::string>& list);

// What is wrong with a question whose keys and types are good, "KEY: why": known without a mesh, so told when a suite is read.
Result<void> check_request(const document::Value& question);  // of route, authz and mtls
Result<void> check_query(const document::Value& question);    // of xds

}  // namespace mesh::testing
