#include "libmesh/injection/doors/base64.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mesh::injection {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Two letters for every 12 bits: half the look-ups.
struct Pairs {
  char letters[4096][2];
};
constexpr Pairs make_pairs() {
  Pairs out{};
  for (size_t i = 0; i < 4096; ++i) {
    out.letters[i][0] = kAlphabet[i >> 6];
    out.letters[i][1] = kAlphabet[i & 63];
  }
  return out;
}
constexpr Pairs kPairs = make_pairs();

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const auto byte = [&](size_t i) { return uint32_t{static_cast<unsigned char>(bytes[i])}; };
  const size_t begin = out.size();
  out.resize(begin + (bytes.size() + 2) / 3 * 4);
  char* at = out.data() + begin;
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, at += 4) {
    const uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    std::memcpy(at, kPairs.letters[bits >> 12], 2);
    std::memcpy(at + 2, kPairs.letters[bits & 4095], 2);
  }
  if (i == bytes.size()) return;
  const bool two = i + 2 == bytes.size();
  const uint32_t bits = byte(i) << 16 | (two ? byte(i + 1) << 8 : 0);
  std::memcpy(at, kPairs.letters[bits >> 12], 2);
  at[2] = two ? kAlphabet[(bits >> 6) & 63] : '=';
  at[3] = '=';
}

}  // namespace mesh::injection
