#include "libmesh/traffic/peer_authentication.h"

namespace mesh::traffic {
namespace {

using Mode = security::PeerAuthentication_MutualTLS_Mode;

MutualTls convert(Mode mode) {
  switch (mode) {
    case Mode::DISABLE:
      return MutualTls::kDisable;
    case Mode::PERMISSIVE:
      return MutualTls::kPermissive;
    case Mode::STRICT:
      return MutualTls::kStrict;
    case Mode::UNSET:
      break;
  }
  return MutualTls::kUnknown;
}

MutualTls mode_of(const index::PeerAuthentication* policy) {
  return policy != nullptr && (*policy)->mtls ? convert((*policy)->mtls->mode)
                                              : MutualTls::kUnknown;
}

bool selects_workloads(const security::PeerAuthentication& policy) {
  return policy.selector && !policy.selector->match_labels.empty();
}

}  // namespace

PeerAuthenticationIndex::PeerAuthenticationIndex(const index::Mesh& mesh) {
  for (const index::PeerAuthentication& config : mesh.peer_authentications) {
    bool root = config.ns() == mesh.root_namespace;
    if (selects_workloads(*config.spec)) {
      // One with a selector in the root namespace selects nothing.
      if (!root) workload_[config.ns()].push_back(&config);
    } else if (root) {
      if (mesh_ == nullptr) mesh_ = &config;
    } else {
      namespace_.try_emplace(config.ns(), &config);
    }
  }
}

PeerAuthenticationIndex::Policy PeerAuthenticationIndex::of_workload(const std::string& ns,
                                                                     const Labels& labels) const {
  auto found = workload_.find(ns);
  if (found == workload_.end()) return nullptr;
  for (Policy policy : found->second) {  // the oldest first
    if (labels_match((*policy)->selector->match_labels, labels)) return policy;
  }
  return nullptr;
}

PeerAuthenticationIndex::Policy PeerAuthenticationIndex::narrowest(const std::string& ns,
                                                                   const Labels& labels) const {
  if (Policy policy = of_workload(ns, labels)) return policy;
  auto of_namespace = namespace_.find(ns);
  return of_namespace == namespace_.end() ? mesh_ : of_namespace->second;
}

PeerAuthn PeerAuthenticationIndex::for_workload(const std::string& ns, const Labels& labels) const {
  PeerAuthn out;
  auto narrow = [&out](Policy policy) {
    if (MutualTls mode = mode_of(policy); mode != MutualTls::kUnknown) out.mode = mode;
  };
  narrow(mesh_);
  if (auto it = namespace_.find(ns); it != namespace_.end()) narrow(it->second);
  const Policy policy = of_workload(ns, labels);
  if (policy == nullptr) return out;
  narrow(policy);
  for (const auto& [port, mtls] : (*policy)->port_level_mtls) {
    MutualTls mode = convert(mtls.mode);
    out.per_port[port] = mode == MutualTls::kUnknown ? out.mode : mode;
  }
  return out;
}

MutualTls PeerAuthenticationIndex::for_namespace(const std::string& ns) const {
  MutualTls mesh_mode = MutualTls::kUnknown;
  if (mesh_ != nullptr) {
    mesh_mode = mode_of(mesh_);
    if (mesh_mode == MutualTls::kUnknown) mesh_mode = MutualTls::kPermissive;
  }
  auto it = namespace_.find(ns);
  if (it == namespace_.end()) return mesh_mode;
  MutualTls mode = mode_of(it->second);
  if (mode != MutualTls::kUnknown) return mode;
  return mesh_mode == MutualTls::kUnknown ? MutualTls::kPermissive : mesh_mode;
}

}  // namespace mesh::traffic
