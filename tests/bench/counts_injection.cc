// Reviews answered: with Istio's own templates, in their native forms, and with one that runs in the
// engine.
#include <memory>

#include "libmesh/injection/doors/review.h"
#include "libmesh/injection/settings.h"
#include "tests/bench/counts.h"
#include "tests/support/paths.h"

namespace mesh {
namespace {

using namespace injection;  // NOLINT: all of it is about injection

constexpr const char* kOwnTemplate = "tests/peers/istio/internal/injection/own-template.yaml";

// The shape that Istio's InjectServePC benchmarks send, and one container with that many variables.
std::string review_of(size_t env) {
  std::string spec = R"({"volumes":[{"name":"v0"}],"initContainers":[{"name":"c0"}],)"
                     R"("imagePullSecrets":[{"name":"p0"}],"containers":[{"name":"c1","env":[)";
  for (size_t i = 0; i < env; ++i) {
    spec += (i == 0 ? "" : ",") + (R"({"name":"V)" + std::to_string(i) + R"(","value":"x"})");
  }
  return R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",)"
         R"("kind":{"group":"","version":"v1","kind":"Pod"},)"
         R"("resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE",)"
         R"("namespace":"default","object":{"apiVersion":"v1","kind":"Pod",)"
         R"("metadata":{"name":"p"},"spec":)" +
         spec + "]}]}}}}";
}

Case answered(const char* name, const std::string& config, size_t env) {
  Options options;
  options.native_sidecars = NativeSidecars::kEnabled;
  Diagnostics diagnostics;
  auto settings =
      read_settings({"", "", config}, options, {"", "default", nullptr}, {}, diagnostics);
  if (!settings) fail(settings.error().message);
  auto chooser = std::make_shared<OneControlPlane>(*settings);
  auto body = std::make_shared<std::string>(review_of(env));
  return {name, [chooser, body] {
            const ReviewAnswer answer = review(*body, *chooser);
            return answer.outcome == ReviewOutcome::kInjected ? answer.body.size() : 0;
          }};
}

}  // namespace

std::vector<Case> injection_cases() {
  const std::string own = testing::read_source_file(kOwnTemplate);
  return {answered("inject", "", 0), answered("inject-many-env", "", 2000),
          answered("inject-engine", own, 0)};
}

}  // namespace mesh
