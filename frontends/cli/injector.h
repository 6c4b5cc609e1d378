// What the verbs of injection share: the settings of an injector, as flags.
#pragma once

#include <string>
#include <vector>

#include "frontends/cli/verb.h"

namespace mesh::cli {

struct InjectorFlags {
  std::string values;  // a file each
  std::string mesh_config;
  std::string injector_config;
  std::string revision;
  std::string native_sidecars;
  std::string compliance_policy;
  std::string platform;
  std::string kubelet_version;
  std::string cluster;
  std::string network;
};

// --values, --mesh-config, --injector-config, --revision and what istiod takes from its environment.
void add_injector_flags(CLI::App& verb, InjectorFlags& flags);
// Without --mesh-config, which `mesh serve` has already.
void add_injector_environment(CLI::App& verb, InjectorFlags& flags);
// JSON for mesh_injector_new.
std::string injector_options(const InjectorFlags& flags);

// A text of a call, by its file.
struct Text {
  std::string file;
  std::string text;
};
std::vector<Text> read_texts(const std::vector<std::string>& paths);

// What decided, of a decision's "text", which begins with the answer and its code.
std::string reason_of(const Json& decision);

// Diagnostics as lines on stderr, "info" ones too when `all`.
Findings show_diagnostics(const Json& diagnostics, bool all);

}  // namespace mesh::cli
