// mesh check: everything that is wrong with a configuration, and where.
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

int check(const Common& common) {
  const Snapshot snapshot = load(common.inputs);
  const JsonDocument diagnostics = parse(snapshot.diagnostics().text());
  const Findings findings = count(diagnostics);
  if (common.format != "table") {
    print_as(common.format, diagnostics);
    return findings.status(common.strict);
  }
  const bool colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  for (const Json& diagnostic : diagnostics.GetArray()) {
    print(diagnostic_line(diagnostic, colour) + "\n");
  }
  print(std::to_string(findings.errors) + " errors, " + std::to_string(findings.warnings) +
        " warnings, " + std::to_string(findings.infos) + " remarks\n");
  return findings.status(common.strict);
}

}  // namespace

void add_check(CLI::App& app) {
  auto common = std::make_shared<Common>();
  CLI::App* verb = app.add_subcommand("check", "Everything that is wrong with a configuration");
  add_inputs(*verb, *common);
  verb->footer(
      "Examples:\n  mesh check -f examples/shop\n"
      "  kubectl get all,vs,dr -A -o yaml | mesh check -f - --strict");
  runs(*verb, [common] { return check(*common); });
}

}  // namespace mesh::cli
