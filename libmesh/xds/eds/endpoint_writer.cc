#include "libmesh/xds/eds/endpoint_writer.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/xds/common.h"
#include "libmesh/xds/eds/endpoint_tunnel.h"

namespace mesh::xds {
namespace {

// Nothing below a space, as in every address and host name.
bool is_visible(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

namespace core = envoy::core;
namespace endpoint = envoy::endpoint;
using model::Endpoint;
using model::Health;

core::HealthStatus status_of(const Endpoint& endpoint) {
  if (endpoint.draining) return core::HealthStatus::DRAINING;
  switch (endpoint.health) {
    case Health::kHealthy:
      return core::HealthStatus::HEALTHY;
    case Health::kUnhealthy:
      return core::HealthStatus::UNHEALTHY;
    case Health::kDraining:
      return core::HealthStatus::DRAINING;
    case Health::kTerminating:  // filtered out
    case Health::kUnknown:
      break;
  }
  return core::HealthStatus::UNKNOWN;
}

// What an endpoint's labels say of it, in one walk over them.
struct LabelFacts {
  std::string_view name;      // canonical: the first of three labels, or the workload's
  std::string_view revision;  // canonical; empty for the default, which is not sent
  // A mode of the label security.istio.io/tlsMode that Istio does not know: users may match it with
  // transport sockets of their own.
  std::string_view tls_mode;
  bool tunnel = false;  // it is reached through one (endpoint_tunnel.h)

  explicit LabelFacts(const Endpoint& endpoint) : name(endpoint.workload_name) {
    for (const auto& [key, value] : endpoint.labels) take(key, value);
    if (revision == "latest") revision = {};
    if (tls_mode == "disabled") tls_mode = {};
  }

 private:
  // Most labels are told apart by their lengths.
  void take(std::string_view key, std::string_view value) {
    switch (key.size()) {
      case std::string_view("app").size():
        if (key == "app") take_first(2, value, name_rank_, name);
        break;
      case std::string_view("version").size():
        if (key == "version") take_first(2, value, revision_rank_, revision);
        break;
      case std::string_view("app.kubernetes.io/name").size():
        if (key == "app.kubernetes.io/name") take_first(1, value, name_rank_, name);
        break;
      case kManagedLabel.size():
        if (key == kManagedLabel && value == kMeshController) tunnel = true;
        break;
      case kTunnelLabel.size():
        if (key == kTunnelLabel && names_http(value)) tunnel = true;
        break;
      case std::string_view("app.kubernetes.io/version").size():
        if (key == "app.kubernetes.io/version") take_first(1, value, revision_rank_, revision);
        if (key == "security.istio.io/tlsMode") tls_mode = value;  // of the same length
        break;
      case std::string_view("service.istio.io/canonical-name").size():
        if (key == "service.istio.io/canonical-name") take_first(0, value, name_rank_, name);
        break;
      case std::string_view("service.istio.io/canonical-revision").size():
        if (key == "service.istio.io/canonical-revision") {
          take_first(0, value, revision_rank_, revision);
        }
        break;
      default:
        break;
    }
  }
  static void take_first(int rank, std::string_view value, int& best, std::string_view& out) {
    if (rank >= best) return;
    best = rank;
    out = value;
  }

  int name_rank_ = 9;
  int revision_rank_ = 9;
};

// "workload;namespace;canonical name;revision;cluster": what telemetry says of a server that cannot
// say it itself.
class WorkloadText {
 public:
  WorkloadText(const Endpoint& endpoint, const LabelFacts& facts)
      : parts_{endpoint.workload_name, endpoint.ns, facts.name, facts.revision,
               endpoint.cluster_id} {}

  size_t size() const {
    size_t size = std::size(parts_) - 1;
    for (std::string_view part : parts_) size += part.size();
    return size;
  }
  void copy_to(char* at) const {
    for (std::string_view part : parts_) {
      at += part.copy(at, part.size());
      if (&part != std::end(parts_) - 1) *at++ = ';';
    }
  }

 private:
  std::string_view parts_[5];
};

const std::string& istio_tls_metadata() {
  static const std::string bytes = [] {
    std::string out;
    core::Metadata metadata(out);
    metadata.filter_metadata(kTransportSocketMatch,
                             [](auto& match) { match.string("tlsMode", "istio"); });
    return out;
  }();
  return bytes;
}

// What an LbEndpoint is written of.
struct Written {
  const EndpointGroup::Member& member;
  const LabelFacts& facts;
  std::string_view workload;
  core::HealthStatus status;
  bool tunnel;
};

void write_endpoint(const Written& written, endpoint::LbEndpoint& out) {
  const EndpointGroup::Member& member = written.member;
  const Endpoint& e = *member.endpoint;
  out.endpoint([&](auto& host) {
    host.address([&](auto& address) {
      if (written.tunnel) {
        write_tunnel_address(e, address);
      } else {
        write_address(address, e.addresses[0], e.port);
      }
    });
    if (written.tunnel) return;
    for (size_t i = 1; i < e.addresses.size(); ++i) {
      host.additional_addresses([&](auto& more) {
        more.address([&](auto& address) { write_address(address, e.addresses[i], e.port); });
      });
    }
  });
  out.health_status(written.status);
  out.load_balancing_weight(member.weight);
  out.metadata([&](auto& metadata) {
    const std::string_view own_mode = written.facts.tls_mode;
    if (written.tunnel) {
      write_tunnel_metadata(e, metadata);
    } else if (member.mutual_tls && e.tls_mode_istio) {
      metadata.append_raw(istio_tls_metadata());
    } else if (member.mutual_tls && !own_mode.empty()) {
      metadata.filter_metadata(kTransportSocketMatch,
                               [&](auto& match) { match.string("tlsMode", own_mode); });
    }
    // The last bytes of all: see EndpointWriter::write.
    metadata.filter_metadata(kIstioMetadata,
                             [&](auto& istio) { istio.string("workload", written.workload); });
  });
}

}  // namespace

// Where the shape's template is, or would be.
uint8_t& EndpointWriter::place_of(const Shape& shape) {
  uint32_t mixed = shape.port + shape.weight * 5 + shape.status_and_tls * 3;
  mixed = mixed * 31 + static_cast<uint32_t>(shape.address_size * 37 + shape.workload_size);
  return places_[mixed * 0x9e3779b1U >> 27];
}

// The template of that shape, or null.
EndpointWriter::Template* EndpointWriter::find(const Shape& shape) {
  const uint8_t place = place_of(shape);
  return place != 0 && templates_[place - 1U].shape == shape ? &templates_[place - 1U] : nullptr;
}

// One without bytes for that shape: a new one, or that of a shape in the same place.
EndpointWriter::Template& EndpointWriter::make(const Shape& shape) {
  constexpr size_t kFirst = 4;
  uint8_t& place = place_of(shape);
  if (place == 0) {
    if (templates_.empty()) templates_.reserve(kFirst);
    templates_.emplace_back();
    place = static_cast<uint8_t>(templates_.size());
  }
  Template& out = templates_[place - 1U];
  out.bytes.clear();
  out.shape = shape;
  return out;
}

void EndpointWriter::write(const EndpointGroup::Member& member,
                           endpoint::LocalityLbEndpoints& out) {
  const Endpoint& e = *member.endpoint;
  const LabelFacts facts(e);
  const WorkloadText workload(e, facts);
  const size_t workload_size = workload.size();
  const std::string& address = e.addresses[0];
  // Mutual TLS goes before a tunnel.
  const bool tunnel = hbone_ && !e.tls_mode_istio && facts.tunnel;
  const bool own_mode = member.mutual_tls && !e.tls_mode_istio && !facts.tls_mode.empty();
  const bool plain =
      !tunnel && !own_mode && e.port != 0 && address.size() > 1 && e.addresses.size() == 1;
  const core::HealthStatus status = status_of(e);
  const bool mutual = member.mutual_tls && e.tls_mode_istio;
  const Shape shape{address.size(), workload_size, e.port, member.weight,
                    static_cast<uint32_t>(status) << 1 | (mutual ? 1U : 0U)};
  Template* const known = plain ? find(shape) : nullptr;
  if (known != nullptr && !known->bytes.empty()) {
    const std::string& bytes = known->bytes;
    char* const to = out.append_room(bytes.size());
    std::memcpy(to, bytes.data(), bytes.size());
    std::memcpy(to + known->address_at, address.data(), address.size());
    workload.copy_to(to + bytes.size() - workload_size);
    return;
  }
  thread_local std::string text;  // keeps its memory
  text.resize(workload_size);
  workload.copy_to(text.data());
  const Written written{member, facts, text, status, tunnel};
  if (known == nullptr || !is_visible(address)) {
    // Who wants one endpoint needs no template: the first one leaves its shape alone.
    if (plain) make(shape);
    out.lb_endpoints([&](auto& to) { write_endpoint(written, to); });
    return;
  }
  Template& made = *known;
  constexpr size_t kUsualSize = 224;
  made.bytes.reserve(kUsualSize);
  endpoint::LocalityLbEndpoints fields(made.bytes);
  fields.lb_endpoints([&](auto& to) { write_endpoint(written, to); });
  // In front of the address, which has two bytes at least, every second byte is a tag, and none of these is visible.
  made.address_at = made.bytes.find(address);
  out.append_raw(made.bytes);
}

void EndpointWriter::write_assignment(std::string_view cluster_name, const EndpointGroups& groups,
                                      endpoint::ClusterLoadAssignment& out) {
  out.cluster_name(cluster_name);
  for (const auto& group : groups) {
    out.endpoints(wire::Wide{[&](endpoint::LocalityLbEndpoints locality) {
      locality.locality([&](auto& l) {
        l.region(group.locality->region);
        l.zone(group.locality->zone);
        l.sub_zone(group.locality->subzone);
      });
      for (const auto& member : group.members) write(member, locality);
      if (group.weighted) locality.load_balancing_weight(group.weight);
      locality.priority(group.priority);
    }});
  }
}

}  // namespace mesh::xds
