// What one changed EndpointSlice costs among many services and many connected proxies, beside a
// full push to the same proxies.
//
//   scale_bench [--services N] [--proxies N] [--namespaces N] [--changes N] [--json]
//
// Everything from the changed object's bytes to the last byte of the last response is in the time:
// reading the object, the store, the snapshot, the generator, each session's own decision, and its
// bytes copied out as a server hands them to its transport. Sockets and TLS are not. Sessions are
// delta, in one thread.
// --namespaces is how many namespaces the proxies are spread over; each has a view of its own.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/index/store.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/discovery.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/session/session.h"
#include "tests/support/fleet.h"

namespace mesh {
namespace {

using xds::Type;

struct Options {
  size_t services = 1000;
  size_t proxies = 1000;
  size_t namespaces = 1;
  size_t changes = 21;
  bool json = false;
};

struct Cost {
  double wall_us = 0;
  double cpu_us = 0;
  size_t messages = 0;
  size_t resources = 0;
  size_t bytes = 0;
};

double now_us(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "scale_bench: %s\n", why.c_str());
  std::exit(1);
}

std::string node_request(Type type, const std::string& node_id) {
  std::string out;
  envoy::discovery::DeltaDiscoveryRequest request(out);
  request.node([&](auto& node) { node.id(node_id); });
  request.type_url(xds::type_url(type));
  return out;
}

std::string names_request(Type type, const std::vector<std::string>& names) {
  std::string out;
  envoy::discovery::DeltaDiscoveryRequest request(out);
  request.type_url(xds::type_url(type));
  for (const std::string& name : names) request.resource_names_subscribe(name);
  return out;
}

class Scale {
 public:
  explicit Scale(const Options& options)
      : options_(options), fleet_{.services = options.services, .namespaces = 10} {
    store_.apply(fleet_.text(), "");
    snapshot_ = store_.snapshot();
    learn_names();
  }

  // Every session opened against a generator that has made nothing yet: all of every type, to all.
  Cost full_push() {
    generator_ = std::make_unique<xds::Generator>();
    sessions_.clear();
    return measure([&](Cost& cost) {
      generator_->update(snapshot_);
      for (size_t i = 0; i < options_.proxies; ++i) {
        sessions_.push_back(std::make_unique<xds::Session>(
            *generator_, xds::SessionOptions{.delta = true, .flavour = {}, .secrets = {}}));
        xds::Session& session = *sessions_.back();
        receive(session, node_request(Type::kCluster, node_id(i)));
        receive(session, endpoints_request_);
        receive(session, names_request(Type::kListener, {"*"}));
        receive(session, routes_request_);
        drain(session, cost);
      }
    });
  }

  Cost change(size_t turn) {
    const std::string text = fleet_.slice(fleet_.services / 2, turn);
    return measure([&](Cost& cost) {
      store_.apply(text, "");
      snapshot_ = store_.snapshot();
      generator_->update(snapshot_);
      for (auto& session : sessions_) {
        session->update();
        drain(*session, cost);
      }
    });
  }

 private:
  std::string node_id(size_t i) const {
    const std::string ns = "n" + std::to_string(i % options_.namespaces);
    return "sidecar~10." + std::to_string(200 + i / 62500) + "." + std::to_string(i / 250 % 250) +
           "." + std::to_string(i % 250 + 1) + "~p" + std::to_string(i) + "." + ns + "~" + ns +
           ".svc.cluster.local";
  }

  // What such a proxy asks for after its clusters and listeners.
  void learn_names() {
    xds::Generator generator;
    generator.update(snapshot_);
    xds::Session first(generator, {.delta = true, .flavour = {}, .secrets = {}});
    receive(first, node_request(Type::kCluster, node_id(0)));
    auto config = generator.config(*first.proxy());
    config->for_each(Type::kCluster, [](const auto&) {});
    const auto& endpoints = config->shared().endpoint_names();
    endpoints_request_ = names_request(Type::kEndpoint, {endpoints.begin(), endpoints.end()});
    routes_request_ = names_request(Type::kRoute, config->shared().route_names());
  }

  static void receive(xds::Session& session, const std::string& request) {
    if (auto taken = session.receive(request); !taken) fail(taken.error().message);
  }

  void drain(xds::Session& session, Cost& cost) {
    while (auto message = session.next()) {
      if (out_.size() < message->size()) out_.resize(message->size());
      size_t at = 0;
      for (std::string_view slice : message->slices()) {
        std::memcpy(out_.data() + at, slice.data(), slice.size());
        at += slice.size();
      }
      ++cost.messages;
      cost.resources += message->resource_count;
      cost.bytes += at;
    }
  }

  template <typename F>
  static Cost measure(F&& run) {
    Cost cost;
    const double wall = now_us(CLOCK_MONOTONIC);
    const double cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
    run(cost);
    cost.cpu_us = now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    cost.wall_us = now_us(CLOCK_MONOTONIC) - wall;
    return cost;
  }

  const Options options_;
  const testing::Fleet fleet_;
  index::Store store_;
  index::SnapshotPtr snapshot_;
  std::unique_ptr<xds::Generator> generator_;
  std::vector<std::unique_ptr<xds::Session>> sessions_;
  std::string endpoints_request_;
  std::string routes_request_;
  std::string out_;
};

// The least time; counts must be the same each time.
Cost least(const std::vector<Cost>& all) {
  Cost out = all.front();
  for (const Cost& c : all) {
    if (c.messages != out.messages || c.resources != out.resources)
      fail("one change is not as the other");
    out.wall_us = std::min(out.wall_us, c.wall_us);
    out.cpu_us = std::min(out.cpu_us, c.cpu_us);
  }
  return out;
}

Cost median(std::vector<Cost> all) {
  std::sort(all.begin(), all.end(),
            [](const Cost& a, const Cost& b) { return a.wall_us < b.wall_us; });
  return all[all.size() / 2];
}

void print(const Options& o, const char* row, const Cost& c) {
  const char* form =
      o.json
          ? "{\"row\":\"%s\",\"wall_us\":%.0f,\"cpu_us\":%.0f,\"messages\":%zu,\"resources\":%zu,"
            "\"bytes\":%zu}\n"
          : "%-34s %12.0f %12.0f %10zu %10zu %14zu\n";
  std::printf(form, row, c.wall_us, c.cpu_us, c.messages, c.resources, c.bytes);
}

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--json") {
      o.json = true;
      continue;
    }
    const size_t value = i + 1 < argc ? static_cast<size_t>(std::atoll(argv[++i])) : 0;
    if (value == 0) fail("bad call");
    if (flag == "--services") o.services = value;
    if (flag == "--proxies") o.proxies = value;
    if (flag == "--namespaces") o.namespaces = value;
    if (flag == "--changes") o.changes = value;
  }
  return o;
}

}  // namespace
}  // namespace mesh

int main(int argc, char** argv) {
  const mesh::Options options = mesh::parse(argc, argv);
  mesh::Scale scale(options);
  if (!options.json) {
    std::printf("%zu services, %zu proxies in %zu namespaces\n%-34s %12s %12s %10s %10s %14s\n",
                options.services, options.proxies, options.namespaces, "", "wall us", "cpu us",
                "messages", "resources", "bytes");
  }
  mesh::print(options, "full push, nothing made before", scale.full_push());
  std::vector<mesh::Cost> changes;
  for (size_t turn = 1; turn <= options.changes; ++turn) changes.push_back(scale.change(turn));
  mesh::print(options, "one changed slice, least", mesh::least(changes));
  mesh::print(options, "one changed slice, median", mesh::median(changes));
  return 0;
}
