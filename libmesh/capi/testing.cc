#include "mesh/testing.h"

#include <array>

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/testing/report/report.h"
#include "libmesh/testing/suite/runner.h"

using mesh::Result;
using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::document::JsonWriter;
using namespace mesh::testing;

struct mesh_tests {
  Tests value;
};

namespace {

void write_diagnostics(JsonWriter& json, const mesh::Diagnostics& diagnostics) {
  json.key("diagnostics").begin_array();
  for (const mesh::Diagnostic& each : diagnostics) mesh::capi::write(json, each);
  json.end_array();
}

void write(JsonWriter& json, const CaseResult& result) {
  json.begin_object();
  json.key("name").value(result.name);
  json.key("kind").value(kind_name(result.kind));
  json.key("status").value(status_text(result.status));
  json.key("message").value(result.message);
  json.key("field").value(result.field);
  json.key("line").value(result.position.line);
  json.key("column").value(result.position.column);
  json.key("mismatches").begin_array();
  for (const Mismatch& mismatch : result.mismatches) {
    json.begin_object();
    json.key("path").value(mismatch.path);
    json.key("message").value(mismatch.message);
    json.key("expected").value(mismatch.expected);
    json.key("actual").value(mismatch.actual);
    json.end_object();
  }
  json.end_array();
  json.key("because").begin_array();
  for (const Reason& reason : result.because) {
    json.begin_object();
    json.key("object").value(reason.object);
    json.key("field").value(reason.field);
    json.key("text").value(reason.text);
    json.end_object();
  }
  json.end_array();
  if (result.status == Status::kFailed) json.key("answer").value(result.answer);
  json.end_object();
}

void write(JsonWriter& json, const CoverageReport& coverage) {
  json.key("coverage").begin_array();
  for (const CoverageGroup& group : coverage.groups) {
    json.begin_object();
    json.key("what").value(group.what);
    json.key("total").value(group.items.size());
    json.key("touched").value(group.touched());
    json.key("untouched").begin_array();
    for (const CoverageItem& item : group.items) {
      if (item.touched) continue;
      json.begin_object();
      json.key("object").value(item.object);
      json.key("field").value(item.field);
      json.key("name").value(item.name);
      json.key("file").value(item.file);
      json.key("line").value(item.line);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void write_summary(JsonWriter& json, const Results& results) {
  std::array<size_t, 4> counts{};
  size_t cases = 0;
  for (const SuiteResult& suite : results.suites) {
    cases += suite.cases.size();
    for (const CaseResult& each : suite.cases) ++counts[static_cast<size_t>(each.status)];
  }
  json.key("summary").begin_object();
  json.key("suites").value(results.suites.size());
  json.key("cases").value(cases);
  for (const Status status : {Status::kPassed, Status::kFailed, Status::kError, Status::kSkipped}) {
    json.key(status == Status::kError ? "errors" : status_text(status))
        .value(counts[static_cast<size_t>(status)]);
  }
  json.key("filtered").value(results.filtered);
  json.end_object();
}

std::string to_json(const Results& results) {
  JsonWriter json;
  json.begin_object();
  json.key("suites").begin_array();
  for (const SuiteResult& suite : results.suites) {
    json.begin_object();
    json.key("file").value(suite.file);
    json.key("name").value(suite.name);
    json.key("cases").begin_array();
    for (const CaseResult& each : suite.cases) write(json, each);
    json.end_array();
    write_diagnostics(json, suite.diagnostics);
    json.end_object();
  }
  json.end_array();
  write_diagnostics(json, results.diagnostics);
  if (results.strict) json.key("strict").value(true);
  if (results.with_coverage) write(json, results.coverage);
  write_summary(json, results);
  json.end_object();
  return json.take();
}

std::string to_json(const std::vector<Wanted>& wanted) {
  JsonWriter json;
  json.begin_array();
  for (const Wanted& each : wanted) {
    json.begin_object();
    json.key("path").value(each.path);
    json.key("text").value(each.text);
    json.key("suites").begin_array();
    for (const std::string& suite : each.suites) json.value(suite);
    json.end_array().end_object();
  }
  json.end_array();
  return json.take();
}

Result<RunOptions> read_options(std::string_view bytes) {
  RunOptions out;
  mesh::capi::Options options(bytes, "test options");
  options.read("filter", out.filter);
  options.read("coverage", out.coverage);
  options.read("strict", out.strict);
  if (auto end = options.end(); !end) return end.error();
  return out;
}

}  // namespace

extern "C" {

mesh_error* mesh_tests_new(mesh_tests** out) {
  return guard(out, {}, [&]() -> Result<mesh_tests*> { return new mesh_tests; });
}

void mesh_tests_delete(mesh_tests* tests) { delete tests; }

mesh_error* mesh_tests_add(mesh_tests* tests, mesh_view suite, mesh_view file,
                           mesh_buffer** diagnostics) {
  if (diagnostics != nullptr) *diagnostics = nullptr;
  return guard({given(tests, "tests"), given(suite, "suite"), given(file, "file")},
               [&]() -> Result<void> {
                 const mesh::Diagnostics found = tests->value.add(text(suite), text(file));
                 if (diagnostics != nullptr) {
                   *diagnostics = new mesh_buffer{mesh::capi::to_json(found)};
                 }
                 return {};
               });
}

mesh_error* mesh_tests_wanted(const mesh_tests* tests, mesh_buffer** out) {
  return guard(out, {given(tests, "tests")},
               [&] { return make_buffer(to_json(tests->value.wanted())); });
}

mesh_error* mesh_tests_give(mesh_tests* tests, mesh_view path, mesh_view file, mesh_view content) {
  return guard(
      {given(tests, "tests"), given(path, "path"), given(file, "file"), given(content, "content")},
      [&]() -> Result<void> {
        tests->value.give(text(path), text(file), text(content));
        return {};
      });
}

mesh_error* mesh_tests_run(const mesh_tests* tests, mesh_view options, mesh_buffer** out) {
  return guard(out, {given(tests, "tests"), given(options, "options")},
               [&]() -> Result<mesh_buffer*> {
                 auto read = read_options(text(options));
                 if (!read) return read.error();
                 const auto results = tests->value.run(*read);
                 if (!results) return results.error();
                 return make_buffer(to_json(*results));
               });
}

mesh_error* mesh_tests_report(mesh_view results, mesh_view format, mesh_buffer** out) {
  return guard(out, {given(results, "results"), given(format, "format")},
               [&]() -> Result<mesh_buffer*> {
                 mesh::Diagnostics problems;
                 auto read = mesh::document::read_json(text(results), "", problems);
                 if (!read) return read.error().at("results");
                 auto made = report(*read, text(format));
                 if (!made) return made.error();
                 return make_buffer(*std::move(made));
               });
}
}
