// What proxies share: one outbound part per view, one inbound part per way to serve.
#include "libmesh/xds/generator.h"

#include <gtest/gtest.h>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/index/store.h"
#include "tests/xds/fixtures.h"
#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

class Sharing : public ::testing::Test {
 protected:
  void apply(const std::string& text) {
    for (const auto& d : store_.apply(text, "")) ADD_FAILURE() << to_string(d);
    generator_.update(store_.snapshot());
  }

  ProxyConfigPtr config(const std::string& description) {
    auto proxy = index::read_proxy(*store_.snapshot(), description, "proxy.yaml");
    if (!proxy) {
      ADD_FAILURE() << proxy.error().message;
      return nullptr;
    }
    return generator_.config(*proxy);
  }

  // A pod of the namespace app that is known by its description only.
  ProxyConfigPtr sidecar(const std::string& name, const std::string& labels) {
    return config("{type: sidecar, id: " + name +
                  ".app, namespace: app, ip: [10.1.0.7], labels: " + labels + "}");
  }

  static std::string text_of(const Resources& resources) {
    std::string out;
    for (const auto& r : resources) out += r->value();
    return out;
  }

  index::Store store_;
  Generator generator_;
};

TEST_F(Sharing, PodsOfOneServiceHaveOneInboundPart) {
  apply(kNamespace + web_service("http"));
  auto first = sidecar("web-1", "{app: web}");
  auto second = sidecar("web-2", "{app: web, version: v2}");
  EXPECT_EQ(&first->shared(), &second->shared());
  EXPECT_EQ(first->own(), second->own());
}

TEST_F(Sharing, APodThatServesNothingHasAnotherInboundPart) {
  apply(kNamespace + web_service("http"));
  auto web = sidecar("web-1", "{app: web}");
  auto other = sidecar("other-1", "{app: other}");
  EXPECT_EQ(&web->shared(), &other->shared());
  EXPECT_NE(web->find(Type::kCluster, "inbound|8080||"), nullptr);
  EXPECT_EQ(other->find(Type::kCluster, "inbound|8080||"), nullptr);
}

TEST_F(Sharing, MutualTlsOfOneWorkloadIsNotAnothers) {
  apply(kNamespace + web_service("http") + R"(---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: v2, namespace: app}
spec: {selector: {matchLabels: {version: v2}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}}
)");
  auto first = sidecar("web-1", "{app: web}");
  auto second = sidecar("web-2", "{app: web, version: v2}");
  EXPECT_EQ(&first->shared(), &second->shared());
  EXPECT_NE(text_of(first->own()->listeners), text_of(second->own()->listeners));
}

// Both have the same view but for the name that traces show.
TEST_F(Sharing, TracesNameTheirOwnProxy) {
  apply(kNamespace + web_service("http") + "---\nenableTracing: true\n");
  auto first = sidecar("a-1", "{service.istio.io/canonical-name: first-name}");
  auto second = sidecar("b-1", "{service.istio.io/canonical-name: second-name}");
  const std::string a = text_of(first->shared().listeners()->list);
  const std::string b = text_of(second->shared().listeners()->list);
  EXPECT_NE(a.find("first-name"), std::string::npos);
  EXPECT_EQ(a.find("second-name"), std::string::npos);
  EXPECT_NE(b.find("second-name"), std::string::npos);
}

TEST_F(Sharing, AnInboundPartLastsWhenOnlyEndpointsChange) {
  apply(kNamespace + web_service("http"));
  auto before = sidecar("web-1", "{app: web}");
  apply(R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-2, namespace: app, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.99], conditions: {ready: true}}]
ports: [{name: http, port: 8080}]
)");
  auto after = sidecar("web-1", "{app: web}");
  EXPECT_NE(&before->shared(), &after->shared());
  EXPECT_EQ(before->own(), after->own());
  apply(web_service("tcp"));
  EXPECT_NE(sidecar("web-1", "{app: web}")->own(), before->own());
}

// Secrets are asked of the snapshot over SDS: nothing that is made of the mesh holds one but Wasm filters.
TEST_F(Sharing, ASecretChangesNothingThatIsShared) {
  apply(kNamespace + web_service("http"));
  auto before = sidecar("web-1", "{app: web}");
  const PartPtr clusters = before->shared().clusters();
  const PartPtr listeners = before->shared().listeners();
  apply(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: release, namespace: app}\n"
      "data: {release: YQ==}\n");
  auto after = sidecar("web-1", "{app: web}");
  EXPECT_EQ(after->shared().clusters(), clusters);
  EXPECT_EQ(after->shared().listeners(), listeners);
  EXPECT_EQ(after->own(), before->own());
}

// Connections to hosts that are resolved by SNI are held against policies, outbound.
TEST_F(Sharing, APolicyOfHostsResolvedBySniIsFollowed) {
  apply(kNamespace + web_service("http") + R"(---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: dynamic, namespace: app}
spec:
  hosts: ["*.example.com"]
  ports: [{number: 443, name: tls, protocol: TLS}]
  location: MESH_EXTERNAL
  resolution: DYNAMIC_DNS
)");
  const char* rbac = "envoy.filters.network.rbac";
  auto before = sidecar("web-1", "{app: web}");
  EXPECT_EQ(text_of(before->shared().listeners()->list).find(rbac), std::string::npos);
  apply(R"(
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: own, namespace: app}
spec: {rules: [{from: [{source: {namespaces: [app]}}]}]}
)");
  auto after = sidecar("web-1", "{app: web}");
  EXPECT_NE(text_of(after->shared().listeners()->list).find(rbac), std::string::npos);
}

// What a client asks for is no more than a name.
TEST_F(Sharing, RoutesOfOddNamesAreMadeWithoutHarm) {
  apply(kNamespace + web_service("http"));
  auto config = sidecar("web-1", "{app: web}");
  for (const char* name : {"x:0", ":0", ":", "0", "-1", "x:99999", "x:80:80", "", "999999999999"}) {
    config->find(Type::kRoute, name);
  }
  EXPECT_NE(config->find(Type::kRoute, "80"), nullptr);
}

// A client may stay on a name that no listener has; with too many of these all are forgotten.
TEST_F(Sharing, NamesThatNobodyHasAreNotKeptForEver) {
  apply(kNamespace + web_service("http"));
  auto config = sidecar("web-1", "{app: web}");
  config->shared().routes();
  const ResourcePtr one = config->find(Type::kRoute, "gone-1:80");
  apply(web_service("tcp"));
  config = sidecar("web-1", "{app: web}");
  config->shared().routes();
  EXPECT_EQ(config->find(Type::kRoute, "gone-1:80"), one);
  for (int i = 2; i < 2000; ++i) config->find(Type::kRoute, "gone-" + std::to_string(i) + ":80");
  apply(web_service("http"));
  config = sidecar("web-1", "{app: web}");
  EXPECT_NE(config->find(Type::kRoute, "gone-1:80"), one);
  EXPECT_NE(config->find(Type::kRoute, "80"), nullptr);
}

// A session follows its configuration from snapshot to snapshot without reading its proxy again, as long as that cannot
// give anything else.
class Following : public Sharing {
 protected:
  static constexpr const char* kNode = "sidecar~10.1.0.7~web-1.app~app.svc.cluster.local";

  static std::string slice(const std::string& address) {
    return "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-2, "
           "namespace: app, labels: {kubernetes.io/service-name: web}}\naddressType: IPv4\n"
           "endpoints: [{addresses: [" +
           address + "], conditions: {ready: true}}]\nports: [{name: http, port: 8080}]\n";
  }
  static std::string pod(const std::string& app) {
    return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web-1, namespace: app, labels: "
           "{app: " +
           app +
           "}}\nspec: {nodeName: n1, containers: [{name: istio-proxy}, {name: app}]}\nstatus: "
           "{podIP: "
           "10.1.0.7}\n";
  }
  static std::string node(const std::string& zone) {
    return "---\napiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: "
           "{topology.kubernetes.io/region: r, topology.kubernetes.io/zone: " +
           zone + "}}\n";
  }

  ProxyConfigPtr read() {
    auto snapshot = store_.snapshot();
    auto proxy = index::proxy_of_node(*snapshot, kNode, document::Value(document::Map{}));
    if (!proxy) {
      ADD_FAILURE() << proxy.error().message;
      return nullptr;
    }
    origin_ = index::origin_of_node(*snapshot, *proxy);
    return generator_.config(*proxy);
  }
  ProxyConfigPtr followed(const ProxyConfigPtr& before) {
    index::NodeOrigin origin = origin_;
    return generator_.follow(before, origin);
  }

  index::NodeOrigin origin_;
};

TEST_F(Following, AnEndpointIsAllThatDiffers) {
  apply(kNamespace + web_service("http") + pod("web") + node("z1") + slice("10.1.0.98"));
  ProxyConfigPtr before = read();
  EXPECT_EQ(generator_.follow(before, origin_), before);  // nothing differs
  apply(slice("10.1.0.99"));
  ProxyConfigPtr after = followed(before);
  ASSERT_NE(after, nullptr);
  ProxyConfigPtr anew = read();
  EXPECT_EQ(&after->shared(), &anew->shared());
  EXPECT_EQ(after->own(), anew->own());
  EXPECT_EQ(after->proxy(), anew->proxy());
}

// Its namespace sees itself alone; what happens elsewhere leaves its view the same one, of the newest mesh.
TEST_F(Following, AViewThatAChangeDoesNotTouchGoesOn) {
  const std::string elsewhere =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: far, namespace: other}\n"
      "spec: {ports: [{name: http, port: 80}], selector: {app: far}}\n";
  const auto far_slice = [](const std::string& address) {
    std::string out = slice(address);
    out.replace(out.find("web-2"), 5, "far-1")
        .replace(out.find("namespace: app"), 14, "namespace: other");
    return out.replace(out.find("service-name: web"), 17, "service-name: far");
  };
  apply(kNamespace + web_service("http") + pod("web") + node("z1") + slice("10.1.0.98") +
        "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\n"
        "metadata: {name: own, namespace: app}\nspec: {egress: [{hosts: [./*]}]}\n");
  apply(elsewhere + far_slice("10.2.0.1"));
  const ProxyConfigPtr before = read();
  before->for_each(Type::kCluster, [](const auto&) {});
  before->shared().endpoints();
  for (const std::string& change :
       {far_slice("10.2.0.2"), elsewhere + far_slice("10.2.0.3"),
        std::string("---\napiVersion: v1\nkind: Secret\nmetadata: {name: far, namespace: other}\n"
                    "data: {key: a2V5}\n"),
        std::string("---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                    "metadata: {name: far, namespace: other}\nspec: {hosts: [far], http: [{route: "
                    "[{destination: {host: far}}]}]}\n"),
        far_slice("10.2.0.4")}) {
    const std::weak_ptr<const index::Mesh> last = store_.snapshot()->mesh(model::TenantId());
    apply(change);
    EXPECT_EQ(generator_.follow(before, origin_), before) << change;
    EXPECT_EQ(&read()->shared(), &before->shared()) << change;
    EXPECT_TRUE(last.expired()) << "the view holds the mesh that it was made of";
  }
  apply(slice("10.1.0.99"));
  const ProxyConfigPtr after = generator_.follow(before, origin_);
  ASSERT_NE(after, nullptr);
  EXPECT_NE(&after->shared(), &before->shared());
  const ViewResources::ChangesPtr changes = after->shared().changes(Type::kEndpoint);
  ASSERT_NE(changes, nullptr);
  ASSERT_EQ(changes->size(), 1u);
  EXPECT_EQ(changes->front().first, "outbound|80||web.app.svc.cluster.local");
}

TEST_F(Following, EndsWithWhatTheProxyIsReadFrom) {
  apply(kNamespace + web_service("http") + pod("web") + node("z1") + slice("10.1.0.98"));
  for (const std::string& change : {node("z2"), web_service("tcp"), pod("other")}) {
    ProxyConfigPtr before = read();
    apply(change);
    EXPECT_EQ(followed(before), nullptr) << change;
  }
}

// Whether a pod is to have a proxy is told from them; this one has.
TEST_F(Following, LabelsOfTheNamespaceAreNothingToIt) {
  apply(kNamespace + web_service("http") + pod("web") + node("z1") + slice("10.1.0.98"));
  ProxyConfigPtr before = read();
  apply("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: app, labels: {a: b}}\n");
  EXPECT_EQ(followed(before), before);
  EXPECT_EQ(&read()->shared(), &before->shared());
}

// Of a pod that no service selects, endpoints tell what it serves.
TEST_F(Following, EndsWhereEndpointsTellWhatIsServed) {
  apply(kNamespace + web_service("http") + pod("other") + node("z1") + slice("10.1.0.98"));
  ProxyConfigPtr before = read();
  EXPECT_EQ(before->find(Type::kCluster, "inbound|8080||"), nullptr);
  apply(slice("10.1.0.7"));
  EXPECT_EQ(followed(before), nullptr);
}

TEST_F(Sharing, GatewaysOfOneSelectionAreMergedOnce) {
  const std::string input = std::string(kNamespace) + R"(
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: app}
spec:
  selector: {istio: gw}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example]}]
)";
  const Seen seen(
      input, "{type: gateway, id: gw-0.app, namespace: app, ip: [10.1.0.9], labels: {istio: gw}}");
  model::Proxy further = seen.view().proxy;
  further.id = "gw-1.app";
  EXPECT_EQ(seen.view().traffic->view(further).gateway, seen.view().gateway);
  further.labels["istio"] = "other";
  EXPECT_EQ(seen.view().traffic->view(further).gateway, nullptr);
}

}  // namespace
}  // namespace mesh::xds::testing
