// mesh cni: the annotation by which a pod asks for networks.
#include <cstdio>
#include <memory>

#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

struct MergeCall {
  std::string annotation;
  std::string network;
  std::string ns;
  std::string format = "text";
  bool overwrite = false;
};

int merge(const MergeCall& call) {
  JsonDocument options(rapidjson::kObjectType);
  auto& memory = options.GetAllocator();
  options.AddMember("podNamespace", text_value(call.ns, options), memory);
  options.AddMember("overwrite", call.overwrite, memory);
  const JsonDocument answer =
      parse(meshpp::cni_networks_merge(call.annotation, call.network, print_json(options)).text());
  const std::string_view warning = text_at(answer, "warning");
  if (!warning.empty()) {
    std::fprintf(stderr, "mesh cni merge: %s\n", std::string(warning).c_str());
  }
  if (call.format == "text") {
    print(std::string(text_at(answer, "value")) + "\n");
  } else {
    print_as(call.format, answer);
  }
  return text_at(answer, "outcome") == "left-alone" ? kFails : kGood;
}

void add_merge(CLI::App& cni) {
  auto call = std::make_shared<MergeCall>();
  CLI::App* verb = cni.add_subcommand(
      "merge", "Adds a network to a value of k8s.v1.cni.cncf.io/networks, unless it is there");
  verb->add_option("annotation", call->annotation, "the value; \"\" where the pod has none")
      ->type_name("VALUE")
      ->required();
  verb->add_option("network", call->network, "the network to add")
      ->type_name("[NS/]NAME")
      ->required();
  verb->add_option("-n,--namespace", call->ns, "of the pod, where names without one are")
      ->type_name("NS");
  verb->add_flag("--overwrite", call->overwrite,
                 "the value becomes the network alone, as OpenShift Service Mesh 1.x has it");
  verb->add_option("-o,--output", call->format, "text (the value), yaml or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "yaml", "json"}))
      ->capture_default_str();
  verb->footer(
      "Exit status: 0 good, 1 the value cannot be read and stays as it is, 2 the call is wrong.\n"
      "Examples:\n  mesh cni merge 'team/storage@net1' v2-6-istio-cni\n"
      "  mesh cni merge '[{\"name\":\"storage\"}]' default/istio-cni -n shop -o json");
  runs(*verb, [call] { return merge(*call); });
}

}  // namespace

void add_cni(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("cni", "The annotation by which pods ask for networks");
  verb->require_subcommand(1);
  verb->footer("Examples:\n  mesh cni merge 'team/storage' v2-6-istio-cni");
  add_merge(*verb);
}

}  // namespace mesh::cli
