// The domains of a virtual host: every name a client may put into the Host header for a service
// (generateVirtualHostDomains in pilot/pkg/networking/core/httproute.go).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/model/proxy.h"
#include "libmesh/model/service.h"

namespace mesh::xds {

// The names of one host, one after the other in one text.
class DomainList {
 public:
  // A short form of another name ("cart" of "cart.shop.svc.cluster.local") is an alternate: it gives way to a
  // service whose full name it is.
  void add(std::string_view head, std::string_view tail, bool alternate);
  void clear() {
    text_.clear();
    items_.clear();
  }
  size_t size() const { return items_.size(); }
  std::string_view text(size_t i) const {
    return std::string_view(text_).substr(items_[i].offset, items_[i].size);
  }
  bool alternate(size_t i) const { return items_[i].alternate; }

 private:
  struct Item {
    uint32_t offset;
    uint32_t size;
    bool alternate;
  };
  std::string text_;
  std::vector<Item> items_;
};

// port 0: names without ports (Envoy ignores the port of the Host header); else each name also as "name:port".
void append_domains(const model::Service& service, uint32_t port, const model::Proxy& proxy,
                    bool dual_stack, DomainList& out);

}  // namespace mesh::xds
