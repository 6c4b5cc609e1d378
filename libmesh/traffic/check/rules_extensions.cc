// What Istio refuses in WasmPlugins, TrafficExtensions and, of the workloads that they are for, EnvoyFilters. An extension that
// has nothing to run is told in traffic/extensions, a patch in xds/envoyfilter/validate.cc.
#include <array>

#include "libmesh/base/strings.h"
#include "libmesh/traffic/check/rules_kinds.h"
#include "libmesh/traffic/check/targets.h"
#include "libmesh/traffic/check/words.h"
#include "libmesh/traffic/extensions/url.h"

namespace mesh::traffic {
namespace {

// What stands before the first ':', as Go's net/url reads it; empty when there is none.
std::string scheme_of(std::string_view url) {
  for (size_t i = 0; i < url.size(); ++i) {
    const char c = url[i];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) continue;
    const bool inner = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (inner && i > 0) continue;
    return c == ':' ? lower_ascii(url.substr(0, i)) : "";
  }
  return "";
}

void check_url(const std::string& url, const std::string& path, Finder& finder) {
  const std::string scheme = scheme_of(url);
  // Without one it is read as what stands behind http:// (strictParseURL).
  if (scheme.empty() && parse_module_url(url) && !parse_module_url("http://" + url)) {
    return finder.invalid(path + ".url", quoted(url) + " is no URL and no name of an image",
                          "write it like oci://registry.example.com/name:tag");
  }
  if (scheme.empty() || scheme == "file" || scheme == "http" || scheme == "https" ||
      scheme == "oci") {
    return;
  }
  finder.invalid(path + ".url", quoted(scheme) + " is no scheme of modules",
                 "write oci://, https://, http:// or file:// before it");
}

// Texts that are there have a character, and not too many.
void check_length(const std::string& text, size_t most, const std::string& field, Finder& finder) {
  const document::Value* written = find_field(finder.object(), field);
  if (text.empty() && written != nullptr && written->is_string()) {
    finder.invalid(field, "is empty", "write it, or leave it out");
  } else if (text.size() > most) {
    finder.invalid(field, "is longer than " + std::to_string(most) + " characters", "shorten it");
  }
}

void check_environment(const std::vector<extensions::EnvVar>& env, const std::string& path,
                       Finder& finder) {
  constexpr size_t kMostName = 256;
  std::set<std::string> seen;
  for (size_t i = 0; i < env.size(); ++i) {
    const std::string here = at(path, i);
    if (env[i].name.empty()) {
      finder.invalid(here + ".name", "is not set", "name the variable");
    } else if (env[i].name.size() > kMostName) {
      finder.invalid(here + ".name", "is longer than 256 characters", "shorten it");
    } else if (!seen.insert(env[i].name).second) {
      finder.invalid(here + ".name", quoted(env[i].name) + " stands here twice", "write it once");
    }
    if (env[i].value_from == extensions::EnvValueSource::HOST && !env[i].value.empty()) {
      finder.invalid(here + ".value", "stands beside valueFrom HOST",
                     "take it away, or write valueFrom INLINE");
    }
  }
}

// WasmPlugin and WasmConfig have the same fields.
template <typename Wasm>
void check_wasm(const Wasm& wasm, const std::string& path, Finder& finder) {
  constexpr size_t kDigits = 64;
  check_url(wasm.url, path, finder);
  if (!wasm.sha256.empty() &&
      (wasm.sha256.size() != kDigits ||
       wasm.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)) {
    finder.invalid(path + ".sha256", quoted(wasm.sha256) + " is no checksum",
                   "write the 64 small hexadecimal digits of SHA-256");
  }
  check_length(wasm.image_pull_secret, 253, path + ".imagePullSecret", finder);
  check_length(wasm.plugin_name, 256, path + ".pluginName", finder);
  if (wasm.vm_config) check_environment(wasm.vm_config->env, path + ".vmConfig.env", finder);
}

template <typename Selectors>
void check_match(const Selectors& match, Finder& finder) {
  for (size_t i = 0; i < match.size(); ++i) {
    for (size_t j = 0; j < match[i].ports.size(); ++j) {
      check_port_number(match[i].ports[j].number, at(at("spec.match", i) + ".ports", j) + ".number",
                        finder);
    }
  }
}

}  // namespace

void check_wasm_plugin(const extensions::WasmPlugin& plugin, Finder& finder) {
  check_policy_target(plugin, finder);
  check_wasm(plugin, "spec", finder);
  check_match(plugin.match, finder);
}

void check_traffic_extension(const extensions::TrafficExtension& extension, Finder& finder) {
  if (extension.selector) {
    check_selector_words(extension.selector->match_labels, "spec.selector.matchLabels", finder);
  }
  check_target_list(extension.targetRefs, finder);
  check_one_target({"selector", "targetRefs"}, finder);
  if (extension.wasm) check_wasm(*extension.wasm, "spec.wasm", finder);
  check_match(extension.match, finder);
}

void check_envoy_filter_target(const networking::EnvoyFilter& filter, Finder& finder) {
  if (filter.workload_selector) {
    check_selector_words(filter.workload_selector->labels, "spec.workloadSelector.labels", finder);
  }
  check_target_list(filter.targetRefs, finder);
  check_one_target({"workloadSelector", "targetRefs"}, finder);
}

}  // namespace mesh::traffic
