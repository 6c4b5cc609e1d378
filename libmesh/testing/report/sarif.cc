// SARIF 2.1.0 (OASIS): one run of the tool "mesh test". A case that failed is a result of the rule "case/<kind>", a
// diagnostic one of the rule of its code, and what no case touched one of "coverage/<what>".
#include <map>
#include <set>

#include "libmesh/document/json_writer.h"
#include "libmesh/testing/report/parts.h"
#include "libmesh/testing/report/report.h"

namespace mesh::testing {

using document::JsonWriter;
using document::Value;

namespace {

constexpr std::string_view kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

struct Found {
  std::string rule;
  std::string_view level;  // "error", "warning", "note"
  std::string message;
  std::string file;
  int64_t line = 0;
  int64_t column = 0;
  std::string logical;  // "VirtualService shop/cart spec.http[0]", or a case's name
};

// A file's name as a relative reference (RFC 3986).
std::string uri_of(std::string_view file) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~/!$&'()*+,;=@";
  std::string out;
  for (const char c : file) {
    const auto byte = static_cast<unsigned char>(c);
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word || kPlain.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out.append({'%', kHex[byte >> 4], kHex[byte & 0xF]});
    }
  }
  return out;
}

std::string text_of(const Value& result) {
  std::string out(result.string_at("message"));
  for (const std::string& line : failure_lines(result)) out += "\n" + line;
  return out;
}

Found of_diagnostic(const Value& diagnostic, bool strict) {
  const std::string_view severity = diagnostic.string_at("severity");
  std::string message(diagnostic.string_at("message"));
  const std::string_view mend = diagnostic.string_at("mend");
  if (!mend.empty()) message.append(" (").append(mend).append(")");
  std::string logical(diagnostic.string_at("object"));
  const std::string_view field = diagnostic.string_at("field");
  if (!field.empty()) logical.append(" ").append(field);
  return {std::string(diagnostic.string_at("code")),
          is_error(diagnostic, strict) ? "error"
          : severity == "info"         ? "note"
                                       : severity,
          std::move(message),
          std::string(diagnostic.string_at("file")),
          number_at(diagnostic, "line"),
          number_at(diagnostic, "column"),
          std::move(logical)};
}

void collect_suite(const Value& suite, bool strict, std::vector<Found>& out) {
  for (const Value& result : list_at(suite, "cases")) {
    const std::string_view status = result.string_at("status");
    if (status != "failed" && status != "error") continue;
    out.push_back(
        {"case/" + std::string(result.string_at("kind")), "error", text_of(result),
         std::string(suite.string_at("file")), number_at(result, "line"),
         number_at(result, "column"),
         std::string(suite.string_at("name")) + "/" + std::string(result.string_at("name"))});
  }
  for (const Value& each : list_at(suite, "diagnostics")) {
    out.push_back(of_diagnostic(each, strict));
  }
}

void collect_coverage(const Value& group, std::vector<Found>& out) {
  for (const Value& item : list_at(group, "untouched")) {
    std::string logical(item.string_at("object"));
    if (!item.string_at("field").empty()) logical.append(" ").append(item.string_at("field"));
    out.push_back({"coverage/" + std::string(group.string_at("what")), "note",
                   "no case touches " + logical, std::string(item.string_at("file")),
                   number_at(item, "line"), 0, logical});
  }
}

void write(JsonWriter& json, const Found& found, size_t rule) {
  json.begin_object();
  json.key("ruleId").value(found.rule);
  json.key("ruleIndex").value(rule);
  json.key("level").value(found.level);
  json.key("message").begin_object().key("text").value(found.message).end_object();
  json.key("locations").begin_array().begin_object();
  if (!found.file.empty()) {
    json.key("physicalLocation").begin_object();
    json.key("artifactLocation").begin_object().key("uri").value(uri_of(found.file)).end_object();
    if (found.line > 0) {
      json.key("region").begin_object().key("startLine").value(found.line);
      if (found.column > 0) json.key("startColumn").value(found.column);
      json.end_object();
    }
    json.end_object();
  }
  json.key("logicalLocations").begin_array().begin_object();
  json.key("fullyQualifiedName").value(found.logical);
  json.end_object().end_array();
  json.end_object().end_array();
  json.end_object();
}

}  // namespace

std::string sarif_report(const Value& results) {
  std::vector<Found> found;
  const bool strict = is_strict(results);
  for (const Value& suite : list_at(results, "suites")) collect_suite(suite, strict, found);
  for (const Value& each : list_at(results, "diagnostics")) {
    found.push_back(of_diagnostic(each, strict));
  }
  for (const Value& group : list_at(results, "coverage")) collect_coverage(group, found);
  std::map<std::string, size_t> rules;
  for (const Found& each : found) rules.emplace(each.rule, 0);
  size_t next = 0;
  for (auto& [id, index] : rules) index = next++;
  JsonWriter json(2);
  json.begin_object();
  json.key("$schema").value(kSchema);
  json.key("version").value("2.1.0");
  json.key("runs").begin_array().begin_object();
  json.key("tool").begin_object().key("driver").begin_object();
  json.key("name").value("mesh test");
  json.key("rules").begin_array();
  for (const auto& [id, index] : rules) json.begin_object().key("id").value(id).end_object();
  json.end_array().end_object().end_object();
  json.key("columnKind").value("unicodeCodePoints");
  json.key("results").begin_array();
  for (const Found& each : found) write(json, each, rules.at(each.rule));
  json.end_array().end_object().end_array().end_object();
  return json.take() + "\n";
}

}  // namespace mesh::testing
