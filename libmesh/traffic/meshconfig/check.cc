#include "libmesh/traffic/meshconfig/check.h"

#include <iterator>
#include <set>
#include <span>

#include "libmesh/document/yaml.h"
#include "libmesh/index/mesh_layers.h"
#include "libmesh/model/mesh_config.h"
#include "libmesh/schema/reader.h"
#include "libmesh/traffic/meshconfig/places.h"
#include "libmesh/traffic/meshconfig/rules.h"

namespace mesh::traffic {
namespace {

using document::Value;

constexpr std::string_view kOldProxies = "default_config";

// Fields that could not be read have been told, and what then is missing is no second mistake. Paths in one spelling.
class Unread {
 public:
  explicit Unread(const Diagnostics& read) {
    for (const Diagnostic& each : read) fields_.insert(model::json_name(each.field));
  }
  // The field, one below it, or one that it is part of.
  bool concerns(const std::string& written) const {
    const std::string field = model::json_name(written);
    for (const char* next : {"", ".", "["}) {
      const auto below = fields_.lower_bound(field + next);
      if (below != fields_.end() &&
          (*next == 0 ? *below == field : below->starts_with(field + next))) {
        return true;
      }
    }
    for (size_t end = 0; end < field.size(); ++end) {
      if ((field[end] == '.' || field[end] == '[') && fields_.contains(field.substr(0, end))) {
        return true;
      }
    }
    return false;
  }

 private:
  std::set<std::string> fields_;
};

// What the rules say of `merged`, at its own fields.
template <typename Message, typename Rules>
Diagnostics told_of(const Value& merged, Rules rules) {
  Diagnostics read;
  schema::ReadContext context{read, "", "", "", {Severity::kError, true}};
  Message message;
  schema::read(merged, context, message);
  kube::Object nobody;  // whose object it is, is found out afterwards
  nobody.key.kind = kube::Kind::kMeshConfig;
  Diagnostics out;
  Finder finder(nobody, out);
  rules(message, finder);
  const Unread unread(read);
  std::erase_if(out, [&](const Diagnostic& each) { return unread.concerns(each.field); });
  return out;
}

void add_findings(std::span<const index::MeshLayer> layers, const Value& merged, Diagnostics& out) {
  const auto rules = [](const meshconfig::MeshConfig& config, Finder& finder) {
    check_mesh_rules(config, finder);
    check_provider_rules(config, finder);
  };
  Places places(layers, merged);
  for (Diagnostic& each : told_of<meshconfig::MeshConfig>(merged, rules)) {
    if (each.severity == Severity::kError) {
      each.message += "; istiod refuses the whole MeshConfig for it, here it counts as written";
    }
    if (!places.trace(each)) continue;
    if (each.field.find(kOldProxies) == std::string::npos) out.push_back(std::move(each));
  }
}

// What istiod merges itself it looks for under these names only, and takes nothing of the old ones (extractYamlField).
void check_old_names(const index::MeshLayer& layer, Diagnostics& out) {
  for (const auto& [old, name] : {std::pair{kOldProxies, "defaultConfig"},
                                  {std::string_view("default_providers"), "defaultProviders"}}) {
    const Value* value = layer.document.find(old);
    if (value == nullptr || layer.kind == index::LayerKind::kControlPlane) continue;
    Diagnostic& found = out.emplace_back();
    found.severity = Severity::kWarning;
    found.code = Code::kNoEffect;
    found.field = old;
    found.message = "is a name under which istiod takes nothing, though here it counts";
    found.mend = "write " + std::string(name);
    found.line = value->position.line;
    found.column = value->position.column;
    place_in_layer(layer, found);
  }
}

}  // namespace

Diagnostics check_mesh_config(const index::Snapshot& snapshot, const index::Tenant& tenant) {
  const std::string& flag = snapshot.options().mesh_config;
  const auto find = [&](const kube::ObjectKey& key) { return snapshot.find(key); };
  Diagnostics read;  // told where the configuration is read
  const std::vector<index::MeshLayer> layers =
      mesh_layers(tenant, index::mesh_sources(tenant, find, flag), flag, read);
  Diagnostics out;
  Value merged = model::default_mesh_config();
  for (size_t i = 0; i < layers.size(); ++i) {
    model::apply_mesh_config(merged, layers[i].document);
    check_old_names(layers[i], out);
    // Each source is validated by itself, over those before it: a mistake is none the less one if a later source hides it.
    if (i + 1 < layers.size() && layers[i + 1].kind == layers[i].kind) continue;
    add_findings(std::span(layers).first(i + 1), merged, out);
  }
  sort_and_dedupe(out);
  return out;
}

void check_proxy_annotation(const std::string& text, const std::string& field, Finder& finder) {
  Diagnostics found;
  Value layer{document::Map{}};
  for (document::Document& document : document::read_yaml(text, "", found)) {
    meshconfig::ProxyConfig checked;
    schema::ReadContext context{found, "", "", "", {Severity::kError, true}};
    schema::read(document.root, context, checked);
    layer.set("defaultConfig", std::move(document.root));
    break;  // the injector reads no second one
  }
  Value merged = model::default_mesh_config();
  model::apply_mesh_config(merged, layer);
  const Value* config = merged.find("defaultConfig");
  const auto rules = [](const meshconfig::ProxyConfig& proxy, Finder& told) {
    check_proxy_rules(proxy, "", told);
  };
  for (Diagnostic& each : told_of<meshconfig::ProxyConfig>(*config, rules)) {
    if (each.severity != Severity::kError) continue;  // of what counts, the injector says nothing
    each.code = Code::kInjectionRefused;
    found.push_back(std::move(each));
  }
  for (Diagnostic& each : found) {
    const std::string place = each.field.empty() ? field : field + ": " + each.field;
    // What protobuf's JSON takes all the same.
    if (each.code == Code::kUnknownField || each.code == Code::kOneofConflict) {
      finder.warn(each.code, place, each.message, each.mend);
    } else if (each.severity == Severity::kError) {
      finder.error(each.code, place, each.message + "; the injector refuses the pod for it",
                   each.mend.empty() ? "write fields of a ProxyConfig" : each.mend);
    }
  }
}

}  // namespace mesh::traffic
