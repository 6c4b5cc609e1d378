// A pool of objects of two meshes, each object in a few variants, and histories of them.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "libmesh/index/store.h"
#include "tests/property/policies.h"
#include "tests/property/slot.h"

namespace mesh::testing {

class Pool {
 public:
  // Namespaces a1 and a2, and a3 while it is there, are of the first mesh (control plane in a0), b1 to b3 of the second.
  Pool() {
    for (const std::string tenant : {"a", "b"}) {
      for (const std::string number : {"1", "2"}) add_namespace(tenant + number, tenant);
      add_root(slots_, tenant);
      add_joining(tenant + "3");
      add_node("node-" + tenant, tenant == "a");
    }
  }

  const std::vector<Slot>& slots() const { return slots_; }

  // What never changes: the meshes, their rolls and namespaces.
  std::string frame() const {
    std::string out;
    for (const std::string t : {"a", "b"}) {
      for (const char* number : {"0", "1", "2"}) {
        out += "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " + t + number + "}\n";
      }
      out += header("maistra.io/v2", "ServiceMeshControlPlane", t + "0", "mesh", created(t)) +
             "spec: {version: v2.5}\n" +
             header("maistra.io/v1", "ServiceMeshMemberRoll", t + "0", "default", created(t)) +
             "spec: {members: [" + t + "1, " + t + "2, " + t + "3]}\n";
    }
    return out;
  }

 private:
  void add(Kind kind, const char* api, const std::string& ns, const std::string& name,
           const std::vector<std::string>& specs) {
    add_object(slots_, kind, api, ns, name, specs);
  }

  // A namespace that comes and goes, with what others see of it: a service, a rule for one of theirs, who imports nothing.
  void add_joining(const std::string& ns) {
    Slot slot{{Kind::kNamespace, "", ns}, {}, ns.starts_with("a")};
    for (const char* labels : {"", ", labels: {team: one}"}) {
      slot.variants.push_back("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " + ns +
                              labels + "}\n");
    }
    slots_.push_back(std::move(slot));
    add_services(ns, ns == "a3" ? "5" : "6");
    const std::string host = "web." + ns + ".svc.cluster.local";
    const std::string other = "db." + ns.substr(0, 1) + "1.svc.cluster.local";
    add(Kind::kVirtualService, "networking.istio.io/v1", ns, "for-others",
        {"spec: {hosts: [" + other + "], http: [{route: [{destination: {host: " + host + "}}]}]}"});
    add(Kind::kDestinationRule, "networking.istio.io/v1", ns, "for-others",
        {"spec: {host: " + host +
         ", trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}}}"});
    add(Kind::kSidecar, "networking.istio.io/v1", ns, "default",
        {"spec: {egress: [{hosts: ['~/*']}]}"});
  }

  // Its pods' locality is the node's.
  void add_node(const std::string& name, bool first_tenant) {
    Slot slot{{Kind::kNode, "", name}, {}, first_tenant};
    for (const char* zone : {"z1", "z2"}) {
      slot.variants.push_back("---\napiVersion: v1\nkind: Node\nmetadata: {name: " + name +
                              ", labels: {topology.kubernetes.io/region: r, "
                              "topology.kubernetes.io/zone: " +
                              zone + "}}\n");
    }
    slots_.push_back(std::move(slot));
  }

  void add_namespace(const std::string& ns, const std::string& tenant) {
    // The second namespace's services have the same names, hosts of entries and ports as the
    // first's.
    const std::string last = ns == "a1" ? "1" : ns == "a2" ? "2" : ns == "b1" ? "3" : "4";
    add_services(ns, last);
    add_workloads(ns, tenant, last);
    add_traffic(ns, tenant);
    add_policies(ns, tenant);
    add_security(slots_, ns, tenant);
    add_extensions(slots_, ns);
    add_more_rules(slots_, ns, tenant);
    add_exported(slots_, ns, tenant, last);
    add_credentials(slots_, ns, tenant);
  }

  void add_services(const std::string& ns, const std::string& last) {
    for (const std::string name : {"web", "db"}) {
      const std::string vip = "10.0." + last + (name == "web" ? ".1" : ".2");
      add(Kind::kService, "v1", ns, name,
          {"spec: {clusterIP: " + vip + ", selector: {app: " + name +
               "}, ports: [{name: http, port: 80, targetPort: 8080}]}",
           "spec: {clusterIP: " + vip + ", selector: {app: " + name +
               "}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90, "
               "targetPort: 9090}]}",
           "spec: {clusterIP: None, selector: {app: " + name +
               "}, ports: [{name: tcp, port: 90, targetPort: 9090}]}"});
      const std::string labels = "metadata: {name: " + name + ", namespace: " + ns +
                                 ", labels: {kubernetes.io/service-name: " + name + "}}\n";
      Slot slot{{Kind::kEndpointSlice, ns, name}, {}, ns.starts_with("a")};
      for (const char* ips : {"", ".11", ".11,.12", ".13,.12"}) {
        slot.variants.push_back(slice(labels, "10.1." + last, ips));
      }
      slots_.push_back(std::move(slot));
    }
  }

  static std::string slice(const std::string& metadata, const std::string& net,
                           const std::string& ips) {
    std::string out =
        "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n" + metadata +
        "addressType: IPv4\nports: [{name: http, port: 8080}, {name: tcp, port: 9090}]\n"
        "endpoints:\n";
    for (size_t at = 0; at < ips.size(); at += 4) {
      out += "- {addresses: [" + net + ips.substr(at, 3) + "], conditions: {ready: true}}\n";
    }
    return ips.empty() ? out + "  []\n" : out;
  }

  // The pod of a proxy: selected by one service or another, or only among the endpoints of one that selects nothing.
  void add_workloads(const std::string& ns, const std::string& tenant, const std::string& last) {
    const std::string spec =
        "spec: {nodeName: node-" + tenant +
        ", containers: [{name: istio-proxy}, {name: app, ports: [{name: http, containerPort: "
        "8081}]}]}\nstatus: {podIP: 10.1." +
        last + ".11}\n";
    auto metadata = [&](const std::string& labels) {
      return "metadata: {name: web-1, namespace: " + ns + ", labels: {" + labels + "}}\n" + spec;
    };
    Slot pod{{Kind::kPod, ns, "web-1"}, {}, ns.starts_with("a")};
    for (const char* is : {"app: web", "app: db", "app: else", "app: web, version: v1"}) {
      pod.variants.push_back("---\napiVersion: v1\nkind: Pod\n" + metadata(is));
    }
    slots_.push_back(std::move(pod));
    add(Kind::kService, "v1", ns, "plain",
        {"spec: {clusterIP: 10.0." + last + ".3, ports: [{name: http, port: 81}]}",
         "spec: {clusterIP: None, ports: [{name: http, port: 81}]}"});
    const std::string labels = "metadata: {name: plain, namespace: " + ns +
                               ", labels: {kubernetes.io/service-name: plain}}\n";
    Slot slot{{Kind::kEndpointSlice, ns, "plain"}, {}, ns.starts_with("a")};
    for (const char* ips : {"", ".11", ".12"}) {
      slot.variants.push_back(slice(labels, "10.1." + last, ips));
    }
    slots_.push_back(std::move(slot));
    add(Kind::kWorkloadEntry, "networking.istio.io/v1", ns, "vm",
        {"spec: {address: 10.1." + last + ".11, labels: {app: vm}}",
         "spec: {address: 10.1." + last + ".14, labels: {app: vm}}"});
    add(Kind::kServiceEntry, "networking.istio.io/v1", ns, "vm",
        {"spec: {hosts: [vm." + ns +
         ".example.com], ports: [{number: 82, name: http, protocol: HTTP}], resolution: STATIC, "
         "workloadSelector: {labels: {app: vm}}}"});
  }

  void add_traffic(const std::string& ns, const std::string& tenant) {
    const char* api = "networking.istio.io/v1";
    const std::string host = "web." + ns + ".svc.cluster.local";
    add(Kind::kVirtualService, api, ns, "web",
        {"spec: {hosts: [web], http: [{route: [{destination: {host: web, subset: v1}, weight: 90}, "
         "{destination: {host: web, subset: v2}, weight: 10}]}]}",
         "spec: {hosts: [" + host +
             ", web.example.com], gateways: [mesh, gate], http: [{match: [{uri: {prefix: /a}}], "
             "route: [{destination: {host: db}}]}, {timeout: 2s, route: [{destination: {host: "
             "web}}]}]}",
         "spec: {hosts: [nowhere.example.com], exportTo: ['.'], http: [{route: [{destination: "
         "{host: "
         "nowhere.example.com}}]}]}"});
    add(Kind::kDestinationRule, api, ns, "web",
        {"spec: {host: web, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: "
         "{version: v2}}]}",
         "spec: {host: web, trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}, tls: {mode: "
         "ISTIO_MUTUAL}}}",
         "spec: {host: '*." + ns +
             ".svc.cluster.local', trafficPolicy: {outlierDetection: {consecutive5xxErrors: 3}}}"});
    add(Kind::kServiceEntry, api, ns, "outside",
        {"spec: {hosts: [api.example.com], ports: [{number: 443, name: tls, protocol: TLS}], "
         "resolution: DNS}",
         "spec: {hosts: [api.example.com], exportTo: ['.'], ports: [{number: 80, name: http, "
         "protocol: HTTP}], "
         "resolution: STATIC, endpoints: [{address: 192.0.2.1}]}"});
    add(Kind::kGateway, api, ns, "gate",
        {"spec: {selector: {istio: gate-" + tenant +
             "}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}",
         "spec: {selector: {istio: gate-" + tenant +
             "}, servers: [{port: {number: 8080, name: http, protocol: HTTP}, hosts: "
             "[web.example.com]}]}"});
  }

  void add_policies(const std::string& ns, const std::string& tenant) {
    add(Kind::kPeerAuthentication, "security.istio.io/v1", ns, "default",
        {"spec: {mtls: {mode: STRICT}}", "spec: {mtls: {mode: DISABLE}}"});
    add(Kind::kSidecar, "networking.istio.io/v1", ns, "default",
        {"spec: {egress: [{hosts: ['./*']}]}",
         "spec: {egress: [{hosts: ['" + tenant +
             "1/*']}, {port: {number: 90, name: tcp, protocol: TCP}, hosts: ['*/*']}]}",
         "spec: {egress: [{hosts: ['" + other(tenant) + "1/*', '" + other(tenant) +
             "2/*', '*/web." + other(tenant) + "1.svc.cluster.local', './*']}]}"});
    // One mesh has none: with an EnvoyFilter every change makes everything anew.
    if (ns == "b1") add_envoy_filter(ns);
  }

  void add_envoy_filter(const std::string& ns) {
    const std::string manager =
        "filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}";
    add(Kind::kEnvoyFilter, "networking.istio.io/v1alpha3", ns, "patch",
        {"spec: {configPatches: [{applyTo: CLUSTER, patch: {operation: MERGE, value: "
         "{connect_timeout: 2s}}}, {applyTo: CLUSTER, patch: {operation: ADD, value: {name: "
         "added, type: STATIC}}}]}",
         "spec: {workloadSelector: {labels: {app: web}}, configPatches: [{applyTo: HTTP_FILTER, "
         "match: {context: SIDECAR_INBOUND, listener: {" +
             manager + "}}, patch: {operation: INSERT_FIRST, value: {name: x}}}]}",
         "spec: {configPatches: [{applyTo: VIRTUAL_HOST, match: {context: SIDECAR_OUTBOUND}, "
         "patch: {operation: MERGE, value: {include_attempt_count_in_response: true}}}, {applyTo: "
         "LISTENER, match: {listener: {portNumber: 90}}, patch: {operation: REMOVE}}]}"});
  }

  std::vector<Slot> slots_;
};

// A random history: which variant of each slot is there now.
class History {
 public:
  History(const Pool& pool, uint32_t seed) : pool_(pool), random_(seed) {}

  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

  // One step in the store and in the record; with `first_tenant_only`, nothing else is touched.
  void step(index::Store& store, bool first_tenant_only = false) {
    size_t at = below(pool_.slots().size());
    while (first_tenant_only && !pool_.slots()[at].first_tenant) at = below(pool_.slots().size());
    const Slot& slot = pool_.slots()[at];
    if (now_.contains(at) && below(3) == 0) {
      slot.take_back(store);
      now_.erase(at);
    } else {
      const size_t variant = below(slot.variants.size());
      slot.put(store, variant);
      now_[at] = variant;
    }
  }

  // The objects that are there now, in random order, one store each time.
  void fill(index::Store& store) {
    std::vector<std::pair<size_t, size_t>> all(now_.begin(), now_.end());
    std::shuffle(all.begin(), all.end(), random_);
    const size_t frame = below(all.size() + 1);
    for (size_t i = 0; i < all.size(); ++i) {
      if (i == frame) store.apply(pool_.frame(), "");
      pool_.slots()[all[i].first].put(store, all[i].second);
    }
    if (frame == all.size()) store.apply(pool_.frame(), "");
  }

 private:
  const Pool& pool_;
  std::mt19937 random_;
  std::map<size_t, size_t> now_;
};

}  // namespace mesh::testing
