// What reading and writing documents costs, and what other parsers behind the same interface cost
// (docs/decisions/0005-yaml-reader.md, 0006-json-reader.md): 4 MB of Kubernetes objects.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/document/yaml_chunks.h"
#include "tests/document/json_backends.h"
#include "tests/document/yaml_backends.h"

namespace mesh::document {
namespace {

constexpr size_t kSize = size_t{4} << 20;

// One application as GitOps folders have it: comments, block style, quoted annotations.
std::string application(size_t number) {
  const std::string name = "shop-" + std::to_string(number);
  const std::string ns = "team-" + std::to_string(number % 50);
  return "# " + name + R"(, owned by the team of its namespace
apiVersion: v1
kind: Service
metadata:
  name: )" +
         name + R"(
  namespace: )" +
         ns + R"(
  labels:
    app.kubernetes.io/name: )" +
         name + R"(
    app.kubernetes.io/part-of: shop
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "9090"
spec:
  selector:
    app.kubernetes.io/name: )" +
         name + R"(
  ports:
  - name: http
    port: 8080
    targetPort: 8080
    protocol: TCP
  - name: grpc-admin
    port: 9000
    targetPort: admin
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: )" +
         name + R"(
  namespace: )" +
         ns + R"(
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: )" +
         name + R"(
  template:
    metadata:
      labels:
        app.kubernetes.io/name: )" +
         name + R"(
        version: v1
      annotations:
        sidecar.istio.io/inject: "true"
        proxy.istio.io/config: |
          concurrency: 2
          holdApplicationUntilProxyStarts: true
    spec:
      serviceAccountName: )" +
         name + R"(
      containers:
      - name: app
        image: registry.example.com/shop/)" +
         name + R"(:1.24.3
        args: ["--listen=:8080", "--log-level=info"]
        env:
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        - name: DATABASE_URL
          value: postgres://db.)" +
         ns + R"(.svc.cluster.local:5432/shop?sslmode=require
        ports:
        - {containerPort: 8080, name: http}
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
        readinessProbe:
          httpGet:
            path: /ready
            port: 8080
          periodSeconds: 10
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: )" +
         name + R"(
  namespace: )" +
         ns + R"(
spec:
  hosts:
  - )" + name +
         R"(
  http:
  - match:
    - uri:
        prefix: /v2
      headers:
        x-canary:
          exact: "yes"
    route:
    - destination:
        host: )" +
         name + R"(
        subset: v2
      weight: 100
    timeout: 1.5s
    retries:
      attempts: 3
      perTryTimeout: 500ms
      retryOn: gateway-error,connect-failure,refused-stream
  - route:
    - destination:
        host: )" +
         name + R"(
        subset: v1
---
)";
}

const std::string& yaml_text() {
  static const std::string text = [] {
    std::string all;
    for (size_t i = 0; all.size() < kSize; ++i) all += application(i);
    return all;
  }();
  return text;
}

const Value& tree() {
  static const Value tree = [] {
    Diagnostics diagnostics;
    List items;
    for (Document& document : read_yaml(yaml_text(), "", diagnostics)) {
      items.push_back(std::move(document.root));
    }
    if (!diagnostics.empty()) std::abort();
    Value list;
    list.set("kind", Value("List"));
    list.set("items", Value(std::move(items)));
    return list;
  }();
  return tree;
}

class Ignore final : public YamlHandler {
 public:
  bool on_document_start() override { return true; }
  bool on_document_end() override { return true; }
  bool on_alias(Position, std::string_view) override { return true; }
  bool on_scalar(const NodeProperties&, std::string_view, ScalarStyle) override { return true; }
  bool on_list_start(const NodeProperties&) override { return true; }
  bool on_map_start(const NodeProperties&) override { return true; }
  bool on_end() override { return true; }
};

void count_bytes(benchmark::State& state, size_t size) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * size));
}

void BM_yaml_events(benchmark::State& state, YamlParser parser) {
  for (auto _ : state) {
    Ignore ignore;
    for (const YamlChunk& chunk : split_yaml(yaml_text())) {
      if (parser(chunk.text, ignore)) state.SkipWithError("syntax");
    }
  }
  count_bytes(state, yaml_text().size());
}

void BM_yaml_tree(benchmark::State& state, YamlParser parser) {
  for (auto _ : state) {
    Diagnostics diagnostics;
    benchmark::DoNotOptimize(read_yaml_with(parser, yaml_text(), "", diagnostics));
    if (!diagnostics.empty()) state.SkipWithError("diagnostics");
  }
  count_bytes(state, yaml_text().size());
}

using JsonReader = Result<Value> (*)(std::string_view, std::string_view, Diagnostics&,
                                     const Limits&);

// The whole list, or one object of it as a watch event or an admission review carries it.
enum class Size { kList, kObject };

void BM_json_tree(benchmark::State& state, JsonReader reader, int indent, Size size) {
  const Value& value = size == Size::kList ? tree() : tree().find("items")->if_list()->at(1);
  const std::string text = write_json(value, indent);
  for (auto _ : state) {
    Diagnostics diagnostics;
    const auto value = reader(text, "", diagnostics, {});
    if (!value) state.SkipWithError("no JSON");
    benchmark::DoNotOptimize(&value);
  }
  count_bytes(state, text.size());
}

void BM_write_json(benchmark::State& state) {
  size_t size = 0;
  for (auto _ : state) size = write_json(tree()).size();
  count_bytes(state, size);
}

void BM_write_yaml(benchmark::State& state) {
  size_t size = 0;
  for (auto _ : state) size = write_yaml(tree()).size();
  count_bytes(state, size);
}

BENCHMARK_CAPTURE(BM_yaml_events, libyaml, parse_with_libyaml);
BENCHMARK_CAPTURE(BM_yaml_events, libfyaml, parse_with_libfyaml);
BENCHMARK_CAPTURE(BM_yaml_events, yaml_cpp, parse_with_yaml_cpp);
BENCHMARK_CAPTURE(BM_yaml_tree, libyaml, parse_with_libyaml);
BENCHMARK_CAPTURE(BM_yaml_tree, libfyaml, parse_with_libfyaml);
BENCHMARK_CAPTURE(BM_yaml_tree, yaml_cpp, parse_with_yaml_cpp);
BENCHMARK_CAPTURE(BM_json_tree, simdjson_list, read_json, 0, Size::kList);
BENCHMARK_CAPTURE(BM_json_tree, simdjson_object, read_json, 0, Size::kObject);
BENCHMARK_CAPTURE(BM_json_tree, rapidjson_list, read_json_with_rapidjson, 0, Size::kList);
BENCHMARK_CAPTURE(BM_json_tree, rapidjson_object, read_json_with_rapidjson, 0, Size::kObject);
BENCHMARK_CAPTURE(BM_json_tree, simdjson_list_indented, read_json, 2, Size::kList);
BENCHMARK_CAPTURE(BM_json_tree, rapidjson_list_indented, read_json_with_rapidjson, 2, Size::kList);
BENCHMARK(BM_write_json);
BENCHMARK(BM_write_yaml);

}  // namespace
}  // namespace mesh::document

BENCHMARK_MAIN();
