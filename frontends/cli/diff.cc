// mesh diff: what a change does.
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

// "+3 ~1 -2", with the names when they are few.
std::string names_of(const Json& change) {
  constexpr size_t kFew = 4;
  std::string out;
  size_t total = 0;
  for (const char* list : {"added", "changed", "removed"}) total += size_at(change, list);
  for (const auto& [list, sign] : {std::pair{"added", "+"}, {"changed", "~"}, {"removed", "-"}}) {
    if (size_at(change, list) == 0) continue;
    if (total > kFew) {
      out += (out.empty() ? "" : " ") + std::string(sign) + std::to_string(size_at(change, list));
      continue;
    }
    for (const Json& name : change[list].GetArray()) {
      out += (out.empty() ? "" : " ") + std::string(sign) + name.GetString();
    }
  }
  return out;
}

void print_proxies(const Json& answer) {
  Table table({"NAMESPACE", "PROXY", "TYPE", "BYTES", "WHAT"});
  for (const Json& proxy : answer["proxies"].GetArray()) {
    const std::string_view state = text_at(proxy, "state");
    for (const Json& change : proxy["changes"].GetArray()) {
      std::string what = names_of(change);
      if (state != "stays") what = std::string(state) + ": " + what;
      table.add({with_cluster(proxy, text_at(proxy, "namespace")),
                 std::string(text_at(proxy, "name")), std::string(text_at(change, "type")),
                 with_commas(number_at(change, "bytes")), std::move(what)});
    }
  }
  if (!table.empty()) print(table.to_string());
  const size_t changing = answer["proxies"].Size();
  print(std::to_string(changing) + (changing == 1 ? " proxy changes, " : " proxies change, ") +
        std::to_string(number_at(answer, "unchanged")) +
        (number_at(answer, "unchanged") == 1 ? " does not\n" : " do not\n"));
}

void print_rest(const Json& answer) {
  for (const Json& member : answer["members"].GetArray()) {
    auto word = [](std::string_view tenant) {
      return std::string(tenant.empty() ? "no mesh" : tenant);
    };
    print("namespace " + std::string(text_at(member, "namespace")) + ": from " +
          word(text_at(member, "before")) + " to " + word(text_at(member, "after")) + "\n");
  }
  for (const auto& [list, sign] : {std::pair{"appeared", "+ "}, {"gone", "- "}}) {
    for (const Json& diagnostic : answer["diagnostics"][list].GetArray()) {
      print(sign + diagnostic_line(diagnostic, false) + "\n");
    }
  }
}

// "shop/web-0: GET http://cart/items (by spiffe://…) loses: was …, now …"
void print_requests(const Json& answer) {
  const Json& requests = at(answer, "requests");
  Table table({"PROXY", "REQUEST", "CALLER", "EFFECT", "BEFORE", "AFTER"});
  for (const Json& each : at(requests, "effects").GetArray()) {
    const Json& request = at(each, "request");
    const std::string_view caller = text_at(each, "caller");
    std::string asked(text_at(request, "protocol") == "tcp" ? "TCP" : text_at(request, "method"));
    asked.append(" ").append(text_at(request, "host"));
    asked += ":" + std::to_string(number_at(request, "port"));
    if (text_at(request, "protocol") != "tcp") asked += text_at(request, "path");
    table.add({pod_of(each), std::move(asked), std::string(caller.empty() ? "-" : caller),
               std::string(text_at(each, "effect")),
               std::string(text_at(at(each, "before"), "detail")),
               std::string(text_at(at(each, "after"), "detail"))});
  }
  if (!table.empty()) print("\n" + table.to_string());
  if (!at(requests, "complete").IsTrue()) print("there is more to ask about than was asked\n");
}

// The state with what is the same in both.
Snapshot load_side(const Common& common, const std::string& side) {
  Inputs inputs{common.inputs.paths, common.inputs.mesh_config, {}};
  inputs.paths.push_back(side);
  return load(inputs);
}

int diff(const Common& common, const std::string& before, const std::string& after) {
  const Snapshot old = load_side(common, before);
  const Snapshot now = load_side(common, after);
  const JsonDocument answer = parse(old.diff(now).text());
  const Findings findings = count(parse(now.diagnostics().text()));
  if (common.format != "table") {
    print_as(common.format, answer);
  } else {
    print_proxies(answer);
    print_rest(answer);
    print_requests(answer);
  }
  return findings.status(common.strict);
}

}  // namespace

void add_diff(CLI::App& app) {
  auto common = std::make_shared<Common>();
  auto before = std::make_shared<std::string>();
  auto after = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand(
      "diff", "What a change does: who gets what anew, and which requests end otherwise");
  verb->add_option("OLD", *before, "file or directory; CLUSTER=FILE of a remote cluster")
      ->required();
  verb->add_option("NEW", *after, "file or directory; CLUSTER=FILE of a remote cluster")
      ->required();
  verb->add_option(
          "-f,--file", common->inputs.paths,
          "objects that are the same in both, as other verbs take them: those of the mesh's "
          "other clusters (CLUSTER=FILE); may be given again")
      ->type_name("FILE|DIR")
      ->allow_extra_args(false);
  verb->add_option("--mesh-config", common->inputs.mesh_config,
                   "a MeshConfig laid over every other one, in both")
      ->type_name("FILE");
  add_strict(*verb, *common);
  add_format(*verb, *common);
  verb->footer(
      "The exit status is that of NEW's diagnostics; a difference is no failure.\n"
      "Examples:\n  mesh diff main/ branch/\n  mesh diff main/ branch/ -f east=east/\n"
      "  git show HEAD:mesh.yaml | mesh diff - mesh.yaml -o json");
  runs(*verb, [common, before, after] { return diff(*common, *before, *after); });
}

}  // namespace mesh::cli
