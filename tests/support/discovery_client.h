// A client of the discovery protocol without a socket, as Envoy behaves: it asks for all clusters
// and listeners, then for the endpoints and routes that those name, and acknowledges everything.
// One of all types also takes the name table, and the secrets and extensions that are named.
//
//   DiscoveryClient client(generator, {.delta = true},
//   "sidecar~10.0.0.1~pod.ns~ns.svc.cluster.local"); client.connect(); … //
//   generator.update(snapshot) client.update(); client.state(Type::kCluster)           // name ->
//   bytes, as the client knows it now
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/hash.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/discovery.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/wire.h"
#include "libmesh/xds/references.h"
#include "libmesh/xds/session/session.h"

namespace mesh::testing {

// What arrived, in one call or in all.
struct Received {
  size_t messages = 0;
  size_t resources = 0;
  size_t removed = 0;
  size_t bytes = 0;
  std::vector<std::string> names;  // of resources and removals, in order

  void add(const Received& more) {
    messages += more.messages;
    resources += more.resources;
    removed += more.removed;
    bytes += more.bytes;
    names.insert(names.end(), more.names.begin(), more.names.end());
  }
};

class DiscoveryClient {
 public:
  using State = std::map<std::string, std::string>;
  static constexpr std::array kTypes = {xds::Type::kCluster, xds::Type::kEndpoint,
                                        xds::Type::kListener, xds::Type::kRoute};
  static constexpr std::array kAllTypes = {
      xds::Type::kCluster, xds::Type::kEndpoint,  xds::Type::kListener, xds::Type::kRoute,
      xds::Type::kSecret,  xds::Type::kExtension, xds::Type::kNameTable};

  DiscoveryClient(const xds::Generator& generator, xds::SessionOptions options, std::string node_id,
                  std::map<std::string, std::string> labels = {}, bool all_types = false)
      : delta_(options.delta),
        all_types_(all_types),
        session_(generator, std::move(options)),
        node_id_(std::move(node_id)),
        labels_(std::move(labels)) {}

  // Opens the stream and takes everything. The error is the session's.
  Result<Received> connect() {
    for (xds::Type type : {xds::Type::kCluster, xds::Type::kListener}) {
      if (auto sent = send(type, {}, {}); !sent) return sent.error();
    }
    if (all_types_) {
      if (auto sent = send(xds::Type::kNameTable, {}, {}); !sent) return sent.error();
    }
    return drain();
  }

  // Takes what the generator's newest snapshot changed.
  Result<Received> update() {
    if (auto updated = session_.update(); !updated) return updated.error();
    return drain();
  }

  const State& state(xds::Type type) const { return of(type).state; }

  // Names that clusters and listeners ask for and that never came; a secret may be refused.
  std::vector<std::string> missing() const {
    std::vector<std::string> out;
    for (xds::Type type : kAllTypes) {
      if (type == xds::Type::kSecret) continue;
      for (const std::string& name : of(type).wanted) {
        if (!of(type).state.contains(name)) out.push_back(name);
      }
    }
    return out;
  }

  // Stands for every byte that one of all types received, in order.
  uint64_t transcript() const { return transcript_; }

  xds::Session& session() { return session_; }

 private:
  struct Side {
    State state;
    std::set<std::string> wanted;  // of types that are asked for by name
    std::string nonce;
  };
  Side& of(xds::Type type) { return sides_[static_cast<size_t>(type)]; }
  const Side& of(xds::Type type) const { return sides_[static_cast<size_t>(type)]; }

  static bool is_named(xds::Type type) {
    return type != xds::Type::kCluster && type != xds::Type::kListener &&
           type != xds::Type::kNameTable;
  }

  Result<Received> drain() {
    Received all;
    while (auto message = session_.next()) {
      const std::string bytes = message->to_string();
      all.bytes += bytes.size();
      if (all_types_) transcript_ = hash_bytes(bytes, transcript_);
      ++all.messages;
      if (auto taken = take(bytes, all); !taken) return taken.error();
    }
    return all;
  }

  Result<void> take(std::string_view bytes, Received& all) {
    xds::Type type{};
    std::vector<std::pair<std::string, std::string>> resources;
    std::vector<std::string> removed;
    std::string nonce;
    wire::Reader reader(bytes);
    while (const wire::Field* field = reader.next()) {
      if (field->number == 2) resources.push_back(resource(field->bytes));
      if (field->number == 4) type = type_of(field->bytes);
      if (field->number == 5) nonce = field->bytes;
      if (field->number == 6 && delta_) removed.emplace_back(field->bytes);
    }
    if (!reader.ok()) return Error{ErrorCode::kParse, "the response is no message"};
    all.resources += resources.size();
    all.removed += removed.size();
    Side& side = of(type);
    side.nonce = nonce;
    // State of the world: clusters and listeners come whole; what is named, as it is.
    if (!delta_ && !is_named(type)) side.state.clear();
    for (auto& [name, value] : resources) {
      all.names.push_back(name);
      // What was on its way when the client lost interest is ignored.
      if (!is_named(type) || side.wanted.contains(name)) side.state[name] = std::move(value);
    }
    for (const std::string& name : removed) {
      all.names.push_back(name);
      side.state.erase(name);
    }
    if (auto acknowledged = send(type, {}, {}); !acknowledged) return acknowledged;
    return ask_for_references(type);
  }

  // After clusters, the endpoints that they name; after listeners, the routes.
  Result<void> ask_for_references(xds::Type type) {
    if (type != xds::Type::kCluster && type != xds::Type::kListener) return {};
    std::set<std::string> wanted;
    std::set<std::string, std::less<>> extensions;
    for (const auto& [name, bytes] : of(type).state) {
      if (type == xds::Type::kCluster) {
        if (std::string eds(xds::endpoint_name(bytes)); !eds.empty()) wanted.insert(eds);
      } else {
        xds::RouteNames routes;
        routes.add(bytes);
        wanted.insert(routes.list().begin(), routes.list().end());
        xds::add_extension_names(bytes, extensions);
      }
    }
    const bool of_clusters = type == xds::Type::kCluster;
    auto asked = ask_for(of_clusters ? xds::Type::kEndpoint : xds::Type::kRoute, std::move(wanted));
    if (!asked || !all_types_) return asked;
    if (asked = ask_for(xds::Type::kSecret, secrets_wanted()); !asked || of_clusters) return asked;
    return ask_for(xds::Type::kExtension, {extensions.begin(), extensions.end()});
  }

  std::set<std::string> secrets_wanted() const {
    xds::SecretNames names;
    for (const auto& [name, bytes] : state(xds::Type::kCluster)) names.add_cluster(bytes);
    for (const auto& [name, bytes] : state(xds::Type::kListener)) names.add_listener(bytes);
    return {names.list().begin(), names.list().end()};
  }

  Result<void> ask_for(xds::Type type, std::set<std::string> wanted) {
    Side& side = of(type);
    std::vector<std::string> more, less;
    for (const std::string& name : wanted) {
      if (!side.wanted.contains(name)) more.push_back(name);
    }
    for (const std::string& name : side.wanted) {
      if (!wanted.contains(name)) less.push_back(name);
    }
    if (more.empty() && less.empty()) return {};
    for (const std::string& name : less) side.state.erase(name);
    side.wanted = std::move(wanted);
    return send(type, more, less);
  }

  Result<void> send(xds::Type type, const std::vector<std::string>& more,
                    const std::vector<std::string>& less) {
    std::string out;
    Side& side = of(type);
    if (delta_) {
      envoy::discovery::DeltaDiscoveryRequest request(out);
      write_node(request);
      request.type_url(xds::type_url(type));
      for (const std::string& name : more) request.resource_names_subscribe(name);
      for (const std::string& name : less) request.resource_names_unsubscribe(name);
      // A change of subscriptions is no acknowledgement.
      if (more.empty() && less.empty()) request.response_nonce(side.nonce);
    } else {
      envoy::discovery::DiscoveryRequest request(out);
      write_node(request);
      for (const std::string& name : side.wanted) request.resource_names(name);
      request.type_url(xds::type_url(type));
      request.response_nonce(side.nonce);
    }
    return session_.receive(out);
  }

  // Only the first request says who asks.
  template <typename Request>
  void write_node(Request& request) {
    if (std::exchange(introduced_, true)) return;
    request.node([&](auto& node) {
      node.id(node_id_);
      node.metadata([&](auto& metadata) {
        metadata.structure("LABELS", [&](auto& labels) {
          for (const auto& [key, value] : labels_) labels.string(key, value);
        });
      });
    });
  }

  // Name and bytes of a resource: delta has the name beside it, state of the world in it (field 1
  // of all types but the name table, of which there is one, without a name).
  std::pair<std::string, std::string> resource(std::string_view bytes) const {
    std::string name;
    std::string_view any = bytes;
    if (delta_) {
      any = {};
      wire::Reader reader(bytes);
      while (const wire::Field* field = reader.next()) {
        if (field->number == 3) name = field->bytes;
        if (field->number == 2) any = field->bytes;
      }
    }
    std::string_view value = bytes_field(any, 2);
    const bool named = bytes_field(any, 1) != xds::type_url(xds::Type::kNameTable);
    if (!delta_ && named) name = bytes_field(value, 1);
    return {name, std::string(value)};
  }

  static std::string_view bytes_field(std::string_view message, uint32_t number) {
    wire::Reader reader(message);
    while (const wire::Field* field = reader.next()) {
      if (field->number == number) return field->bytes;
    }
    return {};
  }

  static xds::Type type_of(std::string_view url) {
    for (xds::Type type : kAllTypes) {
      if (xds::type_url(type) == url) return type;
    }
    return xds::Type::kSecret;
  }

  const bool delta_;
  const bool all_types_;
  xds::Session session_;
  const std::string node_id_;
  const std::map<std::string, std::string> labels_;
  bool introduced_ = false;
  uint64_t transcript_ = 0;
  std::array<Side, 7> sides_;
};

}  // namespace mesh::testing
