// The hosts that an egress listener imports: "ns/host", "*/host", "./host", "~/host" (to leave out).
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace mesh::traffic {

// The hosts named for one namespace.
struct ImportedHosts {
  std::unordered_set<std::string> exact;  // no wildcard among them
  uint64_t sizes = 0;                     // of `exact`, a bit each, modulo 64: tells most others
  bool has_wildcard = false;
  std::vector<std::string> all;  // exact and wildcard ones, as written
  std::vector<std::string> excluded;
  size_t hash = 0;  // of `all`; made for "*" only

  bool excludes(const std::string& host) const;
  bool names(const std::string& host) const {
    return (sizes >> (host.size() % 64) & 1) != 0 && exact.contains(host);
  }
  // A service host is imported when it is a subset of a named one.
  bool matches_service(const std::string& host) const;
  // A VirtualService host when the two could mean a common host.
  bool matches_virtual_service(const std::string& host) const;
};

class EgressHosts {
 public:
  // Entries that are not "namespace/host" are left out (a diagnostic of the Sidecar's own).
  EgressHosts(const std::vector<std::string>& hosts, const std::string& own_ns);
  EgressHosts(const EgressHosts&) = delete;
  EgressHosts& operator=(const EgressHosts&) = delete;

  // What is named for exactly this namespace, and for "*"; null when nothing is.
  const ImportedHosts* of(const std::string& ns) const;
  const ImportedHosts* of_any() const { return any_; }
  bool excludes(const std::string& ns, const std::string& host) const;
  const std::unordered_map<std::string, ImportedHosts>& by_namespace() const { return by_ns_; }
  // Only full names of named namespaces: services are then looked up instead of scanned.
  bool all_exact() const { return all_exact_; }
  // Some "~/host" stands among them.
  bool excludes_some() const { return excludes_some_; }

 private:
  std::unordered_map<std::string, ImportedHosts> by_ns_;
  const ImportedHosts* any_ = nullptr;
  bool excludes_some_ = false;
  bool all_exact_ = true;
};

}  // namespace mesh::traffic
