// spec.telemetry: who collects it: nobody, Mixer, a remote Mixer or istiod's own filters.
#include <string>
#include <utility>

#include "libmesh/smcp/mixer.h"
#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

struct Switches {
  std::string_view type;
  bool enabled;  // telemetry.enabled
  bool v1;       // telemetry.v1.enabled
  bool v2;       // telemetry.v2.enabled
  bool mixer;    // mixer.telemetry.enabled
};
constexpr Switches kSwitches[] = {
    {"None", false, false, false, false},
    {"Mixer", true, true, false, true},
    {"Remote", true, true, false, false},
    {"Istiod", true, false, true, false},
};

void type_to_values(std::string_view type, bool istiod, Tree& values) {
  if (type.empty()) return;
  values.set("telemetry.implementation", Value(type));
  for (const Switches& row : kSwitches) {
    if (row.type != type) continue;
    if (istiod) {
      values.set("telemetry.enabled", Value(row.enabled));
      values.set("telemetry.v1.enabled", Value(row.v1));
      values.set("telemetry.v2.enabled", Value(row.v2));
    } else {
      values.set("global.istioRemote", Value(type == "Remote"));
    }
    values.set("mixer.telemetry.enabled", Value(row.mixer));
  }
}

struct Pair {
  std::string_view field;
  std::string_view place;
};

void texts_to_values(const Value& config, std::initializer_list<Pair> pairs, Tree& values) {
  for (const Pair& pair : pairs) {
    if (std::string_view text = text_at(config, pair.field); !text.empty()) {
      values.set(pair.place, Value(text));
    }
  }
}

void given_to_values(const Value& config, std::initializer_list<Pair> pairs, Tree& values) {
  for (const Pair& pair : pairs) {
    if (const Value* given = at(config, pair.field)) values.set(pair.place, *given);
  }
}

void mixer_to_values(const Value& mixer, Tree& values) {
  texts_to_values(mixer, {{"batching.maxTime", "mixer.telemetry.reportBatchMaxTime"}}, values);
  given_to_values(mixer,
                  {{"batching.maxEntries", "mixer.telemetry.reportBatchMaxEntries"},
                   {"sessionAffinity", "mixer.telemetry.sessionAffinityEnabled"}},
                  values);
  texts_to_values(
      mixer,
      {{"loadshedding.mode", "mixer.telemetry.loadshedding.mode"},
       {"loadshedding.latencyThreshold", "mixer.telemetry.loadshedding.latencyThreshold"}},
      values);
  given_to_values(mixer,
                  {{"adapters.useAdapterCRDs", "mixer.adapters.useAdapterCRDs"},
                   {"adapters.kubernetesenv", "mixer.adapters.kubernetesenv.enabled"},
                   {"adapters.stdio.enabled", "mixer.adapters.stdio.enabled"},
                   {"adapters.stdio.outputAsJSON", "mixer.adapters.stdio.outputAsJson"}},
                  values);
}

void remote_to_values(const Value& remote, Tree& values) {
  texts_to_values(remote, {{"address", "global.remoteTelemetryAddress"}}, values);
  given_to_values(remote, {{"createService", "global.createRemoteSvcEndpoints"}}, values);
  texts_to_values(remote, {{"batching.maxTime", "mixer.telemetry.reportBatchMaxTime"}}, values);
  given_to_values(remote, {{"batching.maxEntries", "mixer.telemetry.reportBatchMaxEntries"}},
                  values);
}

// Takes the batching out of mixer.telemetry's values.
void take_batching(Tree& telemetry, Value& config) {
  if (auto time = telemetry.take_string("reportBatchMaxTime")) {
    put(config, "batching.maxTime", Value(*time));
  }
  if (auto entries = telemetry.take_int("reportBatchMaxEntries")) {
    put(config, "batching.maxEntries", Value(int64_t{static_cast<int32_t>(*entries)}));
  }
}

void take_settings(Tree& telemetry, Value& mixer) {
  if (auto affinity = telemetry.take_bool("sessionAffinityEnabled")) {
    put(mixer, "sessionAffinity", Value(*affinity));
  }
  for (std::string_view name : {"mode", "latencyThreshold"}) {
    const std::string path = "loadshedding." + std::string(name);
    if (auto text = telemetry.take_string(path); text && !text->empty()) {
      put(mixer, path, Value(*text));
    }
  }
  take_batching(telemetry, mixer);
}

void take_adapters(Tree& adapters, Value& mixer) {
  if (auto crds = adapters.take_bool("useAdapterCRDs")) {
    put(mixer, "adapters.useAdapterCRDs", Value(*crds));
  }
  if (auto env = adapters.take_bool("kubernetesenv.enabled")) {
    put(mixer, "adapters.kubernetesenv", Value(*env));
  }
  const auto enabled = adapters.take_bool("stdio.enabled");
  const auto json = adapters.take_bool("stdio.outputAsJson");
  if (!enabled) return;  // without it upstream drops outputAsJson
  put(mixer, "adapters.stdio.enabled", Value(*enabled));
  if (json) put(mixer, "adapters.stdio.outputAsJSON", Value(*json));
}

void mixer_from_values(Tree& values, Value& spec) {
  Value mixer_root = copy_map(values, "mixer");
  Tree mixer(mixer_root, values.faults());
  Value telemetry_root = copy_map(mixer, "telemetry");
  if (values.failed()) return;
  Value config{Map{}};
  Faults ignored;  // upstream gives up silently on wrong types here, and takes nothing
  Tree telemetry(telemetry_root, ignored);
  take_settings(telemetry, config);
  if (ignored.any()) return;
  if (mixer.find("adapters") != nullptr) {
    Value adapters_root = copy_map(mixer, "adapters");
    Tree adapters(adapters_root, values.faults());
    take_adapters(adapters, config);
    write_back(mixer, "adapters", std::move(adapters_root));
  }
  write_back(mixer, "telemetry", std::move(telemetry_root));
  write_back(values, "mixer", std::move(mixer_root));
  if (!config.if_map()->empty()) put(spec, "telemetry.mixer", std::move(config));
}

void remote_from_values(Tree& values, Value& spec) {
  Value config{Map{}};
  if (auto address = values.take_string("global.remoteTelemetryAddress");
      address && !address->empty()) {
    config.set("address", Value(*address));
  }
  if (auto create = values.take_bool("global.createRemoteSvcEndpoints")) {
    config.set("createService", Value(*create));
  }
  Value telemetry_root = copy_map(values, "mixer.telemetry");
  if (values.failed()) return;
  Faults ignored;  // as above; what was taken until here is lost
  Tree telemetry(telemetry_root, ignored);
  take_batching(telemetry, config);
  if (ignored.any()) return;
  write_back(values, "mixer.telemetry", std::move(telemetry_root));
  if (!config.if_map()->empty()) put(spec, "telemetry.remote", std::move(config));
}

}  // namespace

void telemetry_to_values(Value& spec, const Context& context, Tree& values) {
  const Value* telemetry = at(spec, "telemetry");
  if (telemetry == nullptr) return;
  type_to_values(text_at(*telemetry, "type"), facts(context.version).istiod, values);
  if (const Value* mixer = at(*telemetry, "mixer")) mixer_to_values(*mixer, values);
  if (const Value* remote = at(*telemetry, "remote")) remote_to_values(*remote, values);
}

void telemetry_from_values(Tree& values, const Context& context, Value& spec) {
  const std::string type =
      take_mixer_type(values, context.version, "telemetry", "global.remoteTelemetryAddress");
  if (values.failed()) return;
  if (!type.empty()) put(spec, "telemetry.type", Value(type));
  // Batching is the same value for both; the kind that the type names gets it.
  if (type == "Remote") {
    remote_from_values(values, spec);
    mixer_from_values(values, spec);
  } else {
    mixer_from_values(values, spec);
    remote_from_values(values, spec);
  }
  // What to_values writes beside them.
  for (std::string_view path : {"mixer.telemetry.enabled", "telemetry.enabled",
                                "telemetry.v1.enabled", "telemetry.v2.enabled"}) {
    values.remove(path);
  }
}

}  // namespace mesh::smcp
