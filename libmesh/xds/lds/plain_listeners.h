// Listeners that pass all of a service's address and port on to its cluster, as templates: those of one port whose address and
// host have the same lengths differ in these texts alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::xds {

class PlainListeners {
 public:
  struct Texts {
    std::string_view address;
    std::string_view host;
    uint32_t port = 0;          // of the listener
    uint32_t cluster_port = 0;  // of the service
  };
  // The bytes of such a listener, until the next call; null when none of its shape was learned.
  const std::string* find(const Texts& texts);
  // Takes the bytes of one for which find() gave none: from the second of a shape on they are its template.
  void learn(const Texts& texts, std::string_view bytes);

 private:
  void remember(const Texts& texts);

  static constexpr size_t kEach = 2;  // each text stands there twice
  struct Template {
    size_t address_size = 0;
    size_t host_size = 0;
    uint32_t port = 0;
    uint32_t cluster_port = 0;
    size_t address_at[kEach] = {};
    size_t host_at[kEach] = {};
    std::string bytes;

    bool is_for(const Texts& texts) const {
      return address_size == texts.address.size() && host_size == texts.host.size() &&
             port == texts.port && cluster_port == texts.cluster_port;
    }
  };
  std::vector<Template> templates_;
  size_t next_ = 0;
};

}  // namespace mesh::xds
