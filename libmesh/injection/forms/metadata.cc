#include "libmesh/injection/forms/metadata.h"

#include <initializer_list>
#include <string>
#include <utility>

#include "libmesh/injection/cni/networks.h"
#include "libmesh/injection/forms/build.h"

namespace mesh::injection::forms {
namespace {

std::string_view first_of(std::initializer_list<std::string_view> texts) {
  for (std::string_view text : texts) {
    if (!text.empty()) return text;
  }
  return {};
}

// sprig: trunc 63 | trimAll "-_."
std::string_view label_value(std::string_view text) {
  text = text.substr(0, 63);
  constexpr std::string_view kAround = "-_.";
  const size_t first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kAround) - first + 1);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

void add_stated(View& view, Known known, std::string_view otherwise, Map& annotations) {
  const std::string_view text = view.annotation(known, otherwise);
  if (!text.empty()) add(annotations, name_of(known), text);
}

void add_networks(View& view, Map& annotations) {
  const std::string& network = view.settings.cni_network;
  if (network.empty()) return;
  const std::string_view present = view.annotations.text(Known::kNetworks);
  const Maistra* maistra = view.input.settings.maistra.get();
  const Value* metadata = view.input.pod.find("metadata");
  const std::string_view ns = metadata == nullptr ? "" : metadata->string_at("namespace");
  const bool overwrite = maistra != nullptr && maistra->overwrite_networks;
  NetworkChange change =
      overwrite ? overwrite_network(present, network, ns) : append_network(present, network, ns);
  add(annotations, name_of(Known::kNetworks), Value(std::move(change.text)));
}

}  // namespace

void add_canonical_labels(View& view, CanonicalName form, Map& labels) {
  std::string_view name =
      first_of({view.label("service.istio.io/canonical-name"), view.label("app.kubernetes.io/name"),
                view.label("app"), view.input.owner.name});
  if (form == CanonicalName::kTrimmed) name = label_value(name);
  add(labels, "service.istio.io/canonical-name", name);
  add(labels, "service.istio.io/canonical-revision",
      first_of({view.label("service.istio.io/canonical-revision"),
                view.label("app.kubernetes.io/version"), view.label("version"), "latest"}));
}

void add_common_annotations(View& view, Map& annotations) {
  add(annotations, "istio.io/rev", first_of({view.input.revision, "default"}));
  if (view.app_names.empty()) return;
  for (Known known : {Known::kDefaultLogsContainer, Known::kDefaultContainer}) {
    if (!view.annotations.has(known)) {
      add(annotations, name_of(known), view.quoted(view.app_names.front()));
    }
  }
}

void add_cni_annotations(View& view, Map& annotations) {
  const Prepared& settings = view.settings;
  if (!settings.cni) return;
  const Replaceable& proxy = settings.proxy;
  add_networks(view, annotations);
  add(annotations, name_of(Known::kInterceptionMode),
      view.annotation(Known::kInterceptionMode, view.input.proxy_config.interception_mode));
  add_stated(view, Known::kIncludeOutboundRanges, proxy.include_outbound_ranges, annotations);
  add_stated(view, Known::kExcludeOutboundRanges, proxy.exclude_outbound_ranges, annotations);
  add(annotations, name_of(Known::kIncludeInboundPorts),
      view.annotation(Known::kIncludeInboundPorts, proxy.include_inbound_ports));
  add(annotations, name_of(Known::kExcludeInboundPorts),
      Value(excluded_inbound_ports(
          view.annotation(Known::kStatusPort, proxy.status_port),
          view.annotation(Known::kExcludeInboundPorts, proxy.exclude_inbound_ports))));
  if (settings.states_include_outbound_ports ||
      view.annotations.has(Known::kIncludeOutboundPorts)) {
    add(annotations, name_of(Known::kIncludeOutboundPorts),
        view.annotation(Known::kIncludeOutboundPorts, proxy.include_outbound_ports));
  }
  if (settings.states_exclude_outbound_ports ||
      view.annotations.has(Known::kExcludeOutboundPorts)) {
    add(annotations, name_of(Known::kExcludeOutboundPorts),
        view.annotation(Known::kExcludeOutboundPorts, proxy.exclude_outbound_ports));
  }
  for (Known known : {Known::kKubevirtInterfaces, Known::kReroute, Known::kExcludeInterfaces}) {
    add_stated(view, known, "", annotations);
  }
}

void add_flavour_labels(const View& view, Map& labels) {
  const std::string& version = view.settings.maistra_version;
  if (!version.empty()) add(labels, "maistra-version", version);
}

std::string excluded_inbound_ports(std::string_view status_port, std::string_view excluded) {
  const std::string_view port = trimmed(status_port);
  if (port.empty() || port == "0") return std::string(excluded);
  std::string out;
  for (size_t at = 0; at <= excluded.size();) {
    const size_t comma = std::min(excluded.find(',', at), excluded.size());
    const std::string_view item = excluded.substr(at, comma - at);
    if (item == port) return std::string(excluded);
    if (const std::string_view text = trimmed(item); !text.empty()) {
      out.append(text).push_back(',');
    }
    at = comma + 1;
  }
  return out.append(port);
}

}  // namespace mesh::injection::forms
