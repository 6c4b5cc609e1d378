// mesh reach: whether the network lets a connection through.
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

struct Question {
  std::string from;
  std::string to;
  bool planned = false;
};

std::string object_text(const Json& entry) {
  const Json& object = at(entry, "object");
  const std::string_view kind = text_at(object, "kind");
  if (kind.empty()) return "-";
  const std::string_view ns = text_at(object, "namespace");
  std::string out(kind);
  out.append(" ").append(ns).append(ns.empty() ? "" : "/").append(text_at(object, "name"));
  return out;
}

std::string headline(const Json& answer) {
  const std::string_view said = text_at(answer, "answer");
  std::string out(text_at(answer, "from"));
  out += said == "yes" ? " reaches " : said == "no" ? " does not reach " : " may or may not reach ";
  out.append(text_at(answer, "to"));
  const Json& ports = at(answer, "ports");
  if (ports.Size() == 1) {
    out.append(" at ").append(text_at(ports[0], "protocol")).append(" ");
    const std::string_view port = text_at(ports[0], "port");
    out.append(port == "other" ? "any port" : port);
  }
  if (at(answer, "planned").IsTrue()) out += " once the plan is applied";
  return out + "\n";
}

void print_ports(const Json& answer) {
  const Json& ports = at(answer, "ports");
  if (ports.Size() < 2) return;
  Table table({"PORT", "PROTOCOL", "REACHED"});
  for (const Json& port : ports.GetArray()) {
    table.add({std::string(text_at(port, "port")), std::string(text_at(port, "protocol")),
               std::string(text_at(port, "answer"))});
  }
  print("\n" + table.to_string());
}

void print_table(const Json& answer) {
  print(headline(answer));
  for (const Json& missing : at(answer, "missing").GetArray()) {
    print(std::string("  missing: ") + missing.GetString() + "\n");
  }
  print_ports(answer);
  Table because({"SIDE", "SAYS", "OBJECT", "FIELD", "WHY"});
  for (const Json& reason : at(answer, "because").GetArray()) {
    because.add({std::string(text_at(reason, "side")), std::string(text_at(reason, "effect")),
                 object_text(reason), std::string(text_at(reason, "field")),
                 std::string(text_at(reason, "message"))});
  }
  if (!because.empty()) print("\n" + because.to_string());
  Table holes({"HOLE", "OBJECT", "FIELD", "WHY"});
  for (const Json& hole : at(answer, "holes").GetArray()) {
    holes.add({std::string(text_at(hole, "hole")), object_text(hole),
               std::string(text_at(hole, "field")), std::string(text_at(hole, "message"))});
  }
  if (!holes.empty()) print("\n" + holes.to_string());
}

// What cannot be told is neither: a script that wants isolation proved must not take it for a no.
int status_of(std::string_view answer) {
  if (answer == "yes") return kGood;
  return answer == "no" ? kFails : kWrongCall;
}

int reach(const Common& common, const Question& question) {
  const Snapshot snapshot = load(common.inputs);
  report(snapshot);
  JsonDocument answer;
  try {
    const char* options = question.planned ? "{\"planned\": true}" : "";
    answer = parse(snapshot.reach(question.from, question.to, options).text());
  } catch (const Error& error) {
    throw UsageError(error.what());  // a pod that is not there proves nothing
  }
  if (common.format == "table") {
    print_table(answer);
  } else {
    print_as(common.format, answer);
  }
  return status_of(text_at(answer, "answer"));
}

}  // namespace

void add_reach(CLI::App& app) {
  auto common = std::make_shared<Common>();
  auto question = std::make_shared<Question>();
  CLI::App* verb = app.add_subcommand(
      "reach", "Whether the network lets a connection through, and what says so");
  add_inputs(*verb, *common);
  verb->add_option(
          "--from", question->from,
          "who connects: a pod (CLUSTER=NS/POD of a remote cluster), an address, or `router`")
      ->required()
      ->type_name("NS/POD");
  verb->add_option("--to", question->to, "to whom, and to which port (number or name)")
      ->required()
      ->type_name("NS/POD[:PORT[/PROTOCOL]]");
  verb->add_flag("--planned", question->planned, "ask of the state that `mesh plan` leads to");
  verb->footer(
      "Exit status: 0 it is let through, 1 it is not, 2 the call is wrong or it cannot be told.\n"
      "Examples:\n  mesh reach -f examples/two-teams --from red-shop/web --to blue-api/api:8080\n"
      "  mesh reach -f examples/two-teams --planned --from router --to red-shop/web:http -o json");
  runs(*verb, [common, question] { return reach(*common, *question); });
}

}  // namespace mesh::cli
