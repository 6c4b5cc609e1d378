#include "libmesh/tenancy/beyond/options.h"

#include <algorithm>

#include "libmesh/index/tenants/exclusions.h"

namespace mesh::tenancy {
namespace {

using kube::Kind;
using own::ExposeRoute;
using own::MemberOverrides;
using own::MutualTls;

constexpr const char* kOnlyName = "default";

// From open to closed.
int strictness(ExposeRoute mode) {
  switch (mode) {
    case ExposeRoute::Always:
      return 0;
    case ExposeRoute::Labelled:
      return 1;
    case ExposeRoute::Never:
      return 2;
  }
  return 0;
}

int strictness(MutualTls mode) {
  switch (mode) {
    case MutualTls::Disabled:
      return 0;
    case MutualTls::Permissive:
      return 1;
    case MutualTls::Strict:
      return 2;
  }
  return 0;
}

// Every port of `member` is one of the mesh's, where the mesh names any.
bool ports_within(const Exposure& member, const Exposure& mesh) {
  if (mesh.ports.empty()) return true;
  return !member.ports.empty() &&
         std::all_of(member.ports.begin(), member.ports.end(), [&](const auto& port) {
           return std::find(mesh.ports.begin(), mesh.ports.end(), port) != mesh.ports.end();
         });
}

bool is_stricter(const Exposure& member, const Exposure& mesh) {
  if (strictness(member.mode) < strictness(mesh.mode)) return false;
  return member.mode == ExposeRoute::Never || ports_within(member, mesh);
}

// The exposure with what `said` sets; what it leaves out stays.
Exposure overlaid(Exposure base, const own::Exposure& said) {
  if (said.expose_route) base.mode = *said.expose_route;
  if (!said.expose_ports.empty()) base.ports = said.expose_ports;
  return base;
}

bool says_something(const schema::Box<own::Exposure>& said) {
  return said && (said->expose_route || !said->expose_ports.empty());
}

void apply_preset(own::Preset preset, const kube::ObjectPtr& object, MeshOptions& out) {
  if (preset == own::Preset::Compatible) return;
  out.expose_route.mode = ExposeRoute::Never;
  out.mutual_tls = MutualTls::Strict;
  out.member_overrides = MemberOverrides::Stricter;
  out.exposure_because = because(object->key, "spec.preset", "keeps the router out by default");
  out.mutual_tls_because = because(object->key, "spec.preset", "asks for mutual TLS everywhere");
}

// Whether the mesh lets a member's own word through, and how it stands to the mesh's.
bool may_override(const MeshOptions& mesh, bool stricter) {
  switch (mesh.member_overrides) {
    case MemberOverrides::Any:
      return true;
    case MemberOverrides::Stricter:
      return stricter;
    case MemberOverrides::None:
      return false;
  }
  return false;
}

// What a member says for itself, and which of it the mesh does not let through.
struct Overrides {
  const MeshOptions& mesh;
  const kube::ObjectPtr& object;
  MemberOptions& out;

  bool through(bool stricter, const char* field) {
    if (may_override(mesh, stricter)) return true;
    out.refused.emplace_back(field);
    return false;
  }

  void read() {
    const auto& spec = object->as<own::MemberOptionsSpec>();
    if (spec.manage_network_policy == false && through(false, "spec.manageNetworkPolicy")) {
      out.manage_network_policy = false;
      out.manage_because = because(object->key, "spec.manageNetworkPolicy",
                                   "the namespace has NetworkPolicies of its own");
    }
    if (says_something(spec.network_policy)) {
      Exposure wanted = overlaid(mesh.expose_route, *spec.network_policy);
      bool same = wanted == mesh.expose_route;
      if (same || through(is_stricter(wanted, mesh.expose_route), "spec.networkPolicy")) {
        out.expose_route = std::move(wanted);
        out.exposure_because =
            because(object->key, "spec.networkPolicy", "says what the router may reach here");
      }
    }
    if (!spec.mutual_tls || spec.mutual_tls == mesh.mutual_tls) return;
    int base = strictness(mesh.mutual_tls.value_or(MutualTls::Permissive));
    if (through(strictness(*spec.mutual_tls) >= base, "spec.mutualTLS")) {
      out.mutual_tls = spec.mutual_tls;
      out.mutual_tls_because =
          because(object->key, "spec.mutualTLS", "switches mutual TLS of the namespace");
    }
  }
};

MemberOptions defaults(const MeshOptions& mesh) {
  MemberOptions out;
  out.expose_route = mesh.expose_route;
  out.exposure_because = mesh.exposure_because;
  return out;
}

}  // namespace

MeshOptions mesh_options(const index::Snapshot& snapshot, const index::Tenant& tenant) {
  MeshOptions out;
  if (tenant.implicit) return out;
  out.object = snapshot.find({Kind::kMeshOptions, tenant.ns, kOnlyName});
  if (out.object == nullptr) return out;
  const auto& spec = out.object->as<own::MeshOptionsSpec>();
  out.preset = spec.preset.value_or(own::Preset::Compatible);
  apply_preset(out.preset, out.object, out);
  if (says_something(spec.network_policy)) {
    out.expose_route = overlaid(out.expose_route, *spec.network_policy);
    out.exposure_because =
        because(out.object->key, "spec.networkPolicy", "says what the router may reach");
  }
  if (spec.mutual_tls) {
    out.mutual_tls = spec.mutual_tls;
    out.mutual_tls_because =
        because(out.object->key, "spec.mutualTLS", "switches mutual TLS of the mesh");
  }
  if (spec.member_overrides) out.member_overrides = *spec.member_overrides;
  out.excluded_namespaces = spec.excluded_namespaces;
  return out;
}

MemberOptions member_options(const index::Snapshot& snapshot, const MeshOptions& mesh,
                             const std::string& ns) {
  MemberOptions out = defaults(mesh);
  out.object = snapshot.find({Kind::kMemberOptions, ns, kOnlyName});
  if (out.object != nullptr) Overrides{mesh, out.object, out}.read();
  return out;
}

MemberOptions member_options(const index::Snapshot& snapshot, const std::string& ns) {
  const index::Tenant* tenant = snapshot.tenants().of_namespace(ns);
  // A control plane's own namespace has MeshOptions; MemberOptions there mean nothing.
  if (tenant == nullptr) return {};
  MeshOptions mesh = mesh_options(snapshot, *tenant);
  return ns == tenant->ns ? defaults(mesh) : member_options(snapshot, mesh, ns);
}

bool is_excluded(const MeshOptions& options, std::string_view ns) {
  return std::any_of(options.excluded_namespaces.begin(), options.excluded_namespaces.end(),
                     [&](const auto& pattern) { return index::matches_exclusion(pattern, ns); });
}

}  // namespace mesh::tenancy
