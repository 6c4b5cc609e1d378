#include "frontends/server/hub.h"

#include <algorithm>

namespace mesh::server {
namespace {

// The development authority does not renew what it issued, so its certificates must outlive the server: ten years, and its roots
// live ten times as long.
constexpr int64_t kLifetime = int64_t{10} * 365 * 24 * 60 * 60;

}  // namespace

std::unique_ptr<Hub> Hub::make(const HubOptions& options, std::string& why) {
  std::unique_ptr<Hub> hub(new Hub());
  auto error =
      into(hub->store_, [&](mesh_store** out) { return mesh_store_new(view(options.store), out); });
  if (error == nullptr) {
    error = into(hub->xds_, [](mesh_xds** out) { return mesh_xds_new(out); });
  }
  const std::string authority = "{\"now\":" + std::to_string(options.now) +
                                ",\"lifetimeSeconds\":" + std::to_string(kLifetime) + "}";
  if (error == nullptr) {
    error = into(hub->authority_,
                 [&](mesh_authority** out) { return mesh_authority_new(view(authority), out); });
  }
  if (error != nullptr) {
    why = message_of(error);
    return nullptr;
  }
  for (unsigned i = 0; i < std::max(1U, options.workers); ++i) {
    hub->workers_.emplace_back([h = hub.get()] { h->work(); });
  }
  return hub;
}

Hub::~Hub() { stop(); }

void Hub::stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    to_tell_.clear();
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
  workers_.clear();
}

// Null when the cluster has no name that may be one.
mesh_store* Hub::store_of(const std::string& cluster) {
  if (cluster.empty()) return store_.get();
  Handle<mesh_store>& remote = remotes_[cluster];
  if (remote == nullptr) {
    into(remote,
         [&](mesh_store** out) { return mesh_store_cluster(store_.get(), view(cluster), out); });
  }
  return remote.get();
}

std::string Hub::replace_file(const std::string& file, const std::string& content,
                              const std::string& cluster) {
  Handle<mesh_buffer> diagnostics;
  auto error = into(diagnostics, [&](mesh_buffer** out) {
    return mesh_store_replace_file(store_of(cluster), view(content), view(file), out);
  });
  return error == nullptr ? std::string(text(diagnostics)) : "[]";
}

void Hub::give_text(const std::string& url, const std::string& content) {
  // Only an empty URL is refused, and the command line has none.
  mesh_error_delete(mesh_store_give_text(store_.get(), view(url), view(content)));
}

void Hub::publish() {
  Handle<mesh_snapshot> next;
  auto error =
      into(next, [&](mesh_snapshot** out) { return mesh_store_snapshot(store_.get(), out); });
  if (error != nullptr) return;
  Handle<mesh_error> update(mesh_xds_update(xds_.get(), next.get()));
  if (update != nullptr) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    bool news = snapshot_ == nullptr ||
                mesh_snapshot_revision(next.get()) != mesh_snapshot_revision(snapshot_.get());
    snapshot_ = std::move(next);
    if (!news) return;
    ++pushes_;
    // A client that still waits for its turn is told once.
    to_tell_.assign(clients_.begin(), clients_.end());
  }
  changed_.notify_all();
}

void Hub::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || !to_tell_.empty(); });
    if (stopped_) return;
    std::shared_ptr<Client> client = std::move(to_tell_.front());
    to_tell_.pop_front();
    lock.unlock();
    client->changed();
    client.reset();
    lock.lock();
  }
}

std::shared_ptr<Client> Hub::add_client(bool delta, Client::Transport transport) {
  auto client = std::make_shared<Client>(xds_.get(), authority_.get(), delta, std::move(transport));
  std::lock_guard<std::mutex> lock(mutex_);
  clients_.insert(client);
  return client;
}

void Hub::remove_client(const std::shared_ptr<Client>& client) {
  client->close();
  const auto last = client->describe();
  std::lock_guard<std::mutex> lock(mutex_);
  if (clients_.erase(client) != 0 && last) rejects_before_ += last->rejects;
}

bool Hub::ready() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_ != nullptr;
}

Handle<mesh_snapshot> Hub::snapshot() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return Handle<mesh_snapshot>(mesh_snapshot_clone(snapshot_.get()));
}

Hub::Connected Hub::connected() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return {{clients_.begin(), clients_.end()}, rejects_before_};
}

uint64_t Hub::pushes() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return pushes_;
}

}  // namespace mesh::server
