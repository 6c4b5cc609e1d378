#include "libmesh/xds/bootstrap/bootstrap.h"

#include <charconv>
#include <utility>

#include "libmesh/base/net.h"
#include "libmesh/document/json.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/xds/bootstrap/bootstrap_static.h"

namespace mesh::xds {
namespace {

using document::List;
using document::Map;
using document::Value;

constexpr std::string_view kXdsCluster = "xds-grpc";  // as Istio's agent names it
constexpr std::string_view kSdsCluster = "sds-grpc";

Value object() { return Value(Map{}); }

Error invalid(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

Value socket_address(std::string_view host, int64_t port) {
  Value socket = object();
  socket.set("address", Value(host));
  socket.set("portValue", Value(port));
  Value out = object();
  out.set("socketAddress", std::move(socket));
  return out;
}

struct HostPort {
  std::string host;
  int64_t port = 0;
};

Result<HostPort> split(const std::string& address) {
  const size_t colon = address.rfind(':');
  HostPort out;
  if (colon != std::string::npos) {
    const char* end = address.data() + address.size();
    auto [stop, error] = std::from_chars(address.data() + colon + 1, end, out.port);
    if (error != std::errc() || stop != end) out.port = 0;
    out.host = address.substr(0, colon);
  }
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  if (out.host.empty() || out.port < 1 || out.port > 65535) {
    return invalid("xdsAddress \"" + address + "\" is not HOST:PORT");
  }
  return out;
}

Value node(const model::Proxy& proxy) {
  Value metadata = proxy.metadata;
  if (!metadata.is_map()) metadata = object();
  // What makes a client a stock Envoy, and what decides its listeners, must travel with the node.
  if (proxy.flavour == model::Flavour::kEnvoy) metadata.set("MESH_FLAVOUR", Value("envoy"));
  if (metadata.find("INTERCEPTION_MODE") == nullptr) {
    metadata.set("INTERCEPTION_MODE",
                 Value(proxy.interception == model::Interception::kNone     ? "NONE"
                       : proxy.interception == model::Interception::kTproxy ? "TPROXY"
                                                                            : "REDIRECT"));
  }
  std::string ips;
  for (const std::string& ip : proxy.ip_addresses) ips += (ips.empty() ? "" : ",") + ip;
  metadata.set("INSTANCE_IPS", Value(ips));
  Value out = object();
  out.set("id", Value(index::node_id(proxy)));
  // As Istio: the app label, else the pod, with its namespace.
  auto app = proxy.labels.find("app");
  out.set("cluster", Value(app == proxy.labels.end() ? proxy.id : app->second + "." + proxy.ns));
  Value locality = object();
  if (!proxy.locality.region.empty()) locality.set("region", Value(proxy.locality.region));
  if (!proxy.locality.zone.empty()) locality.set("zone", Value(proxy.locality.zone));
  if (!proxy.locality.subzone.empty()) locality.set("subZone", Value(proxy.locality.subzone));
  if (!locality.if_map()->empty()) out.set("locality", std::move(locality));
  out.set("metadata", std::move(metadata));
  return out;
}

Value http2_options() {
  Value options = object();
  options.set("@type", Value("type.googleapis.com/"
                             "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"));
  Value explicit_http = object();
  explicit_http.set("http2ProtocolOptions", object());
  options.set("explicitHttpConfig", std::move(explicit_http));
  Value out = object();
  out.set("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", std::move(options));
  return out;
}

Value grpc_cluster(std::string_view name, std::string_view type, Value address) {
  Value endpoint = object();
  endpoint.set("address", std::move(address));
  Value lb_endpoint = object();
  lb_endpoint.set("endpoint", std::move(endpoint));
  Value group = object();
  group.set("lbEndpoints", Value(List{std::move(lb_endpoint)}));
  Value assignment = object();
  assignment.set("clusterName", Value(name));
  assignment.set("endpoints", Value(List{std::move(group)}));
  Value out = object();
  out.set("name", Value(name));
  out.set("type", Value(type));
  out.set("connectTimeout", Value("1s"));
  out.set("loadAssignment", std::move(assignment));
  out.set("typedExtensionProtocolOptions", http2_options());
  return out;
}

Value ads_source() {
  Value out = object();
  out.set("ads", object());
  out.set("initialFetchTimeout", Value("0s"));
  out.set("resourceApiVersion", Value("V3"));
  return out;
}

Value dynamic_resources(bool delta) {
  Value envoy_grpc = object();
  envoy_grpc.set("clusterName", Value(kXdsCluster));
  Value service = object();
  service.set("envoyGrpc", std::move(envoy_grpc));
  Value ads = object();
  ads.set("apiType", Value(delta ? "DELTA_GRPC" : "GRPC"));
  ads.set("transportApiVersion", Value("V3"));
  ads.set("setNodeOnFirstMessageOnly", Value(true));
  ads.set("grpcServices", Value(List{std::move(service)}));
  Value out = object();
  out.set("ldsConfig", ads_source());
  out.set("cdsConfig", ads_source());
  out.set("adsConfig", std::move(ads));
  return out;
}

Result<Value> control_plane(const ProxyConfig& config, const BootstrapOptions& options) {
  auto address = split(options.xds_address);
  if (!address) return address.error();
  List clusters;
  clusters.push_back(grpc_cluster(kXdsCluster,
                                  is_ip_address(address->host) ? "STATIC" : "STRICT_DNS",
                                  socket_address(address->host, address->port)));
  if (config.proxy().flavour == model::Flavour::kIstio) {
    // Istio's agent serves certificates beside its Envoy.
    Value pipe = object();
    pipe.set("path", Value("./var/run/secrets/workload-spiffe-uds/socket"));
    Value path = object();
    path.set("pipe", std::move(pipe));
    clusters.push_back(grpc_cluster(kSdsCluster, "STATIC", std::move(path)));
  }
  Value out = object();
  out.set("clusters", Value(std::move(clusters)));
  return out;
}

}  // namespace

Result<std::string> bootstrap(const ProxyConfig& config, const BootstrapOptions& options) {
  if (options.admin_port < 0 || options.admin_port > 65535) {
    return invalid("adminPort " + std::to_string(options.admin_port) + " is no port");
  }
  if (!is_ip_address(options.admin_address)) {
    return invalid("adminAddress \"" + options.admin_address + "\" is no IP address");
  }
  Value root = object();
  root.set("node", node(config.proxy()));
  Value admin = object();
  admin.set("address", socket_address(options.admin_address, options.admin_port));
  root.set("admin", std::move(admin));
  auto resources =
      options.complete ? static_resources(config, options) : control_plane(config, options);
  if (!resources) return resources.error();
  if (!options.complete) root.set("dynamicResources", dynamic_resources(options.delta));
  root.set("staticResources", *std::move(resources));
  return document::write_json(root);
}

}  // namespace mesh::xds
