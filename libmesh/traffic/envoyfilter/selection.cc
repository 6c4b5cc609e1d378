#include "libmesh/traffic/envoyfilter/selection.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "libmesh/base/expression.h"

namespace mesh::traffic {
namespace {

using ApplyTo = networking::EnvoyFilter_ApplyTo;
using Context = networking::EnvoyFilter_PatchContext;

// Longer expressions match no proxy (maxProxyVersionLen).
constexpr size_t kMaxVersionLength = 1024;
constexpr char kReferencedServices[] = "envoyfilter.istio.io/referenced-services";

// An expression that cannot be read lets every proxy pass, as in Istio: its validation refuses it before.
void read_version(const std::string& expression, EnvoyPatch& patch) {
  if (expression.empty()) return;
  if (expression.size() > kMaxVersionLength) {
    patch.no_version = true;
    return;
  }
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(4 << 20);
  options.set_log_errors(false);
  auto read = std::make_shared<RE2>(with_old_groups(expression), options);
  if (read->ok()) patch.version = std::move(read);
}

std::vector<std::string> read_references(const Labels& annotations) {
  std::vector<std::string> out;
  const auto found = annotations.find(kReferencedServices);
  if (found == annotations.end()) return out;
  const std::string& text = found->second;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

const std::string& text_of(const document::Value& metadata, std::string_view key, bool& found) {
  static const std::string kNone;
  const document::Value* value = metadata.find(key);
  const std::string* text = value == nullptr ? nullptr : value->if_string();
  found = text != nullptr;
  return found ? *text : kNone;
}

bool proxy_passes(const model::Proxy& proxy, const EnvoyPatch& patch) {
  const auto& match = patch.spec->match;
  if (!match || !match->proxy) return true;
  if (patch.no_version) return false;
  bool found = false;
  if (patch.version != nullptr) {
    const std::string& version = text_of(proxy.metadata, "ISTIO_VERSION", found);
    if (version.empty() || !RE2::PartialMatch(version, *patch.version)) return false;
  }
  for (const auto& [key, wanted] : match->proxy->metadata) {
    const std::string& value = text_of(proxy.metadata, key, found);
    if (!found || value != wanted) return false;
  }
  return true;
}

// BOOTSTRAP is for the proxy's own start, which Istio's control plane leaves alone.
bool is_applied(const EnvoyPatch& patch) {
  const ApplyTo to = patch.spec->apply_to;
  return patch.spec->patch && to != ApplyTo::INVALID && to != ApplyTo::BOOTSTRAP;
}

Context context_of(const EnvoyPatch& patch) {
  return patch.spec->match ? patch.spec->match->context : Context::ANY;
}

void add_pointer(std::string& key, const void* pointer) {
  char bytes[sizeof pointer];
  std::memcpy(bytes, &pointer, sizeof pointer);
  key.append(bytes, sizeof bytes);
}

}  // namespace

EnvoyPatchesPtr envoy_patches(const index::EnvoyFilter& filter) {
  if (auto known = filter.object->memo.get<EnvoyPatches>()) return known;
  auto made = std::make_shared<EnvoyPatches>();
  made->object = filter.object.get();
  made->referenced_services = read_references(filter.object->annotations);
  const auto& patches = filter.spec->config_patches;
  made->list.resize(patches.size());
  for (uint32_t i = 0; i < patches.size(); ++i) {
    made->list[i].spec = &patches[i];
    made->list[i].index = i;
    const auto& match = patches[i].match;
    if (match && match->proxy) read_version(match->proxy->proxy_version, made->list[i]);
  }
  filter.object->memo.set<EnvoyPatches>(made);
  return made;
}

EnvoyFilterIndex::EnvoyFilterIndex(const index::Mesh& mesh) : index_(mesh.envoy_filters) {}

EnvoyPatchListPtr EnvoyFilterIndex::shared(std::vector<EnvoyPatchList::Entry> entries) const {
  if (entries.empty()) return nullptr;
  std::string key;
  for (const EnvoyPatchList::Entry& entry : entries) {
    add_pointer(key, entry.patch->spec);
  }
  std::lock_guard lock(mutex_);
  auto [at, fresh] = lists_.try_emplace(std::move(key));
  if (fresh) {
    auto list = std::make_shared<EnvoyPatchList>();
    list->entries = std::move(entries);
    list->key = at->first;
    at->second = std::move(list);
  }
  return at->second;
}

EnvoyFiltersPtr EnvoyFilterIndex::select(const std::string& root_namespace,
                                         const model::Proxy& proxy) const {
  if (empty()) return nullptr;
  const PolicyMatcher matcher(root_namespace, proxy);
  std::vector<uint32_t> chosen = index_.select(matcher, NamespaceOrder::kRootFirst);
  if (chosen.empty()) return nullptr;
  std::vector<const index::EnvoyFilter*> filters;
  filters.reserve(chosen.size());
  for (uint32_t place : chosen) filters.push_back(&index_[place]);
  const auto rank = [&](const index::EnvoyFilter* filter) {
    return std::tuple(filter->spec->priority, filter->ns() != root_namespace,
                      filter->creation_time(), filter->name() + "." + filter->ns());
  };
  std::sort(filters.begin(), filters.end(),
            [&](const auto* a, const auto* b) { return rank(a) < rank(b); });

  const bool sidecar = proxy.type == model::ProxyType::kSidecar;
  const Context outward = sidecar ? Context::SIDECAR_OUTBOUND : Context::GATEWAY;
  std::vector<EnvoyPatchList::Entry> outbound;
  std::vector<EnvoyPatchList::Entry> inbound;
  auto out = std::make_shared<EnvoyFilters>();
  for (const index::EnvoyFilter* filter : filters) {
    const EnvoyPatchesPtr patches = envoy_patches(*filter);
    out->filters.push_back(patches);
    out->referenced_services.insert(patches->referenced_services.begin(),
                                    patches->referenced_services.end());
    for (const EnvoyPatch& patch : patches->list) {
      if (!is_applied(patch) || !proxy_passes(proxy, patch)) continue;
      const Context context = context_of(patch);
      const bool any = context == Context::ANY;
      const EnvoyPatchList::Entry entry{filter->object, patches, &patch};
      // Istio asks no context of what is discovered by name.
      const bool named = patch.spec->apply_to == ApplyTo::EXTENSION_CONFIG;
      if (any || named || context == outward) outbound.push_back(entry);
      if (sidecar && !named && (any || context == Context::SIDECAR_INBOUND)) {
        inbound.push_back(entry);
      }
    }
  }
  out->outbound = shared(std::move(outbound));
  out->inbound = shared(std::move(inbound));
  return out;
}

}  // namespace mesh::traffic
