// JUnit XML, in the dialect that Jenkins, GitLab and GitHub's actions read: failure for a case whose answer is another,
// error for one that could not be asked. Durations are not told: the core has no clock.
#include "libmesh/document/utf8.h"
#include "libmesh/testing/report/parts.h"
#include "libmesh/testing/report/report.h"

namespace mesh::testing {

using document::Value;

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// What XML 1.0 has no way to write becomes U+FFFD.
std::string escaped(std::string_view raw) {
  std::string out;
  for (const char c : document::to_valid_utf8(raw)) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      case '\n':
        out.append("&#10;");
        break;
      case '\t':
        out.append("&#9;");
        break;
      case '\r':
        out.append("&#13;");
        break;
      default:
        static_cast<unsigned char>(c) < 0x20 ? out.append(kReplacement) : out.append(1, c);
    }
  }
  // U+FFFE and U+FFFF are no characters of XML.
  for (const std::string_view none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (size_t at = out.find(none); at != std::string::npos; at = out.find(none, at)) {
      out.replace(at, none.size(), kReplacement);
    }
  }
  return out;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escaped(value) + "\"";
}

std::string attribute(std::string_view name, size_t value) {
  return attribute(name, std::to_string(value));
}

struct Counts {
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
  size_t skipped = 0;

  void add(const Counts& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
  }
  std::string attributes() const {
    return attribute("tests", tests) + attribute("failures", failures) +
           attribute("errors", errors) + attribute("skipped", skipped);
  }
};

std::string text_of(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += escaped(line) + "\n";
  return out;
}

void write_case(const Value& suite, const Value& result, Counts& counts, std::string& out) {
  ++counts.tests;
  out += "    <testcase" + attribute("classname", suite.string_at("name")) +
         attribute("name", result.string_at("name")) + attribute("file", suite.string_at("file")) +
         attribute("line", std::to_string(number_at(result, "line")));
  const std::string_view status = result.string_at("status");
  const std::string message = attribute("message", result.string_at("message"));
  if (status == "passed") {
    out += "/>\n";
  } else if (status == "skipped") {
    ++counts.skipped;
    out += ">\n      <skipped" + message + "/>\n    </testcase>\n";
  } else {
    const std::string word = status == "failed" ? "failure" : "error";
    ++(status == "failed" ? counts.failures : counts.errors);
    out += ">\n      <" + word + message + attribute("type", result.string_at("kind")) + ">" +
           text_of(failure_lines(result)) + "</" + word + ">\n    </testcase>\n";
  }
}

// What is wrong apart from cases is a case of its own, so that nobody takes it for good.
void write_errors(const Value& owner, bool strict, std::string_view name, Counts& counts,
                  std::string& out) {
  std::string lines;
  for (const Value& diagnostic : list_at(owner, "diagnostics")) {
    if (is_error(diagnostic, strict)) lines += escaped(diagnostic_line(diagnostic)) + "\n";
  }
  if (lines.empty()) return;
  ++counts.tests;
  ++counts.errors;
  out += "    <testcase" + attribute("classname", name) + attribute("name", "configuration") +
         ">\n      <error message=\"the configuration has errors\" type=\"diagnostics\">" + lines +
         "</error>\n    </testcase>\n";
}

void write_suite(const std::string& name, const Counts& counts, const std::string& body,
                 std::string& out) {
  out += "  <testsuite" + attribute("name", name) + counts.attributes() + ">\n" + body +
         "  </testsuite>\n";
}

}  // namespace

std::string junit_report(const Value& results) {
  Counts all;
  std::string body;
  for (const Value& suite : list_at(results, "suites")) {
    Counts counts;
    std::string cases;
    write_errors(suite, is_strict(results), suite.string_at("name"), counts, cases);
    for (const Value& result : list_at(suite, "cases")) write_case(suite, result, counts, cases);
    write_suite(std::string(suite.string_at("name")), counts, cases, body);
    all.add(counts);
  }
  Counts counts;
  std::string wrong;
  write_errors(results, is_strict(results), "diagnostics", counts, wrong);
  if (counts.tests > 0) write_suite("diagnostics", counts, wrong, body);
  all.add(counts);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mesh test\"" +
         all.attributes() + ">\n" + body + "</testsuites>\n";
}

}  // namespace mesh::testing
