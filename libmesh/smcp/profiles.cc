#include "libmesh/smcp/profiles.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include "libmesh/smcp/conversion.h"
#include "libmesh/smcp/path.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kDefault = "default";

// ---- Images ----------------------------------------------------------------------------------

struct ImagePlace {
  std::string_view key;
  std::string_view path;  // in the values of the charts, or of 3scale
  Version since;
  Version until;
  bool threescale = false;
};

constexpr Version kFirst = Version::kV1_1;
constexpr Version kLast = Version::kV2_6;
constexpr std::array<ImagePlace, 16> kImagePlaces = {{
    {"citadel", "security.image", kFirst, Version::kV1_1},
    {"galley", "galley.image", kFirst, Version::kV1_1},
    {"grafana", "grafana.image", kFirst, kLast},
    {"mixer", "mixer.image", kFirst, Version::kV2_0},
    {"mixer", "mixer.policy.image", Version::kV2_0, Version::kV2_0},
    {"mixer", "mixer.telemetry.image", Version::kV2_0, Version::kV2_0},
    {"pilot", "pilot.image", kFirst, kLast},
    {"prometheus", "prometheus.image", kFirst, kLast},
    {"prometheus-config-reloader", "prometheusConfigReloader.image", Version::kV2_4, kLast},
    {"proxy-init", "global.proxy_init.image", kFirst, Version::kV2_2},
    {"proxyv2", "global.proxy.image", kFirst, kLast},
    {"sidecar-injector", "sidecarInjectorWebhook.image", kFirst, Version::kV1_1},
    {"wasm-cacher", "wasmExtensions.cacher.image", Version::kV2_0, Version::kV2_2},
    {"rls", "rateLimiting.rls.image", Version::kV2_1, kLast},
    {"ior", "gateways.istio-ingressgateway.ior_image", kFirst, Version::kV1_1},
    {"3scale-istio-adapter", "image", kFirst, Version::kV2_4, true},
}};
// Found in an image stream, not configured; left alone when it is not known.
constexpr std::string_view kOauthProxyKey = "oauth-proxy";
constexpr std::string_view kOauthProxyPath = "global.oauthproxy.image";

void set_images(const Images& images, Version version, Tree& istio, Tree& threescale) {
  for (const ImagePlace& place : kImagePlaces) {
    if (version < place.since || version > place.until) continue;
    auto image = images.find(place.key);
    Value text(image == images.end() ? std::string() : image->second);
    (place.threescale ? threescale : istio).set(place.path, std::move(text));
  }
  auto oauth = images.find(kOauthProxyKey);
  if (oauth != images.end() && !oauth->second.empty()) {
    istio.set(kOauthProxyPath, Value(oauth->second));
  }
}

// Whoever names a registry or a tag wants these and no others.
bool user_chose_images(const Value& spec) {
  return !text_at(spec, "istio.global.tag").empty() || !text_at(spec, "istio.global.hub").empty();
}

// ---- Profiles --------------------------------------------------------------------------------

Error invalid(std::string message) {
  return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

std::vector<std::string> texts(const Value* list) {
  std::vector<std::string> out;
  if (list == nullptr || !list->is_list()) return out;
  for (const Value& item : *list->if_list()) {
    if (const std::string* text = item.if_string()) out.push_back(*text);
  }
  return out;
}

// The profiles that a v1 spec lists, in the newer or the older way.
std::vector<std::string> listed(const Value& spec) {
  std::vector<std::string> names = texts(spec.find("profiles"));
  const std::string_view older = text_at(spec, "template");
  if (names.empty() && !older.empty()) names.emplace_back(older);
  return names;
}

Result<Value> to_values(std::string_view profile, const Value& object, Version version,
                        std::string_view name_space) {
  const std::string name = "profile \"" + std::string(profile) + "\"";
  const std::string_view api = text_at(object, "apiVersion");
  if (text_at(object, "kind") != "ServiceMeshControlPlane" ||
      (api != "maistra.io/v1" && api != "maistra.io/v2")) {
    return invalid(name + " is no ServiceMeshControlPlane of maistra.io/v1 or v2");
  }
  const Value* given = at(object, "spec");
  Value spec = given == nullptr ? Value(Map{}) : *given;
  if (!spec.is_map()) return invalid(name + ": spec must be a mapping");
  spec.set("version", Value(version_text(version)));
  if (api == "maistra.io/v1") return spec;
  auto converted = spec_to_v1(spec, name_space);
  if (!converted) return converted.error().at(name);
  return converted;
}

// A built-in profile as values; null when there is none. They name no namespace, so each is made
// once per process.
std::shared_ptr<const Value> built_in_values(Version version, std::string_view name) {
  static std::mutex mutex;  // guards made
  static std::map<std::pair<Version, std::string>, std::shared_ptr<const Value>> made;
  const std::lock_guard lock(mutex);
  auto [entry, is_new] = made.try_emplace({version, std::string(name)});
  if (is_new) {
    if (auto object = built_in_profile(version, name)) {
      auto values = to_values(name, *object, version, "");
      if (values) entry->second = std::make_shared<const Value>(*std::move(values));
    } else {
      made.erase(entry);  // names are the user's: only those that exist are kept
      return nullptr;
    }
  }
  return entry->second;
}

class Merge {
 public:
  Merge(Effective& effective, const ProfileSource& source, std::string_view name_space)
      : effective_(effective), source_(source), name_space_(name_space) {}

  Result<void> apply(const std::vector<std::string>& names) {
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      if (auto applied = apply_one(*name); !applied) return applied;
    }
    return {};
  }

 private:
  Result<void> apply_one(const std::string& name) {
    if (auto cycle = check_cycle(name); !cycle) return cycle;
    auto profile = load(name);
    if (!profile) return profile.error();
    effective_.profiles.push_back(name);
    for (std::string_view part : {"istio", "threeScale"}) {
      const Value* values = at(**profile, part);
      if (values != nullptr) merge_values(*effective_.values.find(part), *values);
    }
    way_.push_back(name);
    auto applied = apply(listed(**profile));
    way_.pop_back();
    return applied;
  }

  Result<void> check_cycle(const std::string& name) const {
    auto start = std::find(way_.begin(), way_.end(), name);
    if (start == way_.end()) return {};
    std::string way;
    for (; start != way_.end(); ++start) way += *start + " -> ";
    return invalid("profile \"" + name + "\" comes back to itself: " + way + name);
  }

  // The v1 spec of a profile, as if it were a control plane of this version and namespace.
  Result<std::shared_ptr<const Value>> load(const std::string& name) const {
    if (name.find('/') != std::string::npos) {
      return invalid("profile name contains invalid character '/'");
    }
    auto own = source_.own.find(name);
    if (own != source_.own.end()) {
      auto values = to_values(name, own->second, effective_.version, name_space_);
      if (!values) return values.error();
      return std::make_shared<const Value>(*std::move(values));
    }
    auto built_in =
        built_in_values(effective_.version, name == kDefault ? source_.default_profile : name);
    if (built_in == nullptr) return invalid(unknown(name));
    return built_in;
  }

  std::string unknown(const std::string& name) const {
    std::string known;
    for (std::string_view built_in : built_in_profiles(effective_.version)) {
      known += (known.empty() ? "" : ", ") + std::string(built_in);
    }
    for (const auto& [own, object] : source_.own) known += ", " + own;
    return "profile \"" + name + "\" is not known to " +
           std::string(version_text(effective_.version)) + "; there are: " + known;
  }

  Effective& effective_;
  const ProfileSource& source_;
  std::string_view name_space_;
  std::vector<std::string> way_;  // from the control plane down to the profile at hand
};

// The object's spec as v1, through v2, as the operator sees it. `version` is read from it.
Result<Value> read_spec(const Value& smcp, Version& version) {
  const bool older = text_at(smcp, "apiVersion") == "maistra.io/v1";
  const Value* given = at(smcp, "spec");
  Value spec = given == nullptr ? Value(Map{}) : *given;
  if (!spec.is_map()) return invalid("spec must be a mapping");
  const std::string text(text_at(spec, "version"));
  const Result<Version> parsed =
      text.empty() ? Result<Version>(older ? kDefaultV1 : kDefaultV2) : parse_version(text);
  if (!parsed) return parsed.error();
  version = *parsed;
  spec.set("version", Value(version_text(version)));
  if (older) {
    // As a whole, with what an annotation keeps of it.
    Value object = smcp;
    object.set("spec", std::move(spec));
    auto converted = to_v2(object);
    if (!converted) return converted;
    spec = *converted->find("spec");
  }
  if (const Value* message = at(spec, "techPreview.errored.message")) {
    return invalid("conversion error: " + go_text(*message));
  }
  return spec_to_v1(spec, text_at(smcp, "metadata.namespace"));
}

}  // namespace

void merge_values(Value& base, const Value& input) {
  if (!base.is_map() || !input.is_map()) return;
  for (const document::Member& member : *input.if_map()) {
    Value* there = base.find(member.key);
    if (there == nullptr) {
      base.set(member.key, member.value);
    } else if (there->is_map() && member.value.is_map()) {
      merge_values(*there, member.value);
    }
  }
}

Result<Effective> apply_profiles(const Value& smcp, const ProfileSource& source) {
  Effective effective;
  auto spec = read_spec(smcp, effective.version);
  if (!spec) return spec.error();
  effective.values = *std::move(spec);
  for (std::string_view part : {"istio", "threeScale"}) {
    if (at(effective.values, part) == nullptr) effective.values.set(part, Value(Map{}));
  }
  const bool keep_images = user_chose_images(effective.values);
  std::vector<std::string> names = listed(effective.values);
  if (names.empty()) names.emplace_back(kDefault);
  Merge merge(effective, source, text_at(smcp, "metadata.namespace"));
  if (auto applied = merge.apply(names); !applied) return applied.error();
  if (source.images && !keep_images) {
    Faults faults;
    Tree istio(*effective.values.find("istio"), faults);
    Tree threescale(*effective.values.find("threeScale"), faults);
    set_images(*source.images, effective.version, istio, threescale);
    if (faults.any()) return invalid(faults.first());
  }
  auto back = spec_to_v2(effective.values);
  if (!back) return back.error();
  effective.spec = *std::move(back);
  return effective;
}

}  // namespace mesh::smcp
