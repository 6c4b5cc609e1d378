// Labels and annotations as they were (uninject_parts.h).
#include <algorithm>
#include <string>
#include <utility>

#include "libmesh/injection/cni/networks.h"
#include "libmesh/injection/doors/uninject_parts.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/probes.h"
#include "libmesh/injection/pod/prometheus.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

constexpr std::string_view kAgentPath = "/stats/prometheus";

class Metadata {
 public:
  Metadata(Value& pod, const Traces& traces, std::vector<Unknown>& unknown)
      : pod_(pod), traces_(traces), unknown_(unknown) {}

  void restore() {
    labels();
    annotations_of_templates();
    if (traces_.validates) redirection();
    networks();
    prometheus();
    erase("annotations", kStatusAnnotation);
    erase("annotations", kOverridesAnnotation);
    drop_if_empty("labels");
    drop_if_empty("annotations");
  }

 private:
  const std::string* text(std::string_view which, std::string_view key) const {
    return which == "labels" ? label(pod_, key) : annotation(pod_, key);
  }
  bool erase(std::string_view which, std::string_view key) {
    return metadata_map(pod_, which) != nullptr && make_metadata_map(pod_, which).erase(key);
  }
  void drop_if_empty(std::string_view which) {
    const Value* map = metadata_map(pod_, which);
    if (map != nullptr && map->if_map()->empty()) pod_.find("metadata")->erase(which);
  }
  void tell(std::string_view which, std::string_view key, std::string message) {
    unknown_.push_back(
        {"metadata." + std::string(which) + "[" + std::string(key) + "]", std::move(message)});
  }
  // What injection sets unless the user has: taken out where it is what injection would have set.
  void erase_default(std::string_view which, std::string_view key, std::string_view value) {
    const std::string* own = text(which, key);
    if (own == nullptr || *own != value) return;
    erase(which, key);
    tell(which, key, "was removed; if the user had set it to the same, set it again");
  }

  std::string_view first_of(std::initializer_list<std::string_view> keys) const {
    for (std::string_view key : keys) {
      const std::string* own = label(pod_, key);
      if (own != nullptr && !own->empty()) return *own;
    }
    return {};
  }

  void labels() {
    erase_default("labels", "security.istio.io/tlsMode", "istio");
    erase_default("labels", "networking.istio.io/tunnel", "http");
    const std::string* canonical = label(pod_, "service.istio.io/canonical-name");
    const std::string_view app = first_of({"app.kubernetes.io/name", "app"});
    if (canonical != nullptr && (app.empty() || app.starts_with(*canonical))) {
      erase_default("labels", "service.istio.io/canonical-name", std::string(*canonical));
    }
    const std::string_view version = first_of({"app.kubernetes.io/version", "version"});
    erase_default("labels", "service.istio.io/canonical-revision",
                  std::string(version.empty() ? "latest" : version));
    if (!traces_.network.empty()) {
      erase_default("labels", "topology.istio.io/network", traces_.network);
    }
    erase("labels", "maistra-version");
  }

  void annotations_of_templates() {
    erase("annotations", "istio.io/rev");
    const List* containers = spec_list(pod_, kContainers);
    std::string_view first;
    if (containers != nullptr) {
      for (const Value& container : *containers) {
        first = container.string_at("name");
        if (first != kProxyContainer) break;
      }
    }
    for (std::string_view key : {"kubectl.kubernetes.io/default-container",
                                 "kubectl.kubernetes.io/default-logs-container"}) {
      if (!first.empty()) erase_default("annotations", key, first);
    }
    if (traces_.grpc) erase_default("annotations", kRewriteProbesAnnotation, "false");
  }

  // With the CNI plug-in the whole redirection stands in annotations, the mesh's defaults as well.
  void redirection() {
    erase_default("annotations", "sidecar.istio.io/interceptionMode", "REDIRECT");
    for (std::string_view key : {"traffic.sidecar.istio.io/includeOutboundIPRanges",
                                 "traffic.sidecar.istio.io/includeInboundPorts"}) {
      erase_default("annotations", key, "*");
    }
    constexpr std::string_view kExcluded = "traffic.sidecar.istio.io/excludeInboundPorts";
    const std::string* own_port = annotation(pod_, kStatusPortAnnotation);
    const std::string port = own_port == nullptr ? "15020" : *own_port;
    const std::string* excluded = annotation(pod_, kExcluded);
    if (excluded != nullptr && excluded->ends_with("," + port)) {
      std::string rest = excluded->substr(0, excluded->size() - port.size() - 1);
      make_metadata_map(pod_, "annotations").set(kExcluded, Value(std::move(rest)));
      tell("annotations", kExcluded, "lost the agent's port; the rest may be the mesh's default");
    } else {
      erase_default("annotations", kExcluded, port);
    }
    for (std::string_view key : {"traffic.sidecar.istio.io/excludeOutboundIPRanges",
                                 "traffic.sidecar.istio.io/includeOutboundPorts",
                                 "traffic.sidecar.istio.io/excludeOutboundPorts"}) {
      if (annotation(pod_, key) != nullptr) {
        tell("annotations", key, "was left; it may be the mesh's default");
      }
    }
  }

  static bool is_meshs_network(std::string_view name) {
    return name == "istio-cni" || (name.starts_with("v") && name.ends_with("-istio-cni"));
  }

  // The mesh's network is the last one: appending put it there.
  void networks() {
    const std::string* own = annotation(pod_, kNetworksAnnotation);
    const auto read = own == nullptr ? Result<Networks>(Networks{}) : parse_networks(*own);
    if (!read || read->list.empty() || !is_meshs_network(read->list.back().name)) return;
    tell("annotations", kNetworksAnnotation,
         "lost its last network, " + network_text(read->list.back()));
    if (read->list.size() == 1) {
      erase("annotations", kNetworksAnnotation);
      return;
    }
    make_metadata_map(pod_, "annotations")
        .set(kNetworksAnnotation, Value(without_last(*own, *read)));
  }

  // As it was written, up to what was appended.
  static std::string without_last(const std::string& text, const Networks& networks) {
    if (networks.form == NetworksForm::kText) {
      const size_t comma = text.rfind(',');
      return text.substr(0, comma);
    }
    const size_t object = text.rfind('{');
    const size_t comma = text.rfind(',', object);
    const size_t bracket = text.rfind(']');
    if (object == std::string::npos || comma == std::string::npos) return text;
    return text.substr(0, comma) + text.substr(bracket);
  }

  void prometheus() {
    const std::string* path = annotation(pod_, "prometheus.io/path");
    if (path == nullptr || *path != kAgentPath) return;
    for (std::string_view key :
         {"prometheus.io/path", "prometheus.io/port", "prometheus.io/scrape"}) {
      erase("annotations", key);
    }
    if (annotation(pod_, "prometheus.istio.io/secure-port") != nullptr) {
      tell("annotations", "prometheus.istio.io/secure-port",
           "was left; injection sets it from ENVOY_SECURE_MERGED_METRICS_PORT");
    }
    if (traces_.prometheus.is_null()) return;
    const Value* targets = traces_.prometheus.find("targets");
    const bool has_targets = targets != nullptr && targets->is_list();
    for (std::string_view key : {"scrape", "path", "port"}) {
      const std::string value(traces_.prometheus.string_at(key));
      if (value.empty() || (has_targets && key != "scrape")) continue;
      const std::string name = "prometheus.io/" + std::string(key);
      make_metadata_map(pod_, "annotations").set(name, Value(value));
      tell("annotations", name, "is back; how the user had spelt its name is not known");
    }
    if (has_targets) restore_targets(*targets->if_list());
  }

  void restore_targets(const List& targets) {
    std::string value;
    for (const Value& target : targets) {
      if (!value.empty()) value += ',';
      value.append(target.string_at("port")).append(":").append(target.string_at("path"));
    }
    make_metadata_map(pod_, "annotations")
        .set("prometheus.istio.io/scrape-targets", Value(std::move(value)));
    tell("annotations", "prometheus.istio.io/scrape-targets",
         "is back; its spelling, and prometheus.io/port and path beside it, are not known");
  }

  Value& pod_;
  const Traces& traces_;
  std::vector<Unknown>& unknown_;
};

}  // namespace

void restore_metadata(Value& pod, const Traces& traces, std::vector<Unknown>& unknown) {
  Metadata(pod, traces, unknown).restore();
}

}  // namespace mesh::injection
