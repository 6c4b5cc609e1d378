// TenantBuilder: keeps the Tenants up to date with what changes.
//
// Each change is turned into the namespaces whose answer it may change (claims.h), and only these
// are decided anew (tenant_decision.h): a Namespace that appears or gets another label costs what
// the rolls cost that may match it, whatever the size of the cluster and of the rolls. A change of
// a roll costs its own members, one of a control plane those of that one.
// Property: the Tenants are those of a builder that sees the same objects for the first time
// (tests/index/tenants/tenants_property_test.cc).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "libmesh/index/objects.h"
#include "libmesh/index/tenants/claims.h"
#include "libmesh/index/tenants/membership.h"
#include "libmesh/index/tenants/tenant_decision.h"
#include "libmesh/index/tenants/tenants.h"

namespace mesh::index {

class TenantBuilder {
 public:
  // `existing`: all namespaces there are, by a Namespace object or by any object that lives in one;
  // `moved`: those that have come or gone since the last time.
  // Returns the namespaces of which injection may be decided differently now.
  std::set<std::string> update(const Objects& now, const std::set<std::string>& existing,
                               const std::set<std::string>& moved);
  // As of the last update.
  const std::shared_ptr<const Tenants>& tenants() const { return tenants_; }

 private:
  // A tenant that is being written; what is read is a copy that shares its lists.
  struct Record {
    Tenant tenant;
    bool touched = true;
  };

  void note_namespaces(const Objects& now);
  void note_members(const Objects& now);
  void note_planes(const Objects& now);
  void note_plane(const std::string& ns, const Objects& now);
  void note_rolls(const Objects& now);
  void refresh_roll(const std::string& plane, const Objects& now);
  void choose_implicit();
  void choose_cluster_wide();

  void decide_all_of(const std::string& plane);
  void decide_wanted_by(const Roll* roll);
  void decide_differences(const Roll& before, const Roll& after);

  void apply(const std::string& ns, Decision decision);
  void apply_members(const std::string& ns, std::vector<std::pair<std::string, Member>> members);
  void apply_owner(const std::string& ns, const Tenant* owner);
  void say(std::string cause, Diagnostics found);
  Tenant* edit(const std::string& plane);
  void publish();

  Objects seen_;
  std::map<std::string, Record> records_;        // by the control plane's namespace; "": implicit
  std::map<std::string, const Tenant*> planes_;  // the tenants of records_
  std::string cluster_wide_;                     // the plane that has what nobody else has
  RollIndex rolls_;
  NamespaceIndex labels_;
  std::map<std::string, std::set<std::string>> members_of_;     // plane -> who refers to it
  std::map<std::string, std::vector<std::string>> entries_of_;  // namespace -> planes that list it
  Tenants current_;
  std::shared_ptr<const Tenants> tenants_;

  // Of one update.
  const std::set<std::string>* existing_ = nullptr;
  std::set<std::string> undecided_;
  std::set<std::string> stale_rolls_;  // planes whose roll is to be read again
  std::set<std::string> differing_;    // what update() returns
  bool everything_ = true;
};

// The Tenants of these objects, made anew.
Tenants build_tenants(const Objects& objects, const std::set<std::string>& namespaces);

}  // namespace mesh::index
