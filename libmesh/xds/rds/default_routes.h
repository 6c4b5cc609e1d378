// The default routes of services, as templates: those of one port whose hosts have the same size differ in the host alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::xds {

class DefaultRoutes {
 public:
  void clear() { templates_.clear(); }

  // Appends the route of a host: a copy of one of its size when there were some, or what `write` appends.
  template <typename Write>
  void append(std::string_view host, uint32_t port, std::string& out, Write&& write) {
    // Shorter names, and addresses, might be met elsewhere in the bytes.
    const bool plain = host.size() >= 8 && host.find(':') == std::string_view::npos;
    Template* const known = plain ? find(host.size(), port) : nullptr;
    const size_t start = out.size();
    if (known != nullptr && !known->bytes.empty()) {
      out.append(known->bytes);
      host.copy(out.data() + start + known->cluster_at, host.size());
      host.copy(out.data() + start + known->operation_at, host.size());
      return;
    }
    write();
    // One that is needed once is not worth a template.
    if (known != nullptr && known->uses++ != 0)
      known->take(std::string_view(out).substr(start), host);
  }

 private:
  struct Template {
    size_t host_size = 0;
    uint32_t port = 0;
    uint32_t uses = 0;
    size_t cluster_at = 0;  // where the host starts in the cluster's name
    size_t operation_at = 0;
    std::string bytes;

    // The cluster "outbound|<port>||<host>" comes first, the operation "<host>:<port>/*" last; nothing else may have the
    // host in it.
    void take(std::string_view route, std::string_view host) {
      cluster_at = route.find(host);
      operation_at = route.rfind(host);
      if (route.find(host, cluster_at + host.size()) == operation_at) bytes = route;
    }
  };
  // Perhaps not made yet.
  Template* find(size_t host_size, uint32_t port) {
    for (Template& known : templates_) {
      if (known.host_size == host_size && known.port == port) return &known;
    }
    constexpr size_t kMost = 32;
    if (templates_.size() == kMost) return nullptr;
    return &templates_.emplace_back(Template{host_size, port, 0, 0, 0, {}});
  }

  std::vector<Template> templates_;
};

}  // namespace mesh::xds
