// Suites of policy tests, queries in them, and reports of results: all of them come from outside.
//
// Whatever the bytes, reading ends without an error of memory. A suite without a finding has only cases that can be run. A
// node that a query finds is found again, alone, by its normalized path.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libmesh/document/read.h"
#include "libmesh/testing/jsonpath/jsonpath.h"
#include "libmesh/testing/report/report.h"
#include "libmesh/testing/suite/match.h"
#include "libmesh/testing/suite/suite.h"
#include "tests/fuzz/check.h"

namespace {

using mesh::document::Value;
using mesh::fuzz::check;
using namespace mesh::testing;

void put_query(std::string_view query, const Value& document) {
  const auto path = JsonPath::parse(query);
  if (!path) return;
  const auto found = path->select(document);
  if (!found) return;
  size_t looked_at = 0;
  for (const JsonPath::Node& node : *found) {
    if (++looked_at > 20) break;
    const auto again = JsonPath::parse(node.path);
    check(again.ok(), "a normalized path is a query", node.path);
    const auto alone = again->select(document);
    check(alone && alone->size() == 1 && alone->front().value == node.value,
          "and finds its node alone", node.path);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  mesh::Diagnostics problems;
  const auto documents = mesh::document::read_any(text, "", problems);
  const Value none;
  const Value& root = documents.empty() ? none : documents.front().root;
  for (const Suite& suite : read_suites(text, "a/b_mesh_test.yaml")) {
    for (const Case& each : suite.cases) {
      check(each.valid || !suite.diagnostics.empty(), "a case that cannot be run is told",
            each.name);
      match(each.expect, each.question);
      put_query(each.question.string_at("path"), root);
    }
  }
  put_query(text, root);
  for (const std::string_view format : {"text", "junit", "sarif", "tap"}) {
    static_cast<void>(report(root, format));
  }
  return 0;
}
