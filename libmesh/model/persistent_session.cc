#include "libmesh/model/persistent_session.h"

#include <string>

namespace mesh::model {

PersistentSession persistent_session(const Service& service) {
  static const std::string kCookie = "istio.io/persistent-session";
  static const std::string kHeader = "istio.io/persistent-session-header";
  if (service.labels.empty()) return {};
  auto value = [&](const std::string& label) {
    const auto found = service.labels.find(label);
    return found == service.labels.end() ? std::string_view() : std::string_view(found->second);
  };
  return {value(kCookie), value(kHeader)};
}

}  // namespace mesh::model
