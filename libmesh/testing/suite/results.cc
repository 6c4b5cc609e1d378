#include "libmesh/testing/suite/results.h"

namespace mesh::testing {

std::string_view status_text(Status status) {
  switch (status) {
    case Status::kPassed:
      return "passed";
    case Status::kFailed:
      return "failed";
    case Status::kError:
      return "error";
    case Status::kSkipped:
      return "skipped";
  }
  return "";
}

}  // namespace mesh::testing
