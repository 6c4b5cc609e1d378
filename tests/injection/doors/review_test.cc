// Reviews: versions, what is left alone, what is refused, and what no patch may do.
#include "libmesh/injection/doors/review.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "libmesh/document/json_patch.h"
#include "libmesh/schema/formats.h"
#include "tests/injection/doors/pods.h"

namespace mesh::injection {
namespace {

using document::Value;
using document::write_json;

constexpr std::string_view kPod =
    R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"app":"a"},)"
    R"("managedFields":[{"manager":"x"}]},"spec":{"containers":[{"name":"app","image":"a:1"}]}})";

std::string review_text(std::string_view object, std::string_view more = "",
                        std::string_view version = "v1") {
  std::string out = R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/)";
  out.append(version).append(R"(","request":{"uid":"u-1","namespace":"shop",)");
  out.append(more).append(R"("object":)").append(object).append("}}");
  return out;
}

const Chooser& chooser() {
  static const OneControlPlane one(istio_settings());
  return one;
}

Value patched(const Value& answer, const Value& object) {
  const std::string text(answer.find("response")->string_at("patch"));
  const auto patch = schema::decode_base64(text, false);
  EXPECT_TRUE(patch.has_value()) << text;
  const Value operations = json(*patch);
  Value out = object;
  const auto done = document::apply_json_patch(*operations.if_list(), out);
  EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message);
  return out;
}

TEST(Review, AnswersInTheVersionItWasAskedIn) {
  for (const char* version : {"v1", "v1beta1"}) {
    const ReviewAnswer answer = review(review_text(kPod, "", version), chooser());
    EXPECT_EQ(answer.http_status, 200);
    EXPECT_EQ(answer.outcome, ReviewOutcome::kInjected) << answer.message;
    const Value body = json(answer.body);
    EXPECT_EQ(body.string_at("apiVersion"), std::string("admission.k8s.io/") + version);
    EXPECT_EQ(body.string_at("kind"), "AdmissionReview");
    const Value& response = *body.find("response");
    EXPECT_EQ(response.string_at("uid"), "u-1");
    EXPECT_EQ(*response.find("allowed"), Value(true));
    EXPECT_EQ(response.string_at("patchType"), "JSONPatch");
    const Value after = patched(body, json(kPod));
    EXPECT_NE(write_json(after).find("\"istio-proxy\""), std::string::npos);
    // Neither the namespace of the request nor the managed fields are the patch's business.
    EXPECT_EQ(after.find("metadata")->find("namespace"), nullptr);
    EXPECT_NE(after.find("metadata")->find("managedFields"), nullptr);
  }
}

TEST(Review, IsTheSameForADryRun) {
  EXPECT_EQ(review(review_text(kPod, R"("dryRun":true,)"), chooser()).body,
            review(review_text(kPod), chooser()).body);
}

TEST(Review, LeavesAloneWhatIsNoCreationOfAPod) {
  const char* requests[] = {
      R"("operation":"UPDATE",)",
      R"("operation":"DELETE",)",
      R"("operation":"CONNECT",)",
      R"("operation":"CREATE","subResource":"ephemeralcontainers",)",
      R"("operation":"CREATE","kind":{"group":"apps","version":"v1","kind":"Deployment"},)",
      R"("kind":{"group":"x.io","version":"v1","kind":"Pod"},)",
  };
  for (const char* request : requests) {
    const ReviewAnswer answer = review(review_text(kPod, request), chooser());
    EXPECT_EQ(answer.outcome, ReviewOutcome::kLeftAlone) << request;
    EXPECT_EQ(answer.body, R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1",)"
                           R"("response":{"uid":"u-1","allowed":true}})");
  }
}

TEST(Review, LeavesAloneWhatIsDecidedSo) {
  const char* pods[] = {
      R"({"metadata":{"labels":{"sidecar.istio.io/inject":"false"}},"spec":{"containers":[]}})",
      R"({"metadata":{},"spec":{"hostNetwork":true,"containers":[]}})",
      R"({"metadata":{"namespace":"kube-system"},"spec":{"containers":[]}})",
  };
  for (const char* pod : pods) {
    const ReviewAnswer answer = review(review_text(pod), chooser());
    EXPECT_EQ(answer.outcome, ReviewOutcome::kLeftAlone) << pod;
    EXPECT_EQ(answer.body.find("patch"), std::string::npos);
  }
}

TEST(Review, RefusesInIstiosWords) {
  const ReviewAnswer answer =
      review(review_text(R"({"metadata":{"annotations":{"prometheus.io/port":"15020x"}},)"
                         R"("spec":{"containers":[{"name":"a","image":"b"}]}})"),
             chooser());
  EXPECT_EQ(answer.outcome, ReviewOutcome::kRefused);
  EXPECT_EQ(answer.http_status, 200);
  EXPECT_EQ(answer.message,
            "failed to process pod: invalid prometheus scrape configuration: invalid port "
            "\"15020x\"");
  const Value body = json(answer.body);
  EXPECT_EQ(*body.find("response")->find("allowed"), Value(false));
  EXPECT_EQ(body.find("response")->find("status")->string_at("message"), answer.message);
  EXPECT_EQ(body.find("response")->string_at("uid"), "u-1");
}

TEST(Review, SaysWhatIsNoPod) {
  const std::pair<const char*, const char*> cases[] = {
      {"null", "the request has no object"},
      {"[]", "the request has no object"},
      {R"({"spec":[]})", "Pod: spec is a list, must be a mapping"},
      {R"({"metadata":"x","spec":{}})", "Pod: metadata is a string, must be a mapping"},
      {R"({"spec":{"containers":{}}})", "Pod: spec.containers is a mapping, must be a list"},
      {R"({"metadata":{"labels":["a"]},"spec":{}})",
       "Pod: metadata.labels is a list, must be a mapping"},
      {R"({"metadata":{"annotations":{"x":true}},"spec":{}})",
       "Pod: metadata.annotations[x] is a boolean, must be a string (write it in quotes)"},
      {R"({"spec":{"initContainers":[1]}})",
       "Pod: spec.initContainers[0] is a number, must be a mapping"},
  };
  for (const auto& [object, message] : cases) {
    const ReviewAnswer answer = review(review_text(object), chooser());
    EXPECT_EQ(answer.outcome, ReviewOutcome::kRefused);
    EXPECT_EQ(answer.message, message);
  }
}

TEST(Review, SaysWhatIsNoReview) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "the body is no AdmissionReview: "},
      {"{", "the body is no AdmissionReview: "},
      {"[]", "the body is no AdmissionReview of admission.k8s.io/v1 or v1beta1"},
      {R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2"})",
       "the body is no AdmissionReview of admission.k8s.io/v1 or v1beta1"},
      {R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"})",
       "the AdmissionReview has no request"},
  };
  for (const auto& [text, message] : cases) {
    const ReviewAnswer answer = review(text, chooser());
    EXPECT_EQ(answer.outcome, ReviewOutcome::kMalformed) << text;
    EXPECT_EQ(answer.http_status, 400);
    EXPECT_TRUE(answer.message.starts_with(message)) << answer.message;
    EXPECT_EQ(*json(answer.body).find("response")->find("allowed"), Value(false));
  }
}

TEST(Review, RefusesWhatIsNestedTooDeeply) {
  std::string deep = "{\"metadata\":{},\"spec\":";
  for (int i = 0; i < 400; ++i) deep += "{\"a\":";
  deep += "1";
  for (int i = 0; i < 401; ++i) deep += "}";
  const ReviewAnswer answer = review(review_text(deep), chooser());
  EXPECT_EQ(answer.outcome, ReviewOutcome::kMalformed);
  EXPECT_NE(answer.message.find("nested"), std::string::npos) << answer.message;
}

TEST(Review, ReadsClusterAndNetworkOfThePath) {
  const ReviewAnswer answer =
      review(review_text(kPod), chooser(), {.path = "/inject/cluster/c9/net/n9"});
  const Value after = patched(json(answer.body), json(kPod));
  const std::string text = write_json(after);
  EXPECT_NE(text.find(R"({"name":"ISTIO_META_CLUSTER_ID","value":"c9"})"), std::string::npos);
  EXPECT_NE(text.find(R"({"name":"ISTIO_META_NETWORK","value":"n9"})"), std::string::npos);
  EXPECT_EQ(after.find("metadata")->find("labels")->string_at("topology.istio.io/network"), "n9");
}

TEST(Review, GivesNoPrivilegeThatNobodyNames) {
  const ReviewAnswer answer = review(
      review_text(
          R"({"metadata":{"annotations":{"proxy.istio.io/overrides":)"
          R"("{\"containers\":[{\"name\":\"istio-proxy\",\"securityContext\":{\"privileged\":true}}],)"
          R"(\"initContainers\":[{\"name\":\"istio-proxy\",\"securityContext\":{\"privileged\":true}}]}"}},)"
          R"("spec":{"containers":[{"name":"a","image":"b"}]}})"),
      chooser());
  EXPECT_EQ(answer.outcome, ReviewOutcome::kRefused);
  EXPECT_EQ(answer.message,
            "injection refused: container istio-proxy would get the privilege privileged, which "
            "neither its spec nor a template names");
}

// The privilege that the user's own proxy has in the spec is his, and stays.
TEST(Review, KeepsAPrivilegeOfThePodsOwnSpec) {
  constexpr std::string_view kOwn =
      R"({"metadata":{},"spec":{"containers":[{"name":"a","image":"b"},)"
      R"({"name":"istio-proxy","image":"auto","securityContext":{"privileged":true}}]}})";
  const ReviewAnswer answer = review(review_text(kOwn), chooser());
  EXPECT_EQ(answer.outcome, ReviewOutcome::kInjected) << answer.message;
}

// A template that takes a container away, or changes what the user wrote of it.
class Overlay final : public Template {
 public:
  explicit Overlay(Value overlay) : overlay_(std::move(overlay)) {}
  Result<Value> render(const TemplateInput&) const override { return overlay_; }

 private:
  Value overlay_;
};

std::string answer_of_template(std::string_view overlay) {
  Settings settings = [] {
    Diagnostics problems;
    auto read = read_settings({}, {}, {}, {}, problems);
    return std::move(const_cast<Settings&>(**read));
  }();
  settings.config.templates["own"] = std::make_shared<Overlay>(yaml(overlay));
  settings.config.default_templates = {"own"};
  const OneControlPlane one(std::make_shared<const Settings>(std::move(settings)));
  return review(review_text(kPod), one).message;
}

TEST(Review, NeverDropsOrChangesAContainerOfTheUsers) {
  EXPECT_EQ(answer_of_template("{spec: {containers: [{name: app, $patch: delete}]}}"),
            "injection refused: container app would be dropped");
  EXPECT_EQ(answer_of_template("{spec: {$patch: replace, containers: [{name: x}]}}"),
            "injection refused: container app would be dropped");
  // What a template says of the user's container, the user's own words go over.
  EXPECT_EQ(
      answer_of_template("{spec: {containers: [{name: app, image: evil, env: [{name: A}]}]}}"), "");
}

}  // namespace
}  // namespace mesh::injection
