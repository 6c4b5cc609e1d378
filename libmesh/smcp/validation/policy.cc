// Policy and telemetry: which type a version has, and that the two halves of Mixer agree. The rules
// of one are those of the other with the names exchanged (validatePolicyType,
// validateTelemetryType).
#include "libmesh/smcp/validation/checks.h"

namespace mesh::smcp {
namespace {

struct Half {
  std::string name;   // of the section
  std::string other;  // of the one it must agree with
};

// "if policy.<field> is specified, it must match telemetry.<field>"
void check_agreement(const Checked& checked, const Half& half, const std::string& field,
                     Messages& out) {
  const bool* here = bool_at(checked.spec, half.name + "." + field);
  const bool* there = bool_at(checked.spec, half.other + "." + field);
  if (here == nullptr || (there != nullptr && *here == *there)) return;
  out.push_back("if " + half.name + "." + field + " is specified, it must match " + half.other +
                "." + field);
}

void check_half_of_v1(const Checked& checked, const Half& half, std::string_view type,
                      Messages& out) {
  if (type == "Istiod") {
    out.push_back(half.name + " type Istiod is not supported in version " +
                  std::string(version_text(checked.version)));
  } else if (type == "Remote" && text_at(checked.spec, half.other + ".type") != "Remote") {
    out.push_back("if " + half.name + " type is Remote, " + half.other +
                  " type must also be Remote for v1.x versions");
  }
  check_agreement(checked, half, "mixer.adapters.kubernetesenv", out);
}

void check_half(const Checked& checked, const Half& half, Messages& out) {
  if (at(checked.spec, half.name) == nullptr) return;
  const std::string_view type = text_at(checked.spec, half.name + ".type");
  const bool address = !text_at(checked.spec, half.name + ".remote.address").empty();
  if (!facts(checked.version).istiod) {
    check_half_of_v1(checked, half, type, out);
  } else if (address && type != "Remote") {
    out.push_back("if " + half.name + ".remote.address is specified, " + half.name +
                  ".type must be Remote for v2.x versions");
  }
  if (type == "Remote" && !address) {
    out.push_back("if " + half.name + " type is Remote, an address must be specified");
  }
  check_agreement(checked, half, "remote.createService", out);
  if (is_true(checked.spec, half.name + ".mixer.adapters.useAdapterCRDs")) {
    out.push_back("if " + half.name +
                  ".mixer.adapters.useAdapterCRDs is not supported for this version");
  }
}

}  // namespace

void check_policy(const Checked& checked, Messages& out) {
  check_half(checked, {"policy", "telemetry"}, out);
}

void check_telemetry(const Checked& checked, Messages& out) {
  check_half(checked, {"telemetry", "policy"}, out);
}

void check_no_mixer(const Checked& checked, Messages& out) {
  for (const std::string half : {"policy", "telemetry"}) {
    if (text_at(checked.spec, half + ".type") != "Mixer" &&
        at(checked.spec, half + ".mixer") == nullptr) {
      continue;
    }
    out.push_back("support for " + half + ".type \"Mixer\" and " + half +
                  ".Mixer options have been removed in v2.1, please use another alternative");
  }
}

}  // namespace mesh::smcp
