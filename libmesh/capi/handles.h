// What the opaque handles of include/mesh are made of.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "libmesh/base/result.h"
#include "libmesh/identity/authority.h"
#include "libmesh/index/file_set.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/index/store.h"
#include "libmesh/index/watch.h"
#include "libmesh/injection/injector.h"
#include "libmesh/model/proxy.h"
#include "libmesh/testing/walk/walk.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/session/session.h"

struct mesh_buffer {
  std::string bytes;
};

struct mesh_error {
  mesh::Error value;
};

// What all handles of a store share.
struct mesh_store_state {
  explicit mesh_store_state(mesh::index::StoreOptions options) : value(std::move(options)) {}
  mesh::index::Store value;
  std::map<std::string, mesh::index::FileSet> files;  // by cluster
};

struct mesh_store {
  std::shared_ptr<mesh_store_state> state;  // never null
  std::string cluster;                      // whose objects come through the handle; empty: its own
  mesh::index::Store& value = state->value;
  mesh::index::FileSet& files =
      state->files.try_emplace(cluster, state->value, cluster).first->second;
};

struct mesh_snapshot {
  mesh::index::SnapshotPtr value;  // never null
};

struct mesh_watch {
  mesh::index::Watch value;
};

struct mesh_proxy {
  mesh::model::Proxy value;
};

struct mesh_xds {
  mesh::xds::Generator value;
  mesh::testing::Walker walker;
};

struct mesh_authority {
  explicit mesh_authority(mesh::identity::AuthorityOptions options) : value(options) {}
  mutable mesh::identity::Authority value;  // locks itself: const for callers means "may be shared"
};

struct mesh_session {
  mesh_session(const mesh::xds::Generator& generator, mesh::xds::SessionOptions options)
      : value(generator, std::move(options)) {}
  mesh::xds::Session value;
};

// Each part is immutable: a clone shares them.
struct mesh_injector {
  mesh::injection::InjectorPtr around;  // for manifests and questions; never null
  mesh::injection::InjectorPtr called;  // for reviews, which an API server sends; never null
  std::shared_ptr<const mesh::injection::Chooser> webhook;
  std::shared_ptr<const mesh::injection::Chooser> manifests;
  mesh::Diagnostics diagnostics;  // of settings that were given
};

struct mesh_message {
  explicit mesh_message(mesh::xds::Message message)
      : value(std::move(message)), slices(value.slices()) {}
  const mesh::xds::Message value;
  const std::vector<std::string_view> slices;  // into value
};
