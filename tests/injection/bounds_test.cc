// However large a pod is, injecting it costs in proportion to it: time, allocations and memory.
//
// A tenfold pod may cost fifteenfold: what grows with the square of a pod's size costs a hundredfold.
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <string>

#include "libmesh/injection/doors/review.h"
#include "libmesh/injection/settings.h"
#include "tests/support/allocations.h"

namespace mesh::injection {
namespace {

std::string review_of(const std::string& metadata, const std::string& spec) {
  return R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",)"
         R"("kind":{"group":"","version":"v1","kind":"Pod"},)"
         R"("resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE",)"
         R"("namespace":"default","object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p")" +
         metadata + R"(},"spec":)" + spec + "}}}";
}

std::string repeated(size_t count, const std::function<std::string(size_t)>& one) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + one(i);
  return out;
}

std::string n(size_t i) { return std::to_string(i); }

std::string with_env(size_t count) {
  return review_of(
      "", R"({"containers":[{"name":"a","image":"a","env":[)" + repeated(count, [](size_t i) {
            return R"({"name":"V)" + n(i) + R"(","value":"some value"})";
          }) + "]}]}");
}

std::string with_annotations(size_t count) {
  return review_of(
      R"(,"annotations":{)" +
          repeated(count,
                   [](size_t i) { return R"("example.com/a)" + n(i) + R"(":"some value")"; }) +
          "}",
      R"({"containers":[{"name":"a","image":"a"}]})");
}

std::string with_containers(size_t count) {
  return review_of("", R"({"containers":[)" + repeated(count, [](size_t i) {
                         return R"({"name":"c)" + n(i) +
                                R"(","image":"a","ports":[{"containerPort":80}],)"
                                R"("readinessProbe":{"httpGet":{"port":80}}})";
                       }) + "]}");
}

std::string with_volumes(size_t count) {
  return review_of(
      "", R"({"containers":[{"name":"a","image":"a"}],"volumes":[)" + repeated(count, [](size_t i) {
            return R"({"name":"v)" + n(i) + R"(","emptyDir":{}})";
          }) + "]}");
}

SettingsPtr settings(const std::string& config) {
  Options options;
  options.native_sidecars = NativeSidecars::kEnabled;
  Diagnostics diagnostics;
  auto read = read_settings({"", "", config}, options, {"", "default", nullptr}, {}, diagnostics);
  EXPECT_TRUE(read) << read.error().message;
  return *read;
}

struct Cost {
  double cpu = 0;
  testing::Allocated allocated;
};

double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

Cost cost_of(const std::string& body, const Chooser& chooser) {
  Cost cost;
  for (int i = 0; i < 3; ++i) {
    const testing::Allocated before = testing::allocated();
    const double start = cpu_now();
    const ReviewAnswer answer = review(body, chooser);
    const double cpu = cpu_now() - start;
    const testing::Allocated after = testing::allocated();
    EXPECT_EQ(answer.outcome, ReviewOutcome::kInjected) << answer.message;
    cost.cpu = i == 0 ? cpu : std::min(cost.cpu, cpu);
    cost.allocated = {after.count - before.count, after.bytes - before.bytes};
  }
  return cost;
}

struct Shape {
  const char* name;
  std::string (*make)(size_t);
  size_t count;  // of the small one
};

const Shape kShapes[] = {
    {"environment variables", with_env, 1000},
    {"annotations", with_annotations, 1000},
    {"containers", with_containers, 100},
    {"volumes", with_volumes, 1000},
};

void expect_proportion(const Chooser& chooser) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.name);
    const std::string large = shape.make(10 * shape.count);
    const Cost one = cost_of(shape.make(shape.count), chooser);
    const Cost ten = cost_of(large, chooser);
    EXPECT_LE(ten.allocated.count, 15 * one.allocated.count);
    EXPECT_LE(ten.allocated.bytes, 15 * one.allocated.bytes);
    EXPECT_LE(ten.cpu, 30 * one.cpu + 0.01);
    // Trees and texts of the pod, a handful of them.
    EXPECT_LE(ten.allocated.bytes, 60 * large.size() + 200'000);
  }
}

TEST(Bounds, TheNativeFormCostsInProportionToThePod) {
  expect_proportion(OneControlPlane(settings("")));
}

// A template that looks at all of the pod, and gives something for each container.
constexpr const char* kConfig = R"(policy: enabled
templates:
  sidecar: |
    metadata:
      annotations:
        count: "{{ len .ObjectMeta.Annotations }} {{ len .Spec.Volumes }}"
        {{- range $i, $c := .Spec.Containers }}
        container-{{ $i }}: "{{ $c.Name | upper }}{{ range $c.Env }}{{ .Name | trunc 1 }}{{ end }}"
        {{- end }}
    spec:
      containers:
      - name: istio-proxy
        image: {{ .ProxyImage | quote }}
)";

TEST(Bounds, TheTemplateEngineCostsInProportionToThePod) {
  expect_proportion(OneControlPlane(settings(kConfig)));
}

TEST(Bounds, APodOfThreeMegabytesIsInjected) {
  const std::string body = with_env(60'000);
  ASSERT_GT(body.size(), 2'000'000U);
  const Cost cost = cost_of(body, OneControlPlane(settings("")));
  EXPECT_LE(cost.allocated.bytes, 60 * body.size());
}

TEST(Bounds, AReviewThatIsTooLargeIsRefusedWithoutReadingIt) {
  const std::string body = with_env(200'000);
  const testing::Allocated before = testing::allocated();
  const ReviewAnswer answer = review(body, OneControlPlane(settings("")));
  EXPECT_EQ(answer.outcome, ReviewOutcome::kMalformed);
  EXPECT_LE(testing::allocated().bytes - before.bytes, body.size());
}

TEST(Bounds, NestingIsBounded) {
  const OneControlPlane chooser(settings(""));
  for (const size_t depth : {size_t{1'000}, size_t{100'000}, size_t{1'000'000}}) {
    std::string deep = review_of(R"(,"annotations":)" + std::string(depth, '['), "{}");
    const ReviewAnswer answer = review(deep, chooser);
    EXPECT_EQ(answer.outcome, ReviewOutcome::kMalformed) << depth;
    EXPECT_FALSE(answer.message.empty());
    deep.clear();
    for (size_t i = 0; i < depth; ++i) deep += R"({"a":)";
    EXPECT_EQ(review(deep, chooser).outcome, ReviewOutcome::kMalformed) << depth;
  }
}

}  // namespace
}  // namespace mesh::injection
