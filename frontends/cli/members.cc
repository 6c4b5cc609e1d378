// mesh members: control planes and the namespaces that belong to them.
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

std::string why(const Json& member) {
  const std::string_view message = text_at(member, "message");
  return std::string(message.empty() ? text_at(member, "via") : message);
}

void print_table(const Json& answer) {
  Table table({"CONTROL PLANE", "VERSION", "NAMESPACE", "STATE", "WHY"});
  for (const Json& plane : at(answer, "controlPlanes").GetArray()) {
    const bool implicit = at(plane, "implicit").IsTrue();
    const std::string tenant(implicit ? "(implicit)" : text_at(plane, "tenant"));
    const std::string version(text_at(plane, "version"));
    if (implicit) {
      for (const Json& ns : at(plane, "namespaces").GetArray()) {
        table.add({tenant, version, ns.GetString(), "configured", "there is no control plane"});
      }
      continue;
    }
    table.add({tenant, version, std::string(text_at(plane, "namespace")), "control plane", ""});
    for (const char* list : {"members", "pending", "refused"}) {
      for (const Json& member : at(plane, list).GetArray()) {
        table.add({tenant, version, std::string(text_at(member, "namespace")),
                   std::string(text_at(member, "state")), why(member)});
      }
    }
  }
  if (at(answer, "unassigned").IsArray()) {
    for (const Json& ns : at(answer, "unassigned").GetArray()) {
      table.add({"-", "", ns.GetString(), "in no mesh", ""});
    }
  }
  print(table.to_string());
}

int members(const Common& common, const std::string& tenant) {
  const Snapshot snapshot = load(common.inputs);
  const Findings findings = report(snapshot, tenant);
  const JsonDocument answer = parse(snapshot.members(tenant).text());
  if (common.format == "table") {
    print_table(answer);
  } else {
    print_as(common.format, answer);
  }
  return findings.status(common.strict);
}

}  // namespace

void add_members(CLI::App& app) {
  auto common = std::make_shared<Common>();
  auto tenant = std::make_shared<std::string>();
  CLI::App* verb =
      app.add_subcommand("members", "Control planes, their members, who waits and who was refused");
  add_inputs(*verb, *common);
  verb->add_option("--tenant", *tenant, "only this control plane, and only what it may know")
      ->type_name("NS/NAME");
  verb->footer(
      "Examples:\n  mesh members -f examples/shop\n"
      "  mesh members -f cluster.yaml --tenant shop-control-plane/shop-mesh -o json");
  runs(*verb, [common, tenant] { return members(*common, *tenant); });
}

}  // namespace mesh::cli
