// Small trees written as they look.
//
//   map({{"kind", text("Role")}, {"rules", list({…})}})
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/labels.h"
#include "libmesh/document/value.h"

namespace mesh::tenancy::body {

using document::Value;

inline Value text(std::string_view value) { return Value(value); }
inline Value number(int64_t value) { return Value(value); }

inline Value map(std::initializer_list<std::pair<std::string_view, Value>> members) {
  document::Map out;
  out.reserve(members.size());
  for (const auto& [key, value] : members) out.push_back({std::string(key), value, {}});
  return Value(std::move(out));
}

inline Value list(std::initializer_list<Value> items) { return Value(document::List(items)); }

inline Value texts(std::initializer_list<std::string_view> items) {
  document::List out;
  for (std::string_view item : items) out.emplace_back(item);
  return Value(std::move(out));
}

inline Value labels(const Labels& labels) {
  document::Map out;
  out.reserve(labels.size());
  for (const auto& [key, value] : labels) out.push_back({key, Value(value), {}});
  return Value(std::move(out));
}

}  // namespace mesh::tenancy::body
