// Fields: one mapping of a suite, read strictly: types checked, unknown keys refused by name.
#pragma once

#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/codes.h"
#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"

namespace mesh::testing {

// Where findings go, and what they say of where they were found.
struct FieldContext {
  std::string file;
  std::string object;  // "suite the cart's routes"
  Diagnostics& diagnostics;
  void add(Code code, const document::Position& position, std::string field, std::string message,
           std::string mend = {});
};

// "did you mean \"x\"?", or the list of what there is, or nothing.
std::string nearest_of(std::string_view written, std::span<const std::string_view> known);

class Fields {
 public:
  // `path` names the mapping in fields: "cases[3].route"; empty for the whole suite.
  Fields(const document::Value& value, std::string path, FieldContext& context);

  // Each gives nothing, or null, for a key that is not there or has another type.
  std::string text(std::string_view key);
  const document::Value* map(std::string_view key);
  const document::List* list(std::string_view key);
  const document::Value* any(std::string_view key);
  bool has(std::string_view key) const { return value_.find(key) != nullptr; }
  // False, with a finding, when a key that must be there is not.
  bool require(std::string_view key);
  // Reports the keys that nobody asked for.
  void end();

  std::string path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  }

 private:
  const document::Value* take(std::string_view key);
  void wrong_type(std::string_view key, const document::Value& value, std::string_view wanted);

  const document::Value& value_;
  const std::string path_;
  FieldContext& context_;
  std::vector<std::string_view> known_;
};

}  // namespace mesh::testing
