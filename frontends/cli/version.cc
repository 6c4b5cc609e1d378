// mesh version: which library this is, and what it matches.
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {

void add_version(CLI::App& app) {
  auto common = std::make_shared<Common>();
  CLI::App* verb = app.add_subcommand("version", "Which library this is, and what it matches");
  add_format(*verb, *common);
  verb->footer("Examples:\n  mesh version\n  mesh version -o json");
  runs(*verb, [common] {
    const JsonDocument version = parse(meshpp::version());
    if (common->format != "table") {
      print_as(common->format, version);
      return kGood;
    }
    Table table({"LIBMESH", "ABI", "AS ISTIO", "ENVOY API"});
    table.add({std::string(text_at(version, "version")), std::to_string(number_at(version, "abi")),
               std::string(text_at(version, "istio")), std::string(text_at(version, "envoyApi"))});
    print(table.to_string());
    return kGood;
  });
}

}  // namespace mesh::cli
