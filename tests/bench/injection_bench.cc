// An AdmissionReview's bytes in, the answer's bytes out: what tests/peers/istio runs beside the handler
// of Istio's webhook.
//
//   injection_bench --cases DIR [--json] [--min-time SECONDS] [--repetitions N] [--row NAME]
//
// Each folder of DIR is a row: settings/{values.json,mesh.yaml,injector-config.yaml}, which are read
// once, as istiod reads them once; review.json; proxy-configs.yaml, where ProxyConfig objects are.
// Times are CPU time, minima over the repetitions. Allocations, and the bytes they ask for, are those
// of one answer. `two_threads` is how much more two threads, with a core each, answer with the same
// settings than one does: from the CPU time of an answer, so that other programs on the machine do not
// count; there is no lock on the way that a thread could wait at.

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "libmesh/document/yaml.h"
#include "libmesh/injection/doors/chooser.h"
#include "libmesh/injection/doors/review.h"
#include "libmesh/injection/settings.h"
#include "tests/support/allocations.h"

namespace mesh {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& why) {
  std::cerr << "injection_bench: " << why << "\n";
  std::exit(2);
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<injection::ProxyConfigObject> read_proxy_configs(const fs::path& path) {
  std::vector<injection::ProxyConfigObject> out;
  if (!fs::exists(path)) return out;
  Diagnostics diagnostics;
  for (auto& document : document::read_yaml(read_file(path), path.string(), diagnostics)) {
    const document::Value* metadata = document.root.find("metadata");
    const document::Value* ns = metadata != nullptr ? metadata->find("namespace") : nullptr;
    const document::Value* spec = document.root.find("spec");
    if (ns == nullptr || spec == nullptr) fail(path.string() + ": not a ProxyConfig");
    out.push_back({*ns->if_string(), *spec});
  }
  return out;
}

struct Row {
  std::string name;
  injection::SettingsPtr settings;
  std::unique_ptr<injection::OneControlPlane> chooser;
  std::string review;

  size_t answer() const {
    injection::ReviewAnswer made = injection::review(review, *chooser);
    return made.outcome == injection::ReviewOutcome::kInjected ? made.body.size() : 0;
  }
};

Row read_row(const fs::path& folder) {
  Row row;
  row.name = folder.filename().string();
  row.review = read_file(folder / "review.json");
  const fs::path settings = folder / "settings";
  injection::Options options;
  options.native_sidecars = injection::NativeSidecars::kEnabled;
  Diagnostics diagnostics;
  auto read = injection::read_settings(
      {read_file(settings / "values.json"), read_file(settings / "mesh.yaml"),
       read_file(settings / "injector-config.yaml")},
      options, {"", "default", nullptr}, read_proxy_configs(folder / "proxy-configs.yaml"),
      diagnostics);
  if (!read) fail(row.name + ": " + read.error().message);
  row.settings = *read;
  row.chooser = std::make_unique<injection::OneControlPlane>(row.settings);
  if (row.answer() == 0) {
    fail(row.name +
         ": the pod is not injected: " + injection::review(row.review, *row.chooser).message);
  }
  return row;
}

double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double cpu_of_one(const Row& row, double seconds) {
  size_t count = 0;
  const double start = cpu_now();
  double spent = 0;
  for (size_t batch = 1; spent < seconds * 1e9; batch *= 2) {
    for (size_t i = 0; i < batch; ++i) benchmark::DoNotOptimize(row.answer());
    count += batch;
    spent = cpu_now() - start;
  }
  return spent / static_cast<double>(count);
}

// Answers in a second, when every thread has a core.
double rate(const Row& row, size_t threads, double seconds) {
  using Clock = std::chrono::steady_clock;
  std::atomic<size_t> count{0};
  const double cpu = cpu_now();
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(seconds));
  std::vector<std::thread> running;
  for (size_t i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      size_t mine = 0;
      for (; Clock::now() < end; ++mine) benchmark::DoNotOptimize(row.answer());
      count += mine;
    });
  }
  for (std::thread& each : running) each.join();
  return static_cast<double>(threads * count.load()) / (cpu_now() - cpu) * 1e9;
}

struct Cost {
  double cpu_ns = 0;
  size_t output = 0;
  uint64_t allocations = 0;
  uint64_t allocated = 0;
  double two_threads = 0;
};

Cost measure(const Row& row, double seconds, int repetitions) {
  Cost cost;
  const testing::Allocated before = testing::allocated();
  cost.output = row.answer();
  const testing::Allocated after = testing::allocated();
  cost.allocations = after.count - before.count;
  cost.allocated = after.bytes - before.bytes;
  double one = 0;
  double two = 0;
  for (int i = 0; i < repetitions; ++i) {
    const double cpu = cpu_of_one(row, seconds);
    cost.cpu_ns = i == 0 ? cpu : std::min(cost.cpu_ns, cpu);
    one = std::max(one, rate(row, 1, seconds / 2));
    two = std::max(two, rate(row, 2, seconds / 2));
  }
  cost.two_threads = two / one;
  return cost;
}

void print(const Row& row, const Cost& c, bool json, bool first) {
  if (json) {
    std::printf(
        "%s{\"row\":\"%s\",\"cpu_ns\":%.1f,\"bytes\":%zu,\"allocs\":%llu,\"allocated\":%llu,"
        "\"two_threads\":%.2f}",
        first ? "[" : ",\n ", row.name.c_str(), c.cpu_ns, c.output,
        static_cast<unsigned long long>(c.allocations),
        static_cast<unsigned long long>(c.allocated), c.two_threads);
    return;
  }
  if (first) {
    std::printf("%-28s %12s %10s %10s %12s %12s\n", "row", "cpu ns", "output B", "allocs",
                "allocated B", "two threads");
  }
  std::printf("%-28s %12.0f %10zu %10llu %12llu %11.2fx\n", row.name.c_str(), c.cpu_ns, c.output,
              static_cast<unsigned long long>(c.allocations),
              static_cast<unsigned long long>(c.allocated), c.two_threads);
}

}  // namespace
}  // namespace mesh

int main(int argc, char** argv) {
  std::string cases;
  std::string only;
  bool json = false;
  double seconds = 0.2;
  int repetitions = 3;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    auto next = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (arg == "--cases") {
      cases = next();
    } else if (arg == "--json") {
      json = true;
    } else if (arg == "--min-time") {
      seconds = std::atof(next().c_str());
    } else if (arg == "--repetitions") {
      repetitions = std::atoi(next().c_str());
    } else if (arg == "--row") {
      only = next();
    } else {
      mesh::fail("unknown option " + arg);
    }
  }
  if (cases.empty()) mesh::fail("usage: injection_bench --cases DIR [--json]");
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(cases)) {
    if (entry.is_directory() && (only.empty() || entry.path().filename() == only)) {
      folders.push_back(entry.path());
    }
  }
  std::sort(folders.begin(), folders.end());
  bool first = true;
  for (const auto& folder : folders) {
    const mesh::Row row = mesh::read_row(folder);
    mesh::print(row, mesh::measure(row, seconds, repetitions), json, first);
    first = false;
  }
  std::fputs(json ? "]\n" : "", stdout);
  return 0;
}
