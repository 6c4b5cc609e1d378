// spec.addons.prometheus
#include <array>
#include <string>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kAddress = "kiali.prometheusAddr";
// Written for the charts; nothing is read from them.
constexpr std::array<std::string_view, 2> kTelemetry = {"mixer.adapters.prometheus.enabled",
                                                        "telemetry.v2.prometheus.enabled"};

constexpr std::array kScrape = {
    FieldRule{"scrape", FieldKind::kBool, {"meshConfig.enablePrometheusMerge"}},
};
constexpr std::array kExpiry = {
    FieldRule{"metricsExpiryDuration",
              FieldKind::kText,
              {"mixer.adapters.prometheus.metricsExpiryDuration"}},
};
constexpr std::array kInstall = {
    FieldRule{"install.retention", FieldKind::kText, {"retention"}},
    FieldRule{"install.scrapeInterval", FieldKind::kText, {"scrapeInterval"}},
};
constexpr std::string_view kUseTls = "install.useTLS";
constexpr std::string_view kTlsV1 = "security.enabled";
constexpr std::string_view kTlsV2 = "provisionPrometheusCert";

void install_to_values(const Value& prometheus, const Context& context, Tree& values) {
  fields_to_values(kInstall, prometheus, values);
  if (const bool* tls = bool_at(prometheus, kUseTls)) {
    values.set(context.version == Version::kV1_1 ? kTlsV1 : kTlsV2, Value(*tls));
  }
  if (const Value* service = at(prometheus, "install.service")) {
    component_service_to_values(*service, values);
  }
}

void install_from_values(Tree& values, Value& prometheus) {
  if (auto enabled = values.take_bool("enabled")) prometheus.set("enabled", Value(*enabled));
  Parts parts(values);
  fields_from_values(kInstall, parts, prometheus);
  auto tls = values.take_bool(kTlsV1);
  if (!tls) tls = values.take_bool(kTlsV2);
  if (tls) put(prometheus, kUseTls, Value(*tls));
  Value service;
  if (component_service_from_values(values, service)) {
    put(prometheus, "install.service", std::move(service));
  }
}

}  // namespace

void prometheus_to_values(const Value& prometheus, const Context& context, Tree& values) {
  Value written{Map{}};
  Tree tree(written, values.faults());
  fields_to_values(kScrape, prometheus, values);
  if (const bool* enabled = bool_at(prometheus, "enabled")) {
    tree.set("enabled", Value(*enabled));
    for (std::string_view place : kTelemetry) values.set(place, Value(*enabled));
  }
  fields_to_values(kExpiry, prometheus, values);
  const Value* address = at(prometheus, "address");
  if (at(prometheus, "install") != nullptr) {
    install_to_values(prometheus, context, tree);
  } else if (address != nullptr) {
    values.set(kAddress, *address);
  }
  values.overwrite(written, Path{"prometheus"});
}

bool prometheus_from_values(Tree& values, Value& prometheus) {
  Parts parts(values);
  fields_from_values(kScrape, parts, prometheus);
  for (std::string_view place : kTelemetry) values.remove(place);
  fields_from_values(kExpiry, parts, prometheus);
  if (auto address = values.take_string(kAddress)) prometheus.set("address", Value(*address));
  if (auto part = open_part(values, "prometheus")) {
    Tree tree(*part, values.faults());
    install_from_values(tree, prometheus);
    close_part(values, Path{"prometheus"}, *part);
  }
  return not_empty_map(&prometheus);
}

}  // namespace mesh::smcp
