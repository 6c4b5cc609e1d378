#include "libmesh/xds/session/session.h"

#include <algorithm>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/xds/change/share.h"
#include "libmesh/xds/references.h"

namespace mesh::xds {
namespace {

constexpr std::array<Type, 7> kPushOrder = {Type::kCluster,  Type::kEndpoint, Type::kListener,
                                            Type::kRoute,    Type::kSecret,   Type::kExtension,
                                            Type::kNameTable};

std::optional<Type> type_of(std::string_view url) {
  for (Type type : {Type::kCluster, Type::kEndpoint, Type::kListener, Type::kRoute, Type::kSecret,
                    Type::kExtension, Type::kNameTable}) {
    if (type_url(type) == url) return type;
  }
  return std::nullopt;
}

const std::string kWildcard = "*";

// Only these are sent whole to whoever names nothing.
bool may_be_wildcard(Type type) {
  return type == Type::kCluster || type == Type::kListener || type == Type::kNameTable;
}

}  // namespace

Session::Session(const Generator& generator, SessionOptions options)
    : generator_(generator), options_(std::move(options)) {
  for (size_t i = 0; i < kTypes; ++i) subscriptions_[i].status.type = static_cast<Type>(i);
}

Result<void> Session::identify(const Request& request) {
  if (node_id_.empty()) {
    if (request.node_id.empty()) {
      return Error{ErrorCode::kInvalidArgument, "the first request carries no node"};
    }
    node_id_ = request.node_id;
    node_metadata_ = request.node_metadata;
    node_cluster_ = request.node_cluster;
  }
  if (config_ != nullptr) return {};
  auto config = read_config();
  if (!config) return config.error();
  config_ = *std::move(config);
  return {};
}

// The proxy as the newest snapshot describes it, and its configuration.
Result<ProxyConfigPtr> Session::read_config() {
  index::SnapshotPtr snapshot = generator_.snapshot();
  if (snapshot == nullptr) return Error{ErrorCode::kNotFound, "there is no configuration yet"};
  auto proxy = index::proxy_of_node(*snapshot, node_id_, node_metadata_);
  if (!proxy) return proxy.error();
  if (!node_cluster_.empty()) proxy->service_cluster = node_cluster_;
  if (options_.flavour) proxy->flavour = *options_.flavour;
  if (auto known = settle_caller(*snapshot, *proxy); !known) return known.error();
  index::NodeOrigin origin = index::origin_of_node(*snapshot, *proxy);
  ProxyConfigPtr config = generator_.config(*std::move(proxy));
  if (config == nullptr) {
    return Error{ErrorCode::kNotFound, "node " + node_id_ + ": its namespace is in no mesh"};
  }
  origin_ = std::move(origin);
  return config;
}

Result<void> Session::settle_caller(const index::Snapshot& snapshot, const model::Proxy& proxy) {
  caller_.reset();
  if (snapshot.tenants().find(proxy.tenant) == nullptr) return {};  // soon to be told
  auto caller = caller_of(*snapshot.mesh(proxy.tenant), proxy, options_.caller);
  if (!caller) return caller.error();
  caller_ = *std::move(caller);
  return {};
}

Result<void> Session::receive(std::string_view bytes) {
  auto request = read_request(bytes, options_.delta);
  if (!request) return request.error();
  std::optional<Type> type = type_of(request->type_url);
  // An agent may report its application's health before Envoy has said who it is (Receive in Istio's pkg/xds/server.go).
  if (!type && node_id_.empty() && request->node_id.empty()) return {};
  if (auto known = identify(*request); !known) return known.error();
  if (ended_) return *ended_;
  if (!type) return {};  // a type that this server does not have: never answered
  Subscription& s = of(*type);
  if (options_.delta) {
    receive_delta(s, *request);
  } else {
    receive_sotw(s, *request);
  }
  return {};
}

// Records what the client says of the last response. False: the request answers an older one and
// is to be ignored. The first request of a type may carry the nonce of another stream.
bool Session::note_answer(Subscription& s, const Request& request) {
  if (request.error) {
    ++s.status.rejects;
    s.status.error = *request.error;
    return false;
  }
  if (request.nonce.empty() || !s.active) return true;
  if (request.nonce != s.status.sent_nonce) return false;
  s.status.acked_nonce = request.nonce;
  s.status.error.clear();
  return true;
}

// Who names nothing more wants nothing more of that type.
void Session::stop(Subscription& s) {
  TypeStatus status = std::move(s.status);
  s = Subscription();
  s.status.type = status.type;
  s.status.rejects = status.rejects;
}

void Session::receive_sotw(Subscription& s, const Request& request) {
  if (!note_answer(s, request)) return;
  std::set<std::string> names(request.names.begin(), request.names.end());
  const bool wildcard =
      may_be_wildcard(s.status.type) && (names.empty() || names.contains(kWildcard));
  if (names.empty() && !wildcard) return stop(s);
  bool first = !s.active || request.nonce.empty();
  s.active = s.status.subscribed = true;
  if (first) {
    s.wildcard = wildcard;
    s.names = std::move(names);
    s.sent.clear();
    s.answer_any = false;
    push_all(s);
    return;
  }
  if (s.wildcard) return;
  std::vector<std::string> added;
  std::set_difference(names.begin(), names.end(), s.names.begin(), s.names.end(),
                      std::back_inserter(added));
  for (const std::string& name : s.names) {
    if (names.count(name) == 0) s.sent.erase(name);
  }
  s.names = std::move(names);
  // Envoy asks for the same names again when a cluster or listener that needs them was replaced,
  // and waits for an answer (warming).
  if (s.answer_any) {
    s.answer_any = false;
    push_all(s);
  } else if (!added.empty()) {
    push_names(s, added);
  }
}

void Session::unsubscribe(Subscription& s, const std::vector<std::string>& names) {
  std::vector<std::string> shown;  // by the wildcard all the same, which the client is to know
  for (const std::string& name : names) {
    if (name == kWildcard) {
      s.wildcard = false;
      std::erase_if(s.sent, [&](const auto& sent) { return !s.names.contains(sent.first); });
    } else if (s.names.erase(name) != 0 && s.wildcard) {
      shown.push_back(name);
    } else {
      s.sent.erase(name);
    }
  }
  if (s.wildcard && !shown.empty()) push_names(s, shown);
}

// A client that comes back has these already.
void Session::note_versions(Subscription& s, const Request& request) {
  constexpr uint64_t kGone = ~uint64_t{0};  // to be told so
  for (const auto& [name, version] : request.initial_versions) {
    const ResourcePtr now = find(s.status.type, name);
    const bool same = now != nullptr && version_text(now->hash()) == version;
    s.sent[name] = same ? now->hash() : now == nullptr ? kGone : 0;
  }
}

void Session::receive_delta(Subscription& s, const Request& request) {
  note_answer(s, request);  // a late answer may still change the names
  const bool first = !s.active;
  const bool was_wildcard = s.wildcard;
  const uint64_t before = last_nonce_;
  s.active = s.status.subscribed = true;
  unsubscribe(s, request.unsubscribe);
  std::vector<std::string> added;
  for (const std::string& name : request.subscribe) {
    if (name == kWildcard) {
      s.wildcard = may_be_wildcard(s.status.type);
      continue;
    }
    s.names.insert(name);
    added.push_back(name);
  }
  if (first) {
    if (request.subscribe.empty() && may_be_wildcard(s.status.type)) s.wildcard = true;
    note_versions(s, request);
  }
  if (s.wildcard && !was_wildcard) {
    push_changed(s);
    // A first request is always answered, if only with nothing new.
    if (s.status.sent_nonce.empty()) queue(s, {}, {});
  }
  if (!added.empty()) push_names(s, added);
  const bool sent = last_nonce_ != before;
  if (sent && s.status.type == Type::kCluster && of(Type::kEndpoint).active) {
    push_changed(of(Type::kEndpoint));
  }
}

ResourcePtr Session::find(Type type, std::string_view name) const {
  if (type == Type::kSecret) {
    return options_.secrets && caller_ ? options_.secrets(*config_, *caller_, name) : nullptr;
  }
  // A known caller is given what the image registry wants to see.
  if (type == Type::kExtension) return config_->shared().extension(name, caller_.has_value());
  return config_->find(type, name);
}

void Session::push_all(Subscription& s) {
  Resources resources;
  if (s.wildcard) {
    config_->for_each(s.status.type, [&](const ResourcePtr& r) { resources.push_back(r); });
  } else {
    for (const std::string& name : s.names) {
      if (ResourcePtr r = find(s.status.type, name)) resources.push_back(std::move(r));
    }
  }
  queue(s, std::move(resources), {});
}

void Session::push_names(Subscription& s, const std::vector<std::string>& names) {
  Resources resources;
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (ResourcePtr r = find(s.status.type, name)) {
      resources.push_back(std::move(r));
    } else if (s.sent.find(name) == s.sent.end() || may_remove(s, name)) {
      missing.push_back(name);
    }
  }
  queue(s, std::move(resources), std::move(missing));
}

// Sends what differs from what the client has.
void Session::push_changed(Subscription& s) {
  Resources changed;
  std::vector<std::string> removed;
  auto compare = [&](const ResourcePtr& r) {
    auto it = s.sent.find(r->name);
    if (it == s.sent.end() || it->second != r->hash()) changed.push_back(r);
  };
  if (s.wildcard) {
    std::set<std::string_view> present;
    config_->for_each(s.status.type, [&](const ResourcePtr& r) {
      present.insert(r->name);
      compare(r);
    });
    for (const auto& [name, version] : s.sent) {
      if (present.count(name) == 0) removed.push_back(name);
    }
    // In state of the world a response without a resource removes it, so all are sent.
    if (!options_.delta && (!changed.empty() || !removed.empty())) {
      push_all(s);
      return;
    }
  } else {
    for (const std::string& name : s.names) {
      if (ResourcePtr r = find(s.status.type, name)) {
        compare(r);
      } else if (may_remove(s, name)) {
        removed.push_back(name);
      }
    }
  }
  std::sort(removed.begin(), removed.end());
  if (!changed.empty() || (options_.delta && !removed.empty())) {
    queue(s, std::move(changed), std::move(removed));
  }
}

// What differs from the last push is known.
void Session::push_changes(Subscription& s, const ViewResources::Changes& changes) {
  Resources changed;
  std::vector<std::string> removed;
  for (const auto& [name, resource] : changes) {
    auto it = s.sent.find(name);
    const bool asked = s.wildcard || it != s.sent.end() || s.names.count(name) != 0;
    if (!asked) continue;
    if (resource == nullptr) {
      if (may_remove(s, name)) removed.push_back(name);
    } else if (it == s.sent.end() || it->second != resource->hash()) {
      changed.push_back(resource);
    }
  }
  // What was asked for before it was there is no change of what was made.
  if (!s.wildcard && s.sent.size() < s.names.size()) {
    std::set<std::string_view> listed;
    for (const auto& [name, resource] : changes) listed.insert(name);
    for (const std::string& name : s.names) {
      if (s.sent.count(name) != 0 || listed.count(name) != 0) continue;
      if (ResourcePtr r = find(s.status.type, name)) changed.push_back(std::move(r));
    }
  }
  // In state of the world a response without a resource removes it, so all are sent.
  if (s.wildcard && !options_.delta) {
    if (!changed.empty() || !removed.empty()) push_all(s);
    return;
  }
  if (!changed.empty() || (options_.delta && !removed.empty())) {
    queue(s, std::move(changed), std::move(removed));
  }
}

// When the view is the one that followed the last push's, it knows what changed.
bool Session::push_known(Subscription& s, const ProxyConfig& before) {
  const Type type = s.status.type;
  const ViewResources::ChangesPtr shared = config_->shared().changes(type);
  if (shared == nullptr) return false;
  const bool has_own = type == Type::kCluster || type == Type::kListener;
  if (!has_own || config_->own() == before.own()) {
    push_changes(s, *shared);
    return true;
  }
  const auto own_of = [type](const ProxyConfig& config) -> const Resources& {
    return type == Type::kCluster ? config.own()->clusters : config.own()->listeners;
  };
  Resources own = own_of(*config_);
  ViewResources::Changes changes = share(own_of(before), own);
  changes.insert(changes.begin(), shared->begin(), shared->end());
  push_changes(s, changes);
  return true;
}

// Whether a resource that is no more is to be taken from the client: one that it has, unless Envoy needs it still.
bool Session::may_remove(const Subscription& s, std::string_view name) const {
  return s.sent.find(name) != s.sent.end() &&
         !(options_.delta && s.status.type == Type::kExtension);
}

// The endpoints of these are to be sent (again), though they are the same: in delta Envoy does not ask for what it has, and
// a cluster that replaces another one waits for them all the same (envoyproxy/envoy#13009, forceEDSPush in Istio's
// pilot/pkg/xds/delta.go).
void Session::warm(const Resources& clusters) {
  Subscription& endpoints = of(Type::kEndpoint);
  if (!endpoints.active) return;
  for (const ResourcePtr& cluster : clusters) {
    const std::string name(endpoint_name(cluster->value()));
    if (!name.empty() && endpoints.names.contains(name)) endpoints.sent.erase(name);
  }
}

void Session::queue(Subscription& s, Resources resources, std::vector<std::string> removed) {
  for (const ResourcePtr& r : resources) {
    if (auto known = s.sent.find(r->name); known != s.sent.end()) {
      known->second = r->hash();
    } else {
      s.sent.emplace(r->name, r->hash());
    }
  }
  if (s.wildcard && !options_.delta) {
    decltype(s.sent) all;
    for (const ResourcePtr& r : resources) all.emplace(r->name, r->hash());
    s.sent = std::move(all);
  }
  for (const std::string& name : removed) s.sent.erase(name);
  s.status.resources = s.sent.size();
  std::string nonce = std::to_string(++last_nonce_);
  s.status.sent_nonce = nonce;
  Message::Header header{type_url(s.status.type), std::to_string(config_->shared().serial()),
                         std::move(nonce)};
  queue_.push_back(options_.delta ? Message::delta(header, resources, removed)
                                  : Message::state_of_the_world(header, resources));
  if (options_.delta) {
    if (s.status.type == Type::kCluster) warm(resources);
    return;
  }
  if (s.status.type == Type::kCluster) {
    of(Type::kEndpoint).answer_any = true;
    of(Type::kSecret).answer_any = true;
  }
  if (s.status.type == Type::kListener) {
    of(Type::kRoute).answer_any = true;
    of(Type::kExtension).answer_any = true;
    of(Type::kSecret).answer_any = true;
  }
}

Result<void> Session::update() {
  if (config_ == nullptr) return {};
  ProxyConfigPtr before = config_;
  if (ProxyConfigPtr next = generator_.follow(before, origin_)) {
    config_ = std::move(next);
  } else if (auto read = read_config()) {
    config_ = *std::move(read);
  } else {
    caller_.reset();
    ended_ = read.error();
    return read.error();
  }
  ended_.reset();
  const ViewResources& shared = config_->shared();
  const bool same_view = &shared == &before->shared();
  const bool followed = shared.before() == before->shared().id();
  for (Type type : kPushOrder) {
    Subscription& s = of(type);
    if (!s.active) continue;
    // Secrets are not of the generator.
    if (same_view && config_->own() == before->own() && type != Type::kSecret) continue;
    if (followed && !same_view && push_known(s, *before)) continue;
    push_changed(s);
  }
  return {};
}

std::optional<Message> Session::next() {
  if (queue_.empty()) return std::nullopt;
  Message message = std::move(queue_.front());
  queue_.pop_front();
  return message;
}

std::vector<TypeStatus> Session::status() const {
  std::vector<TypeStatus> out;
  for (const Subscription& s : subscriptions_) out.push_back(s.status);
  return out;
}

}  // namespace mesh::xds
