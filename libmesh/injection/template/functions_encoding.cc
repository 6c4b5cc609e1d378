// sprig's encodings and digests: JSON, base64, base32, sha, adler32.
#include <algorithm>
#include <cstdint>

#include "libmesh/document/json.h"
#include "libmesh/injection/template/digest.h"
#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_encode.h"

namespace mesh::injection {
namespace {

GoValue read_json(const GoCall& call, bool& ok) {
  Diagnostics ignored;
  document::Limits limits;
  limits.depth = 100;
  call.arena.charge_memory(call.text(0).size() * 8);
  auto value = document::read_json(call.text(0), "", ignored, limits);
  ok = value.ok();
  if (!ok) return go_nil_any();
  return go_view(GoTypes::get().any, call.arena.keep(std::move(*value)));
}

GoValue from_json(const GoCall& call) {
  bool ok = false;
  return read_json(call, ok);
}

GoValue must_from_json(const GoCall& call) {
  bool ok = false;
  const GoValue value = read_json(call, ok);
  if (!ok) go_fail("the text is not JSON");
  return value;
}

GoValue to_json(const GoCall& call) { return call.string(go_json(call.arena, call[0])); }
GoValue to_pretty_json(const GoCall& call) {
  return call.string(go_json(call.arena, call[0], {.pretty = true}));
}
GoValue to_raw_json(const GoCall& call) {
  return call.string(go_json(call.arena, call[0], {.escape_html = false}));
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// `bits` a character, padded to groups of `group` characters.
std::string encoded(std::string_view bytes, std::string_view alphabet, unsigned bits,
                    size_t group) {
  std::string out;
  uint32_t held = 0;
  unsigned have = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<unsigned char>(c);
    have += 8;
    while (have >= bits) {
      have -= bits;
      out += alphabet[held >> have & ((1u << bits) - 1)];
    }
  }
  if (have > 0) out += alphabet[held << (bits - have) & ((1u << bits) - 1)];
  while (out.size() % group != 0) out += '=';
  return out;
}

// Go answers with the text of the error, at which byte the input is wrong.
std::string decoded(std::string_view input, std::string_view alphabet, unsigned bits, size_t group,
                    std::string_view name) {
  std::string text;
  for (const char c : input) {
    if (c != '\n' && c != '\r') text += c;
  }
  const auto corrupt = [&](size_t at) {
    return "illegal " + std::string(name) + " data at input byte " + std::to_string(at);
  };
  const size_t end = std::min(text.find('='), text.size());
  std::string out;
  uint32_t held = 0;
  unsigned have = 0;
  for (size_t i = 0; i < end; ++i) {
    const size_t digit = alphabet.find(text[i]);
    if (digit == std::string_view::npos) return corrupt(i);
    held = held << bits | static_cast<uint32_t>(digit);
    have += bits;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>(held >> have & 0xff);
    }
  }
  if (text.size() % group != 0 || text.find_first_not_of('=', end) != std::string::npos ||
      text.size() - end >= group || have >= bits) {
    return corrupt(text.size() % group != 0 ? text.size() : end);
  }
  return out;
}

GoValue b64enc(const GoCall& call) { return call.string(encoded(call.text(0), kBase64, 6, 4)); }
GoValue b64dec(const GoCall& call) {
  return call.string(decoded(call.text(0), kBase64, 6, 4, "base64"));
}
GoValue b32enc(const GoCall& call) { return call.string(encoded(call.text(0), kBase32, 5, 8)); }
GoValue b32dec(const GoCall& call) {
  return call.string(decoded(call.text(0), kBase32, 5, 8, "base32"));
}

GoValue sha1sum(const GoCall& call) { return call.string(hex_digest(Digest::kSha1, call.text(0))); }
GoValue sha256sum(const GoCall& call) {
  return call.string(hex_digest(Digest::kSha256, call.text(0)));
}
GoValue sha512sum(const GoCall& call) {
  return call.string(hex_digest(Digest::kSha512, call.text(0)));
}

GoValue adler32sum(const GoCall& call) {
  uint32_t a = 1;
  uint32_t b = 0;
  for (const char c : call.text(0)) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return call.string(std::to_string(b << 16 | a));
}

constexpr GoFunction kFunctions[] = {
    {"fromJson", "s", from_json},
    {"mustFromJson", "s", must_from_json},
    {"toJson", "a", to_json},
    {"mustToJson", "a", to_json},
    {"toPrettyJson", "a", to_pretty_json},
    {"mustToPrettyJson", "a", to_pretty_json},
    {"toRawJson", "a", to_raw_json},
    {"mustToRawJson", "a", to_raw_json},
    {"b64enc", "s", b64enc},
    {"b64dec", "s", b64dec},
    {"b32enc", "s", b32enc},
    {"b32dec", "s", b32dec},
    {"sha1sum", "s", sha1sum},
    {"sha256sum", "s", sha256sum},
    {"sha512sum", "s", sha512sum},
    {"adler32sum", "s", adler32sum},
};

}  // namespace

std::span<const GoFunction> go_encoding_functions() { return kFunctions; }

}  // namespace mesh::injection
