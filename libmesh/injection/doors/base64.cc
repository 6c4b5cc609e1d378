#include "libmesh/injection/doors/base64.h"

#include <cstddef>
#include <cstdint>

namespace mesh::injection {

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [&](size_t i) { return uint32_t{static_cast<unsigned char>(bytes[i])}; };
  size_t at = out.size();
  out.resize(at + (bytes.size() + 2) / 3 * 4);
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out[at++] = kAlphabet[bits >> 18];
    out[at++] = kAlphabet[(bits >> 12) & 63];
    out[at++] = kAlphabet[(bits >> 6) & 63];
    out[at++] = kAlphabet[bits & 63];
  }
  if (i == bytes.size()) return;
  const bool two = i + 2 == bytes.size();
  const uint32_t bits = byte(i) << 16 | (two ? byte(i + 1) << 8 : 0);
  out[at++] = kAlphabet[bits >> 18];
  out[at++] = kAlphabet[(bits >> 12) & 63];
  out[at++] = two ? kAlphabet[(bits >> 6) & 63] : '=';
  out[at] = '=';
}

}  // namespace mesh::injection
