// spec.meshConfig: extension providers and discovery selectors (v2.4 and later).
#include <string>
#include <utility>

#include "libmesh/smcp/sections.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kProviders = "meshConfig.extensionProviders";
constexpr std::string_view kSelectors = "meshConfig.discoverySelectors";

enum class Kind : uint8_t { kText, kInt, kBool, kTexts, kTextMap, kBody };

struct Setting {
  std::string_view name;  // the same in both versions
  Kind kind;
  bool required = false;
};

struct Provider {
  std::string_view name;
  std::string_view name_in_messages;
  std::vector<Setting> settings;
};

constexpr Setting kBodySettings[] = {{"maxRequestBytes", Kind::kInt},
                                     {"allowPartialMessage", Kind::kBool},
                                     {"packAsBytes", Kind::kBool}};

// In the order in which a provider with several kinds becomes several entries.
const std::vector<Provider>& providers() {
  static const Setting service{"service", Kind::kText, true};
  static const Setting port{"port", Kind::kInt, true};
  static const std::vector<Provider> all = {
      {"prometheus", "prometheus", {}},
      {"zipkin",
       "zipkin",
       {service, port, {"maxTagLength", Kind::kInt}, {"enable64bitTraceId", Kind::kBool}}},
      {"opentelemetry", "opentelemetry", {service, port, {"maxTagLength", Kind::kInt}}},
      {"envoyOtelAls", "envoyOtelAls", {service, port, {"logName", Kind::kText}}},
      {"envoyExtAuthzHttp",
       "envoyExtAuthzHttp",
       {service,
        port,
        {"timeout", Kind::kText},
        {"pathPrefix", Kind::kText},
        {"failOpen", Kind::kBool},
        {"statusOnError", Kind::kText},
        {"includeRequestHeadersInCheck", Kind::kTexts},
        {"includeAdditionalHeadersInCheck", Kind::kTextMap},
        {"includeRequestBodyInCheck", Kind::kBody},
        {"headersToUpstreamOnAllow", Kind::kTexts},
        {"headersToDownstreamOnDeny", Kind::kTexts},
        {"headersToDownstreamOnAllow", Kind::kTexts}}},
      {"envoyExtAuthzGrpc",
       "envoyExtAuthzGRPC",
       {service,
        port,
        {"timeout", Kind::kText},
        {"failOpen", Kind::kBool},
        {"statusOnError", Kind::kText},
        {"includeRequestBodyInCheck", Kind::kBody}}},
  };
  return all;
}

Value body_to_values(const Value& body) {
  Value out{Map{}};
  for (const Setting& setting : kBodySettings) {
    if (const Value* value = at(body, setting.name)) out.set(setting.name, *value);
  }
  return out;
}

Value provider_to_values(const Provider& provider, const Value& config) {
  Value out{Map{}};
  for (const Setting& setting : provider.settings) {
    const Value* value = at(config, setting.name);
    if (value != nullptr) {
      out.set(setting.name, setting.kind == Kind::kBody ? body_to_values(*value) : *value);
    } else if (setting.required) {
      // Not pointers in the type, so always written.
      out.set(setting.name, setting.kind == Kind::kInt ? Value(int64_t{0}) : Value(""));
    }
  }
  return out;
}

std::optional<Value> take_texts(Tree& values, std::string_view name) {
  auto texts = values.get_strings(name);
  if (!texts) return std::nullopt;
  List list;
  for (std::string& text : *texts) list.emplace_back(std::move(text));
  return Value(std::move(list));
}

template <typename T>
std::optional<Value> wrap(std::optional<T> value) {
  if (!value) return std::nullopt;
  return Value(std::move(*value));
}

std::optional<Value> setting_from_values(const Setting& setting, Tree& values);

std::optional<Value> body_from_values(Tree& values, std::string_view name) {
  auto body = values.get_map(name);
  if (!body) return std::nullopt;
  Tree inner(*body, values.faults());
  Value out{Map{}};
  for (const Setting& setting : kBodySettings) {
    if (auto value = setting_from_values(setting, inner)) out.set(setting.name, std::move(*value));
  }
  return out;
}

std::optional<Value> setting_from_values(const Setting& setting, Tree& values) {
  switch (setting.kind) {
    case Kind::kText:
      return wrap(values.get_string(setting.name));
    case Kind::kInt:
      return wrap(values.get_int(setting.name));
    case Kind::kBool:
      return wrap(values.get_bool(setting.name));
    case Kind::kTexts:
      return take_texts(values, setting.name);
    case Kind::kTextMap:
      return values.get_string_map(setting.name);
    case Kind::kBody:
      return body_from_values(values, setting.name);
  }
  return std::nullopt;
}

Value provider_from_values(const Provider& provider, Value& config, Faults& faults) {
  Tree values(config, faults);
  Value out{Map{}};
  for (const Setting& setting : provider.settings) {
    if (auto value = setting_from_values(setting, values)) {
      out.set(setting.name, std::move(*value));
    } else if (setting.required) {
      faults.add(std::string(setting.name) + " is required for " +
                 std::string(provider.name_in_messages));
    }
  }
  return out;
}

Value entry_from_values(Value entry, Faults& faults) {
  Tree values(entry, faults);
  Value out{Map{}};
  if (auto name = values.get_string("name")) out.set("name", Value(*name));
  for (const Provider& provider : providers()) {
    if (auto config = values.get_map(provider.name)) {
      out.set(provider.name, provider_from_values(provider, *config, faults));
    }
  }
  return out;
}

}  // namespace

void extension_providers_to_values(Value& spec, const Context&, Tree& values) {
  const Value* list = at(spec, kProviders);
  if (list == nullptr || !list->is_list()) return;
  List entries;
  for (const Value& entry : *list->if_list()) {
    for (const Provider& provider : providers()) {
      const Value* config = at(entry, provider.name);
      if (config == nullptr) continue;
      Value out{Map{}};
      out.set("name", Value(text_at(entry, "name")));
      out.set(provider.name, provider_to_values(provider, *config));
      entries.push_back(std::move(out));
    }
  }
  values.set(kProviders, Value(std::move(entries)));
}

// Upstream reads the providers without taking them: they stay in techPreview too.
void extension_providers_from_values(Tree& values, const Context&, Value& spec) {
  auto list = values.get_list(kProviders);
  if (!list) return;
  List entries;
  for (Value& entry : *list) {
    if (!entry.is_map()) {
      values.faults().add("could not cast extensionProviders entry to map[string]interface{}");
      return;
    }
    entries.push_back(entry_from_values(std::move(entry), values.faults()));
  }
  put(spec, kProviders, Value(std::move(entries)));
}

void discovery_selectors_to_values(Value& spec, const Context&, Tree& values) {
  const Value* list = at(spec, kSelectors);
  if (list == nullptr || !list->is_list()) return;
  List selectors;
  for (const Value& selector : *list->if_list()) {
    selectors.push_back(selector.is_null() ? selector : encode(selector, shape("LabelSelector")));
  }
  values.set(kSelectors, Value(std::move(selectors)));
}

void discovery_selectors_from_values(Tree& values, const Context&, Value& spec) {
  auto list = values.take_list(kSelectors);
  if (!list) return;
  List selectors;
  for (const Value& selector : *list) {
    Result<Value> decoded = selector.is_null()
                                ? Result<Value>(Value())
                                : decode(selector, shape("LabelSelector"), kSelectors);
    if (!decoded) {
      values.faults().add(decoded.error().message);
      return;
    }
    selectors.push_back(std::move(*decoded));
  }
  put(spec, kSelectors, Value(std::move(selectors)));
}

}  // namespace mesh::smcp
