#include "libmesh/smcp/validation.h"

#include <algorithm>

#include "libmesh/smcp/validation/checks.h"

namespace mesh::smcp {
namespace {

// The operator's checks and the versions that have them, in its order (ValidateV2 of
// strategy_v*.go). v1.1 looks at gateways last.
struct CheckOf {
  Check check;
  Version since;
  Version until;
};
constexpr Version kLast = Version::kV2_6;
constexpr CheckOf kChecks[] = {
    {check_policy, Version::kV1_1, Version::kV1_1},
    {check_telemetry, Version::kV1_1, Version::kV1_1},
    {check_no_mode, Version::kV2_0, Version::kV2_2},
    {check_mode_of_v2_3, Version::kV2_3, Version::kV2_3},
    {check_only_cluster_wide, Version::kV2_3, Version::kV2_3},
    {check_mode, Version::kV2_4, kLast},
    {check_gateways, Version::kV1_1, kLast},
    {check_policy, Version::kV2_0, kLast},
    {check_telemetry, Version::kV2_0, kLast},
    {check_no_protocol_detection, Version::kV2_0, Version::kV2_1},
    {check_protocol_detection_timeout, Version::kV2_2, kLast},
    {check_affinity, Version::kV2_1, kLast},
    {check_no_mixer, Version::kV2_1, kLast},
    {check_no_3scale, Version::kV2_1, kLast},
    {check_extensions_of_v2_4, Version::kV2_4, Version::kV2_4},
    {check_extensions, Version::kV2_5, kLast},
    {check_zipkin_extension, Version::kV2_5, kLast},
};

const Value& spec_of(const Value& smcp) {
  static const Value kNone{Map{}};
  const Value* spec = smcp.find("spec");
  return spec == nullptr ? kNone : *spec;
}

bool is_v1(const Value& smcp) { return smcp.string_at("apiVersion").ends_with("/v1"); }

}  // namespace

Messages validate(const Value& smcp, Version version, const Neighbours& neighbours) {
  Messages out;
  if (is_v1(smcp)) {
    if (facts(version).istiod) {
      return {"must use v2 ServiceMeshControlPlane resource for v2.0+ installations"};
    }
    check_v1_values(smcp, neighbours, out);
    return out;
  }
  const Checked checked{spec_of(smcp), text_at(smcp, "metadata.namespace"), version, neighbours};
  for (const CheckOf& each : kChecks) {
    if (version >= each.since && version <= each.until) each.check(checked, out);
  }
  return out;
}

Messages validate_full(const Value& smcp, Version version, const Neighbours& neighbours) {
  Messages out = validate(smcp, version, neighbours);
  if (is_v1(smcp) || !facts(version).istiod) return out;
  check_kiali_has_prometheus(
      {spec_of(smcp), text_at(smcp, "metadata.namespace"), version, neighbours}, out);
  return out;
}

std::string join(const Messages& messages) {
  std::string out;
  std::set<std::string_view> seen;
  for (const std::string& message : messages) {
    if (!seen.insert(message).second) continue;
    if (seen.size() > 1) out += ", ";
    out += message;
  }
  return seen.size() > 1 ? "[" + out + "]" : out;
}

std::string supported_versions_text() {
  std::string out;
  for (const VersionFacts& row : all_versions()) {
    if (!row.supported || row.version > Version::kV2_5) continue;
    out += (out.empty() ? "[" : " ") + std::string(row.text);
  }
  return out + "]";
}

std::string quoted(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += std::string{'\\', c};
    } else if (c == '\n' || c == '\t' || c == '\r') {
      out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      const auto byte = static_cast<unsigned char>(c);
      out += std::string{'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

void add_groups(std::vector<Messages> groups, Messages& out) {
  std::sort(groups.begin(), groups.end());
  for (Messages& group : groups) {
    for (std::string& message : group) out.push_back(std::move(message));
  }
}

std::string check_rate_limiting(const Value& values) {
  static constexpr std::string_view kService = "rateLimiting.rls";
  const Value* service = at(values, kService);
  if (service == nullptr || !is_true(*service, "enabled")) return {};
  const Value* store = at(*service, "storageBackend");
  const Value* address = at(*service, "storageAddress");
  if (store == nullptr || !store->is_string()) return {};
  if (address == nullptr || !address->is_string()) return {};
  const std::string& name = *store->if_string();
  if (name == "redis" || name == "memcache") return {};
  return "invalid value " + quoted(name) +
         " for rateLimiting.rls.storageBackend. It must be one of: {redis, memcache}";
}

}  // namespace mesh::smcp
