#include "libmesh/xds/cds/cluster_lb.h"

#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/xds/eds/loadbalancer.h"

namespace mesh::xds {
namespace {

namespace cluster = envoy::cluster;
using LbPolicy = cluster::Cluster_LbPolicy;
using Simple = networking::LoadBalancerSettings_SimpleLB;

// 0 switches panic mode off: Istio sends endpoints that are not ready, and they must stay unused. A
// service with a trafficDistribution relies on that whatever the rule says.
double panic_threshold(const ClusterSettings& settings) {
  const auto* outlier = settings.outlier_detection;
  if (outlier == nullptr || outlier->min_health_percent < 0) return 0;
  if (settings.distribution != model::Service::TrafficDistribution::kAny) return 0;
  return outlier->min_health_percent;
}

void write_common(const ClusterContext& context, const ClusterSettings& settings,
                  cluster::Cluster_CommonLbConfig& out) {
  out.healthy_panic_threshold([&](auto& percent) { percent.value(panic_threshold(settings)); });
  if (settings.draining) {
    using envoy::core::HealthStatus;
    out.override_host_status([](auto& set) {
      set.statuses({HealthStatus::HEALTHY, HealthStatus::DRAINING, HealthStatus::UNKNOWN,
                    HealthStatus::DEGRADED});
    });
  }
  const LocalitySettings locality =
      locality_settings(context.config, settings.load_balancer, settings.distribution);
  if (locality.zone_aware != nullptr) {
    out.zone_aware_lb_config([&](auto& zone) {
      if (!locality.zone_routing()) zone.routing_enabled([](auto&) {});
      if (locality.zone_aware->min_cluster_size) {
        zone.min_cluster_size(*locality.zone_aware->min_cluster_size);
      }
    });
    return;
  }
  if (locality.locality == nullptr) return;
  // Only where priorities or weights are really given: it changes what LEAST_REQUEST does.
  const auto& setting = *locality.locality;
  const bool failover = (locality.force_failover || settings.outlier_detection != nullptr) &&
                        (!setting.failover.empty() || !setting.failover_priority.empty());
  if (failover || !setting.distribute.empty()) out.locality_weighted_lb_config();
}

// warmup, or the older warmupDurationSecs.
bool warms_up(const networking::LoadBalancerSettings* lb) {
  return lb != nullptr && (lb->warmup || lb->warmup_duration_secs);
}

template <typename Config>
void write_warmup(const networking::LoadBalancerSettings& lb, Config& out) {
  out.slow_start_config([&](auto& slow) {
    if (!lb.warmup) {
      slow.slow_start_window(*lb.warmup_duration_secs);
      return;
    }
    if (lb.warmup->duration) slow.slow_start_window(*lb.warmup->duration);
    slow.aggression([&](auto& aggression) {
      aggression.default_value(lb.warmup->aggression.value_or(1.0));
      aggression.runtime_key("(");  // Envoy wants a key; this one cannot be set
    });
    slow.min_weight_percent(
        [&](auto& percent) { percent.value(lb.warmup->minimum_percent.value_or(10.0)); });
  });
}

void write_ring_hash(uint64_t minimum_size, cluster::Cluster& out) {
  out.ring_hash_lb_config([&](auto& ring) { ring.minimum_ring_size(minimum_size); });
}

void write_consistent_hash(const networking::LoadBalancerSettings_ConsistentHashLB& hash,
                           cluster::Cluster& out) {
  if (hash.maglev) {
    out.lb_policy(LbPolicy::MAGLEV);
    if (hash.maglev->table_size != 0) {
      out.maglev_lb_config([&](auto& maglev) { maglev.table_size(hash.maglev->table_size); });
    }
    return;
  }
  out.lb_policy(LbPolicy::RING_HASH);
  if (hash.ring_hash) {
    if (hash.ring_hash->minimum_ring_size != 0) {
      write_ring_hash(hash.ring_hash->minimum_ring_size, out);
    }
    return;
  }
  write_ring_hash(hash.minimum_ring_size != 0 ? hash.minimum_ring_size : 1024, out);
}

void write_simple(const networking::LoadBalancerSettings* lb, cluster::Cluster& out) {
  switch (lb == nullptr ? Simple::UNSPECIFIED : lb->simple.value_or(Simple::UNSPECIFIED)) {
    case Simple::RANDOM:
      out.lb_policy(LbPolicy::RANDOM);
      return;
    case Simple::ROUND_ROBIN:
      out.lb_policy(LbPolicy::ROUND_ROBIN);
      if (warms_up(lb)) out.round_robin_lb_config([&](auto& c) { write_warmup(*lb, c); });
      return;
    case Simple::PASSTHROUGH:
      out.lb_policy(LbPolicy::CLUSTER_PROVIDED);
      return;
    case Simple::UNSPECIFIED:
    case Simple::LEAST_CONN:
    case Simple::LEAST_REQUEST:
      break;
  }
  // consistentHash replaces both the policy and its parameters.
  if (lb != nullptr && lb->consistent_hash) {
    write_consistent_hash(*lb->consistent_hash, out);
    if (const auto& hash = *lb->consistent_hash;
        !(hash.maglev && hash.maglev->table_size == 0) &&
        !(hash.ring_hash && hash.ring_hash->minimum_ring_size == 0)) {
      return;
    }
  } else {
    out.lb_policy(LbPolicy::LEAST_REQUEST);
  }
  if (warms_up(lb)) out.least_request_lb_config([&](auto& c) { write_warmup(*lb, c); });
}

}  // namespace

void write_outlier_detection(const networking::OutlierDetection& rule, cluster::Cluster& out) {
  auto enforcing = [](uint32_t errors) { return errors > 0 ? 100U : 0U; };
  out.outlier_detection([&](auto& o) {
    o.enforcing_success_rate(0);
    if (rule.consecutive_5xx_errors) {
      o.consecutive_5xx(*rule.consecutive_5xx_errors);
      o.enforcing_consecutive_5xx(enforcing(*rule.consecutive_5xx_errors));
    }
    if (rule.consecutive_gateway_errors) {
      o.consecutive_gateway_failure(*rule.consecutive_gateway_errors);
      o.enforcing_consecutive_gateway_failure(enforcing(*rule.consecutive_gateway_errors));
    }
    if (rule.interval) o.interval(*rule.interval);
    if (rule.base_ejection_time) o.base_ejection_time(*rule.base_ejection_time);
    if (rule.max_ejection_percent > 0) {
      o.max_ejection_percent(static_cast<uint32_t>(rule.max_ejection_percent));
    }
    if (!rule.split_external_local_origin_errors) return;
    o.split_external_local_origin_errors(true);
    if (rule.consecutive_local_origin_failures.value_or(0) > 0) {
      o.consecutive_local_origin_failure(*rule.consecutive_local_origin_failures);
      o.enforcing_consecutive_local_origin_failure(100);
    }
    o.enforcing_local_origin_success_rate(0);
  });
}

void write_load_balancer(const ClusterContext& context, const ClusterSettings& settings,
                         cluster::Cluster& out) {
  if (settings.dynamic_forward_proxy) {
    out.lb_policy(LbPolicy::CLUSTER_PROVIDED);
    return;
  }
  out.common_lb_config([&](auto& common) { write_common(context, settings, common); });
  if (settings.type == DiscoveryType::ORIGINAL_DST) {
    out.lb_policy(LbPolicy::CLUSTER_PROVIDED);
    return;
  }
  write_simple(settings.load_balancer, out);
}

}  // namespace mesh::xds
