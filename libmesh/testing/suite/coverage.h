// Coverage: which routes, rules and policies of the configuration no case touched.
//
// A case touches what its answer's reasons name: the object and the field. Routes are named exactly:
// tagged.h says how. Objects that suites bring as fixtures do not count.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/snapshot.h"
#include "libmesh/testing/suite/answer.h"

namespace mesh::testing {

struct CoverageItem {
  std::string object;  // "VirtualService shop/cart"
  std::string field;   // "spec.http[0]"; empty: the object
  std::string name;    // of the route or rule; may be empty
  std::string file;
  uint32_t line = 0;
  bool touched = false;
};

struct CoverageGroup {
  std::string_view what;  // "routes", "rules", "policies", "subsets", "servers", "members"
  std::vector<CoverageItem> items;
  size_t touched() const;
};

struct CoverageReport {
  std::vector<CoverageGroup> groups;
};

class Coverage {
 public:
  void touch(const std::vector<Reason>& because);
  // Every item of the snapshot's objects, but of those that came from these files.
  void add(const index::Snapshot& snapshot, const std::set<std::string>& but_files);
  CoverageReport report() const;

 private:
  bool is_touched(const CoverageItem& item) const;
  void add_item(std::string_view what, const kube::Object& object, std::string field,
                std::string name, const document::Value& at);
  void add_list(std::string_view what, const kube::Object& object, std::string_view list);

  std::map<std::string, std::set<std::string>> fields_;  // object -> fields that reasons name
  std::map<std::string_view, std::map<std::pair<std::string, std::string>, CoverageItem>> items_;
};

}  // namespace mesh::testing
