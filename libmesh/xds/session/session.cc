#include "libmesh/xds/session/session.h"

#include <algorithm>

#include "libmesh/index/proxies/proxies.h"
#include "libmesh/xds/change/share.h"

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
  pushed_serial_ = config_->shared().serial();
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
  if (auto known = identify(*request); !known) return known.error();
  std::optional<Type> type = type_of(request->type_url);
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
// is to be ignored.
bool Session::note_answer(Subscription& s, const Request& request) {
  if (request.error) {
    ++s.status.rejects;
    s.status.error = *request.error;
    return false;
  }
  if (request.nonce.empty()) return true;
  if (request.nonce != s.status.sent_nonce) return false;
  s.status.acked_nonce = request.nonce;
  s.status.error.clear();
  return true;
}

void Session::receive_sotw(Subscription& s, const Request& request) {
  if (!note_answer(s, request)) return;
  std::set<std::string> names(request.names.begin(), request.names.end());
  bool first = !s.active || request.nonce.empty();
  s.active = s.status.subscribed = true;
  if (first) {
    s.wildcard = names.empty() && may_be_wildcard(s.status.type);
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

void Session::receive_delta(Subscription& s, const Request& request) {
  note_answer(s, request);  // a late answer may still change the names
  bool first = !s.active;
  bool was_wildcard = s.wildcard;
  s.active = s.status.subscribed = true;
  for (const std::string& name : request.unsubscribe) {
    if (name == "*") s.wildcard = false;
    s.names.erase(name);
    s.sent.erase(name);
  }
  std::vector<std::string> added;
  for (const std::string& name : request.subscribe) {
    if (name == "*") {
      s.wildcard = may_be_wildcard(s.status.type);
      continue;
    }
    s.names.insert(name);
    added.push_back(name);
  }
  if (first) {
    if (request.subscribe.empty() && may_be_wildcard(s.status.type)) s.wildcard = true;
    // A client that comes back has these already.
    for (const auto& [name, version] : request.initial_versions) {
      ResourcePtr now = find(s.status.type, name);
      if (now != nullptr && version_text(now->hash()) == version) {
        s.sent[name] = now->hash();
      } else {
        s.sent[name] = 0;
        if (now == nullptr) s.sent[name] = ~uint64_t{0};  // to be told that it is gone
      }
    }
  }
  if (s.wildcard && !was_wildcard) {
    push_changed(s);
    // A first request is always answered, if only with nothing new.
    if (s.status.sent_nonce.empty()) queue(s, {}, {});
  }
  if (!added.empty()) push_names(s, added);
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
    } else {
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
      } else if (s.sent.count(name) != 0) {
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
      if (!s.wildcard || it != s.sent.end()) removed.push_back(name);
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
  const ViewResources::Changes* shared = config_->shared().changes(type);
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
  if (options_.delta) return;
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

void Session::update() {
  if (config_ == nullptr) return;
  ProxyConfigPtr before = config_;
  if (ProxyConfigPtr next = generator_.follow(before, origin_)) {
    config_ = std::move(next);
  } else if (auto read = read_config()) {
    config_ = *std::move(read);
  } else {
    return;  // its pod or tenant is gone: it keeps what it has until it leaves
  }
  const ViewResources& shared = config_->shared();
  const bool same_view = &shared == &before->shared();
  const bool followed =
      shared.before() == before->shared().id() && pushed_serial_ == before->shared().serial();
  pushed_serial_ = shared.serial();
  for (Type type : kPushOrder) {
    Subscription& s = of(type);
    if (!s.active) continue;
    // Secrets are not of the generator.
    if (same_view && config_->own() == before->own() && type != Type::kSecret) continue;
    if (followed && !same_view && push_known(s, *before)) continue;
    push_changed(s);
  }
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
