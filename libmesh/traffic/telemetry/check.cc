#include "libmesh/traffic/telemetry/check.h"

#include <optional>
#include <string>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/traffic/check/finding.h"
#include "libmesh/traffic/extension_providers.h"

namespace mesh::traffic {
namespace {

enum class Use : uint8_t { kTracing, kMetrics, kLogs };

std::string_view name_of(Use use) {
  switch (use) {
    case Use::kTracing:
      return "tracing";
    case Use::kMetrics:
      return "metrics";
    case Use::kLogs:
      return "accessLogging";
  }
  return "";
}

// Where a provider sends what it gets; no service when it needs none.
struct Sends {
  std::string_view service;
  uint32_t port = 0;
};

template <typename Provider>
std::optional<Sends> sends(const Provider& provider) {
  return Sends{provider.service, provider.port};
}

// Nothing when the provider is of a kind that does not do this.
std::optional<Sends> able(const ExtensionProvider& provider, Use use) {
  switch (use) {
    case Use::kMetrics:
      return provider.prometheus ? std::optional(Sends{}) : std::nullopt;
    case Use::kTracing:
      if (provider.zipkin) return sends(*provider.zipkin);
      if (provider.datadog) return sends(*provider.datadog);
      if (provider.skywalking) return sends(*provider.skywalking);
      if (provider.opentelemetry) return sends(*provider.opentelemetry);
      return std::nullopt;
    case Use::kLogs:
      if (provider.envoy_file_access_log) return Sends{};
      if (provider.envoy_http_als) return sends(*provider.envoy_http_als);
      if (provider.envoy_tcp_als) return sends(*provider.envoy_tcp_als);
      if (provider.envoy_otel_als) return sends(*provider.envoy_otel_als);
      return std::nullopt;
  }
  return std::nullopt;
}

class Checker {
 public:
  explicit Checker(const index::Mesh& mesh) : mesh_(mesh) {}

  void check(const index::Telemetry& object) {
    check_list(object, object->tracing, Use::kTracing);
    check_list(object, object->metrics, Use::kMetrics);
    check_list(object, object->access_logging, Use::kLogs);
    check_filters(object);
  }

  Diagnostics finish() { return std::move(out_); }

 private:
  void add(const index::Telemetry& object, Code code, std::string field, std::string message,
           std::string mend) {
    out_.push_back(finding(Severity::kWarning, code, *object.object, std::move(field),
                           std::move(message), std::move(mend)));
  }

  template <typename List>
  void check_list(const index::Telemetry& object, const List& list, Use use) {
    for (size_t i = 0; i < list.size(); ++i) {
      for (size_t j = 0; j < list[i].providers.size(); ++j) {
        const std::string field = "spec." + std::string(name_of(use)) + "[" + std::to_string(i) +
                                  "].providers[" + std::to_string(j) + "].name";
        // An empty one is told with the rules of the kind (check/rules_telemetry.cc).
        if (list[i].providers[j].name.empty()) continue;
        check_provider(object, list[i].providers[j].name, use, field);
      }
    }
  }

  void check_provider(const index::Telemetry& object, const std::string& name, Use use,
                      const std::string& field) {
    const auto place = find_extension_provider(mesh_.config, name);
    if (!place) {
      add(object, Code::kProviderUnknown, field,
          "\"" + name + "\" is no extension provider of the mesh",
          "add it to extensionProviders of the MeshConfig, or name one of those");
      return;
    }
    const auto target = able(mesh_.config->extension_providers[*place], use);
    if (!target) {
      add(object, Code::kProviderUnusable, field,
          "\"" + name + "\" is of a kind that does no " + std::string(name_of(use)),
          "name a provider that does");
    } else if (!target->service.empty() &&
               !provider_cluster(mesh_, target->service, target->port)) {
      add(object, Code::kProviderUnusable, field,
          "\"" + name + "\" sends to " + std::string(target->service) +
              ", which the mesh does not have, or has in several namespaces",
          "give the service in the MeshConfig as namespace/host");
    }
  }

  // Filters go with the providers that are named beside them.
  void check_filters(const index::Telemetry& object) {
    const auto& list = object->access_logging;
    for (size_t i = 0; i < list.size(); ++i) {
      if (!list[i].filter || !list[i].providers.empty()) continue;
      add(object, Code::kTelemetryIgnored, "spec.accessLogging[" + std::to_string(i) + "].filter",
          "has no effect without providers beside it", "name the providers that it is for");
    }
  }

  const index::Mesh& mesh_;
  Diagnostics out_;
};

}  // namespace

Diagnostics check_telemetry(const index::Mesh& mesh) {
  Checker checker(mesh);
  for (const index::Telemetry& object : mesh.telemetries) checker.check(object);
  return checker.finish();
}

}  // namespace mesh::traffic
