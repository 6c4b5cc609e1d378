// What a run of policy tests costs: services x cases, from the texts of the configuration to the results, all in one run.
#include <benchmark/benchmark.h>

#include "tests/bench/policy_town.h"

namespace mesh::testing {
namespace {

void run_suite(benchmark::State& state, bool coverage) {
  const Tests tests =
      policy_town(static_cast<size_t>(state.range(0)), static_cast<size_t>(state.range(1)));
  for (auto _ : state) {
    const auto results = tests.run({"", coverage});
    for (const CaseResult& each : results->suites.at(0).cases) {
      if (each.status == Status::kPassed) continue;
      state.SkipWithError((each.name + ": " + each.message).c_str());
      return;
    }
    benchmark::DoNotOptimize(results);
  }
}

void suite(benchmark::State& state) { run_suite(state, false); }
void suite_with_coverage(benchmark::State& state) { run_suite(state, true); }

BENCHMARK(suite)
    ->Args({10, 1000})
    ->Args({100, 1000})
    ->Args({1000, 0})
    ->Args({1000, 1000})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(suite_with_coverage)->Args({1000, 1000})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mesh::testing

BENCHMARK_MAIN();
