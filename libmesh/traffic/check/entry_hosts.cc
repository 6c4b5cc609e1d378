#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "libmesh/traffic/check/finder.h"
#include "libmesh/traffic/check/service_conflicts.h"
#include "libmesh/traffic/check/service_place.h"
#include "libmesh/traffic/check/winner.h"
#include "libmesh/traffic/entry_visibility.h"

namespace mesh::traffic {
namespace {

using model::Service;
using networking::ServiceEntry;

// A ServiceEntry with a host.
struct Entry {
  const Service* service = nullptr;
  kube::ObjectPtr object;
  Visibility seen;

  const ServiceEntry& spec() const { return object->as<ServiceEntry>(); }
  std::string host_field() const { return traffic::host_field(*object, *service); }
};

// What proxies are made of; a difference in it is one that somebody may meet.
bool say_the_same(const Entry& a, const Entry& b) {
  const auto key = [](const ServiceEntry& spec) {
    return std::tie(spec.ports, spec.resolution, spec.location, spec.addresses, spec.endpoints,
                    spec.workload_selector, spec.subject_alt_names);
  };
  return key(a.spec()) == key(b.spec());
}

std::string of(const Entry& winner, const std::string& field, const Entry& loser) {
  const bool same = winner.service->ns == loser.service->ns;  // then the objects' names tell
  return to_string(winner.object->key) + " " + field + ", " +
         (same ? why_first(*winner.object, *loser.object)
               : why_first(*winner.service, *loser.service));
}

// ---- one namespace --------------------------------------------------------------------------

// Ports of one number: the first one's protocol, and how its entry finds endpoints, count.
void check_same_namespace(const Entry& winner, const Entry& loser, Diagnostics& out) {
  Finder finder(*loser.object, out);
  bool shared = false;
  for (const model::Port& port : loser.service->ports) {
    const model::Port* first = winner.service->port_by_number(port.number);
    if (first == nullptr) continue;
    shared = true;
    if (first->protocol == port.protocol) continue;
    finder.warn(Code::kRuleConflict, port_field(*loser.object, port) + ".protocol",
                "port " + std::to_string(port.number) + " of host " +
                    quoted(loser.service->hostname) + " is " +
                    std::string(model::protocol_name(first->protocol)) + ", by " +
                    of(winner, port_field(*winner.object, *first) + ".protocol", loser) +
                    "; this one counts for nothing",
                "write the same protocol into both, or keep one of them");
  }
  if (!shared) return;
  const auto tell = [&](const std::string& field, const char* what) {
    finder.warn(Code::kRuleConflict, field,
                std::string("the ports that both have go by the ") + what + " of " +
                    of(winner, field, loser) + "; this one counts for nothing there",
                "write the same into both, or keep one of them");
  };
  if (winner.service->resolution != loser.service->resolution) {
    tell("spec.resolution", "resolution");
  }
  if (winner.service->mesh_external != loser.service->mesh_external) {
    tell("spec.location", "location");
  }
}

// ---- several namespaces ---------------------------------------------------------------------

// Whether some namespace that is not `own` sees both.
bool seen_together(const Visibility& a, const Visibility& b, const std::string& own) {
  if (a.all && b.all) return true;
  const Visibility& some = a.all ? b : a;
  const Visibility& other = a.all ? a : b;
  return std::any_of(some.namespaces.begin(), some.namespaces.end(),
                     [&](const std::string& ns) { return ns != own && other.sees(ns); });
}

// Every namespace follows its own, so only others are spoken of.
void check_namespaces(const Entry& winner, const Entry& loser, Diagnostics& out) {
  if (!seen_together(winner.seen, loser.seen, loser.service->ns)) return;
  if (say_the_same(winner, loser)) return;
  Finder(*loser.object, out)
      .remark(Code::kRuleConflict, loser.host_field(),
              "outside of namespace " + quoted(loser.service->ns) + " host " +
                  quoted(loser.service->hostname) + " is that of " +
                  of(winner, winner.host_field(), loser) +
                  "; this one counts in its own namespace only",
              "keep one of them, or export each to its own namespace: exportTo: [\".\"]");
}

// Of entries for some namespaces and such for all, the former come first.
const Entry& first_for_others(const std::vector<Entry>& entries) {
  const auto some = std::find_if(entries.begin(), entries.end(), [](const Entry& entry) {
    return !entry.seen.all && !entry.seen.namespaces.empty() &&
           std::any_of(entry.seen.namespaces.begin(), entry.seen.namespaces.end(),
                       [&](const std::string& ns) { return ns != entry.service->ns; });
  });
  if (some != entries.end()) return *some;
  const auto all = std::find_if(entries.begin(), entries.end(),
                                [](const Entry& entry) { return entry.seen.all; });
  return all != entries.end() ? *all : entries.front();
}

void check_host(const std::vector<Entry>& entries, Diagnostics& out) {
  std::map<std::string, const Entry*> of_namespace;
  std::vector<Entry> firsts;
  for (const Entry& entry : entries) {
    const auto [it, fresh] = of_namespace.try_emplace(entry.service->ns, &entry);
    if (fresh) {
      firsts.push_back(entry);
    } else if (it->second->object != entry.object) {
      check_same_namespace(*it->second, entry, out);
    }
  }
  if (firsts.size() < 2) return;
  const Entry& winner = first_for_others(firsts);
  for (const Entry& entry : firsts) {
    if (entry.object != winner.object) check_namespaces(winner, entry, out);
  }
}

}  // namespace

Diagnostics entry_hosts(const index::Snapshot& snapshot, const index::Mesh& mesh) {
  const EntryVisibility visibilities(mesh);
  std::map<std::string, std::vector<const Service*>> by_host;
  for (const model::ServicePtr& service : mesh.services) {
    if (service->registry == model::Registry::kExternal) {
      by_host[service->hostname].push_back(service.get());
    }
  }
  Diagnostics out;
  for (const auto& [host, services] : by_host) {
    if (services.size() < 2) continue;
    std::vector<Entry> entries;
    for (const Service* service : services) {
      kube::ObjectPtr object = object_of(snapshot, *service);
      if (object == nullptr || (!entries.empty() && entries.back().object == object)) continue;
      const Visibility said = visibility_of(*service, mesh.config->default_service_export_to);
      entries.push_back({service, std::move(object), visibilities.narrowed(*service, said)});
    }
    check_host(entries, out);
  }
  return out;
}

}  // namespace mesh::traffic
