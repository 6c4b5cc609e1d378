#include "libmesh/injection/pod/order.h"

#include <algorithm>
#include <optional>

#include "libmesh/injection/pod/access.h"

namespace mesh::injection {

using document::List;
using document::Value;

void move_container(List& containers, std::string_view name, Place place) {
  const Value* found = find_named(&containers, name);
  if (found == nullptr) return;
  std::optional<Value> moved;
  std::erase_if(containers, [&](Value& container) {
    const Value* own = container.find("name");
    const std::string* text = own == nullptr ? nullptr : own->if_string();
    if (text == nullptr || *text != name) return false;
    moved = std::move(container);
    return true;
  });
  if (place == Place::kFirst) containers.insert(containers.begin(), *std::move(moved));
  if (place == Place::kLast) containers.push_back(*std::move(moved));
}

void reorder_containers(Value& pod, bool proxy_first) {
  if (List* containers = spec_list(pod, kContainers)) {
    move_container(*containers, kProxyContainer, proxy_first ? Place::kFirst : Place::kLast);
  }
  List* init = spec_list(pod, kInitContainers);
  if (init == nullptr) return;
  if (find_named(init, kProxyContainer) != nullptr) {
    for (std::string_view name :
         {kCoreDumpContainer, kProxyContainer, kValidationContainer, kInitContainer}) {
      move_container(*init, name, Place::kFirst);
    }
    return;
  }
  move_container(*init, kValidationContainer, Place::kFirst);
  move_container(*init, kInitContainer, Place::kLast);
  move_container(*init, kCoreDumpContainer, Place::kLast);
}

}  // namespace mesh::injection
