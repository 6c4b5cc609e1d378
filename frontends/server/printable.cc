#include "frontends/server/printable.h"

namespace mesh::server {
namespace {

// Of C1, as UTF-8 writes them: 0xC2 0x80 to 0xC2 0x9F.
bool is_c1(std::string_view text, size_t at) {
  if (at + 1 >= text.size() || text[at] != '\xC2') return false;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  return second >= 0x80 && second < 0xA0;
}

bool is_control(std::string_view text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte < 0x20 || byte == 0x7F || is_c1(text, at) || (at > 0 && is_c1(text, at - 1));
}

std::string escaped(char c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  constexpr char kDigits[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    out += is_control(text, i) ? escaped(text[i]) : std::string(1, text[i]);
  }
  return out;
}

}  // namespace mesh::server
