#include "libmesh/injection/values_config.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libmesh/injection/forms/text.h"
#include "libmesh/injection/injector_config.h"
#include "libmesh/smcp/versions.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

void add_templates(const Value& values, InjectorConfig& out, Diagnostics& diagnostics) {
  const Value* templates = value_at(values, "sidecarInjectorWebhook.templates");
  if (templates == nullptr || !templates->is_map()) return;
  for (const Member& member : *templates->if_map()) {
    const std::string* text = member.value.if_string();
    if (text == nullptr) continue;
    out.templates.erase(member.key);
    TemplatePtr read = make_template(member.key, *text, diagnostics);
    if (read != nullptr) out.templates[member.key] = std::move(read);
  }
}

void add_injected_annotations(const Value& values, InjectorConfig& out) {
  const Value* annotations = value_at(values, "sidecarInjectorWebhook.injectedAnnotations");
  if (annotations == nullptr || !annotations->is_map()) return;
  for (const Member& member : *annotations->if_map()) {
    out.injected_annotations.emplace_back(member.key, forms::sprint(&member.value));
  }
  std::sort(out.injected_annotations.begin(), out.injected_annotations.end());
}

}  // namespace

InjectorConfig config_of_values(const Value& values, Diagnostics& diagnostics) {
  InjectorConfig out = default_injector_config();
  const Value* policy = value_at(values, "global.proxy.autoInject");
  if (policy != nullptr) out.policy = forms::sprint(policy);
  out.always_inject =
      read_label_selectors(value_at(values, "sidecarInjectorWebhook.alwaysInjectSelector"));
  out.never_inject =
      read_label_selectors(value_at(values, "sidecarInjectorWebhook.neverInjectSelector"));
  const Value* defaults = value_at(values, "sidecarInjectorWebhook.defaultTemplates");
  const List* names = defaults == nullptr ? nullptr : defaults->if_list();
  if (names != nullptr && !names->empty()) {
    out.default_templates.clear();
    for (const Value& name : *names) out.default_templates.push_back(forms::sprint(&name));
  }
  add_injected_annotations(values, out);
  add_templates(values, out, diagnostics);
  return out;
}

std::unique_ptr<const Maistra> maistra_flavour(std::string_view version, const Value& values) {
  const Result<smcp::Version> known = smcp::parse_version(version);
  if (version.empty() || !known) return nullptr;
  auto out = std::make_unique<Maistra>();
  out->version = version;
  std::string_view number = version;
  if (number.starts_with('v')) number.remove_prefix(1);
  out->label_version = std::string(number) + ".0";
  const auto on = [&](std::string_view path) { return forms::is_truthy(value_at(values, path)); };
  if (on("istio_cni.enabled") && !on("istio_cni.chained")) {
    const Value* network = value_at(values, "istio_cni.istio_cni_network");
    const std::string* name = network == nullptr ? nullptr : network->if_string();
    out->cni_network = name == nullptr || name->empty() ? smcp::cni_network_name(*known) : *name;
  }
  out->uid_above_application = *known < smcp::Version::kV2_6;
  out->overwrite_networks =
      *known == smcp::Version::kV1_1 && !on("sidecarInjectorWebhook.injectPodRedirectAnnot");
  out->drop_capabilities = {"KILL", "MKNOD", "SETGID", "SETUID"};
  return out;
}

}  // namespace mesh::injection
