// The strategic merge: order, keys and directives, as apimachinery's strategicpatch has them.
#include "libmesh/injection/pod/merge.h"

#include <gtest/gtest.h>

#include "tests/injection/doors/pods.h"

namespace mesh::injection {
namespace {

using document::Value;
using document::write_json;

struct Case {
  const char* pod;
  const char* overlay;
  const char* merged;
};

TEST(StrategicMerge, MergesAsTheApiServerDoes) {
  const Case cases[] = {
      // What is new stands before what is only the pod's.
      {"{spec: {containers: [{name: app}]}}", "{spec: {containers: [{name: istio-proxy}]}}",
       R"({"spec":{"containers":[{"name":"istio-proxy"},{"name":"app"}]}})"},
      // Where both were there, the order of before holds.
      {"{spec: {containers: [{name: a}, {name: b}, {name: c}]}}",
       "{spec: {containers: [{name: c, image: x}, {name: new}]}}",
       R"({"spec":{"containers":[{"name":"a"},{"name":"b"},{"name":"c","image":"x"},)"
       R"({"name":"new"}]}})"},
      {"{spec: {containers: [{name: a, env: [{name: X, value: u}], args: [p, q]}]}}",
       "{spec: {containers: [{name: a, env: [{name: Q}, {name: X, value: t}], args: [r]}]}}",
       R"({"spec":{"containers":[{"name":"a","env":[{"name":"Q"},{"name":"X","value":"t"}],)"
       R"("args":["r"]}]}})"},
      // The key of ports is the number alone, whatever the protocol.
      {"{spec: {containers: [{name: a, ports: [{containerPort: 53, protocol: UDP}]}]}}",
       "{spec: {containers: [{name: a, ports: [{containerPort: 53, name: dns}]}]}}",
       R"({"spec":{"containers":[{"name":"a",)"
       R"("ports":[{"containerPort":53,"protocol":"UDP","name":"dns"}]}]}})"},
      {"{spec: {tolerations: [{key: a}], nodeSelector: {a: b}}}",
       "{spec: {tolerations: [{key: b}], nodeSelector: {c: d}}}",
       R"({"spec":{"tolerations":[{"key":"b"}],"nodeSelector":{"a":"b","c":"d"}}})"},
      {"{metadata: {finalizers: [a, b], ownerReferences: [{uid: u}]}}",
       "{metadata: {finalizers: [b, c], ownerReferences: [{uid: v}]}}",
       R"({"metadata":{"finalizers":["a","b","c"],)"
       R"("ownerReferences":[{"uid":"v"},{"uid":"u"}]}})"},
      // Null removes, and says nothing where there is nothing.
      {"{spec: {dnsPolicy: Default, nodeSelector: {a: b}}}",
       "{spec: {dnsPolicy: null, hostname: null, nodeSelector: {a: null, c: d, e: null}}}",
       R"({"spec":{"nodeSelector":{"c":"d"}}})"},
      {"{spec: {volumes: [{name: v, emptyDir: {}}]}}",
       "{spec: {volumes: [{name: v, $retainKeys: [name, secret], secret: {secretName: s}}]}}",
       R"({"spec":{"volumes":[{"name":"v","secret":{"secretName":"s"}}]}})"},
      {"{spec: {containers: [{name: a}, {name: b}]}}",
       "{spec: {containers: [{name: a, $patch: delete}]}}",
       R"({"spec":{"containers":[{"name":"b"}]}})"},
      {"{spec: {containers: [{name: a}, {name: b}]}}",
       "{spec: {containers: [{$patch: replace}, {name: c}]}}",
       R"({"spec":{"containers":[{"name":"c"}]}})"},
      {"{spec: {securityContext: {fsGroup: 1, runAsUser: 2}}}",
       "{spec: {securityContext: {$patch: replace, fsGroup: 3}}}",
       R"({"spec":{"securityContext":{"fsGroup":3}}})"},
      {"{spec: {containers: [{name: a, env: [{name: X}, {name: Q}, {name: Z}]}]}}",
       "{spec: {containers: [{name: a, $setElementOrder/env: [{name: Z}, {name: X}, {name: W}], "
       "env: [{name: W}]}]}}",
       R"({"spec":{"containers":[{"name":"a",)"
       R"("env":[{"name":"Q"},{"name":"Z"},{"name":"X"},{"name":"W"}]}]}})"},
      {"{metadata: {finalizers: [a, b]}}", "{metadata: {$deleteFromPrimitiveList/finalizers: [a]}}",
       R"({"metadata":{"finalizers":["b"]}})"},
      {"{}", "{metadata: {labels: {a: b, c: null}}, spec: null}",
       R"({"metadata":{"labels":{"a":"b"}}})"},
  };
  for (const Case& c : cases) {
    Value pod = yaml(c.pod);
    const auto merged = strategic_merge(pod, yaml(c.overlay));
    ASSERT_TRUE(merged.ok()) << c.overlay << merged.error().message;
    EXPECT_EQ(write_json(pod), c.merged) << c.overlay;
  }
}

TEST(StrategicMerge, SaysWhatIsNoOverlay) {
  const std::pair<const char*, const char*> cases[] = {
      {"{spec: {containers: [{image: a}]}}",
       R"(map: {"image":"a"} does not contain declared merge key: name)"},
      {"{spec: {containers: [{name: a, $patch: smash}]}}", "unknown patch type: smash"},
      {"{spec: {$retainKeys: [a], b: c}}", "invalid patch format of retainKeys"},
      {"[]", "the overlay is no mapping"},
  };
  for (const auto& [overlay, message] : cases) {
    Value pod = yaml("{spec: {containers: [{name: a}]}}");
    const auto merged = strategic_merge(pod, yaml(overlay));
    ASSERT_FALSE(merged.ok()) << overlay;
    EXPECT_EQ(merged.error().message, message);
  }
}

}  // namespace
}  // namespace mesh::injection
