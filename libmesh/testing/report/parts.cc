#include "libmesh/testing/report/parts.h"

#include <algorithm>

#include "libmesh/document/json.h"

namespace mesh::testing {

using document::List;
using document::Value;

namespace {

// A value of an answer may be a whole object.
std::string shown(const Value& value) {
  constexpr size_t kLongest = 400;
  std::string out = document::write_json(value);
  if (out.size() <= kLongest) return out;
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
  return out.substr(0, end) + " …";
}

std::string reason_line(const Value& reason) {
  std::string out;
  for (const std::string_view key : {"object", "field"}) {
    const std::string_view part = reason.string_at(key);
    if (!part.empty()) (out += part) += ": ";
  }
  return out += reason.string_at("text");
}

}  // namespace

const List& list_at(const Value& value, std::string_view key) {
  static const List kNone;
  const Value* found = value.find(key);
  return found == nullptr || !found->is_list() ? kNone : *found->if_list();
}

int64_t number_at(const Value& value, std::string_view key) {
  const Value* found = value.find(key);
  return found == nullptr || found->if_int() == nullptr ? 0 : *found->if_int();
}

std::vector<std::string> failure_lines(const Value& result) {
  std::vector<std::string> out;
  const Value none;
  for (const Value& mismatch : list_at(result, "mismatches")) {
    const std::string_view path = mismatch.string_at("path");
    out.push_back((path.empty() ? std::string("the answer") : std::string(path)) + " " +
                  std::string(mismatch.string_at("message")));
    const Value* expected = mismatch.find("expected");
    const Value* actual = mismatch.find("actual");
    out.push_back("  expected: " + shown(expected == nullptr ? none : *expected));
    out.push_back("  actual:   " + shown(actual == nullptr ? none : *actual));
  }
  const List& because = list_at(result, "because");
  if (!because.empty()) out.push_back("because");
  for (const Value& reason : because) out.push_back("  " + reason_line(reason));
  return out;
}

std::string one_line(std::string_view text) {
  std::string out(text);
  constexpr char kDelete = 0x7f;
  const auto commands = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == kDelete; };
  std::replace_if(out.begin(), out.end(), commands, ' ');
  return out;
}

std::string diagnostic_line(const Value& diagnostic) {
  std::string out(diagnostic.string_at("file"));
  if (!out.empty() && number_at(diagnostic, "line") > 0) {
    out += ":" + std::to_string(number_at(diagnostic, "line")) + ":" +
           std::to_string(number_at(diagnostic, "column"));
  }
  if (!out.empty()) out += ": ";
  out.append(diagnostic.string_at("severity")).append("[");
  out.append(diagnostic.string_at("code")).append("] ");
  for (const std::string_view key : {"object", "field"}) {
    const std::string_view part = diagnostic.string_at(key);
    if (!part.empty()) out.append(part).append(": ");
  }
  out.append(diagnostic.string_at("message"));
  const std::string_view mend = diagnostic.string_at("mend");
  if (!mend.empty()) out.append(" (").append(mend).append(")");
  return out;
}

bool is_strict(const Value& results) {
  const Value* strict = results.find("strict");
  return strict != nullptr && strict->if_bool() != nullptr && *strict->if_bool();
}

bool is_error(const Value& diagnostic, bool strict) {
  const std::string_view severity = diagnostic.string_at("severity");
  return severity == "error" || (strict && severity == "warning");
}

}  // namespace mesh::testing
