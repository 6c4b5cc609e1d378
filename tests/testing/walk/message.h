// Envoy's messages for tests, written as JSON.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "libmesh/schema/descriptors.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

inline std::string message_bytes(std::string_view type, std::string_view json) {
  const auto bytes = schema::from_json(type, json);
  EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : bytes.error().message) << "\n" << json;
  return bytes.ok() ? *bytes : std::string();
}

// Keeps the bytes of what it shows.
struct Held {
  std::string_view type;
  std::shared_ptr<const std::string> bytes;
  View view() const { return {type, *bytes}; }
};

inline Held message(std::string_view type, std::string_view json) {
  return {type, std::make_shared<const std::string>(message_bytes(type, json))};
}

}  // namespace mesh::testing
