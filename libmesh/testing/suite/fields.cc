#include "libmesh/testing/suite/fields.h"

#include <algorithm>

#include "libmesh/schema/near.h"

namespace mesh::testing {

using document::Value;

void FieldContext::add(Code code, const document::Position& position, std::string field,
                       std::string message, std::string mend) {
  Diagnostic out;
  out.severity = Severity::kError;
  out.code = code;
  out.object = object;
  out.field = std::move(field);
  out.message = std::move(message);
  out.mend = std::move(mend);
  out.file = file;
  out.line = position.line;
  out.column = position.column;
  diagnostics.push_back(std::move(out));
}

std::string nearest_of(std::string_view written, std::span<const std::string_view> known) {
  std::string_view nearest;
  size_t best = SIZE_MAX;
  for (const std::string_view each : known) {
    const size_t distance = schema::edit_distance(written, each);
    if (distance < best && schema::is_near(distance, written)) {
      best = distance;
      nearest = each;
    }
  }
  if (!nearest.empty()) return "did you mean \"" + std::string(nearest) + "\"?";
  std::string out;
  for (const std::string_view each : known) {
    out.append(out.empty() ? "the keys are " : ", ").append(each);
  }
  return out;
}

Fields::Fields(const Value& value, std::string path, FieldContext& context)
    : value_(value), path_(std::move(path)), context_(context) {
  if (value_.is_map()) return;
  context_.add(Code::kWrongType, value.position, path_,
               "is a " + std::string(type_name(value.type())) + ", must be a mapping");
}

const Value* Fields::take(std::string_view key) {
  known_.push_back(key);
  const Value* found = value_.find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

void Fields::wrong_type(std::string_view key, const Value& value, std::string_view wanted) {
  context_.add(
      Code::kWrongType, value.position, path_of(key),
      "is a " + std::string(type_name(value.type())) + ", must be a " + std::string(wanted));
}

std::string Fields::text(std::string_view key) {
  const Value* found = take(key);
  if (found == nullptr) return {};
  if (found->is_string()) return *found->if_string();
  wrong_type(key, *found, "string");
  return {};
}

const Value* Fields::map(std::string_view key) {
  const Value* found = take(key);
  if (found == nullptr || found->is_map()) return found;
  wrong_type(key, *found, "mapping");
  return nullptr;
}

const document::List* Fields::list(std::string_view key) {
  const Value* found = take(key);
  if (found == nullptr || found->is_list()) return found == nullptr ? nullptr : found->if_list();
  wrong_type(key, *found, "list");
  return nullptr;
}

const Value* Fields::any(std::string_view key) { return take(key); }

bool Fields::require(std::string_view key) {
  const Value* found = value_.find(key);
  if (found != nullptr && !found->is_null()) return true;
  if (value_.is_map()) {
    context_.add(Code::kMissingField, value_.position, path_of(key), "is not set");
  }
  return false;
}

void Fields::end() {
  const document::Map* map = value_.if_map();
  if (map == nullptr) return;
  for (const document::Member& member : *map) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    context_.add(Code::kUnknownField, member.position, path_of(member.key), "is no key of a suite",
                 nearest_of(member.key, known_));
  }
}

}  // namespace mesh::testing
