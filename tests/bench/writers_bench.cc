// What the typed writers cost (docs/decisions/0004-writers.md): a cluster, a listener with five
// filter chains, a route table of 1,000 routes, and the copy of the same bytes as the floor.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "libmesh/base/copy_bytes.h"
#include "libmesh/schema/descriptors.h"
#include "libmesh/schema/gen/envoy/cluster.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/cors.h"
#include "libmesh/schema/gen/envoy/hcm.h"
#include "libmesh/schema/gen/envoy/http_fault.h"
#include "libmesh/schema/gen/envoy/listener.h"
#include "libmesh/schema/gen/envoy/matcher.h"
#include "libmesh/schema/gen/envoy/metadata_exchange.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/raw_buffer.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/schema/gen/envoy/router.h"
#include "libmesh/schema/gen/envoy/tcp_proxy.h"
#include "libmesh/schema/gen/envoy/tls.h"
#include "libmesh/schema/gen/envoy/type.h"
#include "libmesh/schema/gen/envoy/upstream_http.h"

namespace mesh {
namespace {

using namespace envoy;

void secret(tls::SdsSecretConfig s, std::string_view name) {
  s.name(name);
  s.sds_config([](core::ConfigSource c) {
    c.api_config_source([](core::ApiConfigSource a) {
      a.api_type(core::ApiConfigSource::GRPC);
      a.transport_api_version(core::V3);
      a.set_node_on_first_message_only(true);
      a.grpc_services(
          [](core::GrpcService g) { g.envoy_grpc([](auto e) { e.cluster_name("sds-grpc"); }); });
    });
    c.initial_fetch_timeout();
    c.resource_api_version(core::V3);
  });
}

template <typename Certificate, typename Root>
void upstream_tls(tls::UpstreamTlsContext t, Certificate& certificate, Root& root) {
  t.common_tls_context([&](tls::CommonTlsContext c) {
    c.tls_params([](auto p) { p.tls_minimum_protocol_version(tls::TlsParameters::TLSv1_2); });
    c.alpn_protocols("istio-peer-exchange");
    c.alpn_protocols("istio");
    c.tls_certificate_sds_secret_configs(certificate);
    c.combined_validation_context([&](auto v) {
      v.default_validation_context([](auto d) {
        d.match_typed_subject_alt_names([](auto m) {
          m.san_type(tls::SubjectAltNameMatcher::URI);
          m.matcher([](auto x) { x.exact("spiffe://cluster.local/ns/shop/sa/cart"); });
        });
      });
      v.validation_context_sds_secret_config(root);
    });
  });
  t.sni("outbound_.80_._.cart.shop.svc.cluster.local");
}

template <typename Certificate, typename Root>
void tls_match(cluster::Cluster::TransportSocketMatch m, Certificate certificate, Root root) {
  m.name("tlsMode-istio");
  m.match([](pb::Struct s) { s.string("tlsMode", "istio"); });
  m.transport_socket([&](core::TransportSocket t) {
    t.name("envoy.transport_sockets.tls");
    t.typed_config<tls::UpstreamTlsContext>([&](auto u) { upstream_tls(u, certificate, root); });
  });
}

void raw_match(cluster::Cluster::TransportSocketMatch m) {
  m.name("tlsMode-disabled");
  m.match([](auto) {});
  m.transport_socket([](core::TransportSocket t) {
    t.name("envoy.transport_sockets.raw_buffer");
    t.typed_config<raw_buffer::RawBuffer>();
  });
}

void identity(cluster::Cluster c) {
  c.name("outbound|80||cart.shop.svc.cluster.local");
  c.type(cluster::Cluster::EDS);
  c.eds_cluster_config([](auto e) {
    e.eds_config([](core::ConfigSource s) {
      s.ads();
      s.initial_fetch_timeout();
      s.resource_api_version(core::V3);
    });
    e.service_name("outbound|80||cart.shop.svc.cluster.local");
  });
}

void thresholds(cluster::Cluster c) {
  c.circuit_breakers([](auto b) {
    b.thresholds([](auto t) {
      t.max_connections(4294967295u);
      t.max_pending_requests(4294967295u);
      t.max_requests(4294967295u);
      t.max_retries(4294967295u);
      t.track_remaining(true);
    });
  });
}

void protocol_options(cluster::Cluster c) {
  c.typed_extension_protocol_options<upstream_http::HttpProtocolOptions>(
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions", [](auto o) {
        o.use_downstream_protocol_config([](auto u) {
          u.http_protocol_options();
          u.http2_protocol_options();
        });
      });
}

void exchange_filter(cluster::Cluster c) {
  c.filters([](cluster::Filter f) {
    f.name("istio.metadata_exchange");
    f.typed_config<metadata_exchange::MetadataExchange>([](auto m) {
      m.protocol("istio-peer-exchange");
      m.enable_discovery(true);
    });
  });
}

void istio_metadata(cluster::Cluster c) {
  c.metadata([](core::Metadata m) {
    m.filter_metadata("istio", [](pb::Struct s) {
      s.list("services", [](pb::ListValue l) {
        l.structure([](pb::Struct i) {
          i.string("host", "cart.shop.svc.cluster.local");
          i.string("name", "cart");
          i.string("namespace", "shop");
        });
      });
    });
  });
}

void write_cluster(std::string& out) {
  cluster::Cluster c(out);
  c.transport_socket_matches([](auto m) {
    tls_match(m, [](auto s) { secret(s, "default"); }, [](auto s) { secret(s, "ROOTCA"); });
  });
  c.transport_socket_matches([](auto m) { raw_match(m); });
  identity(c);
  c.connect_timeout(schema::Duration{10, 0});
  thresholds(c);
  protocol_options(c);
  c.common_lb_config();
  exchange_filter(c);
  istio_metadata(c);
}

// The same cluster, with what does not depend on the service serialized once.
struct ClusterParts {
  std::string tail;  // fields of Cluster
  std::string disabled_match;
  std::string certificate;
  std::string root;
  ClusterParts() {
    cluster::Cluster c(tail);
    c.connect_timeout(schema::Duration{10, 0});
    thresholds(c);
    protocol_options(c);
    c.common_lb_config();
    exchange_filter(c);
    raw_match(cluster::Cluster::TransportSocketMatch(disabled_match));
    secret(tls::SdsSecretConfig(certificate), "default");
    secret(tls::SdsSecretConfig(root), "ROOTCA");
  }
};

void write_cluster_from_parts(std::string& out) {
  static const ClusterParts parts;
  cluster::Cluster c(out);
  c.transport_socket_matches([](auto m) { tls_match(m, Raw{parts.certificate}, Raw{parts.root}); });
  c.transport_socket_matches(Raw{parts.disabled_match});
  identity(c);
  c.append_raw(parts.tail);
  istio_metadata(c);
}

template <typename Filter>
void http_filter(hcm::HttpFilter f, std::string_view name) {
  f.name(name);
  f.typed_config<Filter>();
}

void write_chain(listener::FilterChain chain, int index) {
  chain.filter_chain_match([&](auto m) {
    m.destination_port(8080u + static_cast<uint32_t>(index));
    m.transport_protocol("tls");
    m.application_protocols("istio-http/1.1");
    m.application_protocols("istio-h2");
    m.prefix_ranges([](auto r) {
      r.address_prefix("0.0.0.0");
      r.prefix_len(0u);
    });
  });
  chain.filters([](listener::Filter f) {
    f.name("envoy.filters.network.http_connection_manager");
    f.typed_config<hcm::HttpConnectionManager>([](hcm::HttpConnectionManager h) {
      h.stat_prefix("inbound_0.0.0.0_8080;");
      h.route_config([](route::RouteConfiguration r) {
        r.name("inbound|8080||");
        r.virtual_hosts([](route::VirtualHost v) {
          v.name("inbound|http|8080");
          v.domains("*");
          v.routes([](route::Route x) {
            x.name("default");
            x.match([](auto m) { m.prefix("/"); });
            x.route([](auto a) {
              a.cluster("inbound|8080||");
              a.timeout(schema::Duration{});
            });
          });
        });
        r.validate_clusters(false);
      });
      h.http_filters([](auto f1) { http_filter<cors::Cors>(f1, "envoy.filters.http.cors"); });
      h.http_filters(
          [](auto f1) { http_filter<http_fault::HTTPFault>(f1, "envoy.filters.http.fault"); });
      h.http_filters([](auto f1) { http_filter<router::Router>(f1, "envoy.filters.http.router"); });
      h.server_name("istio-envoy");
      h.use_remote_address(false);
      h.upgrade_configs([](auto u) { u.upgrade_type("websocket"); });
      h.stream_idle_timeout(schema::Duration{});
      h.normalize_path(true);
    });
  });
  chain.transport_socket([](core::TransportSocket t) {
    t.name("envoy.transport_sockets.tls");
    t.typed_config<tls::DownstreamTlsContext>([](tls::DownstreamTlsContext d) {
      d.common_tls_context([](tls::CommonTlsContext c) {
        c.alpn_protocols("h2");
        c.tls_certificate_sds_secret_configs([](auto s) { secret(s, "default"); });
        c.combined_validation_context([](auto v) {
          v.default_validation_context();
          v.validation_context_sds_secret_config([](auto s) { secret(s, "ROOTCA"); });
        });
      });
      d.require_client_certificate(true);
    });
  });
  chain.name("0.0.0.0_8080");
}

void write_listener(std::string& out) {
  listener::Listener l(out);
  l.name("virtualInbound");
  l.address([](core::Address a) {
    a.socket_address([](auto s) {
      s.address("0.0.0.0");
      s.port_value(15006u);
    });
  });
  for (int i = 0; i < 5; ++i) l.filter_chains([&](auto chain) { write_chain(chain, i); });
  l.traffic_direction(core::INBOUND);
}

void write_routes(std::string& out) {
  route::RouteConfiguration r(out);
  r.name("80");
  for (int host = 0; host < 100; ++host) {
    const std::string name = "svc-" + std::to_string(host) + ".shop.svc.cluster.local";
    r.virtual_hosts([&](route::VirtualHost v) {
      v.name(name);
      v.domains(name);
      v.domains("svc.shop");
      for (int i = 0; i < 10; ++i) {
        v.routes([&](route::Route x) {
          x.match([](auto m) {
            m.prefix("/api/v1/cart");
            m.headers([](auto h) {
              h.name("x-user");
              h.string_match([](auto s) { s.exact("beta"); });
            });
          });
          x.route([&](auto a) {
            a.cluster(name);
            a.timeout(schema::Duration{});
            a.retry_policy([](auto p) {
              p.retry_on("connect-failure,refused-stream,unavailable,cancelled");
              p.num_retries(2);
              p.host_selection_retry_max_attempts(5);
            });
          });
          x.decorator([&](auto d) { d.operation(name); });
        });
      }
    });
  }
  r.validate_clusters(false);
}

template <void (*kWrite)(std::string&)>
void BM_Write(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    kWrite(out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}

template <void (*kWrite)(std::string&)>
void BM_Copy(benchmark::State& state) {
  std::string bytes;
  kWrite(bytes);
  std::string out(bytes.size(), 0);
  for (auto _ : state) {
    std::memcpy(out.data(), bytes.data(), bytes.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

// 80 KB to the place that lies one byte further within a page: what copy_bytes.h is for.
template <bool kInPieces>
void BM_LongCopy(benchmark::State& state) {
  constexpr size_t kPage = 4096;
  constexpr size_t kSize = 80 * 1024;
  struct alignas(kPage) Pages {
    char bytes[kSize + kPage];
  };
  const auto source = std::make_unique<Pages>();
  const auto target = std::make_unique<Pages>();
  const std::string_view bytes(source->bytes + 7, kSize);
  char* const to = target->bytes + 8;
  for (auto _ : state) {
    if constexpr (kInPieces) {
      copy_bytes(to, bytes);
    } else {
      std::memcpy(to, bytes.data(), bytes.size());
    }
    benchmark::ClobberMemory();
  }
}

void BM_Json(benchmark::State& state) {
  std::string bytes;
  write_cluster(bytes);
  for (auto _ : state) {
    auto json = schema::to_json(cluster::Cluster::kFullName, bytes);
    if (!json) state.SkipWithError("no JSON");
    benchmark::DoNotOptimize(json);
  }
}

BENCHMARK(BM_Json)->Name("cluster/json/first")->Iterations(1);
BENCHMARK(BM_Json)->Name("cluster/json");
BENCHMARK(BM_Write<write_cluster>)->Name("cluster/write");
BENCHMARK(BM_Write<write_cluster_from_parts>)->Name("cluster/parts");
BENCHMARK(BM_Copy<write_cluster>)->Name("cluster/memcpy");
BENCHMARK(BM_Write<write_listener>)->Name("listener/write");
BENCHMARK(BM_Copy<write_listener>)->Name("listener/memcpy");
BENCHMARK(BM_Write<write_routes>)->Name("routes/write");
BENCHMARK(BM_Copy<write_routes>)->Name("routes/memcpy");
BENCHMARK(BM_LongCopy<false>)->Name("long/memcpy");
BENCHMARK(BM_LongCopy<true>)->Name("long/copy_bytes");

}  // namespace
}  // namespace mesh

BENCHMARK_MAIN();
