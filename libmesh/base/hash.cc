#include "libmesh/base/hash.h"

#include <cstring>

namespace mesh {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr uint64_t kFirst = 0xa0761d6478bd642fULL;
constexpr uint64_t kSecond = 0xe7037ed1a0b428dbULL;
constexpr uint64_t kFourth = 0x589965cc75374cc3ULL;
constexpr uint64_t kThird = 0x8ebc6af09c88c6e3ULL;

uint64_t fold(uint64_t a, uint64_t b) {
  Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t load64(const char* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The last 0 to 16 bytes as two words.
void load_tail(const char* at, size_t size, uint64_t& low, uint64_t& high) {
  low = high = 0;
  if (size >= 8) {
    low = load64(at);
    high = load64(at + size - 8);
  } else if (size > 0) {
    std::memcpy(&low, at, size);
  }
}

}  // namespace

uint64_t hash_bytes(std::string_view bytes, uint64_t seed) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t one = seed ^ kFirst;
  uint64_t two = seed ^ kThird;
  if (left > 64) {
    // Four lanes: a multiplication takes longer than what is done beside it.
    uint64_t three = seed ^ kSecond;
    uint64_t four = seed ^ kFourth;
    do {
      one = fold(load64(at) ^ kSecond, load64(at + 8) ^ one);
      two = fold(load64(at + 16) ^ kThird, load64(at + 24) ^ two);
      three = fold(load64(at + 32) ^ kFirst, load64(at + 40) ^ three);
      four = fold(load64(at + 48) ^ kFourth, load64(at + 56) ^ four);
      at += 64;
      left -= 64;
    } while (left > 64);
    one ^= three;
    two ^= four;
  }
  if (left > 32) {
    one = fold(load64(at) ^ kSecond, load64(at + 8) ^ one);
    two = fold(load64(at + 16) ^ kThird, load64(at + 24) ^ two);
    at += 32;
    left -= 32;
  }
  if (left > 16) {
    one = fold(load64(at) ^ kSecond, load64(at + 8) ^ one);
    at += 16;
    left -= 16;
  }
  uint64_t low;
  uint64_t high;
  load_tail(at, left, low, high);
  return fold(kSecond ^ bytes.size(), fold(low ^ kSecond, high ^ one) ^ two);
}

}  // namespace mesh
