// For people: what failed and why, what no case touched, and a line of sums.
#include "libmesh/testing/report/parts.h"
#include "libmesh/testing/report/report.h"

namespace mesh::testing {

using document::Value;

namespace {

std::string place_of(const Value& suite, const Value& result) {
  return std::string(suite.string_at("file")) + ":" + std::to_string(number_at(result, "line"));
}

void write_case(const Value& suite, const Value& result, std::string& out) {
  const std::string_view status = result.string_at("status");
  if (status == "passed") return;
  out.append(status == "skipped" ? "SKIP " : status == "failed" ? "FAIL " : "ERROR ");
  out.append(one_line(suite.string_at("name"))).append("/");
  out.append(one_line(result.string_at("name")));
  out.append(" (").append(result.string_at("kind")).append(", ");
  out.append(place_of(suite, result)).append(")\n");
  if (status != "failed")
    out.append("  ").append(one_line(result.string_at("message"))).append("\n");
  for (const std::string& line : failure_lines(result)) out.append("  ").append(line).append("\n");
}

void write_coverage(const Value& group, std::string& out) {
  const int64_t total = number_at(group, "total");
  const int64_t touched = number_at(group, "touched");
  out.append(group.string_at("what")).append(": ").append(std::to_string(touched));
  out.append(" of ").append(std::to_string(total)).append(" touched");
  if (total > 0) out.append(" (").append(std::to_string(100 * touched / total)).append(" %)");
  out.append("\n");
  for (const Value& item : list_at(group, "untouched")) {
    out.append("  ");
    const std::string_view file = item.string_at("file");
    if (!file.empty()) {
      out.append(file).append(":").append(std::to_string(number_at(item, "line"))).append(": ");
    }
    out.append(item.string_at("object"));
    for (const std::string_view key : {"field", "name"}) {
      const std::string_view part = item.string_at(key);
      if (!part.empty()) out.append(" ").append(part);
    }
    out.append("\n");
  }
}

}  // namespace

std::string text_report(const Value& results) {
  std::string out;
  auto diagnostics = [&](const Value& owner) {
    for (const Value& each : list_at(owner, "diagnostics")) {
      if (each.string_at("severity") != "info") out.append(diagnostic_line(each)).append("\n");
    }
  };
  for (const Value& suite : list_at(results, "suites")) {
    diagnostics(suite);
    for (const Value& result : list_at(suite, "cases")) write_case(suite, result, out);
  }
  diagnostics(results);
  for (const Value& group : list_at(results, "coverage")) write_coverage(group, out);
  const Value& summary = *results.find("summary");
  auto counted = [&](const char* key, std::string noun) {
    const auto number = number_at(summary, key);
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
  };
  out += counted("cases", "case") + " in " + counted("suites", "suite") + ": " +
         std::to_string(number_at(summary, "passed")) + " passed, " +
         std::to_string(number_at(summary, "failed")) + " failed, " + counted("errors", "error") +
         ", " + std::to_string(number_at(summary, "skipped")) + " skipped\n";
  return out;
}

}  // namespace mesh::testing
