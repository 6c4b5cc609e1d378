// Curves: what a mesh costs as it grows, one dimension at a time.
//
//   curves_bench [--most N]                           all curves, 1 to 10,000 (N) of each
//   curves_bench --services N --endpoints N --namespaces N --proxies N --rules N --gateways N [--open]
//                                                     that one mesh; --open: without Sidecar objects
//
// Each mesh is measured in a process of its own, so that its memory is its own. `read`: from YAML to objects; `build`: the
// objects into a store, its snapshot and its mesh; `push`: delta sessions of all proxies and of one gateway opened against
// a generator that has made nothing, all of every type to all of them; then one changed EndpointSlice, one changed
// VirtualService and a namespace that joins with a service, each from its bytes to the last byte of the last response.
// CPU time; changes: the least of several. In one thread, without sockets.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/document/yaml.h"
#include "libmesh/index/store.h"
#include "libmesh/kube/reader.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/session/session.h"
#include "tests/bench/town.h"

namespace mesh {
namespace {

using testing::Town;
using xds::Type;

struct Cost {
  double ms = 0;
  size_t resources = 0;
  size_t bytes = 0;
};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "curves_bench: %s\n", why.c_str());
  std::exit(1);
}

double cpu_ms() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

double resident_mb() {
  long pages = 0;
  long resident = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

std::string names_request(Type type, const std::vector<std::string>& names) {
  std::string out;
  envoy::discovery::DeltaDiscoveryRequest request(out);
  request.type_url(xds::type_url(type));
  for (const std::string& name : names) request.resource_names_subscribe(name);
  return out;
}

class Measurement {
 public:
  explicit Measurement(const Town& town) : town_(town) {}

  void run(const char* label) {
    std::vector<kube::ObjectPtr> objects;
    const Cost read = measure([&](Cost&) { objects = read_objects(town_.text()); });
    const double before = resident_mb();
    const Cost build = measure([&](Cost&) {
      for (const auto& object : objects) store_.apply(object);
      snapshot_ = store_.snapshot();
      snapshot_->mesh(model::TenantId());
    });
    const double built = resident_mb();
    const Cost push = measure([&](Cost& cost) { full_push(cost); });
    const double pushed = resident_mb();
    const Cost endpoint = least(5, [&](size_t turn) { return town_.slice(0, town_.ns(0), turn); });
    const Cost rule =
        town_.rules == 0 ? Cost{} : least(5, [&](size_t turn) { return town_.rule(0, turn); });
    const Cost join = change(town_.newcomer());
    std::printf(
        "| %s | %.1f | %.1f | %.0f | %.0f | %.1f | %.2f | %zu | %.3f | %zu | %.3f | %zu | %.3f | "
        "%zu "
        "|\n",
        label, read.ms, build.ms, built - before, pushed - before, push.ms,
        static_cast<double>(push.bytes) / 1e6, push.resources, endpoint.ms, endpoint.resources,
        rule.ms, rule.resources, join.ms, join.resources);
    std::fflush(stdout);
  }

 private:
  static std::vector<kube::ObjectPtr> read_objects(const std::string& text) {
    Diagnostics diagnostics;
    std::vector<kube::ObjectPtr> out;
    for (auto& document : document::read_yaml(text, "", diagnostics)) {
      for (auto& object : kube::read_objects(std::move(document), diagnostics)) {
        out.push_back(std::move(object));
      }
    }
    return out;
  }

  static void receive(xds::Session& session, const std::string& request) {
    if (auto taken = session.receive(request); !taken) fail(taken.error().message);
  }

  void full_push(Cost& cost) {
    generator_.update(snapshot_);
    const size_t all = town_.proxies + (town_.gateways > 0 ? 1 : 0);
    for (size_t i = 0; i < all; ++i) {
      sessions_.push_back(std::make_unique<xds::Session>(
          generator_, xds::SessionOptions{.delta = true, .flavour = {}, .secrets = {}}));
      xds::Session& session = *sessions_.back();
      receive(session, town_.first_request(i));
      const auto config = generator_.config(*session.proxy());
      const auto& endpoints = config->shared().endpoint_names();
      receive(session, names_request(Type::kEndpoint, {endpoints.begin(), endpoints.end()}));
      receive(session, names_request(Type::kListener, {"*"}));
      receive(session, names_request(Type::kRoute, config->shared().route_names()));
      drain(session, cost);
    }
  }

  void drain(xds::Session& session, Cost& cost) {
    while (auto message = session.next()) {
      if (out_.size() < message->size()) out_.resize(message->size());
      size_t at = 0;
      for (std::string_view slice : message->slices()) {
        std::memcpy(out_.data() + at, slice.data(), slice.size());
        at += slice.size();
      }
      cost.resources += message->resource_count;
      cost.bytes += at;
    }
  }

  Cost change(const std::string& text) {
    return measure([&](Cost& cost) {
      store_.apply(text, "");
      snapshot_ = store_.snapshot();
      generator_.update(snapshot_);
      for (auto& session : sessions_) {
        session->update();
        drain(*session, cost);
      }
    });
  }

  Cost least(size_t times, const std::function<std::string(size_t)>& text) {
    Cost out;
    for (size_t turn = 1; turn <= times; ++turn) {
      const Cost one = change(text(turn));
      if (turn == 1 || one.ms < out.ms) out = one;
    }
    return out;
  }

  static Cost measure(const std::function<void(Cost&)>& run) {
    Cost cost;
    const double before = cpu_ms();
    run(cost);
    cost.ms = cpu_ms() - before;
    return cost;
  }

  const Town town_;
  index::Store store_;
  index::SnapshotPtr snapshot_;
  xds::Generator generator_;
  std::vector<std::unique_ptr<xds::Session>> sessions_;
  std::string out_;
};

void in_a_process(const Town& town, const std::string& label) {
  const pid_t child = fork();
  if (child == 0) {
    Measurement(town).run(label.c_str());
    std::_Exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) fail(label + " did not end well");
}

void head(const char* what) {
  std::printf(
      "\n| %s | read ms | build ms | MB built | MB pushed | push ms | push MB | resources | "
      "endpoint ms "
      "| sent | rule ms | sent | namespace ms | sent |\n|%s\n",
      what, "--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
  std::fflush(stdout);
}

void curve(const char* name, size_t Town::* dimension, size_t most) {
  head(name);
  for (size_t n = 1; n <= most; n *= 10) {
    Town town;
    town.*dimension = n;
    in_a_process(town, std::to_string(n));
  }
}

}  // namespace
}  // namespace mesh

int main(int argc, char** argv) {
  using mesh::testing::Town;
  const struct {
    const char* flag;
    const char* name;
    size_t Town::* dimension;
  } dimensions[] = {{"--services", "services", &Town::services},
                    {"--endpoints", "endpoints of each service", &Town::endpoints},
                    {"--namespaces", "namespaces", &Town::namespaces},
                    {"--proxies", "proxies", &Town::proxies},
                    {"--rules", "VirtualServices", &Town::rules},
                    {"--gateways", "Gateways", &Town::gateways}};
  const bool bounded = argc == 3 && std::strcmp(argv[1], "--most") == 0;
  if (argc == 1 || bounded) {
    const size_t most = bounded ? static_cast<size_t>(std::atoll(argv[2])) : 10000;
    for (const auto& d : dimensions) mesh::curve(d.name, d.dimension, most);
    return 0;
  }
  Town town;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--open") == 0) town.sidecars = false;
    for (const auto& d : dimensions) {
      if (std::strcmp(argv[i], d.flag) == 0 && i + 1 < argc) {
        town.*d.dimension = static_cast<size_t>(std::atoll(argv[++i]));
      }
    }
  }
  mesh::head("mesh");
  mesh::in_a_process(town, "one");
  return 0;
}
