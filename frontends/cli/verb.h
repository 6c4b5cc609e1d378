// What every verb shares: its options, its exit status, and how it prints.
//
// A verb is one file with one function add_<verb>(app): it adds the subcommand, its options and the
// function that runs it. Exit status: 0 good (warnings allowed, --strict makes them errors), 1 the
// configuration or the asked condition fails, 2 the call is wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "frontends/cli/input.h"
#include "frontends/cli/json.h"
#include "mesh/mesh.hpp"

namespace mesh::cli {

inline constexpr int kGood = 0;
inline constexpr int kFails = 1;
inline constexpr int kWrongCall = 2;

// Options that every verb over files takes.
struct Common {
  Inputs inputs;
  std::string format = "table";  // table, yaml, json
  bool strict = false;
};
// What an answer is: kManifest has no table.
enum class Answer { kAny, kManifest };
void add_inputs(CLI::App& verb, Common& common, Answer answer = Answer::kAny);
void add_format(CLI::App& verb, Common& common);
void add_manifest_format(CLI::App& verb, std::string& format);  // yaml or json
void add_strict(CLI::App& verb, Common& common);
void add_strict(CLI::App& verb, bool& strict);

// Which proxy a verb speaks of.
struct ProxyChoice {
  std::string file;     // a description
  std::string pod;      // [CLUSTER=]NS/NAME
  std::string flavour;  // istio, envoy, or empty: as the pod or the description says
};
void add_proxy_choice(CLI::App& verb, ProxyChoice& choice);
Proxy choose(const Snapshot& snapshot, const ProxyChoice& choice);
// "NS/NAME", or "CLUSTER=NS/NAME" of a remote cluster. Throws UsageError for what is no such name.
Proxy proxy_of_pod(const Snapshot& snapshot, const std::string& pod);

// Runs after parsing; gives the exit status.
using Run = std::function<int()>;
void runs(CLI::App& verb, Run run);

// "1 error", "2 errors".
std::string counted(uint64_t number, const std::string& noun);
// Writes to standard output.
void print(const std::string& text);
// yaml or json as asked for; anything else is json.
void print_as(const std::string& format, const Json& value);

// Lines to `out` (with colour when it is a terminal) and the exit status they mean.
std::string diagnostic_line(const Json& diagnostic, bool colour);
struct Findings {
  size_t errors = 0;
  size_t warnings = 0;
  size_t infos = 0;
  int status(bool strict) const { return errors > 0 || (strict && warnings > 0) ? kFails : kGood; }
};
Findings count(const Json& diagnostics);
// Those that the tenant may see; of all when it is empty.
JsonDocument diagnostics_for(const Snapshot& snapshot, const std::string& tenant);
// To stderr, for verbs whose answer is another.
Findings report(const Snapshot& snapshot, const std::string& tenant = "");

void add_check(CLI::App& app);
void add_admit(CLI::App& app);
void add_members(CLI::App& app);
void add_status(CLI::App& app);
void add_proxies(CLI::App& app);
void add_xds(CLI::App& app);
void add_bootstrap(CLI::App& app);
void add_values(CLI::App& app);
void add_convert(CLI::App& app);
void add_reach(CLI::App& app);
void add_route(CLI::App& app);
void add_plan(CLI::App& app);
void add_explain(CLI::App& app);
void add_diff(CLI::App& app);
void add_inject(CLI::App& app);
void add_uninject(CLI::App& app);
void add_cni(CLI::App& app);
void add_serve(CLI::App& app);
void add_test(CLI::App& app);
void add_version(CLI::App& app);
void add_completion(CLI::App& app);

}  // namespace mesh::cli
