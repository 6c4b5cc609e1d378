// RouteMatch: which requests a route is for (envoy.config.route.v3.RouteMatch), as
// source/common/router/config_impl.cc in Envoy decides it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/testing/walk/exchange.h"
#include "libmesh/testing/walk/matchers.h"
#include "libmesh/testing/walk/view.h"

namespace mesh::testing {

class RouteMatch {
 public:
  explicit RouteMatch(View match);

  bool matches(const Exchange& exchange) const;
  // The part of the path that a prefix_rewrite replaces, of a path that matches.
  std::string_view matched_part(std::string_view path) const;
  // "prefix /api, header x-user": for people.
  const std::string& describe() const { return text_; }
  // Of the requests that match, these percent meet the route.
  double percent() const { return percent_; }
  // What it asks that is not walked; empty: nothing.
  const std::string& unknown() const { return unknown_; }

 private:
  enum class Kind : uint8_t {
    kPrefix,
    kPath,
    kRegex,
    kSeparatedPrefix,
    kConnect,
    kTemplate,
    kNothing
  };
  void read_path(View match);
  bool path_matches(const Exchange& exchange) const;

  Kind kind_ = Kind::kNothing;
  std::string path_;  // in small letters when case does not count
  bool ignore_case_ = false;
  std::optional<Regex> regex_;
  std::vector<HeaderMatcher> headers_;
  std::vector<QueryMatcher> query_;
  std::vector<MetadataMatcher> metadata_;
  bool grpc_ = false;
  std::optional<bool> certificate_presented_;
  double percent_ = 100;
  std::string text_;
  std::string unknown_;
};

// Whether a path (without query) is one of a template's: "*" is one segment, "**" any number at the end or between.
bool template_matches(std::string_view pattern, std::string_view path);

}  // namespace mesh::testing
