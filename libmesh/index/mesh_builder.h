// MeshBuilder: makes the Mesh of one tenant, each from what is left of the last one.
#pragma once

#include <mutex>

#include "libmesh/index/ingress.h"
#include "libmesh/index/mesh.h"
#include "libmesh/index/mesh_settings.h"
#include "libmesh/index/objects.h"
#include "libmesh/index/registry/clusters.h"
#include "libmesh/index/registry/registry.h"
#include "libmesh/index/tenants/tenants.h"

namespace mesh::index {

struct MeshBuilderOptions {
  std::string cluster_id;
  std::string cluster_domain;
  std::string mesh_config;  // the flag
};

class MeshBuilder {
 public:
  explicit MeshBuilder(MeshBuilderOptions options) : options_(std::move(options)) {}

  // The tenant's mesh over these objects; the last one itself when nothing of the tenant differs.
  // Thread-safe. The answer does not depend on what was built before.
  MeshPtr build(const Tenant& tenant, const Objects& objects);
  // What became of one object (null: it went), ahead of the next build: converts it now, as the
  // registries of Istio do when an event comes. `first`: it is the first of its namespace.
  void take(const Objects& objects, const kube::ObjectKey& key, const kube::ObjectPtr& now,
            bool first);

 private:
  // True when other mistakes are found than before.
  bool add_configuration(const Objects& objects, bool anew, Mesh& mesh);
  void add_remote_secrets(const Tenant& tenant, const Objects& objects, Mesh& mesh) const;
  std::vector<std::string> discovered(const Tenant& tenant, const Objects& objects) const;
  model::RegistryOptions registry_options(const Objects& objects, const std::string& cluster) const;
  bool update_registries(const Tenant& tenant, const Objects& objects, Mesh& mesh);

  const MeshBuilderOptions options_;
  std::mutex mutex_;   // guards all below
  Registry registry_;  // of the config cluster
  Clusters clusters_;  // the others
  MeshSettingsPtr settings_;
  IngressState ingress_;
  Objects seen_;
  MeshPtr last_;
};

}  // namespace mesh::index
