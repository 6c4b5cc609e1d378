// Names and domains of virtual hosts that need no comparison with others.
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

class VirtualHostHeads {
 public:
  // What the names of a service come to.
  enum class Form : uint8_t {
    kAny,      // its names may be somebody else's too
    kShort,    // the host alone, which may be a short name of kOther or kOwn
    kOutside,  // the host alone
    kOther,    // a service of a Kubernetes cluster, in another namespace than the proxy
    kOwn,      // in the same
  };

  // Forgets what it knows, and keeps the memory.
  void reset(const model::Proxy& proxy);
  // The service's host has no capitals.
  Form form_of(const model::Service& service) const;
  // Appends name and domains, and gives where the name stands. An empty address is none.
  PortRoutes::Text put(Form form, std::string_view host, std::string_view address, uint32_t port,
                       std::string& heads);

 private:
  struct Lengths {
    Form form = Form::kAny;
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
    std::array<Hole, 6> holes;
    size_t hole_count = 0;
    PortRoutes::Text name;
    size_t address_at = 0;

    void write(std::string_view host, std::string_view address);
    void put(std::string_view host, uint32_t size, bool port_behind);
  };
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
