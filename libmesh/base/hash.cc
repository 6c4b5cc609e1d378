#include "libmesh/base/hash.h"

#include <cstring>

namespace mesh {
namespace {

__extension__ using Wide = unsigned __int128;

// Digits of the golden ratio and of pi, and what they give by multiplication: odd, and none like another. A lane must not begin with
// what its other word meets, nor two lanes with what the other has: exchanged words would then cancel out.
constexpr uint64_t kStep[] = {0xe7037ed1a0b428dbULL, 0x8ebc6af09c88c6e3ULL, 0xa0761d6478bd642fULL,
                              0x589965cc75374cc3ULL};
constexpr uint64_t kBegin[] = {0x9e3779b97f4a7c15ULL, 0x243f6a8885a308d3ULL, 0x13198a2e03707345ULL,
                               0xa4093822299f31d1ULL};
constexpr uint64_t kJoin[] = {0x082efa98ec4e6c89ULL, 0x452821e638d01377ULL, 0xbe5466cf34e90c6dULL,
                              0xc0ac29b7c97c50ddULL};

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
  uint64_t one = seed ^ kBegin[0];
  uint64_t two = seed ^ kBegin[1];
  if (left > 64) {
    // Four lanes: a multiplication takes longer than what is done beside it.
    uint64_t three = seed ^ kBegin[2];
    uint64_t four = seed ^ kBegin[3];
    do {
      one = fold(load64(at) ^ kStep[0], load64(at + 8) ^ one);
      two = fold(load64(at + 16) ^ kStep[1], load64(at + 24) ^ two);
      three = fold(load64(at + 32) ^ kStep[2], load64(at + 40) ^ three);
      four = fold(load64(at + 48) ^ kStep[3], load64(at + 56) ^ four);
      at += 64;
      left -= 64;
    } while (left > 64);
    one = fold(one ^ kJoin[0], three ^ kJoin[1]);
    two = fold(two ^ kJoin[2], four ^ kJoin[3]);
  }
  if (left > 32) {
    one = fold(load64(at) ^ kStep[0], load64(at + 8) ^ one);
    two = fold(load64(at + 16) ^ kStep[1], load64(at + 24) ^ two);
    at += 32;
    left -= 32;
  }
  if (left > 16) {
    one = fold(load64(at) ^ kStep[0], load64(at + 8) ^ one);
    at += 16;
    left -= 16;
  }
  uint64_t low;
  uint64_t high;
  load_tail(at, left, low, high);
  return fold(kStep[0] ^ bytes.size(), fold(low ^ kStep[1], high ^ one) ^ two);
}

}  // namespace mesh
