// Options: one JSON object of a call, read strictly.
//
//   Options options(text);
//   options.read("clusterId", store.cluster_id);
//   options.read("synthesize", store.synthesize);
//   if (auto end = options.end(); !end) return end.error();
//
// A key that nobody read is refused by name, as is a value of another type.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::capi {

class Options {
 public:
  // `what` names the object in messages: "store configuration". Empty text is the empty object.
  Options(std::string_view text, std::string_view what);

  // Each leaves `out` as it is when the key is not there.
  void read(std::string_view key, std::string& out);
  void read(std::string_view key, bool& out);
  void read(std::string_view key, int64_t& out);
  void read(std::string_view key, std::vector<std::string>& out);
  // The object under the key, or null.
  const document::Value* object(std::string_view key);

  bool has(std::string_view key) const { return root_.find(key) != nullptr; }

  // The first thing that was wrong.
  Result<void> end();

 private:
  const document::Value* take(std::string_view key);
  void wrong(std::string_view key, const document::Value& value, std::string_view wanted);

  const std::string what_;
  document::Value root_;
  std::set<std::string, std::less<>> read_;
  std::optional<Error> error_;
};

}  // namespace mesh::capi
