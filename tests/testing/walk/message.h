// Envoy's messages for tests, written as JSON.
#pragma once

#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/dynamic/bytes.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

inline std::string message_bytes(std::string_view type, std::string_view json) {
  const auto bytes = schema::from_json(type, json);
  EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : bytes.error().message) << "\n" << json;
  return bytes.ok() ? *bytes : std::string();
}

inline MessageHolder message(std::string_view type, std::string_view json) {
  return schema::parse_message(type, message_bytes(type, json));
}

}  // namespace mesh::testing
