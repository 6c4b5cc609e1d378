// TAP version 14 (testanything.org): a subtest for each suite, and a YAML block for each failure.
#include "libmesh/document/yaml.h"
#include "libmesh/testing/report/parts.h"
#include "libmesh/testing/report/report.h"

namespace mesh::testing {

using document::List;
using document::Value;

namespace {

// Descriptions are one line; '#' begins a directive and '\' escapes.
std::string description(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '#' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

void indent(std::string_view text, std::string_view by, std::string& out) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out.append(by).append(text.substr(at, end - at)).append("\n");
    at = end + 1;
  }
}

void write_block(const Value& block, std::string_view by, std::string& out) {
  out.append(by).append("  ---\n");
  indent(document::write_yaml(block), std::string(by) + "  ", out);
  out.append(by).append("  ...\n");
}

Value block_of(const Value& suite, const Value& result) {
  Value out;
  out.set("message", Value(result.string_at("message")));
  out.set("severity", Value(result.string_at("status") == "failed" ? "fail" : "error"));
  Value at;
  at.set("file", Value(suite.string_at("file")));
  at.set("line", Value(number_at(result, "line")));
  out.set("at", std::move(at));
  if (!list_at(result, "mismatches").empty()) out.set("mismatches", *result.find("mismatches"));
  if (!list_at(result, "because").empty()) out.set("because", *result.find("because"));
  return out;
}

class Tap {
 public:
  // A test point that stands for diagnostics that count as errors, when there are any.
  void errors(const Value& owner, bool strict, std::string_view by) {
    List lines;
    for (const Value& diagnostic : list_at(owner, "diagnostics")) {
      if (is_error(diagnostic, strict)) lines.emplace_back(diagnostic_line(diagnostic));
    }
    if (lines.empty()) return;
    point(false,
          strict ? "the configuration has no errors and no warnings"
                 : "the configuration has no errors",
          "", by);
    Value block;
    block.set("diagnostics", Value(std::move(lines)));
    write_block(block, by, out_);
  }

  void point(bool good, std::string_view name, std::string_view directive, std::string_view by) {
    out_.append(by).append(good ? "ok " : "not ok ").append(std::to_string(++count_));
    out_.append(" - ").append(description(name)).append(directive).append("\n");
    good_ = good_ && good;
  }

  void result(const Value& suite, const Value& result, std::string_view by) {
    const std::string_view status = result.string_at("status");
    const bool bad = status == "failed" || status == "error";
    const std::string skip =
        status == "skipped" ? " # SKIP " + description(result.string_at("message")) : "";
    point(!bad, result.string_at("name"), skip, by);
    if (bad) write_block(block_of(suite, result), by, out_);
  }

  void plan(std::string_view by) {
    out_.append(by).append("1..").append(std::to_string(count_)).append("\n");
  }
  void subtest(std::string_view name, const Tap& inner) {
    out_.append("# Subtest: ").append(description(name)).append("\n").append(inner.out_);
    point(inner.good_, name, "", "");
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  size_t count_ = 0;
  bool good_ = true;
};

}  // namespace

std::string tap_report(const Value& results) {
  constexpr std::string_view kBy = "    ";
  Tap all;
  for (const Value& suite : list_at(results, "suites")) {
    Tap inner;
    inner.errors(suite, is_strict(results), kBy);
    for (const Value& result : list_at(suite, "cases")) inner.result(suite, result, kBy);
    inner.plan(kBy);
    all.subtest(suite.string_at("name"), inner);
  }
  all.errors(results, is_strict(results), "");
  all.plan("");
  return "TAP version 14\n" + all.take();
}

}  // namespace mesh::testing
