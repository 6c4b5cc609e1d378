// The services of a namespace, and which of them select a workload.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libmesh/base/labels.h"
#include "libmesh/model/service.h"

namespace mesh::index {

class ServicesOfNamespace {
 public:
  explicit ServicesOfNamespace(std::vector<model::ServicePtr> given) : list(std::move(given)) {}
  const std::vector<model::ServicePtr> list;  // in Istio's order

  // Calls visit(service) for each Kubernetes Service whose selector matches, in order.
  template <typename Visit>
  void each_selecting(const Labels& labels, Visit&& visit) const {
    const auto look = [&](const model::ServicePtr& service) {
      if (has_selector(*service) && labels_match(service->selector, labels)) visit(service);
    };
    if (list.size() <= kFew) {
      for (const model::ServicePtr& service : list) look(service);
    } else {
      for (const uint32_t place : candidates(labels)) look(list[place]);
    }
  }

 private:
  static constexpr size_t kFew = 32;  // are looked at one by one

  static bool has_selector(const model::Service& service) {
    return service.registry == model::Registry::kKubernetes && !service.selector.empty();
  }
  // Those that may, in order.
  std::vector<uint32_t> candidates(const Labels& labels) const;

  // By the hash of their selector's first label: whoever is selected has it. Made when first asked for.
  mutable std::once_flag once_;
  mutable std::unordered_map<size_t, std::vector<uint32_t>> by_label_;
};

// By namespace. Those of a namespace are shared from one mesh to the next as long as they are the same.
using ServicesOfNamespacePtr = std::shared_ptr<const ServicesOfNamespace>;
using NamespaceServices = std::unordered_map<std::string, ServicesOfNamespacePtr>;

// What `before` has for the namespace when it is this list, else a new one, for which the list is taken.
ServicesOfNamespacePtr shared_with(const NamespaceServices& before, const std::string& ns,
                                   std::vector<model::ServicePtr>& list);
// `services` in Istio's order; shares with `before` what is the same.
NamespaceServices by_namespace(const std::vector<model::ServicePtr>& services,
                               const NamespaceServices& before);

}  // namespace mesh::index
