#include "libmesh/injection/pod/inject.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "libmesh/injection/cni/networks.h"
#include "libmesh/injection/forms/images.h"
#include "libmesh/injection/forms/uid.h"
#include "libmesh/injection/forms/validate.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/environment.h"
#include "libmesh/injection/pod/go_json.h"
#include "libmesh/injection/pod/invariant.h"
#include "libmesh/injection/pod/merge.h"
#include "libmesh/injection/pod/order.h"
#include "libmesh/injection/pod/overrides.h"
#include "libmesh/injection/pod/probes.h"
#include "libmesh/injection/pod/prometheus.h"
#include "libmesh/injection/pod/status.h"
#include "libmesh/injection/pod/strip.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Value;

constexpr std::string_view kTemplatesAnnotation = "inject.istio.io/templates";

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// selectTemplates: of the pod's annotation or the default ones, aliases replaced once.
std::vector<std::string_view> template_names(const Value& pod, const InjectorConfig& config) {
  std::vector<std::string_view> out;
  const auto add = [&](std::string_view name) {
    const auto alias = config.aliases.find(name);
    if (alias == config.aliases.end()) {
      out.push_back(name);
    } else {
      out.insert(out.end(), alias->second.begin(), alias->second.end());
    }
  };
  const std::string* asked = annotation(pod, kTemplatesAnnotation);
  if (asked == nullptr) {
    for (const std::string& name : config.default_templates) add(name);
    return out;
  }
  const std::string_view text = *asked;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    add(trim(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return out;
}

Error unknown_template(std::string_view name, const InjectorConfig& config) {
  std::string message = "requested template ";
  append_go_string(message, name);
  message += " not found; have ";
  bool first = true;
  for (const auto& [known, content] : config.templates) {
    if (!first) message += ", ";
    message += known;
    first = false;
  }
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

// A proxy that the user wrote among the containers belongs to the init containers where the
// templates bring it as a native sidecar.
void follow_native_sidecar(Value& pod, const Value& template_pod, bool native_by_default) {
  const std::string* asked = annotation(pod, kNativeSidecarAnnotation);
  const bool native = asked != nullptr && *asked == "true"    ? true
                      : asked != nullptr && *asked == "false" ? false
                                                              : native_by_default;
  if (!native || find_named(spec_list(template_pod, kInitContainers), kProxyContainer) == nullptr) {
    return;
  }
  List* containers = spec_list(pod, kContainers);
  Value* proxy = find_named(containers, kProxyContainer);
  if (proxy == nullptr) return;
  Value moved = std::move(*proxy);
  containers->erase(containers->begin() + (proxy - containers->data()));
  if (spec_list(pod, kInitContainers) == nullptr) {
    pod.find("spec")->set(kInitContainers, Value(List{}));
  }
  spec_list(pod, kInitContainers)->push_back(std::move(moved));
}

class Injection {
 public:
  Injection(const Value& pod, const PodContext& context, const Settings& settings)
      : original_(pod), context_(context), settings_(settings) {}

  Result<Injected> run() {
    if (settings_.options.openshift) {
      if ((reset_ = reset_matching_user(original_)))
        return Injection(*reset_, context_, settings_).apply();
    }
    return apply();
  }

 private:
  Result<Injected> apply() {
    warn_of_dns();
    if (auto run = run_templates(); !run) {
      return run.error().at("failed to run injection template");
    }
    if (auto done = reapply_overrides(pod_, original_, template_pod_); !done) {
      return done.error().at("failed to re apply container");
    }
    adjust_init_user(pod_, original_, *config_);
    if (auto done = post_process(); !done) return done.error().at("failed to process pod");
    if (auto kept = check_injection(original_, pod_, named_); !kept) {
      return kept.error().at("injection refused");
    }
    warn_of_networks();
    return Injected{std::move(pod_), std::move(warnings_)};
  }

  Result<void> run_templates() {
    const Value* annotations = metadata_map(original_, "annotations");
    if (auto valid = validate_annotations(annotations); !valid) return valid;
    variables_ = proxy_variables(
        original_, settings_,
        context_.proxy_env == nullptr ? settings_.options.proxy_env : *context_.proxy_env);
    if (context_.manifest) take_own_status_port();
    auto stripped = strip_pod(original_, status_port_text());
    if (!stripped) return stripped.error();
    const Value& seen = *stripped ? **stripped : original_;

    config_ = settings_.proxy_configs.of_pod(context_.owner.ns, metadata_map(original_, "labels"),
                                             annotation(original_, kProxyConfigAnnotation));
    const std::string image = proxy_image(settings_, *config_, seen);
    const std::string init_image = proxy_init_image(settings_, seen);
    const ProxyIds ids = proxy_ids(settings_, seen, context_.ns_facts);
    const bool native = native_sidecars();
    const TemplateInput input{.settings = settings_,
                              .pod = seen,
                              .owner = context_.owner,
                              .proxy_config = *config_,
                              .native_sidecars = native,
                              .proxy_image = image,
                              .proxy_init_image = init_image,
                              .proxy_uid = ids.uid,
                              .proxy_gid = ids.gid,
                              .revision = settings_.revision};
    pod_ = original_;
    template_pod_ = Value(Map{});
    for (std::string_view name : template_names(original_, settings_.config)) {
      if (auto done = run_template(name, input); !done) return done;
    }
    return {};
  }

  Result<void> run_template(std::string_view name, const TemplateInput& input) {
    const auto found = settings_.config.templates.find(name);
    if (found == settings_.config.templates.end() || found->second == nullptr) {
      return unknown_template(name, settings_.config);
    }
    auto overlay = found->second->render(input);
    if (!overlay) return overlay.error();
    add_privileges(*overlay, named_);
    if (auto merged = strategic_merge(template_pod_, names_of_overlay(*overlay)); !merged) {
      return merged.error().at("failed applying injection overlay: strategic merge");
    }
    follow_native_sidecar(pod_, template_pod_, input.native_sidecars);
    if (auto merged = strategic_merge(pod_, *std::move(overlay)); !merged) {
      return merged.error().at(
          "failed parsing generated injected YAML (check Istio sidecar injector configuration): "
          "strategic merge");
    }
    return {};
  }

  void take_own_status_port() {
    const std::string* own = annotation(original_, kProxyConfigAnnotation);
    const ProxyConfigPtr& mesh = settings_.proxy_configs.mesh_default();
    if (own == nullptr || mesh == nullptr) return;
    const auto merged = merge_proxy_config(*mesh, *own);
    if (!merged) return;  // the validation of annotations has refused the pod
    own_status_port_ = (*merged)->status_port;
    own_status_port_text_ = std::to_string(*own_status_port_);
  }

  const std::string& status_port_text() const {
    return own_status_port_ ? own_status_port_text_ : settings_.status_port_text;
  }

  bool native_sidecars() const {
    const Value* spec = original_.find("spec");
    const std::string_view node =
        spec == nullptr ? std::string_view() : spec->string_at("nodeName");
    return node.empty() ? settings_.native_sidecars : native_sidecars_on(settings_, node);
  }

  Result<void> post_process() {
    replace_variables(pod_, variables_, injected_before());
    if (auto done = add_proxy_env(); !done) return done;
    if (auto merged = merge_prometheus(pod_, settings_.prometheus_merge, status_port_text());
        !merged) {
      return merged;
    }
    add_secure_prometheus_port(pod_);
    rewrite_probes(pod_, settings_.rewrite_probes,
                   own_status_port_ ? *own_status_port_ : settings_.status_port);
    apply_metadata();
    const auto first = proxy_first();
    if (!first) return first.error();
    reorder_containers(pod_, *first);
    return {};
  }

  bool injected_before() const { return annotation(original_, kStatusAnnotation) != nullptr; }

  Result<void> add_proxy_env() {
    if (settings_.maistra == nullptr) return {};
    const std::string* text = annotation(original_, kProxyEnvAnnotation);
    if (text == nullptr) return {};
    const auto variables = parse_proxy_env(*text);
    if (!variables) return variables.error();
    replace_variables(pod_, *variables, injected_before());
    return {};
  }

  void apply_metadata() {
    for (const auto& [name, value] : variables_) {
      if (name != kNetworkVariable) continue;
      make_metadata_map(pod_, "labels").set("topology.istio.io/network", Value(value));
    }
    Value& annotations = make_metadata_map(pod_, "annotations");
    annotations.set(kStatusAnnotation, Value(status_text(template_pod_, settings_.revision)));
    for (const auto& [key, value] : settings_.config.injected_annotations) {
      annotations.set(key, Value(value));
    }
  }

  // The pod's own ProxyConfig counts, ProxyConfig objects do not (reorderPod).
  Result<bool> proxy_first() const {
    if (settings_.hold_application) return true;
    const ProxyConfigPtr& mesh = settings_.proxy_configs.mesh_default();
    const std::string* own = annotation(original_, kProxyConfigAnnotation);
    if (own == nullptr) return mesh != nullptr && mesh->hold_application;
    const auto merged = merge_proxy_config(*mesh, *own);
    if (!merged) return merged.error();
    return (*merged)->hold_application;
  }

  void warn_of_dns() {
    const Value* spec = original_.find("spec");
    const std::string_view policy =
        spec == nullptr ? std::string_view() : spec->string_at("dnsPolicy");
    if (policy.empty() || policy == "ClusterFirst") return;
    warnings_.push_back("spec.dnsPolicy is " + std::string(policy) +
                        ", not ClusterFirst: the proxy may not be able to connect to istiod");
  }

  // The form that appends has no place for a warning; the user's annotation tells as much.
  void warn_of_networks() {
    const std::string* own = annotation(original_, kNetworksAnnotation);
    if (own == nullptr || own->empty()) return;
    const Maistra* maistra = settings_.maistra.get();
    if (maistra != nullptr && maistra->overwrite_networks) {
      const auto change = overwrite_network(*own, maistra->cni_network, context_.owner.ns);
      if (!change.warning.empty()) warnings_.push_back(change.warning);
      return;
    }
    const auto parsed = parse_networks(*own);
    const std::string* after = annotation(pod_, kNetworksAnnotation);
    if (parsed.ok() || after == nullptr || *after != *own) return;
    warnings_.push_back(
        "annotation " + std::string(kNetworksAnnotation) +
        " is left alone, and no network of the mesh is added: " + parsed.error().message);
  }

  const Value& original_;
  const PodContext& context_;
  const Settings& settings_;
  std::optional<Value> reset_;  // the original, where OpenShift's user was taken out
  Variables variables_;
  ProxyConfigPtr config_;
  std::optional<int64_t> own_status_port_;  // of a manifest
  std::string own_status_port_text_;
  Value pod_;
  Value template_pod_;            // names only
  std::vector<Privilege> named_;  // by the templates
  std::vector<std::string> warnings_;
};

}  // namespace

bool minds_unread_env(const Value& pod, const Settings& settings) {
  for (std::string_view name : template_names(pod, settings.config)) {
    const auto found = settings.config.templates.find(name);
    if (found == settings.config.templates.end() || found->second == nullptr ||
        found->second->minds_env()) {
      return true;
    }
  }
  // Containers of the mesh's own, which templates and overrides are merged into.
  constexpr std::string_view kOwn[] = {kProxyContainer, "istio-init", "istio-validation",
                                       "enable-core-dump"};
  const Value* spec = pod.find("spec");
  for (std::string_view key : {kContainers, kInitContainers}) {
    const Value* list = spec == nullptr ? nullptr : spec->find(key);
    if (list == nullptr || !list->is_list()) continue;
    for (const Value& container : *list->if_list()) {
      const Value* env = container.find("env");
      if (env == nullptr || env->if_bool() == nullptr) continue;
      const std::string_view name = container.string_at("name");
      if (name.empty() || std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn)) {
        return true;
      }
    }
  }
  return false;
}

Result<Injected> inject_pod(const Value& pod, const PodContext& context, const Settings& settings) {
  return Injection(pod, context, settings).run();
}

}  // namespace mesh::injection
