#include "libmesh/injection/forms/parts.h"

#include <charconv>
#include <utility>

#include "libmesh/injection/forms/build.h"
#include "libmesh/injection/forms/json_fields.h"
#include "libmesh/injection/forms/resources.h"

namespace mesh::injection::forms {
namespace {

using document::Member;

// A number of the pod's annotation, which validation has found to be one.
Value number_of(View& view, Known known, const Value& otherwise) {
  const std::string* text = view.annotations.get(known);
  if (text == nullptr) return otherwise;
  int64_t number = 0;
  const char* last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, number);
  // A leading zero is an octal number to YAML.
  const bool octal = text->size() > 1 && text->front() == '0';
  if (error != std::errc() || end != last || octal) view.odd = true;
  return Value(number);
}

// The entries of an annotation's JSON object as list elements with `name` before their fields.
void add_named(View& view, Known known, List& out) {
  const std::string* json = view.annotations.get(known);
  if (json == nullptr) return;
  for (auto& [name, value] : json_fields(*json, view)) {
    Map element;
    add(element, "name", view.quoted(name));
    Map* fields = value.if_map();
    if (fields == nullptr || fields->empty() || value.find("name") != nullptr) {
      view.odd = true;
      continue;
    }
    for (Member& field : *fields) add(element, field.key, std::move(field.value));
    out.emplace_back(std::move(element));
  }
}

bool is_zero(const Value& value) {
  const int64_t* number = value.if_int();
  return number != nullptr && *number == 0;
}

}  // namespace

std::string_view image_of(View& view, std::string_view of_values, std::string_view composed) {
  const std::string_view image = view.annotations.text_or(Known::kProxyImage, of_values);
  return view.quoted(image.find('/') != std::string_view::npos ? image : composed);
}

Value argument(View& view, std::string_view name, Known known, std::string_view otherwise) {
  const std::string_view text = view.part(view.annotations.text_or(known, otherwise));
  std::string out;
  out.reserve(name.size() + text.size());
  return Value(std::move(out.append(name).append(text)));
}

List proxy_arguments(View& view, std::string_view role) {
  const Prepared& settings = view.settings;
  List args;
  args.reserve(10);
  args.emplace_back("proxy");
  args.emplace_back(role);
  args.emplace_back("--domain");
  args.emplace_back(settings.domain);
  args.push_back(argument(view, "--proxyLogLevel=", Known::kLogLevel, settings.proxy.log_level));
  args.push_back(argument(view, "--proxyComponentLogLevel=", Known::kComponentLogLevel,
                          settings.proxy.component_log_level));
  args.push_back(
      argument(view, "--log_output_level=", Known::kAgentLogLevel, settings.proxy.agent_log_level));
  if (!settings.sts_port.empty()) args.emplace_back(settings.sts_port);
  if (settings.log_as_json) args.emplace_back("--log_as_json");
  return args;
}

Value http_probe_of(int64_t port) {
  Map get;
  get.reserve(2);
  add(get, "path", "/healthz/ready");
  add(get, "port", Value(port));
  return Value(std::move(get));
}

Value named_port(int64_t port, std::string_view name) {
  Map out;
  out.reserve(3);
  add(out, "containerPort", Value(port));
  add(out, "protocol", "TCP");
  add(out, "name", name);
  return Value(std::move(out));
}

bool serves_status(View& view) {
  return view.annotation(Known::kStatusPort, view.settings.proxy.status_port) != "0";
}

Value readiness_probe(View& view, int64_t port, bool annotated) {
  const Replaceable& proxy = view.settings.proxy;
  auto number = [&](Known known, const Value& otherwise) {
    return annotated ? number_of(view, known, otherwise) : otherwise;
  };
  Map probe;
  probe.reserve(5);
  add(probe, "httpGet", http_probe_of(port));
  Value delay = number(Known::kReadinessInitialDelay, proxy.readiness_initial_delay);
  if (!is_zero(delay)) add(probe, "initialDelaySeconds", std::move(delay));
  add(probe, "periodSeconds", number(Known::kReadinessPeriod, proxy.readiness_period));
  add(probe, "timeoutSeconds", Value(int64_t{3}));
  add(probe, "failureThreshold",
      number(Known::kReadinessFailureThreshold, proxy.readiness_failure_threshold));
  return Value(std::move(probe));
}

Value resources_of(View& view) {
  Value own = annotation_resources(view.annotations);
  return own.is_null() ? view.settings.resources : own;
}

Value drop_list(const View& view) {
  List out;
  out.reserve(view.settings.drop_capabilities.size());
  for (const std::string& capability : view.settings.drop_capabilities)
    out.emplace_back(capability);
  return Value(std::move(out));
}

void add_user_mounts(View& view, List& mounts) { add_named(view, Known::kUserVolumeMount, mounts); }

void add_user_volumes(View& view, List& volumes) { add_named(view, Known::kUserVolume, volumes); }

void add_bootstrap_volume(View& view, List& volumes) {
  const std::string* name = view.annotations.get(Known::kBootstrapOverride);
  if (name == nullptr) return;
  Map volume;
  add(volume, "name", "custom-bootstrap-volume");
  add(volume, "configMap", object("name", view.name(*name)));
  volumes.emplace_back(std::move(volume));
}

void add_bootstrap_mount(const View& view, List& mounts) {
  if (!view.annotations.has(Known::kBootstrapOverride)) return;
  mounts.push_back(mount("custom-bootstrap-volume", "/etc/istio/custom-bootstrap"));
}

void add_mtls_volume(View& view, List& volumes) {
  if (!view.settings.mount_mtls_certs) return;
  const std::string_view account = view.service_account();
  Map secret;
  add(secret, "optional", Value(true));
  add(secret, "secretName",
      Value("istio." + std::string(account.empty() ? "default" : view.part(account))));
  Map volume;
  add(volume, "name", "istio-certs");
  add(volume, "secret", Value(std::move(secret)));
  volumes.emplace_back(std::move(volume));
}

Value overlay(Map labels, Map annotations, Map spec) {
  Map metadata;
  metadata.reserve(2);
  if (!labels.empty()) add(metadata, "labels", Value(std::move(labels)));
  if (!annotations.empty()) add(metadata, "annotations", Value(std::move(annotations)));
  Map out;
  out.reserve(2);
  add(out, "metadata", Value(std::move(metadata)));
  add(out, "spec", Value(std::move(spec)));
  return Value(std::move(out));
}

void add_pull_secrets(const View& view, Map& spec) {
  if (!view.settings.pull_secrets.empty()) {
    add(spec, "imagePullSecrets", Value(view.settings.pull_secrets));
  }
}

}  // namespace mesh::injection::forms
