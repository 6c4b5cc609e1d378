#include "libmesh/index/selector.h"

namespace mesh::index {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What may be the value of a label: up to 63 of letters, digits, "-", "_" and ".", the first and
// the last a letter or digit; or nothing.
bool is_label_value(const std::string& text) {
  if (text.empty()) return true;
  return text.size() <= 63 && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

bool is_selector_operator(std::string_view name) {
  return name == "In" || name == "NotIn" || name == "Exists" || name == "DoesNotExist";
}

bool requirement_matches(std::string_view key, std::string_view operation, const std::string* first,
                         const std::string* last, const Labels& labels) {
  auto found = labels.find(std::string(key));
  const bool there = found != labels.end();
  // A requirement that apimachinery does not take (NewRequirement) selects nothing.
  if (operation == "Exists") return there && first == last;
  if (operation == "DoesNotExist") return !there && first == last;
  if (first == last || !std::all_of(first, last, is_label_value)) return false;
  const bool listed = there && std::find(first, last, found->second) != last;
  if (operation == "In") return listed;
  if (operation == "NotIn") return !listed;  // also true without the label
  return false;
}

}  // namespace mesh::index
