// JsonPath: queries over documents, as RFC 9535 has them, whole: child and descendant segments, every
// selector, filters with the five functions of the RFC, and its rules of well-typedness.
//
//   auto path = JsonPath::parse("$.virtualHosts[?@.name == 'cart'].routes[0].route.cluster");
//   auto found = path->select(document);    // values in it, in the RFC's order, with normalized paths
//
// Expressions of match() and search() are I-Regexps (RFC 9485), which RE2 matches in linear time. A
// query that looks at more than kMostSteps nodes, those of its filters counted, is given up: `$..*..*` grows with every
// step, and `$..[?$..[?$..x]]` with every node.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::testing {

namespace jsonpath {
struct Query;
}

class JsonPath {
 public:
  static constexpr size_t kMostSteps = 10'000'000;

  // kParse, with the offset and what was expected there.
  static Result<JsonPath> parse(std::string_view text);

  struct Node {
    const document::Value* value = nullptr;  // in the document
    std::string path;                        // "$['a'][0]"
  };
  // kUnsupported when it is given up.
  Result<std::vector<Node>> select(const document::Value& root) const;
  // `budget`: the steps that are left, for several documents of one question; counts down.
  Result<std::vector<Node>> select(const document::Value& root, size_t& budget) const;

 private:
  explicit JsonPath(std::shared_ptr<const jsonpath::Query> query) : query_(std::move(query)) {}
  std::shared_ptr<const jsonpath::Query> query_;
};

// Equality as JSON has it: 1 and 1.0 are the same number, the order of members does not count.
bool same_json(const document::Value& a, const document::Value& b);
// A number of any of the three types; false for what is none.
bool number_of(const document::Value& value, double& out);

}  // namespace mesh::testing
