// Ingress in Istio's words: each row is one rule. Whole outputs are compared with Istio's by tests/peers.
#include "libmesh/model/ingress/ingress.h"

#include <gtest/gtest.h>

#include "libmesh/document/yaml.h"
#include "libmesh/kube/reader.h"

namespace mesh::model {
namespace {

using Mode = meshconfig::MeshConfig_IngressControllerMode;

kube::ObjectPtr object(const std::string& text) {
  Diagnostics diagnostics;
  std::vector<document::Document> documents = document::read_yaml(text, "", diagnostics);
  std::vector<kube::ObjectPtr> objects =
      kube::read_objects(std::move(documents.at(0)), diagnostics);
  for (const Diagnostic& d : diagnostics) ADD_FAILURE() << to_string(d);
  return objects.at(0);
}

kube::ObjectPtr ingress(const std::string& name, const std::string& spec,
                        const std::string& annotations = "") {
  return object("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: " + name +
                ", namespace: app, annotations: {" + annotations + "}}\nspec: {" + spec + "}\n");
}

std::string rule(const std::string& host, const std::string& paths) {
  return "{host: \"" + host + "\", http: {paths: [" + paths + "]}}";
}

std::string path(const std::string& path, const std::string& type, const std::string& service) {
  return "{path: \"" + path + "\", pathType: " + type + ", backend: {service: {name: " + service +
         ", port: {number: 80}}}}";
}

IngressConfigs configs(const std::vector<kube::ObjectPtr>& ingresses,
                       const meshconfig::MeshConfig& config = {}) {
  const kube::ObjectPtr service = object(
      "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: app}\n"
      "spec: {ports: [{name: http, port: 8000}]}\n");
  const auto find = [&](const std::string&, const std::string& name) {
    return name == "web" ? service.get() : nullptr;
  };
  return ingress_configs(ingresses, {config, "cluster.local", find});
}

// "=/exact /prefix * >host:port …" of the rules of one VirtualService.
std::string routes(const kube::Object& object) {
  std::string out;
  for (const auto& route : object.as<networking::VirtualService>().http) {
    if (route.match.empty()) {
      out += "*";
    } else {
      const auto& uri = *route.match[0].uri;
      out += uri.exact ? "=" + *uri.exact : *uri.prefix;
    }
    const auto& to = *route.route[0].destination;
    out += ">" + to.host.substr(0, to.host.find('.')) + ":" + std::to_string(to.port->number) + " ";
  }
  return out;
}

TEST(Ingress, WhichAreServed) {
  const auto klass = [](const char* controller) {
    return object(std::string("apiVersion: networking.k8s.io/v1\nkind: IngressClass\n"
                              "metadata: {name: c}\nspec: {controller: ") +
                  controller + "}\n");
  };
  const auto ours = klass("istio.io/ingress-controller");
  const auto other = klass("k8s.io/ingress-nginx");
  struct Row {
    const char* rule;
    Mode mode;
    const char* annotation;
    const kube::Object* named;
    bool served;
  };
  const char* kIstio = "kubernetes.io/ingress.class: istio";
  const char* kNginx = "kubernetes.io/ingress.class: nginx";
  const Row rows[] = {
      {"by default those that name nothing", Mode::DEFAULT, "", nullptr, true},
      {"strictly those that name the class only", Mode::STRICT, "", nullptr, false},
      {"the annotation names it", Mode::STRICT, kIstio, nullptr, true},
      {"the annotation names another", Mode::DEFAULT, kNginx, nullptr, false},
      {"the annotation goes before the field", Mode::DEFAULT, kNginx, ours.get(), false},
      {"off is off for annotations", Mode::OFF, kIstio, nullptr, false},
      {"a class of Istio's counts even when off", Mode::OFF, "", ours.get(), true},
      {"a class of another controller", Mode::DEFAULT, "", other.get(), false},
  };
  for (const Row& row : rows) {
    meshconfig::MeshConfig config;
    config.ingress_class = "istio";
    config.ingress_controller_mode = row.mode;
    const auto one = ingress("i", "", row.annotation);
    EXPECT_EQ(serves_ingress(config, *one, row.named), row.served) << row.rule;
  }
}

TEST(Ingress, Paths) {
  struct Row {
    const char* rule;
    std::string paths;
    const char* routes;
  };
  const Row rows[] = {
      {"longer paths come first, exact before prefix",
       path("/", "Prefix", "a") + "," + path("/x", "Prefix", "b") + "," + path("/x", "Exact", "c"),
       "=/x>c:80 /x>b:80 />a:80 "},
      {"other types are read as before there were types",
       path("/a.*", "ImplementationSpecific", "a") + "," +
           path("/b/*", "ImplementationSpecific", "b") + "," +
           path("/c", "ImplementationSpecific", "c"),
       "=/c>c:80 /a>a:80 /b>b:80 "},
      {"what means every path has no match", path("/*", "ImplementationSpecific", "a"), "*>a:80 "},
      {"a port by name is the Service's",
       "{path: /n, pathType: Exact, backend: {service: {name: web, port: {name: http}}}}",
       "=/n>web:8000 "},
      {"a port that there is not is left out",
       "{path: /n, pathType: Exact, backend: {service: {name: web, port: {name: none}}}}", ""},
  };
  for (const Row& row : rows) {
    const auto made = configs({ingress("i", "rules: [" + rule("h.com", row.paths) + "]")});
    ASSERT_EQ(made.virtual_services.size(), 1u) << row.rule;
    EXPECT_EQ(routes(*made.virtual_services[0]), row.routes) << row.rule;
  }
}

TEST(Ingress, OneHostOfSeveralIsServedThroughTheOldest) {
  const std::string tls = ", tls: [{hosts: [h.com], secretName: s}]";
  const auto made =
      configs({ingress("b", "rules: [" + rule("h.com", path("/b", "Exact", "b")) + "]" + tls),
               ingress("a", "rules: [" + rule("h.com", path("/a", "Exact", "a")) + "]")});
  ASSERT_EQ(made.virtual_services.size(), 1u);
  const auto& spec = made.virtual_services[0]->as<networking::VirtualService>();
  EXPECT_EQ(routes(*made.virtual_services[0]), "=/a>a:80 =/b>b:80 ");
  EXPECT_EQ(spec.gateways,
            std::vector<std::string>{"istio-system/a-istio-autogenerated-k8s-ingress-app"});
  EXPECT_TRUE(has_ingress_semantics(*made.virtual_services[0]));
  ASSERT_EQ(made.diagnostics.size(), 1u);
  EXPECT_EQ(made.diagnostics[0].object, "Ingress app/b");
  EXPECT_EQ(made.diagnostics[0].field, "spec.tls[0]");
  EXPECT_NE(made.diagnostics[0].message.find("Ingress app/a"), std::string::npos);
}

TEST(Ingress, Servers) {
  const auto made = configs({ingress("i", "tls: [{secretName: all}, {hosts: [a.com]}]")});
  ASSERT_EQ(made.gateways.size(), 1u);
  const auto& spec = made.gateways[0]->as<networking::Gateway>();
  EXPECT_EQ(spec.selector, (std::map<std::string, std::string>{{"istio", "ingressgateway"}}));
  ASSERT_EQ(spec.servers.size(), 2u);
  EXPECT_EQ(spec.servers[0].port->name, "https-443-ingress-i-app-0");
  EXPECT_EQ(spec.servers[0].hosts, std::vector<std::string>{"*"});
  EXPECT_EQ(spec.servers[0].tls->credential_name, "all");
  EXPECT_EQ(spec.servers[1].port->name, "http-80-ingress-i-app");
  ASSERT_EQ(made.diagnostics.size(), 1u);
  EXPECT_EQ(made.diagnostics[0].field, "spec.tls[1]");
}

TEST(Ingress, Selectors) {
  const auto selected = [](const char* selector, const char* service) {
    meshconfig::MeshConfig config;
    config.ingress_selector = selector;
    config.ingress_service = service;
    return configs({ingress("i", "")}, config)
        .gateways.at(0)
        ->as<networking::Gateway>()
        .selector.at("istio");
  };
  EXPECT_EQ(selected("", "istio-ingressgateway"), "ingressgateway");
  EXPECT_EQ(selected("", "mine"), "mine");
  EXPECT_EQ(selected("corp", "mine"), "corp");
}

}  // namespace
}  // namespace mesh::model
