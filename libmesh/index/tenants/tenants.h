// Tenants: which control planes there are and which namespace belongs to which.
//
// A directory without a control plane is one implicit mesh that owns every namespace. With control
// planes, a mesh owns its own namespace and the members of its roll (literal names, "*", label
// selectors; never the excluded ones); a namespace belongs to one mesh, the first to claim it
// (docs/tenancy.md, "Who has it"). Made by tenant_builder.h, which keeps them up to date; what a
// change does not touch is shared with the Tenants before.
// Source of the rules: Maistra's member roll controller; deliberate differences are in
// docs/tenancy.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/tables/sorted_set.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/ids.h"

namespace mesh::index {

enum class MemberState : uint8_t {
  kConfigured,  // belongs to the mesh
  kPending,     // named, but the namespace is not there
  kRefused,     // named, but it belongs to another mesh or may not be a member
};

struct Member {
  std::string ns;
  MemberState state = MemberState::kConfigured;
  std::string reason;      // "" | "NamespaceNotExists" | "BelongsToAnotherMesh" | "Excluded" | …
  std::string message;     // for people
  std::string via;         // what made it a member: "spec.members[2]", "spec.members *",
                           // "ServiceMeshMember ns/default"
  model::TenantId holder;  // of a refused one: the mesh that has it (for administrators only)
  bool operator==(const Member&) const = default;
};

struct NamespaceOf {
  template <typename T>
  const std::string& operator()(const T& value) const {
    return value.ns;
  }
};

struct Tenant {
  model::TenantId id;
  std::string ns;       // of the control plane: the mesh's root namespace
  std::string name;     // of the ServiceMeshControlPlane, or "" for the implicit mesh
  std::string version;  // "v2.6", or "" for the implicit mesh
  bool implicit = false;
  bool cluster_wide = false;
  kube::ObjectPtr control_plane;           // null for the implicit mesh
  SortedSet<Member, NamespaceOf> members;  // by namespace
  SortedSet<std::string> namespaces;       // all it owns, its own included
};
using TenantPtr = std::shared_ptr<const Tenant>;

// The tenants by id; reads like a vector of Tenant.
class TenantList {
  struct IdOf {
    const model::TenantId& operator()(const TenantPtr& tenant) const { return tenant->id; }
  };
  using Set = SortedSet<TenantPtr, IdOf>;

 public:
  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Tenant;
    using difference_type = std::ptrdiff_t;
    using pointer = const Tenant*;
    using reference = const Tenant&;

    const_iterator() = default;
    explicit const_iterator(Set::const_iterator at) : at_(at) {}
    reference operator*() const { return **at_; }
    pointer operator->() const { return at_->get(); }
    const_iterator& operator++() {
      ++at_;
      return *this;
    }
    const_iterator operator++(int) { return const_iterator(at_++); }
    bool operator==(const const_iterator&) const = default;

   private:
    Set::const_iterator at_;
  };

  const_iterator begin() const { return const_iterator(set_.begin()); }
  const_iterator end() const { return const_iterator(set_.end()); }
  size_t size() const { return set_.size(); }
  bool empty() const { return set_.empty(); }
  const Tenant& front() const { return *set_.front(); }
  const Tenant& operator[](size_t i) const { return *set_[i]; }
  const Tenant& at(size_t i) const { return *set_[i]; }
  const Tenant* find(const model::TenantId& id) const {
    const TenantPtr* found = set_.get(id);
    return found == nullptr ? nullptr : found->get();
  }

  void set(TenantPtr tenant) { set_.set(std::move(tenant)); }
  bool erase(const model::TenantId& id) { return set_.erase(id); }

 private:
  Set set_;
};

// One namespace and the mesh that owns it.
struct Owned {
  std::string ns;
  model::TenantId tenant;
  bool operator==(const Owned&) const = default;
};

// What is wrong, by what it was found at: a namespace ("ns/shop") or an object.
struct Said {
  struct CauseOf {
    const std::string& operator()(const Said& said) const { return said.cause; }
  };
  std::string cause;
  Diagnostics found;
  bool operator==(const Said&) const = default;
};

struct Tenants {
  TenantList list;                             // by id
  SortedSet<Owned, NamespaceOf> by_namespace;  // owner of each owned namespace
  SortedSet<Said, Said::CauseOf> said;

  Diagnostics diagnostics() const;  // all that is said, sorted
  const Tenant* find(const model::TenantId& id) const { return list.find(id); }
  // The tenant that owns the namespace, or nullptr.
  const Tenant* of_namespace(const std::string& ns) const;
};

}  // namespace mesh::index
