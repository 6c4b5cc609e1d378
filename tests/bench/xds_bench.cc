// Generation, row by row, for one input and one proxy: what tests/peers/istio runs beside Istio's own
// generators.
//
//   xds_bench --input FILE --proxy FILE [--json] [--min-time SECONDS] [--repetitions N] [--row NAME]
//
// Rows are named as Istio's: `pushcontext+proxy` from a store that holds the objects, as Istio's
// registries do, to a view (the store has converted each object when it took it, as those have: see
// index/registry.h; nothing was asked of it yet, so there is no snapshot, no mesh and no decision); one per type, the view being there; `fullpush` all of it from that store; `second-proxy` the whole push of a further proxy of
// a view that is known. Nothing that depends on the input is kept from one iteration to the next, but in
// `second-proxy`. Freed memory stays with the process, as `mesh serve` has it (frontends/server/serve.cc) and as
// Go's runtime keeps it: else glibc may give the pages of each iteration back and ask for them again. Times are CPU
// time of the process, minima over the repetitions; allocations are counted in one run; `memcpy_ns` is for as many bytes as the row makes.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "libmesh/document/yaml.h"
#include "libmesh/index/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/kube/reader.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/assignments.h"
#include "libmesh/xds/generate.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/protocol_messages.h"
#include "tests/support/allocations.h"

namespace mesh {
namespace {

using xds::Resources;
using xds::Type;

struct Row {
  std::string name;
  std::function<size_t()> run;             // gives the bytes made
  std::function<void()> before = nullptr;  // not timed
};

struct Cost {
  double cpu_ns = 0;
  size_t bytes = 0;
  testing::Allocated allocated;
  double memcpy_ns = 0;
};

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::cerr << "xds_bench: cannot read " << path << "\n";
    std::exit(2);
  }
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

size_t bytes_of(const Resources& resources) {
  size_t bytes = 0;
  for (const auto& r : resources) bytes += r->value().size();
  return bytes;
}

// The objects of the input, read once; and what the rows need at hand.
class Bench {
 public:
  Bench(const std::string& input, const std::string& proxy_file) {
    Diagnostics diagnostics;
    for (auto& document : document::read_yaml(read_file(input), input, diagnostics)) {
      for (auto& object : kube::read_objects(std::move(document), diagnostics)) {
        objects_.push_back(std::move(object));
      }
    }
    description_ = read_file(proxy_file);
    snapshot_ = fresh_snapshot(store_);
    auto proxy = index::read_proxy(*snapshot_, description_, proxy_file);
    if (!proxy) {
      std::cerr << "xds_bench: " << proxy.error().message << "\n";
      std::exit(2);
    }
    proxy_ = *proxy;
    traffic_ = traffic::Traffic::make(snapshot_->mesh(proxy_.tenant));
    view_ = traffic_->view(proxy_);
    generator_.update(snapshot_);
    auto config = generator_.config(proxy_);
    config->for_each(Type::kCluster, [](const auto&) {});
    route_names_ = names(config->shared().route_names());
    endpoint_names_ = names(config->shared().endpoint_names());
    push(*config);
  }

  std::vector<Row> rows() {
    return {
        {"pushcontext+proxy", [this] { return push_context(); }, [this] { fill_store(); }},
        {"clusters", [this] { return clusters(view_); }},
        {"listeners", [this] { return listeners(view_); }},
        {"routes", [this] { return routes(view_, route_names_); }},
        {"endpoints", [this] { return endpoints(view_, endpoint_names_); }},
        {"fullpush", [this] { return full_push(); }, [this] { fill_store(); }},
        {"second-proxy", [this] { return second_proxy(); }},
    };
  }

 private:
  static std::vector<std::string> names(const std::vector<std::string>& from) { return from; }

  index::SnapshotPtr fresh_snapshot(std::unique_ptr<index::Store>& store) {
    store = std::make_unique<index::Store>();
    for (const auto& object : objects_) store->apply(object);
    return store->snapshot();
  }

  // A store that has taken the objects and was never asked for anything.
  void fill_store() {
    fresh_ = std::make_unique<index::Store>();
    for (const auto& object : objects_) fresh_->apply(object);
  }

  size_t push_context() {
    auto snapshot = fresh_->snapshot();
    auto view = traffic::Traffic::make(snapshot->mesh(proxy_.tenant))->view(proxy_);
    benchmark::DoNotOptimize(view.scope.get());
    return 0;
  }

  static size_t clusters(const traffic::ProxyView& view) {
    Resources out;
    xds::outbound_clusters(view, out);
    if (view.proxy.type == model::ProxyType::kSidecar) xds::inbound_clusters(view, out);
    return bytes_of(out);
  }

  static size_t listeners(const traffic::ProxyView& view) {
    Resources out;
    if (view.proxy.type == model::ProxyType::kSidecar) {
      xds::outbound_listeners(view, out);
      xds::inbound_listeners(view, out);
    } else {
      xds::gateway_listeners(view, out);
    }
    return bytes_of(out);
  }

  static size_t routes(const traffic::ProxyView& view, const std::vector<std::string>& names) {
    Resources out;
    xds::route_configurations(view, names, out);
    return bytes_of(out);
  }

  static size_t endpoints(const traffic::ProxyView& view, const std::vector<std::string>& names) {
    Resources out;
    const xds::ResourceBatch batch;  // as the generator's
    xds::Assignments assignments(view);
    for (const std::string& name : names) {
      if (auto r = assignments.make(name)) out.push_back(std::move(r));
    }
    return bytes_of(out);
  }

  // Every type as one response each.
  static size_t push(const xds::ProxyConfig& config) {
    size_t bytes = 0;
    Resources all;
    all.reserve(64);
    for (Type type : {Type::kCluster, Type::kEndpoint, Type::kListener, Type::kRoute}) {
      all.clear();
      config.for_each(type, [&](const auto& r) { all.push_back(r); });
      xds::Message message = xds::Message::state_of_the_world({xds::type_url(type), "1", "1"}, all);
      bytes += message.size();
    }
    return bytes;
  }

  size_t full_push() {
    xds::Generator generator;
    generator.update(fresh_->snapshot());
    return push(*generator.config(proxy_));
  }

  size_t second_proxy() {
    model::Proxy further = proxy_;
    further.id = "further." + proxy_.ns;
    return push(*generator_.config(std::move(further)));
  }

  std::vector<kube::ObjectPtr> objects_;
  std::string description_;
  std::unique_ptr<index::Store> store_;
  std::unique_ptr<index::Store> fresh_;
  index::SnapshotPtr snapshot_;
  model::Proxy proxy_;
  std::shared_ptr<const traffic::Traffic> traffic_;
  traffic::ProxyView view_;
  xds::Generator generator_;
  std::vector<std::string> route_names_;
  std::vector<std::string> endpoint_names_;
};

// Keeps the least CPU time per row and prints nothing.
class Minima : public benchmark::BenchmarkReporter {
 public:
  explicit Minima(std::map<std::string, double>& out) : out_(out) {}
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      double ns = run.GetAdjustedCPUTime();
      auto [it, fresh] = out_.try_emplace(run.run_name.function_name, ns);
      if (!fresh && ns < it->second) it->second = ns;
    }
  }

 private:
  std::map<std::string, double>& out_;
};

void register_row(const std::string& name, const std::function<size_t()>& run,
                  const std::function<void()>& before, double seconds, int repetitions) {
  auto body = [run, before](benchmark::State& state) {
    for (auto _ : state) {
      if (before) {
        state.PauseTiming();
        before();
        state.ResumeTiming();
      }
      benchmark::DoNotOptimize(run());
    }
  };
  benchmark::RegisterBenchmark(name.c_str(), body)
      ->MeasureProcessCPUTime()
      ->MinTime(seconds)
      ->Repetitions(repetitions);
}

std::map<std::string, Cost> measure(std::vector<Row>& rows, double seconds, int repetitions) {
  std::map<std::string, Cost> costs;
  std::string from;
  std::string to;
  for (Row& row : rows) {
    if (row.before) row.before();
    const testing::Allocated before = testing::allocated();
    costs[row.name].bytes = row.run();
    const testing::Allocated after = testing::allocated();
    costs[row.name].allocated = {after.count - before.count, after.bytes - before.bytes};
    register_row(row.name, row.run, row.before, seconds, repetitions);
    size_t bytes = costs[row.name].bytes;
    if (bytes > from.size()) {
      from.assign(bytes, 'x');
      to.assign(bytes, 'y');
    }
  }
  for (Row& row : rows) {
    size_t bytes = costs[row.name].bytes;
    auto copy = [&from, &to, bytes] {
      std::memcpy(to.data(), from.data(), bytes);
      benchmark::ClobberMemory();
      return bytes;
    };
    if (bytes != 0) register_row("memcpy " + row.name, copy, nullptr, seconds / 4, repetitions);
  }
  std::map<std::string, double> times;
  Minima reporter(times);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  for (Row& row : rows) {
    costs[row.name].cpu_ns = times[row.name];
    if (costs[row.name].bytes != 0) costs[row.name].memcpy_ns = times["memcpy " + row.name];
  }
  return costs;
}

void print(const std::vector<Row>& rows, std::map<std::string, Cost>& costs, bool json) {
  std::fputs(json ? "[" : "", stdout);
  if (!json) {
    std::printf("%-20s %12s %10s %10s %12s %12s\n", "row", "cpu ns", "bytes", "allocs",
                "allocated B", "memcpy ns");
  }
  for (const Row& row : rows) {
    const Cost& c = costs[row.name];
    if (json && &row != &rows.front()) std::fputs(",\n ", stdout);
    const char* form = json ? "{\"row\":\"%s\",\"cpu_ns\":%.1f,\"bytes\":%zu,\"allocs\":%llu,"
                              "\"allocated\":%llu,\"memcpy_ns\":%.1f}"
                            : "%-20s %12.1f %10zu %10llu %12llu %12.1f\n";
    std::printf(form, row.name.c_str(), c.cpu_ns, c.bytes,
                static_cast<unsigned long long>(c.allocated.count),
                static_cast<unsigned long long>(c.allocated.bytes), c.memcpy_ns);
  }
  std::fputs(json ? "]\n" : "", stdout);
}

}  // namespace
}  // namespace mesh

int main(int argc, char** argv) {
  std::string input;
  std::string proxy;
  bool json = false;
  double seconds = 0.1;
  int repetitions = 3;
  std::string only;  // for profilers
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    auto next = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (arg == "--input") {
      input = next();
    } else if (arg == "--proxy") {
      proxy = next();
    } else if (arg == "--json") {
      json = true;
    } else if (arg == "--min-time") {
      seconds = std::atof(next().c_str());
    } else if (arg == "--repetitions") {
      repetitions = std::atoi(next().c_str());
    } else if (arg == "--row") {
      only = next();
    } else {
      std::fprintf(stderr, "xds_bench: unknown option %s\n", arg.c_str());
      return 2;
    }
  }
  if (input.empty() || proxy.empty()) {
    std::fprintf(stderr, "usage: xds_bench --input FILE --proxy FILE [--json]\n");
    return 2;
  }
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mesh::Bench bench(input, proxy);
  auto rows = bench.rows();
  if (!only.empty()) std::erase_if(rows, [&](const mesh::Row& row) { return row.name != only; });
  auto costs = mesh::measure(rows, seconds, repetitions);
  mesh::print(rows, costs, json);
  return 0;
}
