// mesh explain: why something is as it is. Each subject is a subcommand of its own.
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

std::string name_of(const Json& object) {
  std::string out(text_at(object, "kind"));
  const std::string_view ns = text_at(object, "namespace");
  out += " " + (ns.empty() ? "" : std::string(ns) + "/");
  return out + std::string(text_at(object, "name"));
}

void print_member(const Json& answer) {
  print(std::string(text_at(answer, "conclusion")) + "\n");
  Table table({"OBJECT", "FIELD", "SAYS"});
  for (const Json& link : at(answer, "chain").GetArray()) {
    table.add({name_of(at(link, "object")), std::string(text_at(link, "field")),
               std::string(text_at(link, "reason"))});
  }
  if (!table.empty()) print("\n" + table.to_string());
}

int member(const Common& common, const std::string& ns, const std::string& tenant) {
  const Snapshot snapshot = load(common.inputs);
  const Findings findings = report(snapshot, tenant);
  const JsonDocument answer = parse(snapshot.explain_member(ns, tenant).text());
  if (common.format == "table") {
    print_member(answer);
  } else {
    print_as(common.format, answer);
  }
  return findings.status(common.strict);
}

void add_member(CLI::App& explain) {
  auto common = std::make_shared<Common>();
  auto ns = std::make_shared<std::string>();
  auto tenant = std::make_shared<std::string>();
  CLI::App* verb =
      explain.add_subcommand("member", "Why a namespace is, or is not, in a mesh, and in which");
  add_inputs(*verb, *common);
  verb->add_option("namespace", *ns, "the namespace")->type_name("NAMESPACE")->required();
  verb->add_option("--tenant", *tenant, "only what this control plane may know")
      ->type_name("NS/NAME");
  verb->footer(
      "Examples:\n  mesh explain member -f examples/shop shop-web\n"
      "  mesh explain member -f cluster/ shop-web --tenant team-a/basic -o json");
  runs(*verb, [common, ns, tenant] { return member(*common, *ns, *tenant); });
}

}  // namespace

void add_explain(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("explain", "Why something is as it is");
  verb->require_subcommand(1);
  verb->footer("Examples:\n  mesh explain member -f examples/shop shop-web");
  add_member(*verb);
}

}  // namespace mesh::cli
