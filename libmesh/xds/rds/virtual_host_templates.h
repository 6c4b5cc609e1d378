// Virtual hosts that need no comparison with others, as templates.
//
// Which names a service answers to follows from its host, mostly (route_domains.h): those of "a.b.svc.cluster.local" can be
// no other service's, nor can those of "www.example.com". Hosts of one form and of the same lengths differ in
// these texts alone, so from the second one on they are copies with their own texts put in. Kept for one port.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/model/proxy.h"
#include "libmesh/model/service.h"
#include "libmesh/xds/rds/routes_sidecar.h"

namespace mesh::xds {

class VirtualHostTemplates {
 public:
  // What the names of a service come to.
  enum class Form : uint8_t {
    kAny,      // its names may be somebody else's too
    kShort,    // the host alone, which may be a short name of kOther or kOwn
    kOutside,  // the host alone
    kOther,    // a service of a Kubernetes cluster, in another namespace than the proxy
    kOwn,      // in the same
  };
  struct Names {
    Form form = Form::kAny;
    uint32_t port = 0;
    std::string_view host;
    std::string_view address;  // empty: none
  };

  // Forgets what it knows, and keeps the memory.
  void reset(const model::Proxy& proxy);
  // The service's host has no capitals.
  Form form_of(const model::Service& service) const;

  // Appends name and domains; the answer has no routes.
  PortRoutes::VirtualHost put_head(const Names& names, std::string& heads);
  // Appends the whole virtual host, as a field of a RouteConfiguration. `write_rest` appends what comes after its domains:
  // a cluster's name with "||<host>" first, "<host>:" last, and nothing else that depends on the host. False, and
  // nothing is appended, when these are not found.
  template <typename WriteRest>
  bool put_whole(const Names& names, WriteRest&& write_rest, std::string& heads,
                 PortRoutes::VirtualHost& out) {
    bool fresh = false;
    Template& known = find(lengths_of(names, true), fresh);
    if (fresh) {
      known.write_head(names);
      write_rest(known.bytes);
      out = known.put_field(heads);
      return true;
    }
    if (!known.closed) known.close();
    if (!known.usable) return false;
    out = known.copy_to(names, heads);
    return true;
  }

 private:
  struct Lengths {
    Form form = Form::kAny;
    bool whole = false;
    uint32_t port = 0;
    size_t host = 0;
    size_t name = 0;     // up to the first dot
    size_t with_ns = 0;  // up to ".svc."
    size_t address = 0;
    bool operator==(const Lengths&) const = default;
  };
  struct Hole {
    uint32_t at = 0;
    uint32_t size = 0;  // of the host's first bytes
  };
  struct Template {
    Lengths lengths;
    std::string bytes;
    std::array<Hole, 8> holes;
    size_t hole_count = 0;
    size_t address_at = 0;
    PortRoutes::VirtualHost parts;  // where they stand
    bool closed =
        false;  // it was made a field, and where the host stands in the rest is known if `usable`
    bool usable = false;

    void write_head(const Names& names);
    // Of the host that it was written for.
    PortRoutes::VirtualHost put_field(std::string& heads) const;
    void close();
    PortRoutes::VirtualHost copy_to(const Names& names, std::string& heads) const;
    // Where the parts stand when the bytes start there; for those that are no field.
    PortRoutes::VirtualHost parts_at(size_t start) const;

   private:
    void put(std::string_view host, uint32_t size, bool port_behind);
    bool find_rest();
  };
  Lengths lengths_of(const Names& names, bool whole) const;
  // Fresh ones have their lengths only.
  Template& find(const Lengths& lengths, bool& fresh);

  std::string_view own_ns_;
  std::string_view
      suffix_;  // ".svc.cluster.local"; empty when the proxy is in no Kubernetes cluster
  std::string_view last_label_;  // of the domain, when there is no suffix
  std::vector<Template> templates_;
  size_t used_ = 0;
  size_t next_ = 0;
};

}  // namespace mesh::xds
