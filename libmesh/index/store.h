// Store: takes objects in any order and yields immutable snapshots.
//
//   Store store;
//   store.apply(text, "shop.yaml");           // YAML or JSON, any number of documents
//   SnapshotPtr now = store.snapshot();       // cheap; unchanged parts are shared with the last one
//
// Property: any order of apply and delete gives a snapshot equal to that of a fresh store holding
// the same objects (tests/property). One writer at a time; snapshots may be used from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/index/store_options.h"
#include "libmesh/kube/object.h"

namespace mesh::index {

// Whether a cluster may have that id: letters, digits, '-', '_' and '.', a letter or digit first.
bool is_cluster_id(std::string_view text);

class Store {
 public:
  explicit Store(StoreOptions options = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const StoreOptions& options() const;
  // Reads every document of the text and adds or replaces its objects. Mistakes become diagnostics of
  // the objects (kept with them and shown by Snapshot::diagnostics) and are also returned.
  // `cluster`: the id of the cluster they are of; empty for the config cluster. A remote cluster gives services, endpoints
  // and workloads; configuration in it is told to count for nothing (clusters.h).
  Diagnostics apply(std::string_view text, std::string_view file, std::string_view cluster = {});
  void apply(kube::ObjectPtr object, Diagnostics diagnostics = {}, std::string_view cluster = {});
  // The text behind a URL that wanted_texts (jwks.h) lists; an empty one takes it back.
  void give_text(std::string_view url, std::string_view text);
  // False when there was no such object.
  bool erase(const kube::ObjectKey& key, std::string_view cluster = {});
  // Drops what the last apply of this file said beside its objects: the file is gone.
  void forget_file(std::string_view file) { say_of_file(file, {}); }
  // Replaces what is said of a file beside its objects.
  void say_of_file(std::string_view file, Diagnostics said);

  // The present state. Revision 0 is the empty store; each snapshot that differs has the next one.
  SnapshotPtr snapshot();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Gives a store what the user gave of remote clusters.
void copy_remotes(const Snapshot& from, Store& to);

}  // namespace mesh::index
