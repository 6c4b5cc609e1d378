#include "frontends/server/request_view.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

namespace mesh::server {
namespace {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

struct Field {
  uint64_t number = 0;
  uint64_t value = 0;      // of varints and fixed ones
  std::string_view bytes;  // of what has a length
};

// Protocol buffers' wire format, one field after the other.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  // Nothing at the end, and where the bytes are no message.
  std::optional<Field> next() {
    const std::optional<uint64_t> tag = varint();
    if (!tag) return std::nullopt;
    Field out{*tag >> 3, 0, {}};
    switch (*tag & 7) {
      case 0:
        return with_value(out, varint());
      case 1:
        return with_value(out, fixed(8));
      case 2:
        return with_bytes(out, varint());
      case 5:
        return with_value(out, fixed(4));
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<uint64_t> varint() {
    uint64_t out = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      out |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return out;
    }
    return std::nullopt;
  }
  std::optional<uint64_t> fixed(size_t size) {
    if (rest_.size() < size) return std::nullopt;
    uint64_t out = 0;
    for (size_t i = 0; i < size; ++i) {
      out |= uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    }
    rest_.remove_prefix(size);
    return out;
  }
  static std::optional<Field> with_value(Field out, std::optional<uint64_t> value) {
    if (!value) return std::nullopt;
    out.value = *value;
    return out;
  }
  std::optional<Field> with_bytes(Field out, std::optional<uint64_t> size) {
    if (!size || *size > rest_.size()) return std::nullopt;
    out.bytes = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return out;
  }

  std::string_view rest_;
};

constexpr int kMaxDepth = 64;

void write_value(std::string_view bytes, Json& json, int depth);

void write_string(std::string_view text, Json& json) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// google.protobuf.Struct.
void write_struct(std::string_view bytes, Json& json, int depth) {
  json.StartObject();
  for (Fields fields(bytes); auto field = fields.next();) {
    if (field->number != 1) continue;
    std::string_view key;
    std::string_view value;
    for (Fields entry(field->bytes); auto part = entry.next();) {
      if (part->number == 1) key = part->bytes;
      if (part->number == 2) value = part->bytes;
    }
    json.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    write_value(value, json, depth + 1);
  }
  json.EndObject();
}

void write_list(std::string_view bytes, Json& json, int depth) {
  json.StartArray();
  for (Fields fields(bytes); auto field = fields.next();) {
    if (field->number == 1) write_value(field->bytes, json, depth + 1);
  }
  json.EndArray();
}

// A Struct knows only doubles; whole ones are shown as integers.
void write_number(uint64_t bits, Json& json) {
  const auto number = std::bit_cast<double>(bits);
  if (!std::isfinite(number)) {
    json.Null();
  } else if (std::abs(number) < 9e15 && number == std::floor(number)) {
    json.Int64(static_cast<int64_t>(number));
  } else {
    json.Double(number);
  }
}

// google.protobuf.Value.
void write_value(std::string_view bytes, Json& json, int depth) {
  const std::optional<Field> field = depth > kMaxDepth ? std::nullopt : Fields(bytes).next();
  switch (field ? field->number : 0) {
    case 2:
      return write_number(field->value, json);
    case 3:
      return write_string(field->bytes, json);
    case 4:
      json.Bool(field->value != 0);
      return;
    case 5:
      return write_struct(field->bytes, json, depth);
    case 6:
      return write_list(field->bytes, json, depth);
    default:
      json.Null();
  }
}

void read_node(std::string_view bytes, RequestView& out) {
  for (Fields fields(bytes); auto field = fields.next();) {
    if (field->number == 1) out.node_id = field->bytes;
    if (field->number != 3) continue;
    rapidjson::StringBuffer text;
    Json json(text);
    write_struct(field->bytes, json, 0);
    out.node_metadata.assign(text.GetString(), text.GetSize());
  }
}

}  // namespace

RequestView view_request(std::string_view bytes, bool delta) {
  const uint64_t node = delta ? 1 : 2;
  const uint64_t type_url = delta ? 2 : 4;
  RequestView out;
  for (Fields fields(bytes); auto field = fields.next();) {
    if (field->number == node) read_node(field->bytes, out);
    if (field->number == type_url) out.type_url = field->bytes;
  }
  if (out.node_metadata.empty()) out.node_metadata = "{}";
  return out;
}

}  // namespace mesh::server
