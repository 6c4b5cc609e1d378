// Suite: a file of policy tests, read strictly.
//
//   name: the cart's routes
//   configuration: [../mesh]              # files and directories, relative to the suite; without it: its folder;
//                                         # "east=../east" are those of the remote cluster east
//   fixtures: {objects: [...], files: [more.yaml]}
//   cases:
//   - name: one in ten meets the new cart
//     route: {from: shop-web/frontend, host: cart.shop-cart, path: /items}
//     expect: {destinations: [{subset: v1, weight: 90}, {subset: v2, weight: 10}]}
//
// A case has one kind, whose value is the question; `expect` is a part of the answer (match.h). Every
// key is checked by name and type here, with the place in the file and what was meant; what is
// wrong is a diagnostic, and a suite or case that cannot be understood is an error of its results,
// not a silent pass. docs/testing.md has the language, docs/schemas/mesh-test.json its schema.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"

namespace mesh::testing {

enum class CaseKind : uint8_t {
  kInject,   // is this pod injected, by whom, because of what
  kMembers,  // which mesh has this namespace; which namespaces has this mesh
  kPlan,     // this object is there once the plan is applied
  kReach,    // does the network let this connection through
  kRoute,    // where does this request go
  kAuthz,    // is this request allowed
  kMtls,     // what do the two ends negotiate
  kXds,      // a query over a resource that a proxy is sent
};
inline constexpr int kCaseKindCount = static_cast<int>(CaseKind::kXds) + 1;
std::string_view kind_name(CaseKind kind);  // "inject", …, as in suites and results

struct Case {
  std::string name;
  CaseKind kind{};
  document::Value question;
  document::Value expect;
  std::string skip;  // why it is not run; empty: it is
  document::Position position;
  std::string field;  // "cases[3]"
  bool valid = true;  // false: a diagnostic says why it cannot be run
};

// A path as the suite writes it, and from where the call's paths start.
struct SuitePath {
  std::string path;  // "examples/shop/more.yaml"
  document::Position position;
  std::string field;    // "fixtures.files[0]"
  std::string cluster;  // whose objects these are, as Store::apply takes it
};

struct Suite {
  std::string file;
  std::string name;
  std::vector<SuitePath> configuration;
  std::vector<SuitePath> fixture_files;
  document::List fixture_objects;
  std::vector<std::pair<std::string, SuitePath>> texts;  // what stands behind a URL
  document::Value mesh_config;                           // null: none
  std::vector<Case> cases;
  Diagnostics diagnostics;
};

// Each document of the text is a suite. A text that is no YAML is one suite with what is wrong.
std::vector<Suite> read_suites(std::string_view text, std::string_view file);

// True for the names of suite files: "*_mesh_test.yaml", ".yml" and ".json". Such a file holds no
// objects of a mesh.
bool is_suite_file(std::string_view path);

// The path as a call from the suite's file has it: joined, with "." and ".." taken out.
std::string resolve_path(std::string_view suite_file, std::string_view path);

}  // namespace mesh::testing
