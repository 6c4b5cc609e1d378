// Wire format: what is written reads back, and untrusted bytes are refused at the first mistake.
#include "libmesh/schema/wire.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace mesh::wire {
namespace {

TEST(Wire, NestedLengthsAreRightAroundTheSizesWhereTheLengthGrows) {
  for (const size_t size : {0u, 1u, 126u, 127u, 128u, 129u, 16383u, 16384u, 16385u, 2097152u}) {
    std::string out = "before";
    const size_t start = open<1>(out);
    out.append(size, 'x');
    close(out, start);
    put_bytes_field<2>(out, "after");

    Reader reader(std::string_view(out).substr(6));
    const Field* nested = reader.next();
    ASSERT_NE(nested, nullptr) << size;
    EXPECT_EQ(nested->number, 1u);
    EXPECT_EQ(nested->bytes, std::string(size, 'x')) << size;
    const Field* after = reader.next();
    ASSERT_NE(after, nullptr) << size;
    EXPECT_EQ(after->number, 2u);
    EXPECT_EQ(after->bytes, "after");
    EXPECT_EQ(reader.next(), nullptr);
    EXPECT_TRUE(reader.ok());
  }
}

TEST(Wire, VarintsOfEverySizeReadBack) {
  std::string out;
  std::vector<uint64_t> values;
  for (int shift = 0; shift < 64; ++shift) {
    for (const uint64_t value : {uint64_t{1} << shift, (uint64_t{1} << shift) - 1}) {
      values.push_back(value);
      put_varint_field<5>(out, value);
    }
  }
  put_varint_field<5>(out, std::numeric_limits<uint64_t>::max());
  values.push_back(std::numeric_limits<uint64_t>::max());
  Reader reader(out);
  for (const uint64_t value : values) {
    const Field* field = reader.next();
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(field->number, 5u);
    EXPECT_EQ(field->number_value, value);
  }
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_TRUE(reader.ok());
}

TEST(Wire, LargeFieldNumbersReadBack) {
  std::string out;
  put_varint_field<15>(out, 1u);
  put_varint_field<16>(out, 2u);
  put_varint_field<2047>(out, 3u);
  put_varint_field<2048>(out, 4u);
  put_varint_field<536870911>(out, 5u);
  open<2048>(out);
  Reader reader(out);
  std::vector<uint32_t> numbers;
  while (const Field* field = reader.next()) numbers.push_back(field->number);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(numbers, (std::vector<uint32_t>{15, 16, 2047, 2048, 536870911, 2048}));
}

TEST(Wire, NegativeNumbersTakeTenBytes) {
  std::string out;
  put_varint_field<1>(out, int32_t{-1});
  EXPECT_EQ(out.size(), 11u);
}

TEST(Wire, BrokenBytesAreRefused) {
  const struct {
    const char* name;
    std::string bytes;
  } kRows[] = {
      {"tag without value", "\x08"},
      {"tag cut short", "\x80"},
      {"field number 0", std::string("\x00\x01", 2)},
      {"tag above 32 bits", "\xff\xff\xff\xff\x7f\x01"},
      {"varint of eleven bytes", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
      {"varint above 64 bits", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"},
      {"length behind the end", std::string("\x0a\x02x", 3)},
      {"length that would wrap", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
      {"fixed64 cut short", std::string("\x09\0\0\0\0\0\0\0", 8)},
      {"fixed32 cut short", std::string("\x0d\0\0\0", 4)},
      {"start of a group", "\x0b\x0c"},
      {"wire type 6", "\x0e"},
      {"wire type 7", "\x0f"},
  };
  for (const auto& row : kRows) {
    Reader reader(row.bytes);
    while (reader.next() != nullptr) {
    }
    EXPECT_FALSE(reader.ok()) << row.name;
    EXPECT_EQ(reader.next(), nullptr) << row.name;
  }
  Reader empty("");
  EXPECT_EQ(empty.next(), nullptr);
  EXPECT_TRUE(empty.ok());
}

}  // namespace
}  // namespace mesh::wire
