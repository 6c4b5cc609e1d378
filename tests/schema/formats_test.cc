// The texts that have a format of their own. Durations, quantities and strict base64 are Go's
// answers to the same texts (time.ParseDuration, resource.ParseQuantity, base64.StdEncoding).
#include "libmesh/schema/formats.h"

#include <gtest/gtest.h>

#include <string>

#include "libmesh/schema/near.h"

namespace mesh::schema {
namespace {

TEST(Formats, Durations) {
  const struct {
    std::string_view text;
    std::optional<Duration> expected;
  } kRows[] = {
      {"0", Duration{0, 0}},
      {"-0", Duration{0, 0}},
      {"5s", Duration{5, 0}},
      {"+5s", Duration{5, 0}},
      {"-1.5s", Duration{-1, -500'000'000}},
      {"1h30m", Duration{5400, 0}},
      {"1h30m0.5s", Duration{5400, 500'000'000}},
      {"500ms", Duration{0, 500'000'000}},
      {"1us", Duration{0, 1000}},
      {"1\u00b5s", Duration{0, 1000}},
      {"1\u03bcs", Duration{0, 1000}},
      {"7ns", Duration{0, 7}},
      {".5s", Duration{0, 500'000'000}},
      {"1.s", Duration{1, 0}},
      {"0.000000001s", Duration{0, 1}},
      {"9223372036s", Duration{9223372036, 0}},
      {"-9223372036.854775808s", Duration{-9223372036, -854775808}},
      {"9223372036.854775808s", std::nullopt},
      {"9223372037s", std::nullopt},
      {"99999999999999999999h", std::nullopt},
      {"", std::nullopt},
      {"-", std::nullopt},
      {"5", std::nullopt},
      {"00", std::nullopt},
      {"s", std::nullopt},
      {".s", std::nullopt},
      {"5 s", std::nullopt},
      {"5d", std::nullopt},
      {"1h-30m", std::nullopt},
      {"1e3s", std::nullopt},
  };
  for (const auto& row : kRows) EXPECT_EQ(parse_duration(row.text), row.expected) << row.text;
}

TEST(Formats, Timestamps) {
  const struct {
    std::string_view text;
    std::optional<Timestamp> expected;
  } kRows[] = {
      {"1970-01-01T00:00:00Z", Timestamp{0, 0}},
      {"1969-12-31T23:59:59.25Z", Timestamp{-1, 250'000'000}},
      {"2000-02-29T12:00:00Z", Timestamp{951825600, 0}},
      {"2026-01-31T08:00:00+02:00", Timestamp{1769839200, 0}},
      {"2026-01-31T08:00:00-00:30", Timestamp{1769848200, 0}},
      {"2026-01-31T08:00:00.123456789123Z", Timestamp{1769846400, 123'456'789}},
      {"0001-01-01T00:00:00Z", Timestamp{-62135596800, 0}},
      {"2001-02-29T12:00:00Z", std::nullopt},
      {"1900-02-29T12:00:00Z", std::nullopt},
      {"2026-13-01T00:00:00Z", std::nullopt},
      {"2026-00-01T00:00:00Z", std::nullopt},
      {"2026-01-31T24:00:00Z", std::nullopt},
      {"2026-01-31T08:00:00", std::nullopt},
      {"2026-01-31 08:00:00Z", std::nullopt},
      {"2026-01-31T08:00:00.Z", std::nullopt},
      {"2026-01-31T08:00:00Zx", std::nullopt},
      {"2026-01-31", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : kRows) EXPECT_EQ(parse_timestamp(row.text), row.expected) << row.text;
}

TEST(Formats, Quantities) {
  for (const std::string_view good : {"0", "1", "-1", "+1.5", ".5", "5.", "100m", "1Gi", "2k", "3E",
                                      "1e3", "1E-3", "12u", "7n", "1.5Mi", "1E", "-", ".", "m"}) {
    EXPECT_TRUE(is_quantity(good)) << good;
  }
  for (const std::string_view bad :
       {"", "1x", "1 Gi", "1g", "1ki", "1K", "1e", "1e+", "0x10", "1Gib", "--1"}) {
    EXPECT_FALSE(is_quantity(bad)) << bad;
  }
}

TEST(Formats, Base64) {
  const struct {
    std::string_view text;
    std::optional<std::string> strict, relaxed;
  } kRows[] = {
      {"", "", ""},
      {"aGVsbG8=", "hello", "hello"},
      {"aGVs\nbG8=\r\n", "hello", "hello"},
      {"aGk=", "hi", "hi"},
      {"YQ==", "a", "a"},
      {"aGVsbG8", std::nullopt, "hello"},
      {"-_8=", std::nullopt, "\xfb\xff"},
      {"+/8=", "\xfb\xff", "\xfb\xff"},
      {"YR==", "a", "a"},
      {"YQ=", std::nullopt, std::nullopt},
      {"Y", std::nullopt, std::nullopt},
      {"Y===", std::nullopt, std::nullopt},
      {"YQ==YQ==", std::nullopt, std::nullopt},
      {"====", std::nullopt, std::nullopt},
      {"a?==", std::nullopt, std::nullopt},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(decode_base64(row.text, false), row.strict) << row.text;
    EXPECT_EQ(decode_base64(row.text, true), row.relaxed) << row.text;
  }
}

TEST(Near, Distances) {
  EXPECT_EQ(edit_distance("weight", "weight"), 0u);
  EXPECT_EQ(edit_distance("weigth", "weight"), 1u);
  EXPECT_EQ(edit_distance("rout", "route"), 1u);
  EXPECT_EQ(edit_distance("timeOut", "timeout"), 0u);
  EXPECT_EQ(edit_distance("export_to", "exportTo"), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_TRUE(is_near(1, "rout"));
  EXPECT_FALSE(is_near(3, "rout"));
  EXPECT_FALSE(is_near(1, "a"));
}

}  // namespace
}  // namespace mesh::schema
