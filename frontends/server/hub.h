// Hub: the store, the newest snapshot, and the clients to tell when it changed.
//
// Files come in from one thread (directory.h); clients come and go from any. A change is handed to
// the clients by a few workers, so that one slow client does not hold up the rest.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "frontends/server/client.h"
#include "frontends/server/handles.h"

namespace mesh::server {

struct HubOptions {
  std::string store;  // JSON for mesh_store_new
  int64_t now = 0;    // seconds since 1970, for certificates
  unsigned workers = 2;
};

class Hub {
 public:
  // Null when the store's options are refused; `why` says it.
  static std::unique_ptr<Hub> make(const HubOptions& options, std::string& why);
  ~Hub();

  // Takes the new text of a file ("" when it is gone), of objects of that remote cluster (empty: of the config cluster). Gives
  // the diagnostics as JSON.
  std::string replace_file(const std::string& file, const std::string& text,
                           const std::string& cluster = {});
  // The text behind a URL that the configuration names; an empty one takes it back.
  void give_text(const std::string& url, const std::string& text);
  // Makes what was taken visible: a new snapshot, and every client looks at it.
  void publish();

  std::shared_ptr<Client> add_client(bool delta, Client::Transport transport);
  void remove_client(const std::shared_ptr<Client>& client);
  // Ends all work for clients; for the end of the program.
  void stop();

  bool ready() const;
  Handle<mesh_snapshot> snapshot() const;
  const mesh_xds* xds() const { return xds_.get(); }
  struct Connected {
    std::vector<std::shared_ptr<Client>> clients;
    uint64_t rejects_before = 0;  // of those that have left
  };
  // Both at one time, so that a sum over them never falls.
  Connected connected() const;
  uint64_t pushes() const;

 private:
  Hub() = default;
  void work();

  mesh_store* store_of(const std::string& cluster);

  Handle<mesh_store> store_;  // only the thread of replace_file and publish
  std::map<std::string, Handle<mesh_store>> remotes_;  // the same store, by cluster
  Handle<mesh_xds> xds_;
  Handle<mesh_authority> authority_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  Handle<mesh_snapshot> snapshot_;
  std::set<std::shared_ptr<Client>> clients_;
  std::deque<std::shared_ptr<Client>> to_tell_;
  uint64_t pushes_ = 0;
  uint64_t rejects_before_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace mesh::server
