// mesh uninject: manifests without what injection put in.
#include <memory>

#include "frontends/cli/injector.h"

namespace mesh::cli {
namespace {

struct UninjectCall {
  std::vector<std::string> files;
  std::string format = "yaml";
  bool strict = false;
};

int uninject(const UninjectCall& call) {
  Findings all;
  for (const Text& each : read_texts(call.files)) {
    const bool as_json = call.format == "json";
    const JsonDocument answer =
        parse(meshpp::uninject(each.text, each.file,
                               as_json ? R"({"output":"documents"})" : R"({"output":"text"})")
                  .text());
    const Findings found = show_diagnostics(at(answer, "diagnostics"), true);
    all.errors += found.errors;
    all.warnings += found.warnings;
    if (as_json) {
      for (const Json& document : at(answer, "documents").GetArray()) print(print_json(document));
    } else {
      print(std::string(text_at(answer, "manifests")));
    }
  }
  return all.status(call.strict);
}

}  // namespace

void add_uninject(CLI::App& app) {
  auto call = std::make_shared<UninjectCall>();
  CLI::App* verb =
      app.add_subcommand("uninject", "Manifests without what injection put into their pods");
  verb->add_option("-f,--file", call->files,
                   "manifests, YAML or JSON; a directory is walked; - is standard input; may be "
                   "given again")
      ->type_name("FILE|DIR|-")
      ->required()
      ->allow_extra_args(false);
  add_manifest_format(*verb, call->format);
  add_strict(*verb, call->strict);
  verb->footer(
      "What a pod does not tell of its own past is listed on standard error, with what was done.\n"
      "Examples:\n  mesh uninject -f injected.yaml > app.yaml\n"
      "  kubectl get deployment web -o yaml | mesh uninject -f -");
  runs(*verb, [call] { return uninject(*call); });
}

}  // namespace mesh::cli
