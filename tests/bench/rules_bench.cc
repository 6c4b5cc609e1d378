// Which VirtualServices each namespace's sidecars import: Istio's BenchmarkSelectVirtualServices
// (pilot/pkg/model/virtualservice_test.go), its scenarios with their hosts, for all namespaces once.
//
// As there, the rules, their lists by visibility and the classified imports are at hand before the timer; the indexes by
// host and namespace that the selection makes for itself are not (`cold`; `warm` asks a group that was asked before).

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "libmesh/traffic/rule_group.h"

namespace mesh::traffic {
namespace {

struct Scenario {
  const char* name;
  size_t namespaces;
  size_t rules_each;
  size_t services;
};

constexpr Scenario kScenarios[] = {
    {"10ns_10vs_10svc", 1, 10, 10},          {"1ns_100vs_50svc", 1, 100, 50},
    {"1ns_500vs_100svc", 1, 500, 100},       {"50ns_100vs_500svc", 50, 100, 500},
    {"100ns_200vs_1000svc", 100, 200, 1000}, {"200ns_500vs_2000svc", 200, 500, 2000},
};

std::string ns_of(const Scenario& s, size_t i) { return "ns-" + std::to_string(i % s.namespaces); }

std::string service_of(const Scenario& s, size_t i) {
  return "service-" + std::to_string(i) + "." + ns_of(s, i) + ".svc.cluster.local";
}

// Each namespace imports all services by name, and its own once more.
std::vector<std::unique_ptr<EgressHosts>> imports_of(const Scenario& s) {
  std::vector<std::unique_ptr<EgressHosts>> out;
  for (size_t ns = 0; ns < s.namespaces; ++ns) {
    std::vector<std::string> hosts;
    for (size_t i = 0; i < s.services; ++i) hosts.push_back("*/" + service_of(s, i));
    for (size_t i = ns; i < s.services; i += s.namespaces) {
      hosts.push_back(ns_of(s, ns) + "/" + service_of(s, i));
    }
    out.push_back(std::make_unique<EgressHosts>(hosts, ns_of(s, ns)));
  }
  return out;
}

VirtualServicePtr rule_of(const Scenario& s, size_t i) {
  auto object = std::make_shared<kube::Object>();
  object->key = {kube::Kind::kVirtualService, ns_of(s, i), "vs-" + std::to_string(i)};
  auto spec = std::make_shared<networking::VirtualService>();
  const std::string hosts[] = {service_of(s, i % s.services),
                               "*." + ns_of(s, i) + ".svc.cluster.local",
                               "external-" + std::to_string(i) + ".example.com"};
  spec->hosts = {hosts[i % 3]};
  spec->gateways = {"mesh"};
  return std::make_shared<VirtualService>(VirtualService{object, spec});
}

std::vector<VirtualServicePtr> rules_of(const Scenario& s) {
  std::vector<VirtualServicePtr> out;
  for (size_t i = 0; i < s.rules_each * s.namespaces; ++i) out.push_back(rule_of(s, i));
  return out;
}

std::unique_ptr<RuleGroup> group_of(const std::vector<VirtualServicePtr>& rules) {
  auto group = std::make_unique<RuleGroup>();
  for (const VirtualServicePtr& rule : rules) group->add(rule);
  return group;
}

size_t select_all(const RuleGroup& group, const std::vector<std::unique_ptr<EgressHosts>>& all) {
  size_t selected = 0;
  for (const auto& imports : all) selected += group.select(*imports).size();
  return selected;
}

void select(benchmark::State& state, const Scenario& s, bool cold) {
  const auto imports = imports_of(s);
  const auto rules = rules_of(s);
  auto group = group_of(rules);
  size_t selected = select_all(*group, imports);
  for (auto _ : state) {
    if (cold) {
      state.PauseTiming();
      group = group_of(rules);
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(selected = select_all(*group, imports));
  }
  state.counters["selected"] = static_cast<double>(selected);
}

}  // namespace
}  // namespace mesh::traffic

int main(int argc, char** argv) {
  for (const auto& scenario : mesh::traffic::kScenarios) {
    for (bool cold : {true, false}) {
      benchmark::RegisterBenchmark(
          (std::string("SelectVirtualServices/") + scenario.name + (cold ? "/cold" : "/warm"))
              .c_str(),
          mesh::traffic::select, scenario, cold)
          ->MeasureProcessCPUTime()
          ->Unit(benchmark::kMicrosecond);
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
