// mesh explain: why something is as it is. Each subject is a subcommand of its own.
#include <memory>

#include "frontends/cli/explain_proxy.h"
#include "frontends/cli/injector.h"
#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

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

void print_injection(const Json& answer) {
  const std::string_view said = text_at(answer, "answer");
  print(name_of(answer) +
        (said == "yes"  ? " gets a sidecar: "
         : said == "no" ? " gets no sidecar: "
                        : " cannot be told: ") +
        reason_of(answer) + "\n");
  for (const auto& [key, title] :
       {std::pair("tenant", "control plane"), {"revision", "revision"}, {"webhook", "webhook"}}) {
    const std::string_view value = text_at(answer, key);
    if (!value.empty()) print(std::string("  ") + title + ": " + std::string(value) + "\n");
  }
  Table table({"OBJECT", "FIELD", "VALUE", "SAYS"});
  for (const Json& link : at(answer, "because").GetArray()) {
    table.add({std::string(text_at(link, "object")), std::string(text_at(link, "field")),
               std::string(text_at(link, "value")), std::string(text_at(link, "text"))});
  }
  if (!table.empty()) print("\n" + table.to_string());
}

int injection(const Common& common, const InjectorFlags& flags, const std::string& subject) {
  const size_t slash = subject.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == subject.size()) {
    throw UsageError(subject + ": is not NS/POD");
  }
  const Snapshot snapshot = load(common.inputs);
  const Injector injector(snapshot, injector_options(flags));
  const JsonDocument answer =
      parse(injector.explain(subject.substr(0, slash), subject.substr(slash + 1)).text());
  const Findings found = show_diagnostics(at(answer, "diagnostics"), false);
  if (common.format == "table") {
    print_injection(answer);
  } else {
    print_as(common.format, answer);
  }
  return found.status(common.strict);
}

void add_injection(CLI::App& explain) {
  auto common = std::make_shared<Common>();
  auto flags = std::make_shared<InjectorFlags>();
  auto subject = std::make_shared<std::string>();
  CLI::App* verb = explain.add_subcommand(
      "inject", "Why a pod gets a sidecar, or none, and from which control plane");
  add_inputs(*verb, *common);
  verb->add_option("pod", *subject, "a pod, or a workload with pods")
      ->type_name("NS/POD")
      ->required();
  add_injector_environment(*verb, *flags);
  verb->footer(
      "Examples:\n  mesh explain inject -f examples/shop shop-web/frontend\n"
      "  mesh explain inject -f cluster/ team/web -o yaml");
  runs(*verb, [common, flags, subject] { return injection(*common, *flags, *subject); });
}

}  // namespace

void add_explain(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("explain", "Why something is as it is");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n  mesh explain member -f examples/shop shop-web\n"
      "  mesh explain inject -f examples/shop shop-web/frontend\n"
      "  mesh explain route -f examples/shop --pod shop-web/frontend cart");
  add_member(*verb);
  add_injection(*verb);
  add_explain_proxy(*verb);
}

}  // namespace mesh::cli
