// What one proxy is sent, for tests: input and proxy as YAML, resources as JSON by name, and single
// values by path.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libmesh/document/value.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/resource.h"

namespace mesh::xds::testing {

class Seen {
 public:
  // The input is read as one file; a mistake in it fails the test.
  explicit Seen(std::string_view input, std::string_view proxy);

  const traffic::ProxyView& view() const { return view_; }
  traffic::ProxyView& view() { return view_; }

  Resources clusters() const;
  Resources listeners() const;
  // One listener; null when there is none of that name.
  document::Value listener(std::string_view name) const;
  // One cluster or assignment; null when there is none of that name.
  document::Value cluster(std::string_view name) const;
  document::Value assignment(std::string_view cluster_name) const;

 private:
  traffic::ProxyView view_;
};

// A resource as JSON's values.
document::Value json_of(const Resource& resource, Type type);
// The names, one a line, in the order they are sent.
std::string names_of(const Resources& resources);
// The value at "a.b[0].c", compact JSON ("" when absent). Keys that hold dots are put in quotes:
// metadata."envoy.lb".x
std::string at(const document::Value& value, std::string_view path);

}  // namespace mesh::xds::testing
