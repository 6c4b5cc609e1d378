// spec.policy: who checks requests: nobody, Mixer, a remote Mixer or istiod.
#include <array>
#include <string>
#include <utility>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/mixer.h"
#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

// The two checks are the same values for a local and a remote Mixer; the remote one is written
// later, and on the way back they go to the kind that the type names.
constexpr std::array<FieldRule, 2> kMixerChecks = {{
    {"policy.mixer.enableChecks", FieldKind::kNot, {"global.disablePolicyChecks"}},
    {"policy.mixer.failOpen", FieldKind::kBool, {"global.policyCheckFailOpen"}},
}};
constexpr std::array<FieldRule, 1> kRemoteAddress = {{
    {"policy.remote.address", FieldKind::kText, {"global.remotePolicyAddress"}, Empty::kSkip},
}};
// Common to policy and telemetry: telemetry takes it.
constexpr std::array<FieldRule, 1> kRemoteService = {{
    {"policy.remote.createService", FieldKind::kBool, {"global.createRemoteSvcEndpoints"}},
}};
constexpr std::array<FieldRule, 2> kRemoteChecks = {{
    {"policy.remote.enableChecks", FieldKind::kNot, {"global.disablePolicyChecks"}},
    {"policy.remote.failOpen", FieldKind::kBool, {"global.policyCheckFailOpen"}},
}};

void type_to_values(std::string_view type, bool istiod, Tree& values) {
  if (type.empty()) return;
  values.set("policy.implementation", Value(type));
  if (type != "None" && type != "Mixer" && type != "Remote" && type != "Istiod") return;
  values.set("mixer.policy.enabled", Value(type == "Mixer"));
  if (!istiod) values.set("global.istioRemote", Value(type == "Remote"));
}

// istiod's charts look for the adapters below mixer.policy, older ones share them with telemetry.
void adapters_to_values(const Value& spec, bool istiod, Tree& values) {
  const std::string prefix = istiod ? "mixer.policy.adapters." : "mixer.adapters.";
  if (const bool* crds = bool_at(spec, "policy.mixer.adapters.useAdapterCRDs")) {
    values.set(prefix + "useAdapterCRDs", Value(*crds));
  }
  if (const bool* env = bool_at(spec, "policy.mixer.adapters.kubernetesenv")) {
    values.set(prefix + "kubernetesenv.enabled", Value(*env));
  }
}

bool adapters_from_values(Tree& adapters, Value& spec) {
  bool found = false;
  if (auto crds = adapters.get_bool("useAdapterCRDs")) {
    put(spec, "policy.mixer.adapters.useAdapterCRDs", Value(*crds));
    found = true;
  }
  if (auto env = adapters.get_bool("kubernetesenv.enabled")) {
    put(spec, "policy.mixer.adapters.kubernetesenv", Value(*env));
    found = true;
  }
  return found;
}

// Policy leaves the adapters of older versions where they are: telemetry takes them.
void mixer_from_values(Tree& values, bool istiod, Value& spec) {
  Value mixer_root = copy_map(values, "mixer");
  Tree mixer(mixer_root, values.faults());
  Value policy_root = copy_map(mixer, "policy");
  Value found{Map{}};
  Parts globals(values);
  fields_from_values(kMixerChecks, globals, found);
  Faults ignored;  // upstream gives up silently on a sessionAffinityEnabled that is no boolean
  Tree lenient(policy_root, ignored);
  if (auto affinity = lenient.take_bool("sessionAffinityEnabled")) {
    put(found, "policy.mixer.sessionAffinity", Value(*affinity));
  }
  if (ignored.any() || values.failed()) return;
  Tree policy(policy_root, values.faults());
  Tree& holder = istiod ? policy : mixer;
  Value adapters_root = copy_map(holder, "adapters");
  Tree adapters(adapters_root, values.faults());
  adapters_from_values(adapters, found);
  if (istiod) {
    adapters.remove("useAdapterCRDs");
    adapters.remove("kubernetesenv.enabled");
  }
  write_back(holder, "adapters", std::move(adapters_root));
  write_back(mixer, "policy", std::move(policy_root));
  write_back(values, "mixer", std::move(mixer_root));
  if (const Value* given = at(found, "policy.mixer")) put(spec, "policy.mixer", *given);
}

void remote_from_values(Tree& values, Value& spec) {
  Parts globals(values);
  fields_from_values(kRemoteAddress, globals, spec);
  if (auto create = values.get_bool("global.createRemoteSvcEndpoints")) {
    put(spec, "policy.remote.createService", Value(*create));
  }
  fields_from_values(kRemoteChecks, globals, spec);
}

}  // namespace

void policy_to_values(Value& spec, const Context& context, Tree& values) {
  if (at(spec, "policy") == nullptr) return;
  const bool istiod = facts(context.version).istiod;
  type_to_values(text_at(spec, "policy.type"), istiod, values);
  fields_to_values(kMixerChecks, spec, values);
  if (const bool* affinity = bool_at(spec, "policy.mixer.sessionAffinity")) {
    values.set("mixer.policy.sessionAffinityEnabled", Value(*affinity));
  }
  adapters_to_values(spec, istiod, values);
  fields_to_values(kRemoteAddress, spec, values);
  fields_to_values(kRemoteService, spec, values);
  fields_to_values(kRemoteChecks, spec, values);
}

void policy_from_values(Tree& values, const Context& context, Value& spec) {
  const std::string type =
      take_mixer_type(values, context.version, "policy", "global.remotePolicyAddress");
  if (values.failed()) return;
  if (!type.empty()) put(spec, "policy.type", Value(type));
  const bool istiod = facts(context.version).istiod;
  // Some settings are the same value for both; the kind that the type names gets them.
  if (type == "Remote") {
    remote_from_values(values, spec);
    mixer_from_values(values, istiod, spec);
  } else {
    mixer_from_values(values, istiod, spec);
    remote_from_values(values, spec);
  }
  values.remove("mixer.policy.enabled");
}

}  // namespace mesh::smcp
