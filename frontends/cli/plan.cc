// mesh plan: which objects the meshes need, what is to be done for it, and why.
#include <cctype>
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#pragma GCC diagnostic pop

namespace mesh::cli {
namespace {

struct PlanFlags {
  std::string ns;
  std::string tenant;
  std::string operator_namespace;
  std::string default_profile = "maistra";
  bool no_cni = false;
  bool partial = false;
  bool exit_code = false;
};

std::string options_of(const PlanFlags& flags) {
  JsonDocument options(rapidjson::kObjectType);
  auto& allocator = options.GetAllocator();
  auto text = [&](const char* key, const std::string& value) {
    if (value.empty()) return;
    options.AddMember(rapidjson::StringRef(key), text_value(value, options), allocator);
  };
  text("namespace", flags.ns);
  text("tenant", flags.tenant);
  text("operatorNamespace", flags.operator_namespace);
  text("defaultProfile", flags.default_profile);
  options.AddMember("cni", Json(!flags.no_cni), allocator);
  options.AddMember("partial", Json(flags.partial), allocator);
  return print_json(options);
}

// "RoleBinding mesh/prometheus: every member gets a copy of it"
std::string because_of(const Json& because) {
  std::string out = name_of(at(because, "object"));
  const std::string_view field = text_at(because, "field");
  if (!field.empty()) out += " " + std::string(field);
  return out + ": " + std::string(text_at(because, "reason"));
}

std::string note_line(const Json& note) {
  std::string line = "note[" + std::string(text_at(note, "reason")) + "]";
  const std::string_view tenant = text_at(note, "tenant");
  if (!tenant.empty()) line += " " + std::string(tenant) + ":";
  line += " " + std::string(text_at(note, "message"));
  const std::string_view holder = text_at(note, "holder");
  if (!holder.empty()) line += " (" + std::string(holder) + ")";
  return line;
}

void print_notes(const Json& answer) {
  for (const Json& note : at(answer, "notes").GetArray()) print(note_line(note) + "\n");
}

void print_table(const Json& answer) {
  Table table({"PHASE", "ACTION", "OBJECT", "BECAUSE"});
  for (const Json& step : at(answer, "steps").GetArray()) {
    std::string phase(text_at(step, "phase"));
    std::string action(text_at(step, "action"));
    std::string object = name_of(step);
    for (const Json& difference : at(step, "differences").GetArray()) {
      table.add({phase, action, object, std::string(text_at(difference, "path")) + " differs"});
      phase = action = object = "";
    }
    for (const Json& because : at(step, "because").GetArray()) {
      table.add({phase, action, object, because_of(because)});
      phase = action = object = "";
    }
  }
  if (!table.empty()) print(table.to_string());
  print_notes(answer);
  const Json& summary = at(answer, "summary");
  auto count = [&](const char* key) { return with_commas(number_at(summary, key)); };
  print(count("objects") + " objects; " + count("create") + " to create, " + count("update") +
        " to update, " + count("delete") + " to delete\n");
}

std::string compact(const Json& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

bool has_null(const Json& value) {
  if (value.IsNull()) return true;
  if (!value.IsObject()) return false;
  for (const auto& member : value.GetObject()) {
    if (has_null(member.value)) return true;
  }
  return false;
}

std::string resource_of(const Json& step) {
  const std::string api(text_at(step, "apiVersion"));
  const size_t slash = api.find('/');
  std::string out(text_at(step, "kind"));
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (slash != std::string::npos) out += "." + api.substr(slash + 1) + "." + api.substr(0, slash);
  const std::string_view ns = text_at(step, "namespace");
  return out + " " + std::string(text_at(step, "name")) +
         (ns.empty() ? "" : " -n " + std::string(ns));
}

// What `kubectl apply` cannot say stands between the documents as the command that does it.
void print_stream(const Json& answer) {
  for (const Json& step : at(answer, "steps").GetArray()) {
    std::string out = "---\n# " + std::string(text_at(step, "action")) + " (" +
                      std::string(text_at(step, "phase")) + ")\n";
    for (const Json& because : at(step, "because").GetArray()) {
      out += "# because " + because_of(because) + "\n";
    }
    const Json& patch = at(step, "mergePatch");
    if (text_at(step, "action") == "delete") {
      out += "# kubectl delete " + resource_of(step) + "\n";
    } else if (patch.IsObject() && has_null(patch)) {
      out += "# kubectl patch " + resource_of(step) + " --type=merge -p '" + compact(patch) + "'\n";
    } else {
      out += print_yaml(at(step, "document"));
    }
    print(out);
  }
}

// A namespace that was asked for and is not there, as kubectl has it.
bool is_missing(const Json& answer, const std::string& ns) {
  for (const Json& note : at(answer, "notes").GetArray()) {
    if (text_at(note, "namespace") == ns && text_at(note, "reason") == "NamespaceNotExists") {
      return true;
    }
  }
  return false;
}

// In the table the notes are a part; where the answer goes to a program they go to people.
void warn_of_notes(const Json& answer) {
  for (const Json& note : at(answer, "notes").GetArray()) {
    std::fprintf(stderr, "%s\n", note_line(note).c_str());
  }
}

int plan(const Common& common, const PlanFlags& flags) {
  const Snapshot snapshot = load(common.inputs);
  const Findings findings = report(snapshot, flags.tenant);
  const JsonDocument answer = parse(snapshot.plan(options_of(flags)).text());
  if (common.format == "json") {
    print_as(common.format, answer);
  } else if (common.format == "yaml") {
    print_stream(answer);
    warn_of_notes(answer);
  } else {
    print_table(answer);
  }
  const bool something = at(answer, "steps").Size() > 0;
  if (!flags.ns.empty() && is_missing(answer, flags.ns)) return kFails;
  return flags.exit_code && something ? kFails : findings.status(common.strict);
}

}  // namespace

void add_plan(CLI::App& app) {
  auto common = std::make_shared<Common>();
  auto flags = std::make_shared<PlanFlags>();
  CLI::App* verb =
      app.add_subcommand("plan", "Which objects the meshes need, and the steps from what is there");
  add_inputs(*verb, *common);
  verb->add_option("-n,--namespace", flags->ns, "only this namespace")->type_name("NAME");
  verb->add_option("--tenant", flags->tenant, "only this control plane, and only what it may know")
      ->type_name("NS/NAME");
  verb->add_option("--operator-namespace", flags->operator_namespace,
                   "where the operator and its smcp-templates are (openshift-operators)")
      ->type_name("NAME");
  verb->add_option("--default-profile", flags->default_profile,
                   "what the profile \"default\" is a copy of")
      ->type_name("NAME")
      ->check(CLI::IsMember({"maistra", "servicemesh"}))
      ->capture_default_str();
  verb->add_flag("--no-cni", flags->no_cni, "the cluster has no CNI plug-in of the mesh");
  verb->add_flag(
      "--partial", flags->partial,
      "the input is a part of a cluster: leave alone what belongs to meshes that are not "
      "in it");
  verb->add_flag("--exit-code", flags->exit_code, "exit status 1 when there is something to do");
  verb->footer(
      "The table lists the steps in the order in which they are safe, with the reasons; -o yaml is "
      "a\n"
      "stream for `kubectl apply -f -`, with what apply cannot say as commands in comments; -o "
      "json "
      "is\nthe whole plan.\n"
      "Examples:\n  mesh plan -f examples/shop\n"
      "  mesh plan -f cluster/ --namespace shop-web -o yaml\n"
      "  mesh plan -f cluster/ --exit-code > /dev/null || echo something to do");
  runs(*verb, [common, flags] { return plan(*common, *flags); });
}

}  // namespace mesh::cli
