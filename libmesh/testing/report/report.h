// Report: results in the forms that other programs read. All are made of the published JSON of results
// (docs/schemas/test-results.json), so that a stored run can be reported later, in any language.
//
//   junit   JUnit XML as CI systems take it: a testsuite per suite, a testcase per case
//   sarif   SARIF 2.1.0 (OASIS): a result per failure and per diagnostic, at its line; for code scanning
//   tap     TAP version 14: a subtest per suite, YAML blocks with what was expected
//   text    for people: failures with their reasons, coverage, a summary
#pragma once

#include <string>
#include <string_view>

#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::testing {

// kInvalidArgument for another format, kParse for what are no results.
Result<std::string> report(const document::Value& results, std::string_view format);

// The forms.
std::string junit_report(const document::Value& results);
std::string sarif_report(const document::Value& results);
std::string tap_report(const document::Value& results);
std::string text_report(const document::Value& results);

}  // namespace mesh::testing
