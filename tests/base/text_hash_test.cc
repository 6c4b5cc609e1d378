#include "libmesh/base/text_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mesh {
namespace {

constexpr uint64_t kNoCase = 0x2020202020202020u;

TEST(TextHash, CapitalsCountAsSmallLettersWhereAsked) {
  std::string small;
  std::string large;
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(hash_text(small, kNoCase), hash_text(large, kNoCase)) << small;
    if (i > 0) EXPECT_NE(hash_text(small), hash_text(large)) << small;
    small += static_cast<char>('a' + i % 26);
    large += static_cast<char>('A' + i % 26);
  }
}

// Hosts that differ in a letter or two, as those of a mesh do, spread over a table of twice their number: each
// slot is free with e^-1/2.
TEST(TextHash, HostsSpread) {
  constexpr size_t kHosts = 4096;
  std::set<uint64_t> slots;
  std::set<uint32_t> hashes;
  for (size_t i = 0; i < kHosts; ++i) {
    const std::string host = "service-" + std::to_string(i) + ".default.svc.cluster.local";
    slots.insert(hash_text(host) % (2 * kHosts));
    hashes.insert(static_cast<uint32_t>(hash_text(host)));
  }
  EXPECT_GT(slots.size(), kHosts * 7 / 10);
  EXPECT_GT(hashes.size(), kHosts - 8);
}

}  // namespace
}  // namespace mesh
