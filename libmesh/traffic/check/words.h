// Words: how names, hosts, labels, durations and addresses must be written in every kind of Istio's (pkg/config/labels,
// pkg/config/validation/agent/validation.go, and the rules of the CRDs).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/schema/box.h"
#include "libmesh/traffic/check/finder.h"

namespace mesh::traffic {

// Letters, digits and '-', which does not stand at an end; at most 63 (IsDNS1123Label).
bool is_dns_label(std::string_view text);
// Labels with dots between; the last is no number, and a dot may end it (ValidateFQDN).
bool is_fqdn(std::string_view text);
// A name whose first label may be, or begin with, "*" (ValidateWildcardDomain).
bool is_wildcard_domain(std::string_view text);
// One character more than letters, digits, '_' and '-' is refused; empty, too (ValidateStrictHTTPHeaderName).
bool is_strict_header_name(std::string_view text);
// Any name of HTTP: a token of RFC 7230, and "," (validHeaderNameRegex).
bool is_header_name(std::string_view text);

// An IP address, of IPv6 with a zone, too (netip.ParseAddr).
bool is_address(std::string_view text);

// The node that the path names, or null: what is there but empty is told from what is not there.
const document::Value* find_field(const kube::Object& object, std::string_view path);

// From 1 to 65535.
void check_port_number(uint64_t number, const std::string& field, Finder& finder);
// A DNS label (ValidatePortName).
void check_port_label(const std::string& name, const std::string& field, Finder& finder);
// From 1 ms on, as the CRDs want it; what is not set is fine.
void check_least_duration(const std::optional<schema::Duration>& duration, const std::string& field,
                          Finder& finder);
// And in whole milliseconds (ValidateDuration).
void check_duration(const std::optional<schema::Duration>& duration, const std::string& field,
                    Finder& finder);
// A key of labels with or without a DNS name before it, and values that go with it (labels.Instance).
void check_labels(const std::map<std::string, std::string>& labels, const std::string& field,
                  Finder& finder);
// What stands after "unix://": an absolute path to a file, or an abstract name "@…" (ValidateUnixAddress).
void check_unix_path(std::string_view path, const std::string& field, Finder& finder);
// Each of the texts has a character.
void check_not_empty(const std::vector<std::string>& texts, const std::string& field,
                     Finder& finder);
// An address or a range of them (ValidateIPSubnet).
void check_subnet(const std::string& text, const std::string& field, Finder& finder);
// No `targetPort`: it does nothing on Gateways and Sidecars.
void check_no_target_port(uint32_t number, const std::string& path, Finder& finder);
// exportTo: names, each once, and "*" or "~" alone (validateExportTo). `with_none`: "~" may stand there;
// `own_only`: the rule selects workloads, and may be for its own namespace only.
struct ExportRules {
  bool with_none = false;
  bool own_only = false;
};
void check_export_rules(const std::vector<std::string>& export_to, ExportRules rules,
                        Finder& finder);

}  // namespace mesh::traffic
