// The NetworkPolicies of a control plane. In Maistra's charts the ports of the internal ones stand
// beside the rule instead of in it, so the API server drops them and the rules mean "from anywhere,
// any port" (CVE-2021-3586, still so in 2.5.1); here they are real.
#include "libmesh/tenancy/plan/body.h"
#include "libmesh/tenancy/plan/names.h"
#include "libmesh/tenancy/plan/rendered.h"

namespace mesh::tenancy {
namespace {

using body::list;
using body::map;
using body::text;
using document::List;
using document::Value;

constexpr int64_t kWebhookPort = 15017;
constexpr int64_t kOldWebhookPort = 8443;  // of v1.1, which has a program for each webhook
constexpr int64_t kProxyPort = 3001;       // oauth-proxy of Prometheus and Grafana
constexpr int64_t kKialiPort = 20001;
constexpr int64_t kJaegerPort = 8443;

// With the fields that the API server would fill in.
Value policy(Value pods, Value rules) {
  return map({{"spec", map({{"podSelector", std::move(pods)},
                            {"ingress", std::move(rules)},
                            {"policyTypes", body::texts({"Ingress"})}})}});
}

Value match(const Labels& labels) { return map({{"matchLabels", body::labels(labels)}}); }

Value tcp_ports(const std::vector<Value>& ports) {
  List out;
  for (const Value& port : ports) out.push_back(map({{"port", port}, {"protocol", text("TCP")}}));
  return Value(std::move(out));
}

Value from_namespaces(const Labels& labels) {
  return list({map({{"namespaceSelector", match(labels)}})});
}

class Policies {
 public:
  Policies(ObjectRendering& out, const MeshOptions& options)
      : out_(out), facts_(out.facts()), options_(options) {}

  void render() {
    render_mesh();
    if (is_v1()) {
      render_old_webhooks();
    } else {
      render_istiod();
    }
    if (facts_.prometheus) addon("prometheus", "prometheus", kProxyPort);
    if (facts_.grafana) addon("grafana", "grafana", kProxyPort);
    if (facts_.kiali) addon("kiali", "kiali", kKialiPort);
    if (facts_.jaeger) render_jaeger();
    for (const GatewayFacts& gateway : facts_.gateways) {
      if (gateway.ingress) render_gateway(gateway);
    }
  }

 private:
  bool is_v1() const { return facts_.version == smcp::Version::kV1_1; }

  std::string suffix() const { return is_v1() ? "" : "-" + facts_.name; }

  void render_mesh() {
    ObjectRendering::Details details{"mesh-config", {{"app", "istio"}}, false, nullptr};
    details.because = out_.because_of("", "lets the namespaces of the mesh reach each other");
    out_.add(kube::Kind::kNetworkPolicy, "istio-mesh" + suffix(),
             policy(Value(document::Map()),
                    list({map({{"from", from_namespaces({{names::kMemberOf, facts_.ns}})}})})),
             details);
    Value spec = expose_route_spec(options_.expose_route);
    if (spec.is_null()) return;
    details.because = options_.exposure_because != nullptr
                          ? options_.exposure_because
                          : out_.because_of("", "lets the router reach the pods that ask for it");
    out_.add(kube::Kind::kNetworkPolicy, "istio-expose-route" + suffix(),
             map({{"spec", std::move(spec)}}), details);
  }

  void internal(const std::string& name, std::string_view component, Labels labels, Value pods,
                const std::vector<Value>& ports, BecausePtr because, const std::string& ns = {}) {
    ObjectRendering::Details details{component, std::move(labels), true, std::move(because), ns};
    Value rule = ports.empty() ? Value(document::Map()) : map({{"ports", tcp_ports(ports)}});
    out_.add(kube::Kind::kNetworkPolicy, name, policy(std::move(pods), list({std::move(rule)})),
             details);
  }

  void render_istiod() {
    internal("istio-istiod" + suffix(), "istio-discovery",
             {{"app", "istiod"}, {"istio", "pilot"}, {"istio.io/rev", facts_.name}},
             match({{"app", "istiod"}, {"istio.io/rev", facts_.name}}), {Value(kWebhookPort)},
             out_.because_of("", "the API server calls the webhooks from outside the mesh"));
  }

  void render_old_webhooks() {
    BecausePtr why = out_.because_of("", "the API server calls the webhooks from outside the mesh");
    internal("istio-galley", "galley", {{"app", "galley"}}, match({{"istio", "galley"}}),
             {Value(kOldWebhookPort)}, why);
    internal("istio-sidecar-injector", "sidecarInjectorWebhook",
             {{"app", "sidecarInjectorWebhook"}, {"istio", "sidecar-injector"}},
             match({{"istio", "sidecar-injector"}}), {Value(kOldWebhookPort)}, why);
  }

  void addon(const std::string& app, std::string_view component, int64_t port) {
    internal("istio-" + app + "-ingress", component, {{"app", app}}, match({{"app", app}}),
             {Value(port)},
             out_.because_of("spec.addons." + app + ".enabled", "its Route leads to this port"));
  }

  void render_jaeger() {
    Value pods = match({{names::kAppInstance, facts_.jaeger_name},
                        {names::kAppPartOf, "jaeger"},
                        {names::kAppManagedBy, "jaeger-operator"}});
    pods.set("matchExpressions", list({map({{"key", text(names::kAppComponent)},
                                            {"operator", text("In")},
                                            {"values", body::texts({"all-in-one", "query"})}})}));
    internal("istio-jaeger-ingress", "tracing", {{"app", "jaeger"}}, std::move(pods),
             {Value(kJaegerPort)},
             out_.because_of("spec.tracing.type", "its Route leads to this port"));
  }

  // Open to everybody, as Maistra has it, but at the ports that the gateway offers.
  void render_gateway(const GatewayFacts& gateway) {
    internal(gateway.name, "istio-ingress", gateway.labels, match(gateway.labels), gateway.ports,
             out_.because_of(gateway.field, "a gateway is there to be reached"), gateway.ns);
  }

  ObjectRendering& out_;
  const MeshFacts& facts_;
  const MeshOptions& options_;
};

}  // namespace

Value expose_route_spec(const Exposure& exposure) {
  if (exposure.mode == own::ExposeRoute::Never) return Value();
  bool labelled = exposure.mode == own::ExposeRoute::Labelled;
  Value rule = map({{"from", from_namespaces({{names::kPolicyGroup, "ingress"}})}});
  List ports;
  for (const schema::IntOrString& port : exposure.ports) {
    Value value = port.is_string ? Value(port.text) : Value(int64_t{port.number});
    ports.push_back(map({{"port", std::move(value)}, {"protocol", text("TCP")}}));
  }
  if (!ports.empty()) rule.set("ports", Value(std::move(ports)));
  return map(
      {{"podSelector", labelled ? match({{names::kExposeRoute, "true"}}) : Value(document::Map())},
       {"ingress", list({std::move(rule)})},
       {"policyTypes", body::texts({"Ingress"})}});
}

void render_policies(ObjectRendering& out, const MeshOptions& options) {
  if (out.facts().manage_network_policy) Policies(out, options).render();
}

}  // namespace mesh::tenancy
