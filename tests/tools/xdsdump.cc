// Writes what one proxy is sent, in the form of the comparison with Istio:
//
//   xdsdump -f INPUT.yaml [-f …] --proxy PROXY.yaml --out DIR [--flavour envoy] [--bench N]
//
// clusters.json, endpoints.json, listeners.json and routes.json, each [{"name": …, "resource": …}].
// The endpoints are those that the clusters ask for, the routes those that the listeners ask for.
// --bench N makes each kind N times more and prints the least CPU time of one making.
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/wire.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/generate.h"

namespace {

using mesh::xds::Resources;
using mesh::xds::Type;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::cerr << path << ": cannot be read\n";
    std::exit(2);
  }
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

std::string json_of(const mesh::xds::Resource& resource, Type type) {
  std::string_view url = mesh::xds::type_url(type);
  auto json = mesh::schema::to_json(url.substr(url.find('/') + 1), resource.value());
  if (!json) {
    std::cerr << resource.name << ": " << json.error().message << "\n";
    std::exit(1);
  }
  return *json;
}

std::vector<std::string> write(const std::string& dir, Type type, const Resources& resources) {
  std::vector<std::string> jsons;
  std::ofstream out(dir + "/" + std::string(mesh::xds::type_name(type)) + ".json");
  out << "[";
  for (const auto& resource : resources) {
    jsons.push_back(json_of(*resource, type));
    out << (jsons.size() > 1 ? ",\n" : "\n") << "{\"name\": " << quoted(resource->name)
        << ", \"resource\": " << jsons.back() << "}";
  }
  out << "\n]\n";
  return jsons;
}

// The service_name of a cluster's eds_cluster_config (field 3, field 2).
std::string eds_name(const mesh::xds::Resource& cluster) {
  mesh::wire::Reader reader(cluster.value());
  while (const auto* field = reader.next()) {
    if (field->number != 3) continue;
    mesh::wire::Reader eds(field->bytes);
    while (const auto* inner = eds.next()) {
      if (inner->number == 2) return std::string(inner->bytes);
    }
  }
  return {};
}

void route_names(const std::string& json, std::set<std::string>& out) {
  constexpr std::string_view kKey = "\"routeConfigName\":";
  for (size_t at = json.find(kKey); at != std::string::npos; at = json.find(kKey, at + 1)) {
    const size_t start = json.find('"', at + kKey.size()) + 1;
    out.insert(json.substr(start, json.find('"', start) - start));
  }
}

struct Options {
  std::vector<std::string> inputs;
  std::string proxy;
  std::string out;
  std::string flavour;
  int bench = 0;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (flag == "-f") options.inputs.emplace_back(argv[i + 1]);
    if (flag == "--proxy") options.proxy = argv[i + 1];
    if (flag == "--out") options.out = argv[i + 1];
    if (flag == "--flavour") options.flavour = argv[i + 1];
    if (flag == "--bench") options.bench = std::stoi(argv[i + 1]);
  }
  if (options.inputs.empty() || options.proxy.empty()) {
    std::cerr << "usage: xdsdump -f INPUT.yaml --proxy PROXY.yaml --out DIR\n";
    std::exit(2);
  }
  return options;
}

double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void measure(const char* what, int times, const std::function<size_t()>& make) {
  double best = 1e300;
  size_t count = 0;
  for (int i = 0; i < times; ++i) {
    const double before = cpu_microseconds();
    count = make();
    best = std::min(best, cpu_microseconds() - before);
  }
  std::cout << what << ": " << best << " us for " << count << " resources, "
            << best * 1e3 / static_cast<double>(count == 0 ? 1 : count) << " ns each\n";
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  mesh::index::Store store;
  for (const auto& path : options.inputs) {
    for (const auto& d : store.apply(read_file(path), path)) {
      std::cerr << mesh::to_string(d) << "\n";
    }
  }
  auto snapshot = store.snapshot();
  auto proxy = mesh::index::read_proxy(*snapshot, read_file(options.proxy), options.proxy);
  if (!proxy) {
    std::cerr << proxy.error().message << "\n";
    return 1;
  }
  if (options.flavour == "envoy") proxy->flavour = mesh::model::Flavour::kEnvoy;
  auto traffic = mesh::traffic::Traffic::make(snapshot->mesh(proxy->tenant));
  const auto view = traffic->view(*proxy);

  auto make_clusters = [&] {
    Resources out;
    mesh::xds::outbound_clusters(view, out);
    mesh::xds::inbound_clusters(view, out);
    return out;
  };
  const Resources clusters = make_clusters();
  std::vector<std::string> eds_names;
  for (const auto& cluster : clusters) {
    if (std::string name = eds_name(*cluster); !name.empty()) eds_names.push_back(name);
  }
  auto make_endpoints = [&] {
    Resources out;
    for (const auto& name : eds_names) {
      if (auto made = mesh::xds::endpoints(view, name)) out.push_back(made);
    }
    return out;
  };
  auto make_listeners = [&] {
    Resources out;
    if (proxy->type == mesh::model::ProxyType::kGateway) {
      mesh::xds::gateway_listeners(view, out);
    } else {
      mesh::xds::inbound_listeners(view, out);
      mesh::xds::outbound_listeners(view, out);
    }
    return out;
  };
  const Resources listeners = make_listeners();
  std::set<std::string> names;
  for (const auto& listener : listeners) route_names(json_of(*listener, Type::kListener), names);
  auto make_routes = [&] {
    Resources out;
    for (const auto& name : names) {
      if (auto made = mesh::xds::route_configuration(view, name)) out.push_back(made);
    }
    return out;
  };

  if (!options.out.empty()) {
    write(options.out, Type::kCluster, clusters);
    write(options.out, Type::kEndpoint, make_endpoints());
    write(options.out, Type::kListener, listeners);
    write(options.out, Type::kRoute, make_routes());
  }
  if (options.bench > 0) {
    measure("clusters", options.bench, [&] { return make_clusters().size(); });
    measure("endpoints", options.bench, [&] { return make_endpoints().size(); });
    measure("listeners", options.bench, [&] { return make_listeners().size(); });
    measure("routes", options.bench, [&] { return make_routes().size(); });
  }
  return 0;
}
