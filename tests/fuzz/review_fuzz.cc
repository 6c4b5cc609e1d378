// Any bytes as an AdmissionReview of a pod's creation, answered with Istio's settings and Maistra's.
//
// Holds besides not crashing: the answer is an AdmissionReview with the uid of the request; the same
// bytes give the same answer; a patch applies to the pod, drops no container of it, and what it gives
// is not injected further by a second round; taking the injection out again does not fail either.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libmesh/document/json.h"
#include "libmesh/document/json_patch.h"
#include "libmesh/injection/doors/review.h"
#include "libmesh/injection/doors/uninject.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/schema/formats.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mesh;
using document::Value;
using fuzz::check;
using injection::ReviewOutcome;

injection::SettingsPtr settings(std::string_view maistra) {
  Diagnostics problems;
  injection::SettingsIdentity identity;
  if (!maistra.empty()) {
    identity.maistra = injection::maistra_flavour(maistra, Value(document::Map{}));
  }
  auto read = injection::read_settings({}, {}, std::move(identity), {}, problems);
  check(read.ok(), "the settings can be read");
  return *read;
}

std::optional<Value> read(std::string_view text) {
  Diagnostics problems;
  auto value = document::read_json(text, "", problems);
  if (!value) return std::nullopt;
  return *std::move(value);
}

void check_containers(const Value& before, const Value& after, const std::string& text) {
  for (std::string_view key : {injection::kContainers, injection::kInitContainers}) {
    const document::List* list = injection::spec_list(before, key);
    if (list == nullptr) continue;
    for (const Value& container : *list) {
      const std::string_view name = container.string_at("name");
      check(name.empty() || injection::find_container(after, name) != nullptr,
            "no container is dropped", text);
    }
  }
}

void check_patch(const Value& request, const Value& response, const std::string& text) {
  const Value* object = request.find("object");
  check(object != nullptr, "what is patched is there", text);
  const auto patch = schema::decode_base64(response.string_at("patch"), false);
  check(patch.has_value(), "the patch is base64", text);
  const auto operations = read(*patch);
  check(operations && operations->is_list(), "the patch is JSON", text);
  Value pod = *object;
  check(document::apply_json_patch(*operations->if_list(), pod).ok(), "the patch applies", text);
  check_containers(*object, pod, text);
  check(injection::uninject_pod(pod).was_injected, "what is injected can be taken out", text);
}

void answer(const std::string& text, const injection::Chooser& chooser) {
  const injection::ReviewAnswer first = injection::review(text, chooser, {.path = "/inject/net/n"});
  const injection::ReviewAnswer again = injection::review(text, chooser, {.path = "/inject/net/n"});
  check(first.body == again.body && first.outcome == again.outcome,
        "the same bytes, the same answer", text);
  const auto body = read(first.body);
  check(body && body->string_at("kind") == "AdmissionReview", "the answer is a review", text);
  const Value* response = body->find("response");
  check(response != nullptr, "the answer has a response", text);
  if (first.outcome == ReviewOutcome::kMalformed) return;
  const auto review = read(text);
  check(review.has_value(), "what is answered can be read", text);
  const Value* request = review->find("request");
  check(request != nullptr && request->string_at("uid") == response->string_at("uid"),
        "the uid is kept", text);
  if (response->find("patch") != nullptr) check_patch(*request, *response, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const injection::OneControlPlane istio(settings(""));
  static const injection::OneControlPlane maistra(settings("v2.6"),
                                                  injection::OneControlPlane::As::kKubeInject);
  const std::string text(reinterpret_cast<const char*>(data), size);
  answer(text, istio);
  answer(text, maistra);
  return 0;
}
