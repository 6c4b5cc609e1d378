#include "libmesh/testing/report/report.h"

namespace mesh::testing {

Result<std::string> report(const document::Value& results, std::string_view format) {
  const document::Value* suites = results.find("suites");
  if (suites == nullptr || !suites->is_list() || results.find("summary") == nullptr) {
    return Error{ErrorCode::kParse, "results: these are no results of tests"};
  }
  if (format == "junit") return junit_report(results);
  if (format == "sarif") return sarif_report(results);
  if (format == "tap") return tap_report(results);
  if (format == "text") return text_report(results);
  return Error{ErrorCode::kInvalidArgument,
               "format \"" + std::string(format) + "\" is none of text, junit, sarif, tap"};
}

}  // namespace mesh::testing
