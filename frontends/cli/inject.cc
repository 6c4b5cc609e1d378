// mesh inject: sidecars into manifests, the answer to an AdmissionReview, and who injects whom.
#include <cstdio>
#include <memory>

#include "frontends/cli/injector.h"
#include "frontends/cli/table.h"

namespace mesh::cli {
namespace {

struct InjectCall {
  std::vector<std::string> files;
  std::vector<std::string> state;
  InjectorFlags injector;
  std::string ns;
  std::string format;
  std::string review;
  std::string path = "/inject";
  bool matrix = false;
  bool strict = false;
};

Snapshot snapshot_of(const std::vector<Text>& texts) {
  Store store;
  for (const Text& each : texts) store.apply(each.text, each.file);
  return store.snapshot();
}

// Everything that the call names, and an injector of it.
struct Scene {
  std::vector<Text> manifests;
  Snapshot snapshot;
  Injector injector;
};

Scene read(const InjectCall& call) {
  std::vector<Text> manifests = read_texts(call.files);
  std::vector<Text> all = read_texts(call.state);
  all.insert(all.end(), manifests.begin(), manifests.end());
  Snapshot snapshot = snapshot_of(all);
  Injector injector(snapshot, injector_options(call.injector));
  return {std::move(manifests), std::move(snapshot), std::move(injector)};
}

void add(Findings& all, const Findings& more) {
  all.errors += more.errors;
  all.warnings += more.warnings;
  all.infos += more.infos;
}

std::string apply_options(const InjectCall& call) {
  JsonDocument out(rapidjson::kObjectType);
  auto& memory = out.GetAllocator();
  out.AddMember("namespace", text_value(call.ns, out), memory);
  out.AddMember("output", rapidjson::StringRef(call.format == "json" ? "documents" : "text"),
                memory);
  return print_json(out);
}

// One object as it is, several as a List, as `kubectl get -o json` gives them.
void print_list(std::vector<JsonDocument>& answers) {
  JsonDocument list(rapidjson::kObjectType);
  auto& memory = list.GetAllocator();
  Json items(rapidjson::kArrayType);
  for (const JsonDocument& answer : answers) {
    for (const Json& item : at(answer, "documents").GetArray()) {
      items.PushBack(Json(item, memory), memory);
    }
  }
  if (items.Size() == 1) return print(print_json(items[0]));
  list.AddMember("apiVersion", "v1", memory);
  list.AddMember("kind", "List", memory);
  list.AddMember("items", items, memory);
  print(print_json(list));
}

int inject(const InjectCall& call) {
  const Scene scene = read(call);
  std::vector<JsonDocument> answers;
  Findings all = show_diagnostics(parse(scene.injector.diagnostics().text()), false);
  for (const Text& each : scene.manifests) {
    answers.push_back(
        parse(scene.injector.apply(each.text, each.file, apply_options(call)).text()));
    const JsonDocument& answer = answers.back();
    for (const Json& message : at(answer, "messages").GetArray()) {
      std::fprintf(stderr, "%s\n", message.GetString());
    }
    add(all, show_diagnostics(at(answer, "diagnostics"), false));
  }
  if (call.format == "json") {
    print_list(answers);
  } else {
    for (const JsonDocument& answer : answers) print(std::string(text_at(answer, "manifests")));
  }
  return all.status(call.strict);
}

void print_matrix(const Json& answer) {
  std::vector<std::string> head{"NAMESPACE", "WORKLOAD"};
  for (const Json& column : at(answer, "columns").GetArray()) {
    head.emplace_back(text_at(column, "title"));
  }
  head.emplace_back("DECIDED BY");
  Table table(std::move(head));
  for (const Json& row : at(answer, "rows").GetArray()) {
    std::vector<std::string> cells{
        std::string(text_at(row, "namespace")),
        std::string(text_at(row, "kind")) + "/" + std::string(text_at(row, "name"))};
    for (const Json& cell : at(row, "cells").GetArray()) {
      cells.emplace_back(text_at(cell, "answer"));
    }
    cells.push_back(reason_of(at(row, "decision")));
    table.add(std::move(cells));
  }
  print(table.to_string());
}

int matrix(const InjectCall& call) {
  const Scene scene = read(call);
  const JsonDocument answer = parse(scene.injector.matrix().text());
  const Findings found = show_diagnostics(at(answer, "diagnostics"), false);
  if (call.format.empty() || call.format == "table") {
    print_matrix(answer);
  } else {
    print_as(call.format, answer);
  }
  return found.status(call.strict);
}

int review(const InjectCall& call) {
  const Scene scene = read(call);
  const Findings found = show_diagnostics(parse(scene.injector.diagnostics().text()), false);
  const JsonDocument answer =
      parse(scene.injector.review(read_file(call.review), call.path).text());
  print_as(call.format == "yaml" ? "yaml" : "json", answer);
  const bool allowed = at(at(answer, "response"), "allowed").IsTrue();
  return allowed ? found.status(call.strict) : kFails;
}

int run(const InjectCall& call) {
  if (call.matrix && !call.review.empty()) {
    throw UsageError("--matrix and --review are two questions: ask one");
  }
  if (call.files.empty() && (call.review.empty() || call.matrix)) {
    throw UsageError("-f is missing: the manifests to inject");
  }
  if (call.format == "table" && !call.matrix) {
    throw UsageError("-o table is for --matrix; manifests and reviews are yaml or json");
  }
  if (call.matrix) return matrix(call);
  return call.review.empty() ? inject(call) : review(call);
}

constexpr const char* kFooter =
    "All that -f names is written out in its order, with its pods injected and the rest as it is;\n"
    "--state is the cluster around it: read, not written. Messages go to standard error.\n"
    "With --values, --mesh-config or --injector-config these are the settings, and every pod is\n"
    "injected that does not opt out, as istioctl kube-inject does; else control planes, webhooks\n"
    "and labels of the input decide.\n"
    "Exit status: 0 good, 1 something could not be injected or the review is refused, 2 the call\n"
    "is wrong.\n"
    "Examples:\n"
    "  mesh inject -f app.yaml --state cluster/ | kubectl apply -f -\n"
    "  mesh inject -f app.yaml --values values.json --mesh-config mesh.yaml \\\n"
    "      --injector-config injector-config.yaml\n"
    "  mesh inject --matrix -f cluster/\n"
    "  mesh inject --review review.json --state cluster/";

}  // namespace

void add_inject(CLI::App& app) {
  auto call = std::make_shared<InjectCall>();
  CLI::App* verb = app.add_subcommand(
      "inject", "Sidecars into manifests; who injects whom; the webhook's answer to a review");
  verb->add_option("-f,--file", call->files,
                   "manifests, YAML or JSON; a directory is walked; - is standard input; may be "
                   "given again")
      ->type_name("FILE|DIR|-")
      ->allow_extra_args(false);
  verb->add_option("--state", call->state,
                   "objects of the cluster that are not written out: control planes, namespaces, "
                   "webhooks; may be given again")
      ->type_name("FILE|DIR")
      ->allow_extra_args(false);
  verb->add_option("-n,--namespace", call->ns, "of manifests that name none")->type_name("NS");
  verb->add_flag("--matrix", call->matrix, "who injects which workload, and what decides");
  verb->add_option("--review", call->review, "answer this AdmissionReview")->type_name("FILE|-");
  verb->add_option("--path", call->path, "of the URL by which the review came")
      ->type_name("PATH")
      ->capture_default_str();
  add_injector_flags(*verb, call->injector);
  add_strict(*verb, call->strict);
  verb->add_option("-o,--output", call->format,
                   "yaml (default) or json; of --matrix table (default), yaml or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "yaml", "json"}));
  verb->footer(kFooter);
  runs(*verb, [call] { return run(*call); });
}

}  // namespace mesh::cli
