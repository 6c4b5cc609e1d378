// What tenancy costs at scale: one namespace event, and a plan.
//
// 10,000 namespaces, one mesh whose roll names 1,000 of them, and beside it as many other meshes as
// the argument says, each with a roll of 100. Times are CPU time of the whole path: reading the
// object, the store, the snapshot with its tenants. The process's peak memory is printed with each.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <memory>
#include <string>

#include "libmesh/index/store.h"
#include "libmesh/tenancy/plan/plan.h"

namespace mesh {
namespace {

constexpr size_t kNamespaces = 10000;
constexpr size_t kMembers = 1000;

std::string name(size_t i) { return "team-namespace-" + std::to_string(100000 + i); }

std::string ns(const std::string& name, const std::string& labels) {
  return "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " + name +
         ", labels: {kubernetes.io/metadata.name: " + name + labels + "}}\n";
}

std::string mesh_of(const std::string& plane, size_t first, size_t count) {
  std::string out =
      "---\napiVersion: maistra.io/v2\nkind: ServiceMeshControlPlane\nmetadata: {name: m, "
      "namespace: " +
      plane +
      "}\nspec: {version: v2.5}\n---\napiVersion: maistra.io/v1\nkind: "
      "ServiceMeshMemberRoll\nmetadata: {name: default, namespace: " +
      plane + "}\nspec:\n  members:\n";
  for (size_t i = first; i < first + count; ++i) out += "  - " + name(i) + "\n";
  return out;
}

// `meshes`: those beside the large one.
std::unique_ptr<index::Store> world(size_t namespaces, size_t meshes) {
  auto store =
      std::make_unique<index::Store>(index::StoreOptions{"Kubernetes", "cluster.local", false, ""});
  std::string text;
  for (size_t i = 0; i < namespaces; ++i) text += ns(name(i), ", tier: t" + std::to_string(i % 7));
  text += ns("mesh", "") + mesh_of("mesh", 0, std::min(kMembers, namespaces));
  for (size_t i = 0; i < meshes; ++i) {
    text += mesh_of("mesh-" + std::to_string(i), kMembers + i * 80, 80);
  }
  store->apply(text, "");
  (void)store->snapshot();
  return store;
}

void peak(benchmark::State& state) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

// A label of one member's namespace changes.
void BM_NamespaceEvent(benchmark::State& state) {
  auto store = world(static_cast<size_t>(state.range(0)), static_cast<size_t>(state.range(1)));
  const std::string texts[] = {ns(name(500), ", turn: one"), ns(name(500), ", turn: two")};
  size_t turn = 0;
  for (auto _ : state) {
    store->apply(texts[turn++ % 2], "");
    benchmark::DoNotOptimize(store->snapshot()->tenants().by_namespace.size());
  }
  peak(state);
}
BENCHMARK(BM_NamespaceEvent)
    ->Args({2000, 0})
    ->Args({10000, 0})
    ->Args({40000, 0})
    ->Args({10000, 100})
    ->Unit(benchmark::kMicrosecond);

// One that the roll names is made and goes again: two events.
void BM_NamespaceComesAndGoes(benchmark::State& state) {
  auto store = world(static_cast<size_t>(state.range(0)), 0);
  const std::string text = ns(name(500), "");
  for (auto _ : state) {
    store->erase({kube::Kind::kNamespace, "", name(500)});
    benchmark::DoNotOptimize(store->snapshot()->tenants().by_namespace.size());
    store->apply(text, "");
    benchmark::DoNotOptimize(store->snapshot()->tenants().by_namespace.size());
  }
  peak(state);
}
BENCHMARK(BM_NamespaceComesAndGoes)->Arg(10000)->Unit(benchmark::kMicrosecond);

// The whole roll is named anew: what matches, not what there is.
void BM_RollOfThousand(benchmark::State& state) {
  auto store = world(kNamespaces, 0);
  const std::string texts[] = {mesh_of("mesh", 0, kMembers), mesh_of("mesh", 1, kMembers)};
  size_t turn = 1;
  for (auto _ : state) {
    store->apply(texts[turn++ % 2], "");
    benchmark::DoNotOptimize(store->snapshot()->tenants().by_namespace.size());
  }
  peak(state);
}
BENCHMARK(BM_RollOfThousand)->Unit(benchmark::kMillisecond);

// Objects and steps of everything, nothing of it being there yet.
void BM_PlanOfThousand(benchmark::State& state) {
  auto store = world(kNamespaces, 0);
  index::SnapshotPtr now = store->snapshot();
  tenancy::Planner planner;
  for (auto _ : state) benchmark::DoNotOptimize(planner.plan(*now).steps.size());
  peak(state);
}
BENCHMARK(BM_PlanOfThousand)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mesh

BENCHMARK_MAIN();
