// Finder: the findings of one object, said at its fields.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/codes.h"
#include "libmesh/traffic/check/finding.h"
#include "libmesh/traffic/check/surroundings.h"

namespace mesh::traffic {

// "spec.http" and 2 -> "spec.http[2]".
inline std::string at(std::string_view list, size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}
// "80, 443", or "none".
inline std::string numbers_text(const std::set<uint32_t>& numbers) {
  std::string out;
  for (const uint32_t each : numbers) out += (out.empty() ? "" : ", ") + std::to_string(each);
  return out.empty() ? "none" : out;
}
inline std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Every finding says how to mend it: `mend` is never empty.
class Finder {
 public:
  Finder(const kube::Object& object, Diagnostics& out) : object_(object), out_(out) {}

  const kube::Object& object() const { return object_; }
  const std::string& ns() const { return object_.key.ns; }
  void warn(Code code, std::string field, std::string message, std::string mend) {
    out_.push_back(finding(Severity::kWarning, code, object_, std::move(field), std::move(message),
                           std::move(mend)));
  }
  void error(Code code, std::string field, std::string message, std::string mend) {
    out_.push_back(finding(Severity::kError, code, object_, std::move(field), std::move(message),
                           std::move(mend)));
  }
  void remark(Code code, std::string field, std::string message, std::string mend) {
    out_.push_back(finding(Severity::kInfo, code, object_, std::move(field), std::move(message),
                           std::move(mend)));
  }
  void invalid(std::string field, std::string message, std::string mend) {
    error(Code::kRuleInvalid, std::move(field), std::move(message), std::move(mend));
  }

 private:
  const kube::Object& object_;
  Diagnostics& out_;
};

// A name of hosts: labels of letters, digits and '-' with dots between, "*" in front only, or an IP address.
void check_host_name(const std::string& host, const std::string& field, Finder& finder);
// A word that is a protocol of Istio's ports.
void check_protocol(const std::string& protocol, const std::string& field, Finder& finder);

// A namespace that the mesh has.
void check_namespace(const std::string& ns, const std::string& field, const Surroundings& around,
                     Finder& finder);
// exportTo: namespaces that there are.
void check_export_to(const std::vector<std::string>& export_to, const Surroundings& around,
                     Finder& finder);
// A selector that no pod of the namespace (of the root namespace: of the mesh) has.
void check_selector(const Labels& labels, const std::string& field, const Surroundings& around,
                    Finder& finder);

// An init container that runs on beside the others.
template <typename Container>
bool is_native_sidecar(const Container& container) {
  return container.restart_policy.value_or("") == "Always";
}

// The ports that the containers of a pod say they have, the proxy's only if asked for; empty when they say none.
std::set<uint32_t> container_ports(const kube::Object& pod, bool with_proxy = false);

}  // namespace mesh::traffic
