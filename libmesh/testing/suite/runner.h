// Runner: suites, the files they ask for, and their results.
//
//   Tests tests;
//   tests.add(text, "examples/shop/routes_mesh_test.yaml");
//   for (const Wanted& each : tests.wanted()) … tests.give(each.path, file, text of the file) …
//   Results results = tests.run({});
//
// The core opens no files: whoever runs suites reads what they want (a directory is walked as `mesh -f`
// walks it) and gives it. The same suites and files give the same results, whoever runs them. run() may
// be called from several threads at once, when nobody adds or gives.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/testing/suite/results.h"
#include "libmesh/testing/suite/suite.h"

namespace mesh::testing {

struct Wanted {
  std::string path;                 // a file or a directory
  bool text = false;                // one file that stands behind a URL, not objects
  std::vector<std::string> suites;  // the files that ask
};

struct RunOptions {
  std::string filter;  // RE2, found in "<suite>/<case>"; empty: all
  bool coverage = false;
  bool strict = false;  // warnings count as errors, in the reports too
};

class Tests {
 public:
  // A file of suites; one that was added before is replaced. What is wrong with it.
  Diagnostics add(std::string_view text, std::string_view file);
  // Sorted by path.
  std::vector<Wanted> wanted() const;
  // A file that is, or is in, a wanted path.
  void give(std::string_view path, std::string_view file, std::string_view text);
  // kInvalidArgument for a filter that is no expression.
  Result<Results> run(const RunOptions& options) const;

 private:
  friend class Run;
  std::map<std::string, std::vector<Suite>> suites_;                 // by file
  std::map<std::string, std::map<std::string, std::string>> given_;  // path -> file -> text
};

}  // namespace mesh::testing
