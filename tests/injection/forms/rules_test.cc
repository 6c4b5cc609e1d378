// Images, user ids and the annotations that refuse a pod.
#include <gtest/gtest.h>

#include "libmesh/injection/forms/images.h"
#include "libmesh/injection/forms/uid.h"
#include "libmesh/injection/forms/validate.h"
#include "tests/injection/forms/support.h"

namespace mesh::injection {
namespace {

using testing::document_of;
using testing::Steering;

TEST(Images, HubNameTagAndType) {
  const struct {
    testing::Changes values;
    const char* mesh;
    const char* annotations;
    const char* image;
  } rows[] = {
      {{}, "", "", "registry.istio.io/release/proxyv2:1.31.0"},
      {{{"global.hub", "h"}, {"global.tag", "x"}, {"global.proxy.image", "p"}}, "", "", "h/p:x"},
      {{{"global.tag", "1.5"}}, "", "", "registry.istio.io/release/proxyv2:1.5"},
      {{{"global.variant", "distroless"}},
       "",
       "",
       "registry.istio.io/release/proxyv2:1.31.0-distroless"},
      {{{"global.tag", "x-distroless"}},
       "defaultConfig: {image: {imageType: debug}}",
       "",
       "registry.istio.io/release/proxyv2:x-debug"},
      {{{"global.tag", "x-debug"}},
       "defaultConfig: {image: {imageType: distroless}}",
       "sidecar.istio.io/proxyImageType: default",
       "registry.istio.io/release/proxyv2:x"},
  };
  for (const auto& row : rows) {
    const SettingsPtr settings = testing::settings_of({row.values, row.mesh, {}, {}, ""});
    EXPECT_EQ(proxy_image(*settings, *settings->proxy_configs.mesh_default(),
                          document_of({row.annotations, ""})),
              row.image);
  }
}

TEST(Images, TheInitContainersHasNoTypeOfTheProxyConfig) {
  const SettingsPtr settings = testing::settings_of({{{"global.proxy_init.image", "init"}},
                                                     "defaultConfig: {image: {imageType: debug}}",
                                                     {},
                                                     {},
                                                     ""});
  EXPECT_EQ(proxy_init_image(*settings, document_of({})), "registry.istio.io/release/init:1.31.0");
}

std::string ids(const Steering& setup, const testing::Pod& pod, const Labels& annotations) {
  const SettingsPtr settings = testing::settings_of(setup);
  const NamespaceFacts ns{{}, annotations};
  const ProxyIds found = proxy_ids(*settings, document_of(pod), &ns);
  return std::to_string(found.uid) + ":" + std::to_string(found.gid);
}

TEST(UserIds, OpenShiftGivesTheLastOfARange) {
  constexpr char kRange[] = "openshift.io/sa.scc.uid-range";
  constexpr char kGroups[] = "openshift.io/sa.scc.supplemental-groups";
  Steering openshift;
  openshift.options.openshift = true;
  EXPECT_EQ(ids({}, {}, {{kRange, "1000/10"}}), "1337:1337");
  EXPECT_EQ(ids(openshift, {}, {}), "1337:1337");
  EXPECT_EQ(ids(openshift, {}, {{kRange, "1000/10"}}), "1009:1009");
  EXPECT_EQ(ids(openshift, {}, {{kRange, "1000-1005"}, {kGroups, "5/2,9/1"}}), "1005:6");
  EXPECT_EQ(ids(openshift, {}, {{kRange, "many"}}), "1337:1337");
  EXPECT_EQ(ids(openshift, {}, {{kRange, "1000/10"}, {kGroups, "5/2,x"}}), "1009:1337");
}

TEST(UserIds, MaistraRunsOneAboveTheApplication) {
  Steering maistra;
  maistra.maistra = "v2.5";
  const auto of = [&](const char* annotations, const char* spec) {
    return ids(maistra, {annotations, "", spec}, {{"openshift.io/sa.scc.uid-range", "7/2"}});
  };
  EXPECT_EQ(of("", "containers: [{name: a}]"), "1337:1337");
  EXPECT_EQ(of("", "securityContext: {runAsUser: 9}, containers: [{name: a}]"), "10:10");
  EXPECT_EQ(of("",
               "securityContext: {runAsUser: 9}, containers: [{name: a, securityContext: "
               "{runAsUser: 20}}, {name: b, securityContext: {runAsUser: 3}}]"),
            "21:21");
  EXPECT_EQ(of("sidecar.istio.io/proxyUID: '5'",
               "securityContext: {runAsUser: 9}, containers: [{name: a}]"),
            "5:5");
  EXPECT_EQ(of("",
               "containers: [{name: istio-proxy, securityContext: {runAsUser: 8, runAsGroup: "
               "4}}]"),
            "8:4");
  maistra.maistra = "v2.6";
  EXPECT_EQ(of("", "securityContext: {runAsUser: 9}, containers: [{name: a}]"), "8:8");
}

std::string refused(const char* annotations) {
  const document::Value pod = document_of({annotations, ""});
  const Result<void> valid = validate_annotations(pod.find("metadata")->find("annotations"));
  return valid.ok() ? "" : valid.error().message;
}

std::string once(const std::string& value, const std::string& name, const std::string& why) {
  return "1 error occurred:\n\t* invalid value '" + value + "' for annotation '" + name +
         "': " + why + "\n\n";
}

TEST(Annotations, AreRefusedInIstiosWords) {
  const std::string traffic = "traffic.sidecar.istio.io/";
  const struct {
    std::string name;
    std::string value;
    std::string why;
  } rows[] = {
      {"sidecar.istio.io/interceptionMode", "both",
       "interceptionMode invalid, use REDIRECT,TPROXY,NONE: both"},
      {"status.sidecar.istio.io/port", "http",
       "excludeInboundPorts invalid: failed parsing port 'http': strconv.ParseUint: parsing "
       "\"http\": invalid syntax"},
      {"readiness.status.sidecar.istio.io/periodSeconds", "-1",
       "strconv.ParseUint: parsing \"-1\": invalid syntax"},
      {"readiness.status.sidecar.istio.io/failureThreshold", "4294967296",
       "strconv.ParseUint: parsing \"4294967296\": value out of range"},
      {traffic + "includeOutboundIPRanges", "10.0.0.0",
       "includeIPRanges invalid: failed parsing cidr '10.0.0.0': netip.ParsePrefix(\"10.0.0.0\"): "
       "no '/'"},
      {traffic + "excludeOutboundIPRanges", "1.2.3/8",
       "excludeIPRanges invalid: failed parsing cidr '1.2.3/8': netip.ParsePrefix(\"1.2.3/8\"): "
       "ParseAddr(\"1.2.3\"): IPv4 address too short"},
      {traffic + "excludeOutboundIPRanges", "1.2.3.4/33",
       "excludeIPRanges invalid: failed parsing cidr '1.2.3.4/33': "
       "netip.ParsePrefix(\"1.2.3.4/33\"): prefix length out of range"},
      {traffic + "excludeOutboundIPRanges", "*",
       "excludeIPRanges invalid: failed parsing cidr '*': netip.ParsePrefix(\"*\"): no '/'"},
      {traffic + "excludeOutboundIPRanges", "fd00:::/8",
       "excludeIPRanges invalid: failed parsing cidr 'fd00:::/8': "
       "netip.ParsePrefix(\"fd00:::/8\"): ParseAddr(\"fd00:::\"): each colon-separated field must "
       "have at least one digit (at \":\")"},
      {traffic + "includeInboundPorts", "80,x",
       "includeInboundPorts invalid: failed parsing port 'x': failed parsing port 'x': "
       "strconv.ParseUint: parsing \"x\": invalid syntax"},
      {traffic + "excludeOutboundPorts", "65536",
       "excludeOutboundPorts invalid: failed parsing port '65536': failed parsing port '65536': "
       "strconv.ParseUint: parsing \"65536\": value out of range"},
      {traffic + "kubevirtInterfaces", "net1,", "empty interface name"},
      {traffic + "excludeInterfaces", "0eth",
       "interface name \"0eth\" contains invalid characters"},
      {"prometheus.istio.io/merge-metrics", "maybe",
       "strconv.ParseBool: parsing \"maybe\": invalid syntax"},
      {"sidecar.istio.io/proxyCPU", "much",
       "quantities must match the regular expression "
       "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"},
      {"sidecar.istio.io/proxyMemory", "1mi", "unable to parse quantity's suffix"},
      {"proxy.istio.io/config", "statusPort: 0",
       "1 error occurred:\n\t* invalid status port: port number 0 must be in the range "
       "1..65535\n\n"},
      {"proxy.istio.io/config", "concurrency: many",
       "failed to convert to apply proxy config: invalid character 'm' looking for beginning of "
       "value"},
      {"proxy.istio.io/config", "interceptionMode: both",
       "failed to convert to apply proxy config: unknown value \"\\\"both\\\"\" for enum "
       "istio.mesh.v1alpha1.ProxyConfig.InboundInterceptionMode"},
      {"proxy.istio.io/config", "a: b: c",
       "failed to convert to apply proxy config: yaml: mapping values are not allowed in this "
       "context"},
      {"proxy.istio.io/config", "discoveryAddress: istiod",
       "1 error occurred:\n\t* invalid discovery address: unable to split \"istiod\": address "
       "istiod: missing port in address\n\n"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(refused(("'" + row.name + "': '" + row.value + "'").c_str()),
              once(row.value, row.name, row.why));
  }
}

TEST(Annotations, ThatAreValidPass) {
  for (const char* annotations : {
           "sidecar.istio.io/interceptionMode: NONE",
           "traffic.sidecar.istio.io/includeOutboundIPRanges: '*'",
           "traffic.sidecar.istio.io/includeOutboundIPRanges: ''",
           "traffic.sidecar.istio.io/excludeOutboundIPRanges: "
           "'10.0.0.0/8,fd00::/8,::/0,::ffff:1.2.3.4/96'",
           "traffic.sidecar.istio.io/includeInboundPorts: '*'",
           "traffic.sidecar.istio.io/excludeInboundPorts: ' 1, 2'",
           "sidecar.istio.io/proxyCPU: 100m",
           "proxy.istio.io/config: '{tracing: {zipkin: {address: \"$(HOST_IP):9411\"}}}'",
           "other.example/annotation: anything",
       }) {
    EXPECT_EQ(refused(annotations), "") << annotations;
  }
}

TEST(Annotations, EveryFaultIsTold) {
  const std::string all =
      refused("sidecar.istio.io/proxyCPU: much, sidecar.istio.io/interceptionMode: both");
  EXPECT_EQ(all.find("2 errors occurred:\n\t* invalid value 'much'"), 0U) << all;
}

}  // namespace
}  // namespace mesh::injection
