// Results: what a run of suites found. Their JSON (capi/testing.cc, docs/schemas/test-results.json) is what every
// language gets, and what the reports are made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/testing/suite/answer.h"
#include "libmesh/testing/suite/coverage.h"
#include "libmesh/testing/suite/match.h"
#include "libmesh/testing/suite/suite.h"

namespace mesh::testing {

enum class Status : uint8_t {
  kPassed,
  kFailed,   // the answer is another
  kError,    // there is no answer: the case or its configuration cannot be used
  kSkipped,  // the suite says so
};
std::string_view status_text(Status status);  // "passed", …

struct CaseResult {
  std::string name;
  CaseKind kind{};
  Status status{};
  std::string message;  // of all but passed ones; one line
  std::string field;    // of the suite: "cases[3]"
  document::Position position;
  std::vector<Mismatch> mismatches;  // of failed ones
  std::vector<Reason> because;
  document::Value answer;  // of failed ones
};

struct SuiteResult {
  std::string file;
  std::string name;
  std::vector<CaseResult> cases;
  Diagnostics diagnostics;  // of the suite itself
};

struct Results {
  std::vector<SuiteResult> suites;
  Diagnostics diagnostics;  // of the configurations under test
  bool strict = false;      // warnings count as errors
  bool with_coverage = false;
  CoverageReport coverage;
  size_t filtered = 0;  // cases that the filter left out
};

}  // namespace mesh::testing
