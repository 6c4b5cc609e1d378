// Generation, row by row, for one input and one proxy: what tests/peers/istio runs beside Istio's own
// generators.
//
//   xds_bench --input FILE --proxy FILE [--json] [--min-time SECONDS] [--repetitions N] [--row NAME] [--stores N]
//
// Rows are named as Istio's: `pushcontext+proxy` from a store that holds the objects, as Istio's
// registries do, to a view (the store has converted each object when it took it, as those have: see
// index/registry/registry.h; nothing was asked of it yet, so there is no snapshot, no mesh and no decision); one
// per type, the view being there; `fullpush` all of it from that store; `second-proxy` the whole push of
// a further proxy of a view that is known. Nothing that depends on the input is kept from one iteration
// to the next, but in `second-proxy`.
//
// The stores of the first rows are filled ahead, as many as --stores says (8 small ones, one large one), and
// the clock runs over all of them: Istio's loop turns without a break as well, and a store filled between
// two turns would drive the code out of the caches, and two looks at the clock be counted. `--stores 1`
// measures just that: one push in a process that did something else just before. More than 800 objects
// together would drive each other out.
//
// Freed memory stays with the process, as `mesh serve` has it (frontends/server/serve.cc) and as Go's
// runtime keeps it: else glibc may give the pages of each iteration back and ask for them again. Times are
// CPU time of the process, minima over the repetitions; allocations are counted in one run; `memcpy_ns` is
// for as many bytes as the row makes.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
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
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "libmesh/kube/reader.h"
#include "libmesh/traffic/traffic.h"
#include "libmesh/xds/eds/assignments.h"
#include "libmesh/xds/generate.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/session/protocol_messages.h"
#include "tests/support/allocations.h"

namespace mesh {
namespace {

using xds::Resources;
using xds::Type;

struct Row {
  std::string name;
  std::function<size_t()> run;  // gives the bytes made
  // Makes ready what so many turns of `run` use up; not timed.
  std::function<void(size_t turns)> before = nullptr;
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

  // How many stores to fill ahead: what they hold together stays in the caches, as Istio's objects do.
  size_t stores() const { return std::clamp<size_t>(800 / (objects_.size() + 1), 1, 8); }

  std::vector<Row> rows() {
    return {
        {"pushcontext+proxy", [this] { return push_context(); },
         [this](size_t n) { fill_stores(n); }},
        {"clusters", [this] { return clusters(view_); }},
        {"listeners", [this] { return listeners(view_); }},
        {"routes", [this] { return routes(view_, route_names_); }},
        {"endpoints", [this] { return endpoints(view_, endpoint_names_); }},
        {"fullpush", [this] { return full_push(); }, [this](size_t n) { fill_stores(n); }},
        {"second-proxy", [this] { return second_proxy(); }},
    };
  }

 private:
  struct Ready {
    std::unique_ptr<index::Store> store;
    model::Proxy proxy;
  };

  template <typename Names>
  static std::vector<std::string> names(const Names& from) {
    return {from.begin(), from.end()};
  }

  index::SnapshotPtr fresh_snapshot(std::unique_ptr<index::Store>& store) {
    store = std::make_unique<index::Store>();
    for (const auto& object : objects_) store->apply(object);
    return store->snapshot();
  }

  // Stores that have taken the objects and were never asked for anything, each with the proxy that a session has read.
  void fill_stores(size_t count) {
    fresh_.clear();
    next_ = 0;
    while (fresh_.size() < count) {
      fresh_.push_back({std::make_unique<index::Store>(), proxy_});
      for (const auto& object : objects_) fresh_.back().store->apply(object);
    }
  }

  Ready& next_ready() { return fresh_.at(next_++); }

  size_t push_context() {
    Ready& ready = next_ready();
    auto snapshot = ready.store->snapshot();
    const auto traffic = traffic::Traffic::make(snapshot->mesh(ready.proxy.tenant));
    auto view = traffic->view(std::move(ready.proxy));
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
    out.reserve(names.size());
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
    Ready& ready = next_ready();
    generator.update(ready.store->snapshot());
    return push(*generator.config(std::move(ready.proxy)));
  }

  size_t second_proxy() {
    model::Proxy further = proxy_;
    further.id = "further." + proxy_.ns;
    return push(*generator_.config(std::move(further)));
  }

  std::vector<kube::ObjectPtr> objects_;
  std::string description_;
  std::unique_ptr<index::Store> store_;
  std::vector<Ready> fresh_;
  size_t next_ = 0;  // in fresh_
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

struct Effort {
  double seconds = 0.1;
  int repetitions = 3;
  size_t stores = 8;  // filled ahead at once
};

void register_row(const Row& row, const Effort& effort) {
  auto body = [row, stores = effort.stores](benchmark::State& state) {
    const size_t turns = row.before ? stores : 1;
    while (state.KeepRunningBatch(static_cast<int64_t>(turns))) {
      if (row.before) {
        state.PauseTiming();
        row.before(turns);
        state.ResumeTiming();
      }
      for (size_t i = 0; i < turns; ++i) benchmark::DoNotOptimize(row.run());
    }
  };
  benchmark::RegisterBenchmark(row.name.c_str(), body)
      ->MeasureProcessCPUTime()
      ->MinTime(effort.seconds)
      ->Repetitions(effort.repetitions);
}

std::map<std::string, Cost> measure(std::vector<Row>& rows, const Effort& effort) {
  std::map<std::string, Cost> costs;
  std::string from;
  std::string to;
  for (Row& row : rows) {
    if (row.before) row.before(1);
    const testing::Allocated before = testing::allocated();
    costs[row.name].bytes = row.run();
    const testing::Allocated after = testing::allocated();
    costs[row.name].allocated = {after.count - before.count, after.bytes - before.bytes};
    register_row(row, effort);
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
    if (bytes != 0) {
      register_row({"memcpy " + row.name, copy}, {effort.seconds / 4, effort.repetitions});
    }
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
  mesh::Effort effort;
  bool stores_given = false;
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
      effort.seconds = std::atof(next().c_str());
    } else if (arg == "--repetitions") {
      effort.repetitions = std::atoi(next().c_str());
    } else if (arg == "--stores") {
      effort.stores = std::max(1, std::atoi(next().c_str()));
      stores_given = true;
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
  if (!stores_given) effort.stores = bench.stores();
  auto rows = bench.rows();
  if (!only.empty()) std::erase_if(rows, [&](const mesh::Row& row) { return row.name != only; });
  auto costs = mesh::measure(rows, effort);
  mesh::print(rows, costs, json);
  return 0;
}
