#include "libmesh/xds/session/wire_struct.h"

#include <bit>
#include <cmath>

#include "libmesh/schema/wire.h"

namespace mesh::xds {
namespace {

using document::Value;
using wire::Field;
using wire::Reader;

constexpr int kMaxDepth = 64;

bool read_value(std::string_view bytes, Value& out, int depth);

bool read_map(std::string_view bytes, Value& out, int depth) {
  out = Value(document::Map{});
  Reader reader(bytes);
  while (const Field* f = reader.next()) {
    if (f->number != 1) continue;
    Reader entry(f->bytes);
    std::string_view key;
    Value value;
    while (const Field* e = entry.next()) {
      if (e->number == 1) key = e->bytes;
      if (e->number == 2 && !read_value(e->bytes, value, depth + 1)) return false;
    }
    if (!entry.ok()) return false;
    out.set(key, std::move(value));
  }
  return reader.ok();
}

bool read_list(std::string_view bytes, Value& out, int depth) {
  document::List list;
  Reader reader(bytes);
  while (const Field* f = reader.next()) {
    if (f->number != 1) continue;
    if (!read_value(f->bytes, list.emplace_back(), depth + 1)) return false;
  }
  out = Value(std::move(list));
  return reader.ok();
}

// A Struct knows only doubles; whole ones are given as integers, as JSON shows them.
Value number(uint64_t bits) {
  double d = std::bit_cast<double>(bits);
  if (std::abs(d) < 9e15 && d == std::floor(d)) return Value(static_cast<int64_t>(d));
  return Value(d);
}

bool read_value(std::string_view bytes, Value& out, int depth) {
  if (depth > kMaxDepth) return false;
  Reader reader(bytes);
  while (const Field* f = reader.next()) {
    switch (f->number) {
      case 2:
        out = number(f->number_value);
        break;
      case 3:
        out = Value(f->bytes);
        break;
      case 4:
        out = Value(f->number_value != 0);
        break;
      case 5:
        if (!read_map(f->bytes, out, depth)) return false;
        break;
      case 6:
        if (!read_list(f->bytes, out, depth)) return false;
        break;
      default:
        break;
    }
  }
  return reader.ok();
}

}  // namespace

bool read_struct(std::string_view bytes, Value& out) { return read_map(bytes, out, 0); }

}  // namespace mesh::xds
