// mesh check: everything that is wrong with a configuration, and where.
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

int check(const Common& common, const std::string& tenant) {
  const Snapshot snapshot = load(common.inputs);
  const JsonDocument diagnostics = diagnostics_for(snapshot, tenant);
  const Findings findings = count(diagnostics);
  if (common.format != "table") {
    print_as(common.format, diagnostics);
    return findings.status(common.strict);
  }
  const bool colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  for (const Json& diagnostic : diagnostics.GetArray()) {
    print(diagnostic_line(diagnostic, colour) + "\n");
  }
  print(counted(findings.errors, "error") + ", " + counted(findings.warnings, "warning") + ", " +
        counted(findings.infos, "remark") + "\n");
  return findings.status(common.strict);
}

}  // namespace

void add_check(CLI::App& app) {
  auto common = std::make_shared<Common>();
  CLI::App* verb = app.add_subcommand("check", "Everything that is wrong with a configuration");
  auto tenant = std::make_shared<std::string>();
  add_inputs(*verb, *common);
  verb->add_option("--tenant", *tenant, "only what this control plane may know")
      ->type_name("NS/NAME");
  verb->footer(
      "Examples:\n  mesh check -f examples/shop\n"
      "  kubectl get all,vs,dr -A -o yaml | mesh check -f - --strict");
  runs(*verb, [common, tenant] { return check(*common, *tenant); });
}

}  // namespace mesh::cli
