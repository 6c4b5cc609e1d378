#include "libmesh/xds/telemetry/tracing.h"

#include <optional>

#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/xds/lds/listeners_context.h"
#include "libmesh/xds/telemetry/tracing_providers.h"
#include "libmesh/xds/telemetry/tracing_tags.h"

namespace mesh::xds {
namespace {

using Message = envoy::hcm::HttpConnectionManager_Tracing;

// PILOT_TRACE_SAMPLING, in percent.
constexpr double kDefaultSampling = 1.0;
// A sampler of the provider decides: all spans come to it.
constexpr double kAll = 100.0;

// More than all is no percentage: such a setting falls back, as Istio's does.
double sampling_of(const meshconfig::Tracing& tracing) {
  if (tracing.sampling == 0) return kDefaultSampling;
  return tracing.sampling > kAll ? kDefaultSampling : tracing.sampling;
}

void put_sampling(Message& message, double random) {
  static const std::string client = [] {
    std::string out;
    Message(out).client_sampling([](envoy::type::Percent percent) { percent.value(kAll); });
    return out;
  }();
  static const std::string overall = [] {
    std::string out;
    Message(out).overall_sampling([](envoy::type::Percent percent) { percent.value(kAll); });
    return out;
  }();
  message.append_raw(client);
  message.random_sampling([&](envoy::type::Percent percent) { percent.value(random); });
  message.append_raw(overall);
}

std::string& empty_bytes() {
  thread_local std::string bytes;
  bytes.clear();
  return bytes;
}

// The field of the connection manager; written into memory that the thread keeps, and so of its size.
template <typename F>
std::string field(F&& fill) {
  std::string& bytes = empty_bytes();
  envoy::hcm::HttpConnectionManager(bytes).tracing(wire::Wide{fill});
  return std::string(bytes);
}

const meshconfig::Tracing& own_settings(const ListenerContext& context) {
  static const meshconfig::Tracing kNone;
  const auto& set = context.proxy_config().tracing;
  return set ? *set : kNone;
}

// enableTracing.
Tracing make_older_tracing(const ListenerContext& context) {
  Tracing out;
  if (!context.config.enable_tracing) return out;
  const meshconfig::Tracing& own = own_settings(context);
  out.field = field([&](Message message) {
    put_sampling(message, sampling_of(own));
    if (own.max_path_tag_length != 0) message.max_path_tag_length(own.max_path_tag_length);
    TraceTags tags{context.proxy, own.enable_istio_tags.value_or(true), nullptr, own.custom_tags};
    put_trace_tags(message, tags);
  });
  return out;
}

}  // namespace

Tracing make_tracing(const ListenerContext& context, const traffic::TelemetrySide& side) {
  if (!side.tracing) return make_older_tracing(context);
  Tracing out;
  const traffic::TracingSettings& settings = *side.tracing;
  if (settings.disabled || !settings.provider) return out;
  const auto& provider = context.config.extension_providers[*settings.provider];
  const auto tracer = make_tracer(context.view, provider);
  if (!tracer) return out;

  const meshconfig::Tracing& own = own_settings(context);
  out.field = field([&](Message message) {
    message.provider(envoy::Raw{tracer->provider});
    if (tracer->spawns_span) message.spawn_upstream_span(true);
    const double random = settings.sampling.value_or(sampling_of(own));
    put_sampling(message, tracer->samples ? kAll : random);
    const uint32_t longest =
        tracer->max_tag_length != 0 ? tracer->max_tag_length : own.max_path_tag_length;
    if (longest != 0) message.max_path_tag_length(longest);
    if (settings.no_context_propagation && is_at_least(context.proxy, 1, 30)) {
      message.no_context_propagation(true);
    }
    TraceTags tags{context.proxy, settings.istio_tags, settings.custom_tags, own.custom_tags};
    put_trace_tags(message, tags);
  });
  out.request_id_for_sampling = settings.request_id_for_sampling;
  return out;
}

}  // namespace mesh::xds
