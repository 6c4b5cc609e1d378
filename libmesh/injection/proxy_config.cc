#include "libmesh/injection/proxy_config.h"

#include <algorithm>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/read.h"
#include "libmesh/injection/canonical.h"
#include "libmesh/model/mesh_config.h"
#include "libmesh/schema/istio.h"

namespace mesh::injection {
namespace {

using document::Map;
using document::Member;
using document::Value;

const schema::MessageTable& table() {
  return schema_table(static_cast<const meshconfig::ProxyConfig*>(nullptr));
}

const Value& istio_defaults() {
  static const Value kDefaults = [] {
    const Value mesh = model::default_mesh_config();
    Result<Value> read = canonical_message(*mesh.find("defaultConfig"), table());
    return read ? std::move(*read) : Value(Map{});
  }();
  return kDefaults;
}

// The fields that cleanProxyConfig leaves out where they are Istio's defaults.
bool is_cleaned(std::string_view field) {
  static constexpr std::string_view kCleaned[] = {"configPath",
                                                  "binaryPath",
                                                  "controlPlaneAuthPolicy",
                                                  "serviceCluster",
                                                  "drainDuration",
                                                  "discoveryAddress",
                                                  "proxyAdminPort",
                                                  "statNameLength",
                                                  "statusPort",
                                                  "terminationDrainDuration"};
  return std::find(std::begin(kCleaned), std::end(kCleaned), field) != std::end(kCleaned);
}

std::string cleaned_text(const Value& document) {
  Value kept{Map{}};
  if (const Map* fields = document.if_map()) {
    for (const Member& field : *fields) {
      const Value* usual = is_cleaned(field.key) ? istio_defaults().find(field.key) : nullptr;
      if (usual == nullptr || !(*usual == field.value)) kept.set(field.key, field.value);
    }
  }
  return canonical_text(kept, table());
}

int64_t integer_at(const Value& document, std::string_view key) {
  const Value* found = document.find(key);
  const int64_t* number = found == nullptr ? nullptr : found->if_int();
  return number == nullptr ? 0 : *number;
}

void merge_metadata(Value& merged, const Value* before) {
  const Map* old = before == nullptr ? nullptr : before->if_map();
  if (old == nullptr) return;
  Value both = *before;
  if (const Value* now = merged.find("proxyMetadata")) {
    if (const Map* entries = now->if_map()) {
      for (const Member& entry : *entries) both.set(entry.key, entry.value);
    }
  }
  Map& sorted = *both.if_map();
  std::sort(sorted.begin(), sorted.end(),
            [](const Member& a, const Member& b) { return a.key < b.key; });
  merged.set("proxyMetadata", std::move(both));
}

// correctProxyHeaders: these five fall back to what was there before; the others do not.
void correct_headers(Value& merged, const Value* before) {
  Value* now = merged.find("proxyHeaders");
  if (now == nullptr || before == nullptr || !now->is_map()) return;
  for (const char* field :
       {"forwardedClientCert", "requestId", "attemptCount", "server", "envoyDebugHeaders"}) {
    const Value* old = before->find(field);
    if (old != nullptr && now->find(field) == nullptr) now->set(field, *old);
  }
}

// MergeProxyConfig.
Result<Value> merged_over(const Value& base, const Value& layer) {
  Value merged = base;
  Result<void> read = overlay_message(merged, layer, table());
  if (!read) return read.error();
  merge_metadata(merged, base.find("proxyMetadata"));
  correct_headers(merged, base.find("proxyHeaders"));
  return merged;
}

// As mergeWithPrecedence has it: the layer goes through its canonical form, so that defaults in it
// say nothing. A layer that cannot be read counts for nothing.
Value layered(const Value& base, const Value& layer) {
  const Result<Value> canonical = canonical_message(layer, table());
  if (!canonical) return base;
  Result<Value> merged = merged_over(base, *canonical);
  return merged ? std::move(*merged) : base;
}

// toMeshConfigProxyConfig.
Value layer_of(const Value& spec) {
  Value out{Map{}};
  if (const Value* found = spec.find("concurrency")) out.set("concurrency", *found);
  for (const char* name : {"environmentVariables", "environment_variables"}) {
    if (const Value* found = spec.find(name)) out.set("proxyMetadata", *found);
  }
  if (const Value* found = spec.find("image")) out.set("image", *found);
  return out;
}

Labels selector_of(const Value& spec) {
  Labels out;
  const Value* selector = spec.find("selector");
  if (selector == nullptr) return out;
  for (const char* name : {"matchLabels", "match_labels"}) {
    const Value* labels = selector->find(name);
    const Map* entries = labels == nullptr ? nullptr : labels->if_map();
    if (entries == nullptr) continue;
    for (const Member& entry : *entries) {
      if (const std::string* text = entry.value.if_string()) out[entry.key] = *text;
    }
  }
  return out;
}

bool has_selector(const Value& spec) {
  const Value* selector = spec.find("selector");
  return selector != nullptr && !selector->is_null();
}

Result<Value> read_annotation(std::string_view yaml) {
  Diagnostics found;
  std::vector<document::Document> documents = document::read_any(yaml, "", found);
  for (const Diagnostic& diagnostic : found) {
    if (diagnostic.severity == Severity::kError && diagnostic.code == Code::kSyntax) {
      // go-yaml does not name the first line.
      const std::string line =
          diagnostic.line > 1 ? "line " + std::to_string(diagnostic.line) + ": " : std::string();
      return Error{ErrorCode::kParse, "yaml: " + line + diagnostic.message};
    }
  }
  return documents.empty() ? Value() : std::move(documents.front().root);
}

bool takes(const Labels& selector, const Value* labels) {
  return std::all_of(selector.begin(), selector.end(), [&](const auto& wanted) {
    const Value* found = labels == nullptr ? nullptr : labels->find(wanted.first);
    const std::string* text = found == nullptr ? nullptr : found->if_string();
    return text != nullptr && *text == wanted.second;
  });
}

}  // namespace

std::string_view proxy_metadata_at(const ProxyConfig& config, std::string_view key) {
  for (const auto& [name, value] : config.proxy_metadata) {
    if (name == key) return value;
  }
  return {};
}

ProxyConfigPtr make_proxy_config(Value document) {
  auto out = std::make_shared<ProxyConfig>();
  out->interception_mode = document.string_at("interceptionMode");
  if (out->interception_mode.empty()) out->interception_mode = "REDIRECT";
  if (const Value* hold = document.find("holdApplicationUntilProxyStarts")) {
    out->hold_application = hold->if_bool() != nullptr && *hold->if_bool();
  }
  if (const Value* image = document.find("image")) out->image_type = image->string_at("imageType");
  out->discovery_address = document.string_at("discoveryAddress");
  out->status_port = integer_at(document, "statusPort");
  if (const Value* metadata = document.find("proxyMetadata")) {
    if (const Map* entries = metadata->if_map()) {
      for (const Member& entry : *entries) {
        const std::string* text = entry.value.if_string();
        out->proxy_metadata.emplace_back(entry.key, text == nullptr ? std::string() : *text);
      }
    }
  }
  const Value* tracing = document.find("tracing");
  const Value* tls = tracing == nullptr ? nullptr : tracing->find("tlsSettings");
  if (tls != nullptr) {
    out->tracing_tls = true;
    out->tracing_ca = tls->string_at("caCertificates");
  }
  out->text = cleaned_text(document);
  out->document = std::move(document);
  return out;
}

Result<ProxyConfigPtr> merge_proxy_config(const ProxyConfig& base, std::string_view yaml) {
  const std::string_view failed = "could not parse proxy config";
  const Result<Value> layer = read_annotation(yaml);
  if (!layer) return layer.error().at(failed);
  Result<Value> merged = merged_over(base.document, *layer);
  if (!merged) return merged.error().at(failed);
  return make_proxy_config(std::move(*merged));
}

ProxyConfigs::ProxyConfigs(Value mesh_default, std::string root_namespace,
                           const std::vector<ProxyConfigObject>& objects) {
  const Value base = layered(istio_defaults(), mesh_default);
  mesh_default_ = make_proxy_config(base);
  auto layer_of_namespace = [&](std::string_view ns) -> const Value* {
    for (const ProxyConfigObject& object : objects) {
      if (object.ns == ns && !has_selector(object.spec)) return &object.spec;
    }
    return nullptr;
  };
  const Value* global = root_namespace.empty() ? nullptr : layer_of_namespace(root_namespace);
  const Value rooted = global == nullptr ? base : layered(base, layer_of(*global));
  global_ = global == nullptr ? mesh_default_ : make_proxy_config(rooted);
  for (const ProxyConfigObject& object : objects) {
    auto [at, fresh] = namespaces_.try_emplace(object.ns);
    Namespace& ns = at->second;
    if (fresh) {
      const Value* own = object.ns == root_namespace ? nullptr : layer_of_namespace(object.ns);
      ns.merged = own == nullptr ? global_ : make_proxy_config(layered(rooted, layer_of(*own)));
    }
    Labels selector = selector_of(object.spec);
    if (selector.empty()) continue;
    Value layer = layer_of(object.spec);
    ProxyConfigPtr merged = make_proxy_config(layered(ns.merged->document, layer));
    ns.workloads.push_back({std::move(selector), std::move(layer), std::move(merged)});
  }
}

ProxyConfigPtr ProxyConfigs::of_pod(std::string_view ns, const Value* labels,
                                    const std::string* annotation) const {
  const auto known = namespaces_.find(ns);
  const ProxyConfigPtr& base = known == namespaces_.end() ? global_ : known->second.merged;
  const Workload* workload = nullptr;
  if (known != namespaces_.end()) {
    for (const Workload& candidate : known->second.workloads) {
      if (!takes(candidate.selector, labels)) continue;
      workload = &candidate;
      break;
    }
  }
  if (annotation != nullptr) {
    const Result<Value> layer = read_annotation(*annotation);
    const Result<Value> canonical = layer ? canonical_message(*layer, table()) : layer;
    if (canonical) {
      Value merged = *canonical;
      if (workload != nullptr) merged = layered(merged, workload->layer);
      return make_proxy_config(layered(base->document, merged));
    }
  }
  return workload == nullptr ? base : workload->merged;
}

}  // namespace mesh::injection
