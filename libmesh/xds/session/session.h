// Session: one client's discovery stream, bytes in and bytes out. No sockets, no clock, no threads.
//
//   Session session(generator, Session::Mode::kDelta, secrets);
//   session.receive(request_bytes);
//   while (auto message = session.next()) send(message->slices());
//   …
//   generator.update(snapshot); session.update();       // push what changed
//
// State of the world and delta speak the same state: per type the names asked for and the version of
// each that was sent. Order of a push: clusters, endpoints, listeners, routes, secrets, extensions, the name
// table, so that nothing refers to what is not there yet. A refusal (NACK) is noted and the refused resources
// are not sent again until they change. A cluster that is sent has its endpoints sent after it, asked for or not: Envoy
// waits for them (warming). An extension is never taken away in delta: Envoy would answer requests that still need it with
// 500, and forgets it by itself. One thread at a time; sessions of one generator may run side by side.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libmesh/base/result.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/sds/caller.h"
#include "libmesh/xds/session/protocol_messages.h"

namespace mesh::xds {

// Gives a secret's resource to the caller that a proxy is, or null when there is none that it may have.
using SecretSource =
    std::function<ResourcePtr(const ProxyConfig&, const Caller&, std::string_view name)>;

struct SessionOptions {
  bool delta = false;
  std::optional<model::Flavour> flavour;  // unset: as the node's metadata says
  SecretSource secrets;                   // may be empty: no secrets
  CallerOptions caller = {};              // nobody known: no secrets
};

// Lets a map of texts be asked for a part of another text.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// What a client has of one type: for /debug/syncz and for messages.
struct TypeStatus {
  Type type{};
  bool subscribed = false;
  std::string sent_nonce;
  std::string acked_nonce;
  std::string error;  // of the last refusal, cleared by the next acknowledgement
  size_t resources = 0;
  uint64_t rejects = 0;
};

class Session {
 public:
  Session(const Generator& generator, SessionOptions options);

  // Takes one request. An error ends the stream: the bytes are no request, the first one carries no
  // node, its proxy is in no tenant, or is not who the caller is.
  Result<void> receive(std::string_view request);
  // Looks at the generator's newest snapshot and queues what changed for this client. An error ends the stream: its pod or
  // tenant is gone, or the pod is no longer who the caller is.
  Result<void> update();
  // The next message to send, in order; nothing when the client is up to date.
  std::optional<Message> next();

  // Null before the first request.
  const model::Proxy* proxy() const { return config_ ? &config_->proxy() : nullptr; }
  // Who the client says that it is: empty and null before the first request.
  const std::string& node_id() const { return node_id_; }
  const document::Value& node_metadata() const { return node_metadata_; }
  std::vector<TypeStatus> status() const;

 private:
  static constexpr size_t kTypes = 7;
  struct Subscription {
    bool active = false;
    bool wildcard = false;
    bool answer_any = false;  // what it depends on was sent: answer though nothing was asked anew
    std::set<std::string> names;
    // Version by name; absent ones are 0.
    std::unordered_map<std::string, uint64_t, TextHash, std::equal_to<>> sent;
    TypeStatus status;
  };

  Result<void> identify(const Request& request);
  static void stop(Subscription& s);
  void receive_sotw(Subscription& s, const Request& request);
  void receive_delta(Subscription& s, const Request& request);
  void unsubscribe(Subscription& s, const std::vector<std::string>& names);
  void note_versions(Subscription& s, const Request& request);
  bool note_answer(Subscription& s, const Request& request);
  void push_all(Subscription& s);
  void push_names(Subscription& s, const std::vector<std::string>& names);
  void push_changed(Subscription& s);
  void push_changes(Subscription& s, const ViewResources::Changes& changes);
  bool push_known(Subscription& s, const ProxyConfig& before);
  bool may_remove(const Subscription& s, std::string_view name) const;
  void warm(const Resources& clusters);
  void queue(Subscription& s, Resources resources, std::vector<std::string> removed);
  Result<ProxyConfigPtr> read_config();
  Result<void> settle_caller(const index::Snapshot& snapshot, const model::Proxy& proxy);
  ResourcePtr find(Type type, std::string_view name) const;
  Subscription& of(Type type) { return subscriptions_[static_cast<size_t>(type)]; }

  const Generator& generator_;
  const SessionOptions options_;
  std::string node_id_;
  document::Value node_metadata_;
  std::string node_cluster_;
  index::NodeOrigin origin_;
  ProxyConfigPtr config_;
  std::optional<Caller> caller_;
  std::optional<Error> ended_;  // nothing of its former tenant is for it
  uint64_t last_nonce_ = 0;
  std::array<Subscription, kTypes> subscriptions_;
  std::deque<Message> queue_;
};

}  // namespace mesh::xds
