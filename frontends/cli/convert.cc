// mesh convert: ServiceMeshControlPlanes in another API version, as `kubectl convert` prints them.
#include <unistd.h>

#include <memory>

#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

struct ConvertCall {
  std::vector<std::string> paths;
  std::string version;
  std::string format = "yaml";
  bool strict = false;
};

// Documents one after the other; as JSON one object, or a List of them.
void print_documents(const std::string& format, const std::vector<JsonDocument>& answers) {
  std::vector<const Json*> documents;
  for (const JsonDocument& answer : answers) {
    for (const Json& document : at(answer, "documents").GetArray()) documents.push_back(&document);
  }
  if (format == "yaml") {
    for (size_t i = 0; i < documents.size(); ++i) {
      if (i > 0) print("---\n");
      print(print_yaml(*documents[i]));
    }
    return;
  }
  if (documents.size() == 1) return print(print_json(*documents.front()));
  JsonDocument list(rapidjson::kObjectType);
  auto& memory = list.GetAllocator();
  list.AddMember("apiVersion", "v1", memory);
  list.AddMember("kind", "List", memory);
  Json items(rapidjson::kArrayType);
  for (const Json* document : documents) items.PushBack(Json(*document, memory), memory);
  list.AddMember("items", items, memory);
  print(print_json(list));
}

int convert(const ConvertCall& call) {
  std::vector<JsonDocument> answers;
  Findings all;
  for (const std::string& file : files_of(call.paths)) {
    const std::string name = file == "-" ? "<stdin>" : file;
    answers.push_back(parse(meshpp::convert(read_file(file), name, call.version).text()));
    const Json& diagnostics = at(answers.back(), "diagnostics");
    const bool colour = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    for (const Json& diagnostic : diagnostics.GetArray()) {
      std::fprintf(stderr, "%s\n", diagnostic_line(diagnostic, colour).c_str());
    }
    const Findings found = count(diagnostics);
    all.errors += found.errors;
    all.warnings += found.warnings;
  }
  print_documents(call.format, answers);
  return all.status(call.strict);
}

}  // namespace

void add_convert(CLI::App& app) {
  auto call = std::make_shared<ConvertCall>();
  CLI::App* verb = app.add_subcommand(
      "convert", "ServiceMeshControlPlanes in another API version; other objects as they are");
  verb->add_option("-f,--file", call->paths,
                   "Kubernetes objects, YAML or JSON; a directory is walked; - is standard input; "
                   "may be given again")
      ->type_name("FILE|DIR|-")
      ->required()
      ->allow_extra_args(false);
  verb->add_option("--to", call->version, "the API version of maistra.io: v1 or v2")
      ->type_name("VERSION")
      ->required()
      ->check(CLI::IsMember({"v1", "v2"}));
  add_manifest_format(*verb, call->format);
  verb->add_flag("--strict", call->strict, "warnings count as errors");
  verb->footer(
      "Examples:\n  mesh convert -f smcp.yaml --to v1\n"
      "  kubectl get smcp basic -o yaml | mesh convert -f - --to v1 -o json");
  runs(*verb, [call] { return convert(*call); });
}

}  // namespace mesh::cli
