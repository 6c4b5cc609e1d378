// mesh test: suites of policy tests.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace fs = std::filesystem;
namespace {

struct TestCall {
  std::vector<std::string> paths;
  std::string filter;
  std::string format = "table";
  std::vector<std::string> reports;  // FORMAT=FILE
  bool coverage = false;
  bool strict = false;
  bool watch = false;
};

// What a run read, so that --watch sees when it is another.
using Stamps = std::map<std::string, fs::file_time_type>;

void stamp(const std::string& path, Stamps& stamps) {
  std::error_code error;
  stamps[path] = fs::last_write_time(path, error);
}

// A directory's own time changes when a file comes or goes in it, so each below is stamped: new files are seen.
void stamp_tree(const std::string& path, Stamps& stamps) {
  stamp(path, stamps);
  std::error_code error;
  for (fs::recursive_directory_iterator each(path, error), end; !error && each != end;
       each.increment(error)) {
    std::error_code unknown;
    if (!each->is_directory(unknown)) continue;
    if (is_hidden(each->path())) {
      each.disable_recursion_pending();
    } else {
      stamp(each->path().string(), stamps);
    }
  }
}

std::string read_stamped(const std::string& path, Stamps& stamps) {
  stamp(path, stamps);
  return read_file(path);
}

// A path of a suite that is not there is for the library to tell: it knows who wants it, and where.
void give(meshpp::Tests& tests, const Json& wanted, Stamps& stamps) {
  const std::string path(text_at(wanted, "path"));
  std::error_code error;
  stamp_tree(path, stamps);
  if (!fs::exists(path, error)) return;
  if (at(wanted, "text").IsTrue()) {
    tests.give(path, path, read_stamped(path, stamps));
    return;
  }
  for (const std::string& file : files_of({path})) {
    tests.give(path, file, read_stamped(file, stamps));
  }
}

std::string options_of(const TestCall& call) {
  JsonDocument options(rapidjson::kObjectType);
  auto& memory = options.GetAllocator();
  options.AddMember("filter", text_value(call.filter, options), memory);
  options.AddMember("coverage", call.coverage, memory);
  options.AddMember("strict", call.strict, memory);
  return print_json(options);
}

std::string run_tests(const TestCall& call, Stamps& stamps) {
  const std::vector<std::string> suites = suites_of(call.paths);
  if (suites.empty()) {
    throw UsageError("there is no suite (*_mesh_test.yaml) in " + call.paths.front());
  }
  meshpp::Tests tests;
  for (const std::string& suite : suites) tests.add(read_stamped(suite, stamps), suite);
  const JsonDocument wanted = parse(tests.wanted().text());
  for (const Json& each : wanted.GetArray()) give(tests, each, stamps);
  return tests.run(options_of(call)).to_string();
}

void write_report(const std::string& argument, const std::string& results) {
  const size_t equals = argument.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == argument.size()) {
    throw UsageError("--report " + argument + ": is not FORMAT=FILE");
  }
  const std::string format = argument.substr(0, equals);
  const std::string path = argument.substr(equals + 1);
  write_file(path, format == "json" ? results : meshpp::tests_report(results, format).to_string());
}

void print_table(const Json& results, const std::string& raw) {
  Table table({"SUITE", "CASE", "KIND", "RESULT"});
  for (const Json& suite : at(results, "suites").GetArray()) {
    for (const Json& each : at(suite, "cases").GetArray()) {
      table.add({std::string(text_at(suite, "name")), std::string(text_at(each, "name")),
                 std::string(text_at(each, "kind")), std::string(text_at(each, "status"))});
    }
  }
  if (!table.empty()) print(table.to_string() + "\n");
  print(meshpp::tests_report(raw, "text").to_string());
}

int status_of(const Json& results, bool strict) {
  const Json& summary = at(results, "summary");
  Findings findings = count(at(results, "diagnostics"));
  for (const Json& suite : at(results, "suites").GetArray()) {
    const Findings more = count(at(suite, "diagnostics"));
    findings.errors += more.errors;
    findings.warnings += more.warnings;
  }
  if (number_at(summary, "failed") + number_at(summary, "errors") > 0) return kFails;
  return findings.status(strict);
}

int run_once(const TestCall& call, Stamps& stamps) {
  const std::string raw = run_tests(call, stamps);
  const JsonDocument results = parse(raw);
  for (const std::string& argument : call.reports) write_report(argument, raw);
  if (call.format == "table") {
    print_table(results, raw);
  } else if (call.format == "json" || call.format == "yaml") {
    print_as(call.format, results);
  } else {
    print(meshpp::tests_report(raw, call.format).to_string());
  }
  const int status = status_of(results, call.strict);
  // A filter that leaves nothing is a mistake, not a success.
  const Json& summary = at(results, "summary");
  if (number_at(summary, "cases") == 0 && number_at(summary, "filtered") > 0) {
    throw UsageError("--filter " + call.filter + ": no case has this in its name");
  }
  return status;
}

bool changed(const TestCall& call, const Stamps& stamps) try {
  for (const auto& [path, time] : stamps) {
    std::error_code error;
    const auto now = fs::last_write_time(path, error);
    if (now != time) return true;
  }
  for (const std::string& suite : suites_of(call.paths)) {
    if (!stamps.contains(suite)) return true;
  }
  return false;
} catch (const std::exception&) {
  return true;  // a path is gone: the next run tells it
}

int watch(const TestCall& call) {
  while (true) {
    Stamps stamps;
    try {
      run_once(call, stamps);
    } catch (const UsageError& error) {
      std::fprintf(stderr, "mesh: %s\n", error.what());
    }
    std::fflush(stdout);
    do {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    } while (!changed(call, stamps));
    print("\n");
  }
}

int test(const TestCall& call) {
  if (call.watch) return watch(call);
  Stamps stamps;
  return run_once(call, stamps);
}

}  // namespace

void add_test(CLI::App& app) {
  auto call = std::make_shared<TestCall>();
  CLI::App* verb = app.add_subcommand("test", "Unit tests of a mesh's policy");
  verb->add_option("PATH", call->paths,
                   "suites, or directories with suites (*_mesh_test.yaml); without it, the present "
                   "directory")
      ->type_name("FILE|DIR");
  verb->add_option("--filter", call->filter,
                   "only cases in whose \"suite/case\" this regular expression is found")
      ->type_name("REGEXP");
  verb->add_flag("--coverage", call->coverage, "which routes, rules and policies no case touched");
  verb->add_flag("--watch", call->watch, "run again whenever a file changes, until interrupted");
  verb->add_option("--report", call->reports,
                   "write a further report: FORMAT is json, junit, sarif, tap or text; may be "
                   "given again")
      ->type_name("FORMAT=FILE")
      ->allow_extra_args(false);
  add_strict(*verb, call->strict);
  verb->add_option("-o,--output", call->format, "table, text, json, yaml, junit, sarif or tap")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "text", "json", "yaml", "junit", "sarif", "tap"}))
      ->capture_default_str();
  verb->footer(
      "Errors in the configuration under test fail the run as cases do. docs/testing.md has the "
      "language of suites.\n"
      "Examples:\n  mesh test examples/shop\n  mesh test --filter 'canary' --coverage\n"
      "  mesh test policy/ --report junit=build/policy.xml");
  runs(*verb, [call] {
    if (call->paths.empty()) call->paths = {"."};
    return test(*call);
  });
}

}  // namespace mesh::cli
