#include "frontends/cli/verb.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace mesh::cli {

void add_inputs(CLI::App& verb, Common& common, Answer answer) {
  verb.add_option("-f,--file", common.inputs.paths,
                  "Kubernetes objects, YAML or JSON; a directory is walked; - is standard input; "
                  "CLUSTER=FILE for those of a remote cluster of the mesh; may be given again")
      ->type_name("FILE|DIR|-")
      ->required()
      ->allow_extra_args(false);
  verb.add_option("--mesh-config", common.inputs.mesh_config,
                  "a MeshConfig laid over every other one")
      ->type_name("FILE");
  verb.add_option("--text", common.inputs.texts,
                  "what stands behind a URL that the configuration names: keys (jwksUri), or an "
                  "issuer's OpenID configuration; nothing is fetched; may be given again")
      ->type_name("URL=FILE")
      ->allow_extra_args(false);
  add_strict(verb, common);
  if (answer == Answer::kManifest) {
    add_manifest_format(verb, common.format);
  } else {
    add_format(verb, common);
  }
}

void add_strict(CLI::App& verb, bool& strict) {
  verb.add_flag("--strict", strict, "warnings count as errors");
}

void add_strict(CLI::App& verb, Common& common) { add_strict(verb, common.strict); }

void add_format(CLI::App& verb, Common& common) {
  verb.add_option("-o,--output", common.format, "table, yaml or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "yaml", "json"}))
      ->capture_default_str();
}

void add_manifest_format(CLI::App& verb, std::string& format) {
  verb.add_option("-o,--output", format, "yaml or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"yaml", "json"}))
      ->capture_default_str();
}

void add_proxy_choice(CLI::App& verb, ProxyChoice& choice) {
  auto* one = verb.add_option_group("proxy", "which proxy");
  one->add_option("--pod", choice.pod,
                  "the proxy of a pod, or of a workload without pods; CLUSTER=NS/NAME of a remote "
                  "cluster")
      ->type_name("NS/NAME");
  one->add_option("--proxy", choice.file, "a proxy description")->type_name("FILE");
  one->require_option(1);
  verb.add_option("--flavour", choice.flavour,
                  "istio (Istio's own filters) or envoy (a stock Envoy); without it, as the pod or "
                  "the description says")
      ->type_name("FLAVOUR")
      ->check(CLI::IsMember({"istio", "envoy"}));
}

Proxy proxy_of_pod(const Snapshot& snapshot, const std::string& pod) {
  const size_t slash = pod.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == pod.size()) {
    throw UsageError("--pod " + pod + ": is not NS/NAME");
  }
  return Proxy::of_pod(snapshot, pod.substr(0, slash), pod.substr(slash + 1));
}

Proxy choose(const Snapshot& snapshot, const ProxyChoice& choice) {
  Proxy proxy;
  if (!choice.file.empty()) {
    proxy = Proxy::read(snapshot, read_file(choice.file), choice.file);
  } else {
    proxy = proxy_of_pod(snapshot, choice.pod);
  }
  return choice.flavour.empty() ? std::move(proxy) : proxy.with_flavour(choice.flavour);
}

void runs(CLI::App& verb, Run run) {
  // CLI11 calls back while it parses; the status leaves as its own exception for that.
  verb.callback([run = std::move(run)] {
    const int status = run();
    if (std::fflush(stdout) != 0) throw UsageError("standard output cannot be written");
    throw CLI::RuntimeError(status);
  });
}

std::string counted(uint64_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_as(const std::string& format, const Json& value) {
  print(format == "yaml" ? print_yaml(value) : print_json(value));
}

namespace {

bool has_colour(int descriptor) {
  return isatty(descriptor) != 0 && std::getenv("NO_COLOR") == nullptr;
}

}  // namespace

std::string diagnostic_line(const Json& diagnostic, bool colour) {
  const std::string_view severity = text_at(diagnostic, "severity");
  std::string out;
  if (!text_at(diagnostic, "file").empty()) {
    out += text_at(diagnostic, "file");
    if (number_at(diagnostic, "line") > 0) {
      out += ":" + std::to_string(number_at(diagnostic, "line")) + ":" +
             std::to_string(number_at(diagnostic, "column"));
    }
    out += ": ";
  }
  std::string word(severity);
  word += "[" + std::string(text_at(diagnostic, "code")) + "]";
  if (colour) {
    word = (severity == "error"     ? "\033[31m"
            : severity == "warning" ? "\033[33m"
                                    : "\033[36m") +
           word + "\033[0m";
  }
  out += word;
  for (const char* part : {"object", "field"}) {
    const std::string_view text = text_at(diagnostic, part);
    if (!text.empty()) out += " " + std::string(text) + ":";
  }
  out += " " + std::string(text_at(diagnostic, "message"));
  const std::string_view mend = text_at(diagnostic, "mend");
  if (!mend.empty()) out += " (" + std::string(mend) + ")";
  return out;
}

Findings count(const Json& diagnostics) {
  Findings out;
  for (const Json& diagnostic : diagnostics.GetArray()) {
    const std::string_view severity = text_at(diagnostic, "severity");
    ++(severity == "error" ? out.errors : severity == "warning" ? out.warnings : out.infos);
  }
  return out;
}

JsonDocument diagnostics_for(const Snapshot& snapshot, const std::string& tenant) {
  return parse(tenant.empty() ? snapshot.diagnostics().text()
                              : snapshot.diagnostics_of(tenant).text());
}

Findings report(const Snapshot& snapshot, const std::string& tenant) {
  const JsonDocument diagnostics = diagnostics_for(snapshot, tenant);
  const bool colour = has_colour(STDERR_FILENO);
  for (const Json& diagnostic : diagnostics.GetArray()) {
    if (text_at(diagnostic, "severity") == "info") continue;  // `mesh check` shows these
    std::fprintf(stderr, "%s\n", diagnostic_line(diagnostic, colour).c_str());
  }
  return count(diagnostics);
}

}  // namespace mesh::cli
