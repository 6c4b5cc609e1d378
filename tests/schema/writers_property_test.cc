// Property: for every message, whatever its writer is told to write parses to the message that
// protobuf's reflection makes of the same values, field by field and in random combinations.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "libmesh/schema/descriptors.h"
#include "tests/schema/driver.h"

namespace mesh::schema {
namespace {

using google::protobuf::Message;

std::string canonical(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// Writes one message both ways and compares.
void check(const WriterCase& writer, Driver::Random& random, int depth, std::string_view only) {
  const Message* prototype = envoy_prototype(writer.type);
  ASSERT_NE(prototype, nullptr) << writer.type;
  const std::unique_ptr<Message> expected(prototype->New());
  const std::unique_ptr<Message> actual(prototype->New());
  Driver driver(*expected, random, depth, only);
  std::string out;
  writer.write(out, driver);
  ASSERT_TRUE(actual->ParseFromString(out)) << writer.type << " " << only;
  ASSERT_EQ(canonical(*actual), canonical(*expected))
      << writer.type << " " << only << "\nwritten: " << actual->ShortDebugString()
      << "\nexpected: " << expected->ShortDebugString();
}

uint64_t seed() {
  const char* given = std::getenv("MESH_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20261121;
}

TEST(WritersProperty, EveryFieldOfEveryMessageAlone) {
  Driver::Random random(seed());
  size_t fields = 0;
  for (size_t i = 0; i < kWriterCaseCount; ++i) {
    const auto* type = envoy_pool().FindMessageTypeByName(std::string(kWriterCases[i].type));
    ASSERT_NE(type, nullptr) << kWriterCases[i].type;
    for (int f = 0; f < type->field_count(); ++f, ++fields) {
      check(kWriterCases[i], random, 1, type->field(f)->name());
      if (HasFatalFailure()) FAIL() << "seed " << seed();
    }
  }
  // Both numbers only grow with Envoy's API; fewer means that drivers went missing.
  EXPECT_GT(kWriterCaseCount, 800u);
  EXPECT_GT(fields, 3000u);
}

TEST(WritersProperty, RandomMessages) {
  Driver::Random random(seed());
  for (int round = 0; round < 20; ++round) {
    for (size_t i = 0; i < kWriterCaseCount; ++i) {
      check(kWriterCases[i], random, 1 + round % 4, {});
      if (HasFatalFailure()) FAIL() << "seed " << seed();
    }
  }
}

}  // namespace
}  // namespace mesh::schema
