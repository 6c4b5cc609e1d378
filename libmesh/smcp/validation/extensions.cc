// Extension providers: a name, exactly one kind, and timeouts that are durations.
#include "libmesh/smcp/go_duration.h"
#include "libmesh/smcp/validation/checks.h"

namespace mesh::smcp {
namespace {

using Kinds = std::vector<std::string_view>;

const List* providers_of(const Checked& checked) {
  const Value* list = at(checked.spec, "meshConfig.extensionProviders");
  return list == nullptr ? nullptr : list->if_list();
}

bool has(const Value& provider, std::string_view kind) { return at(provider, kind) != nullptr; }

void check_timeout(const Value& provider, const std::string& kind, Messages& out) {
  const Value* timeout = at(provider, kind + ".timeout");
  const std::string* text = timeout == nullptr ? nullptr : timeout->if_string();
  if (text == nullptr || !go_duration_fault(*text)) return;
  out.push_back("invalid extension provider '" + std::string(provider.string_at("name")) + "': " +
                kind + ".timeout must be specified in the duration format - got '" + *text + "'");
}

// What all versions hold a provider to; `kinds` are those that the version has, `words` their list.
void check_provider(const Value& provider, const Kinds& kinds, const std::string& words,
                    Messages& out) {
  const std::string name(provider.string_at("name"));
  if (name.empty()) out.emplace_back("extension provider name cannot be empty");
  size_t count = 0;
  for (std::string_view kind : kinds) count += has(provider, kind) ? 1 : 0;
  if (count == 0) {
    out.push_back("extension provider '" + name +
                  "' does not define any provider - it must specify one of: " + words);
  } else if (count > 1) {
    out.push_back("extension provider '" + name +
                  "' must specify only one type of provider: " + words);
  }
  check_timeout(provider, "envoyExtAuthzHttp", out);
  check_timeout(provider, "envoyExtAuthzGrpc", out);
}

template <typename F>
void for_each_provider(const Checked& checked, Messages& out, F&& visit) {
  const List* providers = providers_of(checked);
  if (providers == nullptr) return;
  for (size_t i = 0; i < providers->size(); ++i) {
    if ((*providers)[i].is_null()) {
      out.push_back("spec.meshConfig.extensionProviders[" + std::to_string(i) +
                    "] must not be null");
    } else {
      visit((*providers)[i]);
    }
  }
}

}  // namespace

void check_extensions_of_v2_4(const Checked& checked, Messages& out) {
  static const Kinds kKinds = {"prometheus", "envoyExtAuthzHttp", "envoyExtAuthzGrpc"};
  for_each_provider(checked, out, [&](const Value& provider) {
    check_provider(provider, kKinds, "prometheus, envoyExtAuthzHttp, or envoyExtAuthzGrpc", out);
    for (const std::string kind : {"zipkin", "opentelemetry", "envoyOtelAls"}) {
      if (!has(provider, kind)) continue;
      out.push_back("extension provider '" + kind +
                    "' is not supported in SMCP v2.4 - the minimum version required is v2.5");
    }
  });
}

void check_extensions(const Checked& checked, Messages& out) {
  static const Kinds kKinds = {"prometheus",        "zipkin",
                               "opentelemetry",     "envoyOtelAls",
                               "envoyExtAuthzHttp", "envoyExtAuthzGrpc"};
  for_each_provider(checked, out, [&](const Value& provider) {
    check_provider(provider, kKinds,
                   "prometheus, zipkin, opentelemetry, envoyOtelAls, envoyExtAuthzHttp, or "
                   "envoyExtAuthzGrpc",
                   out);
  });
}

void check_zipkin_extension(const Checked& checked, Messages& out) {
  const std::string_view tracing = text_at(checked.spec, "tracing.type");
  const List* providers = providers_of(checked);
  if (providers == nullptr || (tracing != "Jaeger" && tracing != "Stackdriver")) return;
  for (const Value& provider : *providers) {
    if (!has(provider, "zipkin")) continue;
    out.push_back("extension provider '" + std::string(provider.string_at("name")) +
                  "' can not define zipkin provider when spec.tracing.type is Jaeger or "
                  "Stackdriver");
  }
}

}  // namespace mesh::smcp
