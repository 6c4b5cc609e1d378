// The forms gateway, grpc-agent and grpc-simple, and what is the same for all.
#include <gtest/gtest.h>

#include "tests/injection/forms/support.h"

namespace mesh::injection {
namespace {

using testing::json_at;
using testing::overlay;
using testing::Pod;
using testing::Steering;

TEST(Gateway, RunsARouterWithoutRedirection) {
  const document::Value made = overlay(NativeForm::kGateway, {},
                                       {"readiness.status.sidecar.istio.io/periodSeconds: '3'", "",
                                        "containers: [{name: istio-proxy, image: auto}]"});
  EXPECT_EQ(json_at(made, "spec.initContainers"), "-");
  EXPECT_EQ(json_at(made, "spec.securityContext"),
            R"({"sysctls":[{"name":"net.ipv4.ip_unprivileged_port_start","value":"0"}]})");
  EXPECT_EQ(json_at(made, "spec.containers[istio-proxy].securityContext"),
            R"({"runAsUser":1337,"runAsGroup":1337})");
  EXPECT_EQ(
      json_at(made, "spec.containers[istio-proxy].args"),
      R"(["proxy","router","--domain","$(POD_NAMESPACE).svc.cluster.local","--proxyLogLevel=warning","--proxyComponentLogLevel=misc:error","--log_output_level=default:info"])");
  // The pod's annotations do not count for a gateway's probe, and it has no resources of its own.
  EXPECT_EQ(json_at(made, "spec.containers[istio-proxy].readinessProbe.periodSeconds"), "15");
  EXPECT_EQ(json_at(made, "spec.containers[istio-proxy].resources"), "-");
  EXPECT_EQ(json_at(made, "spec.volumes[credential-socket].emptyDir"), "{}");
  EXPECT_EQ(json_at(made, "spec.volumes[workload-socket].emptyDir"), "-");
  EXPECT_EQ(json_at(made, "metadata.annotations"), R"({"istio.io/rev":"default"})");
}

TEST(Gateway, TheValuesHaveAPodSecurityContext) {
  const Steering setup{{{"gateways.securityContext", "{fsGroup: 5}"}}, "", {}, {}, ""};
  EXPECT_EQ(json_at(overlay(NativeForm::kGateway, setup, {}), "spec.securityContext"),
            R"({"fsGroup":5})");
}

TEST(GrpcAgent, ApplicationsGetTheBootstrapOfTheAgent) {
  const document::Value made = overlay(NativeForm::kGrpcAgent, {}, {});
  EXPECT_EQ(
      json_at(made, "spec.containers[app]"),
      R"({"name":"app","env":[{"name":"GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT","value":"true"},{"name":"GRPC_XDS_BOOTSTRAP","value":"/etc/istio/proxy/grpc-bootstrap.json"}],"volumeMounts":[{"name":"istio-data","mountPath":"/var/lib/istio/data"},{"name":"istio-xds","mountPath":"/etc/istio/proxy"},{"name":"workload-certs","mountPath":"/var/run/secrets/workload-spiffe-credentials"}]})");
  EXPECT_EQ(json_at(made, "spec.containers[istio-proxy].env[DISABLE_ENVOY].value"), R"("true")");
  EXPECT_EQ(json_at(made, "spec.volumes[istio-xds].emptyDir"), R"({"medium":"Memory"})");
}

TEST(GrpcAgent, WithoutAStatusPortItHasNoProbeNorMounts) {
  const document::Value made =
      overlay(NativeForm::kGrpcAgent, {}, {"status.sidecar.istio.io/port: '0'", ""});
  EXPECT_EQ(json_at(made, "spec.containers[istio-proxy].readinessProbe"), "-");
  EXPECT_EQ(json_at(made, "spec.containers[istio-proxy].volumeMounts"), "-");
}

TEST(GrpcSimple, EveryContainerGetsTheFile) {
  const document::Value made = overlay(NativeForm::kGrpcSimple, {}, {});
  EXPECT_EQ(json_at(made, "spec.containers[app].env[GRPC_XDS_BOOTSTRAP].value"),
            R"("/var/lib/grpc/data/bootstrap.json")");
  EXPECT_EQ(json_at(made, "spec.initContainers[grpc-bootstrap-init].env[ISTIO_NAMESPACE].value"),
            R"("istio-system\n")");
  EXPECT_EQ(json_at(made, "metadata.annotations"),
            R"({"sidecar.istio.io/rewriteAppHTTPProbers":"false"})");
}

TEST(Volumes, FollowTheSettings) {
  const Steering setup{{{"global.caName", "GkeWorkloadCertificate"},
                        {"global.mountMtlsCerts", "true"},
                        {"global.pilotCertProvider", "kubernetes"},
                        {"global.imagePullSecrets", "[a, b]"}},
                       "",
                       {},
                       {},
                       ""};
  const document::Value made =
      overlay(NativeForm::kSidecar, setup,
              {"sidecar.istio.io/bootstrapOverride: mine, sidecar.istio.io/userVolume: "
               "'{\"v\":{\"emptyDir\":{}}}', sidecar.istio.io/userVolumeMount: "
               "'{\"v\":{\"mountPath\":\"/v\"}}'",
               "", "serviceAccountName: sa, containers: [{name: app}]"});
  EXPECT_EQ(json_at(made, "spec.volumes[gke-workload-certificate].csi.driver"),
            R"("workloadcertificates.security.cloud.google.com")");
  EXPECT_EQ(json_at(made, "spec.volumes[istiod-ca-cert]"), "-");
  EXPECT_EQ(json_at(made, "spec.volumes[istio-certs].secret"),
            R"({"optional":true,"secretName":"istio.sa"})");
  EXPECT_EQ(json_at(made, "spec.volumes[custom-bootstrap-volume].configMap"), R"({"name":"mine"})");
  EXPECT_EQ(json_at(made, "spec.volumes[v].emptyDir"), "{}");
  EXPECT_EQ(json_at(made, "spec.initContainers[istio-proxy].volumeMounts[v].mountPath"), R"("/v")");
  EXPECT_EQ(json_at(made, "spec.imagePullSecrets"), R"([{"name":"a"},{"name":"b"}])");
}

TEST(Volumes, TheRootCertificateMayComeFromATrustBundle) {
  const Steering setup{{{"pilot.env", "{ENABLE_CLUSTER_TRUST_BUNDLE_API: true}"}}, "", {}, {}, ""};
  EXPECT_EQ(
      json_at(overlay(NativeForm::kSidecar, setup, {}), "spec.volumes[istiod-ca-cert].projected"),
      R"({"sources":[{"clusterTrustBundle":{"name":"istio.io:istiod-ca:root-cert","path":"root-cert.pem"}}]})");
}

}  // namespace
}  // namespace mesh::injection
