// What a view's resources take over from those before them, and what they differ in.
#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "libmesh/base/common_ends.h"
#include "libmesh/xds/change/share.h"
#include "libmesh/xds/generate.h"
#include "libmesh/xds/generator.h"

namespace mesh::xds {
namespace {

// What no listener or cluster names is kept for clients that stay on it, so that they are told of changes; services that
// come and go must not pile up for ever.
constexpr size_t kMostOthers = 1024;

// The names that are kept, when of `known` ones too many are others.
std::optional<std::unordered_set<std::string_view>> too_many_others(
    const std::vector<std::string>* names, size_t known) {
  if (names == nullptr || known <= names->size() + kMostOthers) return std::nullopt;
  return std::unordered_set<std::string_view>(names->begin(), names->end());
}

}  // namespace

ViewResources::Past::Past(const ViewResources& before, const ViewResources& now)
    : owner(now.view_.owner),
      standing({before.view_.scope, before.view_.gateway}, now.view_, *now.change_),
      scope(before.view_.scope),
      clusters(before.clusters_),
      cluster_spans(before.cluster_spans_),
      listeners(before.listeners_) {}

void ViewResources::keep_standing(const ViewResources& before) {
  std::lock_guard<std::mutex> lock(before.mutex_);
  before.settle_locked();
  past_ = std::make_unique<Past>(before, *this);
  const Standing& standing = past_->standing;
  if (standing.clusters()) {
    clusters_ = before.clusters_;
    cluster_spans_ = before.cluster_spans_;
  }
  if (standing.listeners()) {
    listeners_ = before.listeners_;
    route_names_ = before.route_names_;
    if (standing.all_routes()) all_routes_ = before.all_routes_;
  }
  const auto named = too_many_others(before.route_names_.get(), before.routes_.size());
  for (const auto& [name, route] : before.routes_) {
    if (named && named->count(name) == 0) continue;
    if (standing.route(name)) {
      routes_.emplace(name, route);
    } else {
      past_->routes.emplace(name, route);
    }
  }
  if (standing.own()) {
    for (const auto& [key, own] : before.own_) {
      if (own.use_count() > 1) own_.emplace(key, own);  // some proxy has it
    }
  }
  keep_endpoints(before);
}

void ViewResources::keep_endpoints(const ViewResources& before) {
  const Standing& standing = past_->standing;
  const bool too_many = before.endpoints_else_.size() > kMostOthers;
  for (const auto& [name, resource] : before.endpoints_else_) {
    if (too_many) break;
    if (standing.assignment(name)) {
      endpoints_else_.emplace(name, resource);
    } else {
      past_->assignments.emplace_back(name, resource);
    }
  }
  if (before.endpoint_names_ == nullptr) return;
  if (!standing.clusters()) {
    past_->names = before.endpoint_names_;
    past_->endpoints = before.endpoints_;
    return;
  }
  endpoint_names_ = before.endpoint_names_;
  endpoints_ = before.endpoints_;
  for (const std::string& host : change_->hosts) {
    endpoint_names_->each_of_host(host, [&](uint32_t place) {
      if (!endpoints_[place].made) return;
      past_->assignments.emplace_back(endpoint_names_->list[place], endpoints_[place].resource);
      endpoints_.edit(place) = {};
    });
  }
  if (past_->assignments.empty()) all_endpoints_ = before.all_endpoints_;
}

// What nobody asked for since an earlier change is known all the same: it takes its place.
void ViewResources::settle_locked() const {
  if (past_ != nullptr && past_->names != nullptr) endpoint_names_locked();
}

// An assignment of before: still good, for `now` (null: no cluster names it any more), or to be compared.
void ViewResources::sort_out(std::string_view name, const ResourcePtr& was, Assignment* now) const {
  if (!past_->standing.assignment(name)) {
    past_->assignments.emplace_back(name, was);
  } else if (now != nullptr) {
    *now = {was, true};
  } else {
    endpoints_else_.emplace(name, was);
  }
}

// Gives the assignments of before their places among the names of now. Most names stand where they stood, behind as many
// others or before as many; only those between are looked up.
void ViewResources::place_assignments() const {
  const EndpointNamesPtr before = std::move(past_->names);
  if (before == nullptr) return;
  const index::Chunks<Assignment> known = std::move(past_->endpoints);
  const std::vector<std::string_view>& old = before->list;
  const std::vector<std::string_view>& names = endpoint_names_->list;
  const Apart apart = common_ends(old, names);
  std::unordered_map<std::string_view, size_t> between;
  for (size_t i = apart.first; i < apart.after; ++i) between.emplace(names[i], i);
  for (size_t i = 0; i < old.size(); ++i) {
    if (!known[i].made) continue;
    Assignment* now = nullptr;
    if (i < apart.first) {
      now = &endpoints_.edit(i);
    } else if (i >= apart.before) {
      now = &endpoints_.edit(i + names.size() - old.size());
    } else if (auto place = between.find(old[i]); place != between.end()) {
      now = &endpoints_.edit(place->second);
    }
    sort_out(old[i], known[i].resource, now);
  }
}

// What no cluster named, and one does now: each name stands in one place, or a change would be told twice.
void ViewResources::place_others() const {
  std::erase_if(endpoints_else_, [this](auto& known) {
    const uint32_t place = endpoint_names_->find(known.first);
    if (place == EndpointNames::kNone) return false;
    if (!endpoints_[place].made) endpoints_.edit(place) = {std::move(known.second), true};
    return true;
  });
}

// Makes those that are not there yet, all at once.
void ViewResources::make_routes(const std::vector<std::string>& names) const {
  std::vector<std::string> missing;
  missing.reserve(names.size());
  routes_.reserve(routes_.size() + names.size());
  for (const std::string& name : names) {
    if (routes_.count(name) == 0) missing.push_back(name);
  }
  if (missing.empty()) return;
  const ResourceBatch batch(past_ == nullptr);
  Resources made;
  route_configurations(view_, missing, made);
  for (size_t i = 0; i < missing.size(); ++i) {
    if (past_ != nullptr) {
      auto before = past_->routes.find(missing[i]);
      if (before != past_->routes.end() && same_message(before->second, made[i])) {
        made[i] = before->second;
      }
    }
    routes_.emplace(missing[i], std::move(made[i]));
  }
}

void ViewResources::compare_routes(Changes& out) const {
  std::vector<std::string> names;
  for (const auto& [name, route] : past_->routes) names.push_back(name);
  make_routes(names);
  for (const auto& [name, before] : past_->routes) {
    const ResourcePtr& now = routes_.at(name);
    if (!same_message(before, now)) out.emplace_back(name, now);
  }
}

void ViewResources::compare_endpoints(Changes& out) const {
  for (const auto& [name, before] : past_->assignments) {
    ResourcePtr now = endpoint_by_name_locked(name);
    if (!same_message(before, now)) out.emplace_back(name, std::move(now));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

ViewResources::ChangesPtr ViewResources::changes(Type type) const {
  static const auto kNone = std::make_shared<const Changes>();
  const bool is_compared = type == Type::kCluster || type == Type::kListener ||
                           type == Type::kRoute || type == Type::kEndpoint;
  if (!is_compared) return nullptr;
  std::lock_guard<std::mutex> lock(mutex_);
  if (before_ == 0) return nullptr;
  if (change_->only_endpoints) return type == Type::kEndpoint ? changed_endpoints_ : kNone;
  // Who was not asked for a part before cannot tell what is new in it.
  if (type == Type::kCluster && past_->clusters == nullptr) return nullptr;
  if (type == Type::kListener && past_->listeners == nullptr) return nullptr;
  if (type == Type::kCluster) clusters_locked();
  if (type == Type::kListener) listeners_locked();
  if (type == Type::kEndpoint) settle_locked();
  ChangesPtr& known = past_->changes[type];
  if (known != nullptr) return known;
  Changes found;
  if (type == Type::kRoute) compare_routes(found);
  if (type == Type::kEndpoint) compare_endpoints(found);
  return known = std::make_shared<const Changes>(std::move(found));
}

bool ViewResources::own_stands() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return before_ != 0 && (change_->only_endpoints || past_->standing.own());
}

// ---- a view that nothing touched --------------------------------------------------------------

bool ViewResources::sees_any(const std::unordered_set<std::string>& hosts) const {
  constexpr size_t kMany = 64;  // looking at each view costs more than it saves
  return hosts.size() > kMany || std::any_of(hosts.begin(), hosts.end(), [this](const auto& host) {
           return view_.scope->service(host) != nullptr;
         });
}

// What was before is needed still, or there is more of what no listener or cluster names than is kept.
bool ViewResources::has_loose_ends() const {
  return (past_ != nullptr && past_->names != nullptr) || endpoints_else_.size() > kMostOthers ||
         (route_names_ != nullptr && routes_.size() > route_names_->size() + kMostOthers);
}

bool ViewResources::go_on(const traffic::TrafficPtr& traffic, const MeshChange& change,
                          uint64_t serial) {
  // Nobody waits for who makes something of it just now.
  std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (!lock || serial_ != change.from || has_loose_ends() || sees_any(change.hosts)) return false;
  // Asked for in any case, so that the next state knows it, too.
  if (traffic->known_scope(view_.proxy) != view_.scope) return false;
  const traffic::TrafficPtr last = std::exchange(view_.owner, traffic);
  view_.traffic = traffic.get();
  if (!change.only_endpoints && !Standing({view_.scope, view_.gateway}, view_, change).all()) {
    view_.owner = last;
    view_.traffic = last.get();
    return false;
  }
  std::erase_if(own_, [](const auto& own) { return own.second.use_count() == 1; });
  past_.reset();
  before_ = 0;
  serial_ = serial;
  return true;
}

}  // namespace mesh::xds
