// mesh status: whether control planes, member rolls and members are ready, and why not.
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

struct StatusCall {
  Common common;
  std::string tenant;
  std::string operator_version = "2.5.1";
  std::string now;
  bool full = false;
};

JsonDocument options_of(const StatusCall& call) {
  JsonDocument out(rapidjson::kObjectType);
  auto& memory = out.GetAllocator();
  out.AddMember("operatorVersion", text_value(call.operator_version, out), memory);
  out.AddMember("full", call.full, memory);
  if (!call.now.empty()) out.AddMember("now", text_value(call.now, out), memory);
  return out;
}

// The condition that is for people: Ready, or the last there is.
const Json* condition_of(const Json& object) {
  const Json* last = nullptr;
  for (const Json& condition : at(object, "conditions").GetArray()) {
    last = &condition;
    if (text_at(condition, "type") == "Ready") break;
  }
  return last;
}

std::string count_of(const Json& object) {
  const Json& annotations = at(object, "annotations");
  for (const char* name : {"readyComponentCount", "configuredMemberCount"}) {
    if (annotations.HasMember(name)) return std::string(text_at(annotations, name));
  }
  return "";
}

void print_table(const Json& answer) {
  Table table({"KIND", "OBJECT", "READY", "COUNT", "REASON", "MESSAGE"});
  for (const char* list : {"controlPlanes", "memberRolls", "members"}) {
    for (const Json& object : at(answer, list).GetArray()) {
      const Json* condition = condition_of(object);
      auto said = [&](const char* key) {
        return condition != nullptr && condition->HasMember(key)
                   ? std::string(text_at(*condition, key))
                   : std::string();
      };
      table.add(
          {std::string(text_at(object, "kind")),
           std::string(text_at(object, "namespace")) + "/" + std::string(text_at(object, "name")),
           said("status"), count_of(object), said("reason"), said("message")});
    }
  }
  print(table.to_string());
}

int status(const StatusCall& call) {
  const Snapshot snapshot = load(call.common.inputs);
  const Findings findings = report(snapshot, call.tenant);
  const JsonDocument options = options_of(call);
  const JsonDocument answer = parse(snapshot.status(call.tenant, print_json(options)).text());
  if (call.common.format == "table") {
    print_table(answer);
  } else {
    print_as(call.common.format, answer);
  }
  if (!at(answer, "ready").IsTrue()) return kFails;
  return findings.status(call.common.strict);
}

}  // namespace

void add_status(CLI::App& app) {
  auto call = std::make_shared<StatusCall>();
  CLI::App* verb = app.add_subcommand(
      "status",
      "Conditions of control planes, member rolls and members; fails when one is not ready");
  add_inputs(*verb, call->common);
  verb->add_option("--tenant", call->tenant, "only this control plane, and only what it may know")
      ->type_name("NS/NAME");
  verb->add_option("--operator-version", call->operator_version,
                   "first half of the reconciled version")
      ->type_name("VERSION");
  verb->add_option("--now", call->now, "time of transitions, RFC 3339; none: they have no time")
      ->type_name("TIME");
  verb->add_flag("--full", call->full, "each status as it stands in its object, too");
  verb->footer(
      "Examples:\n  mesh status -f examples/shop\n"
      "  kubectl get smcp,smmr,smm,ns,deploy -A -o yaml | mesh status -f -");
  runs(*verb, [call] { return status(*call); });
}

}  // namespace mesh::cli
