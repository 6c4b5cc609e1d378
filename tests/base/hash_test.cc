#include "libmesh/base/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <unordered_map>

namespace mesh {
namespace {

std::string random_bytes(std::mt19937_64& random, size_t size) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

// Lanes are alike: words that change places, in a lane or from one to another, must not cancel out.
TEST(Hash, WordsThatChangePlacesAreTold) {
  std::mt19937_64 random(1);
  for (size_t size : {20u, 33u, 47u, 64u, 65u, 100u, 129u, 200u}) {
    const std::string bytes = random_bytes(random, size);
    for (size_t a = 0; a + 8 <= size; a += 4) {
      for (size_t b = a + 8; b + 8 <= size; b += 4) {
        std::string other = bytes;
        std::swap_ranges(other.begin() + static_cast<long>(a),
                         other.begin() + static_cast<long>(a) + 8,
                         other.begin() + static_cast<long>(b));
        EXPECT_NE(hash_bytes(bytes), hash_bytes(other)) << size << " " << a << " " << b;
      }
    }
  }
}

// Whatever stands in two words, it counts.
TEST(Hash, TwoWordsThatAreTheSameCount) {
  std::mt19937_64 random(2);
  const std::string bytes = random_bytes(random, 128);
  std::unordered_map<uint64_t, std::string> seen;
  for (size_t a = 0; a < 128; a += 8) {
    for (size_t b = a + 8; b < 128; b += 8) {
      for (int turn = 0; turn < 4; ++turn) {
        const std::string word = random_bytes(random, 8);
        std::string other = bytes;
        other.replace(a, 8, word).replace(b, 8, word);
        auto [it, fresh] = seen.try_emplace(hash_bytes(other), other);
        EXPECT_TRUE(fresh || it->second == other) << a << " " << b;
      }
    }
  }
}

TEST(Hash, EveryBitAndTheLengthCount) {
  std::mt19937_64 random(3);
  for (size_t size = 0; size <= 140; ++size) {
    const std::string bytes = random_bytes(random, size);
    for (size_t bit = 0; bit < size * 8; ++bit) {
      std::string other = bytes;
      other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
      EXPECT_NE(hash_bytes(bytes), hash_bytes(other)) << size << " " << bit;
    }
    EXPECT_NE(hash_bytes(bytes), hash_bytes(bytes + '\0'));
    EXPECT_NE(hash_bytes(bytes, 0), hash_bytes(bytes, 1));
  }
}

}  // namespace
}  // namespace mesh
