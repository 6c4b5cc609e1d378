// Reading, writing and consuming values by path, as the operator's own code does it.
//
// Helm values are a free-form tree, addressed by "a.b.c". A Tree is such a tree together with the
// first mistake met in it: once there is one, reads answer "nothing" and writes do nothing, so that
// a conversion can be written without a check at every line and still ends with the first error, in
// the operator's words. Rules (pkg/apis/maistra/v1/helmvalues.go, apimachinery's unstructured
// helpers):
// - reading through a missing or null member finds nothing; through a scalar or list is an error;
// - a null where a scalar is wanted counts as missing; any other wrong type is an error;
// - writing makes the mappings that are missing (a null, too: upstream fails there, although reading
//   takes it for missing); through anything else is an error;
// - removing takes the last member only: mappings that become empty stay.
// Integers and floats are different types, as they are after the API server's JSON reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::smcp {

using document::List;
using document::Map;
using document::Value;
using Path = std::vector<std::string>;

Path split_path(std::string_view dotted);

// The value at a path of mappings, or nullptr when absent, null, or below something else: for trees
// whose shape is known (a decoded spec).
const Value* at(const Value& root, std::string_view path);
Value* at(Value& root, std::string_view path);
// The scalar there, or its zero.
std::string_view text_at(const Value& root, std::string_view path);
int64_t int_at(const Value& root, std::string_view path);
const bool* bool_at(const Value& root, std::string_view path);
// Sets the value there in a tree whose shape is known; mappings are made on the way.
Value& put(Value& root, std::string_view path, Value value);

// The first mistake of a conversion.
class Faults {
 public:
  void add(std::string message) {
    if (!first_) first_ = std::move(message);
  }
  bool any() const { return first_.has_value(); }
  const std::string& first() const { return *first_; }

 private:
  std::optional<std::string> first_;
};

class Tree {
 public:
  // Both outlive the tree. A null root becomes a mapping with the first write.
  Tree(Value& root, Faults& faults) : root_(&root), faults_(&faults) {}

  Value& root() { return *root_; }
  const Value& root() const { return *root_; }
  Faults& faults() { return *faults_; }
  bool failed() const { return faults_->any(); }
  // No member at all.
  bool empty() const;

  // What is there (also a null: found, is_null), or nullptr.
  const Value* find(const Path& path);
  const Value* find(std::string_view path) { return find(split_path(path)); }

  std::optional<bool> get_bool(std::string_view path);
  std::optional<std::string> get_string(std::string_view path);
  std::optional<int64_t> get_int(std::string_view path);
  std::optional<double> get_double(std::string_view path);  // only a float; not an integer
  std::optional<std::string> get_string_or_number(std::string_view path);
  std::optional<List> get_list(std::string_view path);
  std::optional<std::vector<std::string>> get_strings(std::string_view path);
  // A null mapping is found, and empty.
  std::optional<Value> get_map(std::string_view path);
  // A mapping of strings: a null inside is left out with `lenient` and an error without.
  std::optional<Value> get_string_map(std::string_view path);

  // The same, and removed unless the type was wrong (removed also when null).
  std::optional<bool> take_bool(std::string_view path);
  std::optional<std::string> take_string(std::string_view path);
  std::optional<int64_t> take_int(std::string_view path);
  std::optional<double> take_double(std::string_view path);
  std::optional<std::string> take_string_or_number(std::string_view path);
  std::optional<List> take_list(std::string_view path);
  std::optional<std::vector<std::string>> take_strings(std::string_view path);
  std::optional<Value> take_map(std::string_view path);
  std::optional<Value> take_string_map(std::string_view path);
  // As GetAndRemoveStringToStringMap: nulls are left out; nothing left is nothing found.
  std::optional<Value> take_labels(std::string_view path);

  void set(const Path& path, Value value);
  void set(std::string_view path, Value value) { set(split_path(path), std::move(value)); }
  void remove(const Path& path);
  void remove(std::string_view path) { remove(split_path(path)); }

  // Writes every leaf of `values` below `prefix`; mappings are merged, an empty one writes nothing
  // (overwriteHelmValues).
  void overwrite(const Value& values, const Path& prefix = {});
  // Removes every leaf of `values` below `prefix`, and the mappings of `values` that become empty
  // (removeHelmValues).
  void remove_all(const Value& values, const Path& prefix = {});

 private:
  void wrong_type(std::string_view path, const Value& value, std::string_view expected);

  Value* root_;
  Faults* faults_;
};

// A value as Go prints it in a message (%v), and the name of its Go type (%T).
std::string go_text(const Value& value);
std::string_view go_type(const Value& value);

// Floats that are whole numbers become integers, as a trip through the API server's JSON does.
void normalize_numbers(Value& value);

}  // namespace mesh::smcp
