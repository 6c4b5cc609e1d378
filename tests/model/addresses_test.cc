// What is an IP address, and how it is written: the same as for inet_pton and inet_ntop.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>

#include "libmesh/base/address_bytes.h"
#include "libmesh/base/net.h"

namespace mesh {
namespace {

AddressFamily by_inet_pton(const std::string& text) {
  unsigned char bytes[16];
  if (text.find('\0') != std::string::npos) return AddressFamily::kNone;
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return AddressFamily::kIpv4;
  if (inet_pton(AF_INET6, text.c_str(), bytes) == 1) return AddressFamily::kIpv6;
  return AddressFamily::kNone;
}

TEST(Addresses, AreWhatInetPtonTakes) {
  for (const std::string text : {"0.0.0.0",
                                 "255.255.255.255",
                                 "256.1.1.1",
                                 "1.2.3",
                                 "1.2.3.4.5",
                                 "1.2.3.4.",
                                 ".1.2.3",
                                 "1..2.3",
                                 "01.2.3.4",
                                 "00.0.0.0",
                                 "1.2.3.04",
                                 "0.0.0.00",
                                 "1.2.3.4 ",
                                 " 1.2.3.4",
                                 "1.2.3.-4",
                                 "1.2.3.4/8",
                                 "",
                                 "1",
                                 "host.example.com",
                                 "::",
                                 "::1",
                                 "::ffff:1.2.3.4",
                                 "::ffff:1.2.3.256",
                                 "fe80::1%eth0",
                                 "1:2",
                                 "999.1.1.1",
                                 "1.2.3.1000",
                                 "4294967297.0.0.1",
                                 "unix:///a"}) {
    EXPECT_EQ(address_family(text), by_inet_pton(text)) << text;
  }
  EXPECT_EQ(address_family(std::string_view("1.2.3.4\0", 8)), AddressFamily::kNone);
}

TEST(Addresses, AreWhatInetPtonTakesOfAnyText) {
  std::mt19937 random(7);
  constexpr std::string_view kSigns = "0123456789..12:f";
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (size_t size = random() % 16; size > 0; --size)
      text.push_back(kSigns[random() % kSigns.size()]);
    ASSERT_EQ(address_family(text), by_inet_pton(text)) << text;
  }
  // Texts that mostly are addresses.
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (int octet = 0; octet < 4; ++octet) {
      text.append(octet == 0 ? "" : ".").append(std::to_string(random() % 300));
    }
    ASSERT_EQ(address_family(text), by_inet_pton(text)) << text;
    if (address_family(text) == AddressFamily::kIpv4) {
      EXPECT_EQ(canonical_address(text), text);
    }
  }
}

// Words of few kinds, so that there are runs of zeros and addresses that hold one of IPv4.
TEST(Addresses, AreWrittenAsInetNtopDoes) {
  std::mt19937 random(11);
  constexpr unsigned char kBytes[] = {0, 0, 0, 1, 0x0f, 0x10, 0x99, 0xff};
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes(i % 2 == 0 ? 4 : 16, '\0');
    for (size_t at = random() % 16; at < bytes.size(); ++at) {
      bytes[at] = static_cast<char>(kBytes[random() % std::size(kBytes)]);
    }
    if (random() % 8 == 0 && bytes.size() == 16)
      bytes.replace(0, 12, std::string(10, '\0') + "\xff\xff");
    char expected[INET6_ADDRSTRLEN];
    inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), expected, sizeof(expected));
    ASSERT_EQ(address_text(bytes), expected);
  }
}

}  // namespace
}  // namespace mesh
