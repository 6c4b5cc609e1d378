#include "frontends/cli/injector.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace mesh::cli {

void add_injector_environment(CLI::App& verb, InjectorFlags& flags) {
  const std::string group = "Injection";
  verb.add_option("--values", flags.values,
                  "Helm values to inject with (key `values` of ConfigMap istio-sidecar-injector)")
      ->type_name("FILE")
      ->group(group);
  verb.add_option("--injector-config", flags.injector_config,
                  "templates and policy to inject with (its key `config`)")
      ->type_name("FILE")
      ->group(group);
  verb.add_option("--revision", flags.revision, "inject as this revision of Istio")
      ->type_name("REV")
      ->group(group);
  verb.add_option("--native-sidecars", flags.native_sidecars,
                  "the proxy as an init container that stays: auto (as the nodes' kubelets can), "
                  "true or false")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "true", "false"}))
      ->group(group);
  verb.add_option("--kubelet-version", flags.kubelet_version,
                  "of the nodes, for --native-sidecars auto; without it those of Node objects")
      ->type_name("VERSION")
      ->group(group);
  verb.add_option("--compliance-policy", flags.compliance_policy,
                  "as COMPLIANCE_POLICY of istiod: fips-140-2, fips-140-3 or pqc")
      ->type_name("POLICY")
      ->check(CLI::IsMember({"fips-140-2", "fips-140-3", "pqc"}))
      ->group(group);
  verb.add_option("--platform", flags.platform,
                  "openshift: user and group from the namespace's ranges")
      ->type_name("PLATFORM")
      ->check(CLI::IsMember({"openshift"}))
      ->group(group);
  verb.add_option("--cluster", flags.cluster, "the cluster's name, as a path /inject/cluster/NAME")
      ->type_name("NAME")
      ->group(group);
  verb.add_option("--network", flags.network, "the network's name, as a path /inject/net/NAME")
      ->type_name("NAME")
      ->group(group);
}

void add_injector_flags(CLI::App& verb, InjectorFlags& flags) {
  verb.add_option("--mesh-config", flags.mesh_config,
                  "MeshConfig to inject with (key `mesh` of ConfigMap istio)")
      ->type_name("FILE")
      ->group("Injection");
  add_injector_environment(verb, flags);
}

std::string injector_options(const InjectorFlags& flags) {
  JsonDocument out(rapidjson::kObjectType);
  auto add = [&out](const char* key, const std::string& text) {
    if (text.empty()) return;
    out.AddMember(rapidjson::StringRef(key), text_value(text, out), out.GetAllocator());
  };
  auto add_file = [&](const char* key, const std::string& file) {
    if (!file.empty()) add(key, read_file(file));
  };
  add_file("values", flags.values);
  add_file("meshConfig", flags.mesh_config);
  add_file("injectorConfig", flags.injector_config);
  add("revision", flags.revision);
  add("nativeSidecars", flags.native_sidecars);
  add("kubeletVersion", flags.kubelet_version);
  add("compliancePolicy", flags.compliance_policy);
  add("platform", flags.platform);
  add("cluster", flags.cluster);
  add("network", flags.network);
  return print_json(out);
}

std::vector<Text> read_texts(const std::vector<std::string>& paths) {
  std::vector<Text> out;
  for (const std::string& file : files_of(paths)) {
    out.push_back({file == "-" ? "<stdin>" : file, read_file(file)});
  }
  return out;
}

std::string reason_of(const Json& decision) {
  const std::string text(text_at(decision, "text"));
  const size_t end = text.find("): ");
  return end == std::string::npos ? text : text.substr(end + 3);
}

Findings show_diagnostics(const Json& diagnostics, bool all) {
  const bool colour = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  for (const Json& diagnostic : diagnostics.GetArray()) {
    if (!all && text_at(diagnostic, "severity") == "info") continue;
    std::fprintf(stderr, "%s\n", diagnostic_line(diagnostic, colour).c_str());
  }
  return count(diagnostics);
}

}  // namespace mesh::cli
