// What policies of security name.
#include <algorithm>
#include <charconv>

#include "libmesh/schema/kubernetes.h"
#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/opened_ports.h"
#include "libmesh/traffic/check/references.h"

namespace mesh::traffic {
namespace {

// "cluster.local/ns/shop/sa/web" taken apart; false for patterns and other forms.
bool parse_principal(std::string_view principal, std::string& ns, std::string& account) {
  const size_t at = principal.find("/ns/");
  if (at == std::string_view::npos || principal.find('*') != std::string_view::npos) return false;
  const std::string_view rest = principal.substr(at + 4);
  const size_t sa = rest.find("/sa/");
  if (sa == std::string_view::npos) return false;
  ns = rest.substr(0, sa);
  account = rest.substr(sa + 4);
  return true;
}

// Those that its containers name, and those that Services send to: a container need not name its ports.
std::set<uint32_t> own_ports(const kube::Object& pod, const Surroundings& around) {
  std::set<uint32_t> out = container_ports(pod, true);
  for (const model::ServicePtr& service : around.services_of(pod)) {
    for (const auto& [number, target] : service->target_ports) {
      if (target.number != 0) out.insert(target.number);
    }
  }
  return out;
}

// A port that the workloads do not say. One of their Services' own is mistaken for theirs; on another one a container may
// listen all the same, and what is said of it counts there.
void check_own_port(uint32_t port, const std::string& field,
                    const std::vector<kube::ObjectPtr>& pods, const Surroundings& around,
                    Finder& finder) {
  std::set<uint32_t> known;
  bool of_service = false;
  for (const kube::ObjectPtr& pod : pods) {
    known.merge(own_ports(*pod, around));
    for (const model::ServicePtr& service : around.services_of(*pod)) {
      for (const model::Port& each : service->ports) of_service |= each.number == port;
    }
  }
  if (known.empty() || known.contains(port)) return;
  if (std::any_of(pods.begin(), pods.end(),
                  [&](const auto& pod) { return is_opened(port, pod->key.ns, around); })) {
    return;
  }
  if (of_service) {
    finder.warn(Code::kUnknownPort, field,
                "is a port of a Service, and no selected workload has port " + std::to_string(port),
                "the workloads' own ports are " + numbers_text(known));
  } else {
    finder.remark(Code::kUnknownPort, field,
                  "no selected workload says that it has port " + std::to_string(port),
                  "those that they say are " + numbers_text(known));
  }
}

class PolicyReferences {
 public:
  PolicyReferences(const index::AuthorizationPolicy& config, const Surroundings& around,
                   Diagnostics& out)
      : around_(around), config_(config), finder_(*config.object, out) {}

  void check() {
    if (config_->selector) {
      check_selector(config_->selector->match_labels, "spec.selector", around_, finder_);
      ns_ = finder_.ns() == around_.mesh().root_namespace ? "" : finder_.ns();
      pods_ = around_.selected(ns_, config_->selector->match_labels);
      outside_ = around_.selects_outside(ns_, config_->selector->match_labels);
    }
    for (size_t i = 0; i < config_->rules.size(); ++i) {
      const std::string rule = at("spec.rules", i);
      const auto& from = config_->rules[i].from;
      for (size_t j = 0; j < from.size(); ++j) {
        if (from[j].source) check_source(*from[j].source, at(rule + ".from", j) + ".source");
      }
      const auto& to = config_->rules[i].to;
      for (size_t j = 0; j < to.size(); ++j) {
        if (to[j].operation) {
          check_operation(*to[j].operation, at(rule + ".to", j) + ".operation");
        }
      }
      const auto& when = config_->rules[i].when;
      for (size_t j = 0; j < when.size(); ++j) {
        if (when[j].key.starts_with("request.auth.") && !when[j].values.empty()) {
          check_verified(at(rule + ".when", j) + ".key");
        }
      }
    }
  }

 private:
  void check_source(const security::Source& source, const std::string& path) {
    for (size_t i = 0; i < source.namespaces.size(); ++i) {
      const std::string& ns = source.namespaces[i];
      if (ns.find('*') != std::string::npos) continue;
      check_namespace(ns, at(path + ".namespaces", i), around_, finder_);
    }
    for (size_t i = 0; i < source.principals.size(); ++i) {
      std::string ns;
      std::string account;
      if (parse_principal(source.principals[i], ns, account)) {
        check_account(ns, account, at(path + ".principals", i));
      }
      check_identity(source.principals[i], at(path + ".principals", i));
    }
    if (!source.request_principals.empty()) check_verified(path + ".requestPrincipals");
    for (size_t i = 0; i < source.request_principals.size(); ++i) {
      check_issuer(source.request_principals[i], at(path + ".requestPrincipals", i));
    }
    for (size_t i = 0; i < source.service_accounts.size(); ++i) {
      const std::string& name = source.service_accounts[i];
      const size_t slash = name.find('/');
      check_account(slash == std::string::npos ? finder_.ns() : name.substr(0, slash),
                    name.substr(slash == std::string::npos ? 0 : slash + 1),
                    at(path + ".serviceAccounts", i));
    }
  }

  // "TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT" without a scheme; patterns may leave out either end.
  void check_identity(const std::string& principal, const std::string& field) {
    constexpr std::string_view kForm =
        "write TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT, as in cluster.local/ns/shop/sa/web";
    if (principal.find("://") != std::string::npos) {
      finder_.warn(Code::kNoEffect, field,
                   quoted(principal) + " matches nobody: principals have no scheme",
                   "write " + quoted(principal.substr(principal.find("://") + 3)));
      return;
    }
    if (principal.empty() || principal.find('*') != std::string::npos) return;
    std::string ns;
    std::string account;
    if (!parse_principal(principal, ns, account)) {
      finder_.warn(Code::kNoEffect, field, quoted(principal) + " matches nobody: it is no identity",
                   std::string(kForm));
      return;
    }
    std::set<std::string> domains = {around_.mesh().trust_domain, "cluster.local"};
    for (const std::string& alias : around_.mesh().config->trust_domain_aliases) {
      domains.insert(alias);
    }
    const std::string domain = principal.substr(0, principal.find("/ns/"));
    std::string near = Surroundings::near_text(domain, domains);
    if (domains.contains(domain) || near.empty()) return;  // another mesh's
    finder_.warn(Code::kUnknownReference, field, "this mesh has no trust domain " + quoted(domain),
                 std::move(near));
  }

  // Only RequestAuthentications verify tokens. Without any of them in the mesh, or any known workload of the policy, only
  // a part of the configuration may have been given.
  bool is_verified() const {
    const auto& all = *around_.mesh().request_authentications;
    if (all.empty() || pods_.empty()) return true;
    return std::any_of(all.begin(), all.end(), [&](const index::RequestAuthentication& each) {
      if (each->targetRef || !each->targetRefs.empty()) return true;
      if (each.ns() != around_.mesh().root_namespace && !ns_.empty() && each.ns() != ns_) {
        return false;
      }
      if (!each->selector) return true;
      return std::any_of(pods_.begin(), pods_.end(), [&](const kube::ObjectPtr& pod) {
        return labels_match(each->selector->match_labels, pod->labels);
      });
    });
  }

  void check_verified(const std::string& field) {
    if (is_verified()) return;
    finder_.warn(Code::kNoEffect, field,
                 "no RequestAuthentication is for these workloads, so no token is read",
                 "write a RequestAuthentication that selects them");
  }

  // "ISSUER/SUBJECT": tokens of issuers that no RequestAuthentication takes are of nobody. Without any
  // RequestAuthentication, only a part of the configuration may have been given.
  void check_issuer(const std::string& principal, const std::string& field) {
    if (principal.starts_with('*') || around_.mesh().request_authentications->empty()) return;
    const std::string_view text = std::string_view(principal).substr(
        0, principal.size() - (principal.ends_with('*') ? 1 : 0));
    std::set<std::string> issuers;
    for (const auto& each : *around_.mesh().request_authentications) {
      for (const auto& rule : each->jwt_rules) {
        const std::string start = rule.issuer + "/";
        if (text.starts_with(start) || (principal.ends_with('*') && start.starts_with(text)))
          return;
        issuers.insert(rule.issuer);
      }
    }
    finder_.warn(Code::kUnknownReference, field,
                 "no RequestAuthentication takes tokens of that issuer",
                 Surroundings::mend_name(text.substr(0, text.rfind('/')), issuers,
                                         "write a RequestAuthentication with the issuer"));
  }

  void check_account(const std::string& ns, const std::string& account, const std::string& field) {
    if (!around_.has_namespace(ns)) return check_namespace(ns, field, around_, finder_);
    if (!around_.has_pods(ns) || around_.accounts().contains(ns + "/" + account)) return;
    std::set<std::string> known;
    for (const std::string& each : around_.accounts()) {
      if (each.starts_with(ns + "/")) known.insert(each.substr(ns.size() + 1));
    }
    finder_.warn(Code::kUnknownReference, field,
                 "no pod of namespace " + quoted(ns) + " runs as " + quoted(account),
                 Surroundings::mend_name(account, known, "run a pod as it"));
  }

  void check_operation(const security::Operation& operation, const std::string& path) {
    for (size_t i = 0; i < operation.ports.size(); ++i) {
      check_port(operation.ports[i], at(path + ".ports", i));
    }
    check_methods(operation.methods, path + ".methods");
    check_methods(operation.not_methods, path + ".notMethods");
    check_paths(operation.paths, path + ".paths");
    check_paths(operation.not_paths, path + ".notPaths");
  }

  void check_methods(const std::vector<std::string>& methods, const std::string& path) {
    static const std::set<std::string> kMethods = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                   "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    for (size_t i = 0; i < methods.size(); ++i) {
      const std::string& method = methods[i];
      // gRPC's are paths, and patterns match more.
      if (method.find_first_of("*/") != std::string::npos || kMethods.contains(method)) continue;
      std::string near = Surroundings::near_text(method, kMethods);
      if (near.empty()) continue;  // one of the server's own
      finder_.warn(
          Code::kNoEffect, at(path, i),
          quoted(method) + " is no method of HTTP: methods are compared as they are written",
          std::move(near));
    }
  }

  void check_paths(const std::vector<std::string>& paths, const std::string& path) {
    for (size_t i = 0; i < paths.size(); ++i) {
      if (paths[i].empty() || paths[i].front() == '/' || paths[i].front() == '*' ||
          paths[i].front() == '{') {
        continue;
      }
      finder_.warn(Code::kNoEffect, at(path, i),
                   quoted(paths[i]) + " matches no request: paths begin with /",
                   "write \"/" + paths[i] + "\"");
    }
  }

  // Ports are those of the workload, not of its Service.
  void check_port(const std::string& text, const std::string& field) {
    uint32_t port = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
    if (read.ec != std::errc() || pods_.empty() || outside_) return;
    check_own_port(port, field, pods_, around_, finder_);
  }

  const Surroundings& around_;
  const index::AuthorizationPolicy& config_;
  Finder finder_;
  std::string ns_;
  std::vector<kube::ObjectPtr> pods_;
  bool outside_ = false;  // workloads that are no pods are selected, too
};

void check_peer(const index::PeerAuthentication& config, const Surroundings& around,
                Diagnostics& out) {
  if (!config->selector) return;
  Finder finder(*config.object, out);
  const Labels& labels = config->selector->match_labels;
  check_selector(labels, "spec.selector", around, finder);
  const std::string ns = finder.ns() == around.mesh().root_namespace ? "" : finder.ns();
  const auto pods = around.selected(ns, labels);
  if (pods.empty() || around.selects_outside(ns, labels)) return;
  for (const auto& [port, mtls] : config->port_level_mtls) {
    check_own_port(port, "spec.portLevelMtls." + std::to_string(port), pods, around, finder);
  }
}

}  // namespace

void check_workload_references(const Surroundings& around, Diagnostics& out) {
  for (const auto& config : *around.mesh().authorization_policies) {
    PolicyReferences(config, around, out).check();
  }
  for (const auto& config : *around.mesh().peer_authentications) check_peer(config, around, out);
  auto check_list = [&](const auto& list) {
    for (const auto& config : list) {
      if (!config->selector) continue;
      Finder finder(*config.object, out);
      check_selector(config->selector->match_labels, "spec.selector", around, finder);
    }
  };
  check_list(*around.mesh().request_authentications);
  check_list(*around.mesh().telemetries);
  check_list(*around.mesh().wasm_plugins);
  for (const auto& config : *around.mesh().wasm_plugins) {
    const std::string& url = config->url;
    if (url.find("://") != std::string::npos || url.find("//") == std::string::npos) continue;
    Finder finder(*config.object, out);
    finder.invalid("spec.url", quoted(url) + " is no URL and no name of an image",
                   "write it like oci://registry.example.com/name:tag");
  }
  for (const auto& config : *around.mesh().envoy_filters) {
    if (!config->workload_selector) continue;
    Finder finder(*config.object, out);
    check_selector(config->workload_selector->labels, "spec.workloadSelector", around, finder);
  }
}

}  // namespace mesh::traffic
