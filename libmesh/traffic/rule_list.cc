#include "libmesh/traffic/rule_list.h"

namespace mesh::traffic {

const std::shared_ptr<const RuleList::Data>& RuleList::nobody() {
  static const auto none = std::make_shared<const Data>(std::vector<VirtualServicePtr>());
  return none;
}

const RuleList::ByHost& RuleList::by_host() const {
  std::call_once(data_->once, [this] {
    for (const VirtualServicePtr& rule : data_->rules) {
      for (const std::string& host : rule->spec->hosts) {
        data_->by_host.insert(host, rule.get());
      }
    }
  });
  return data_->by_host;
}

}  // namespace mesh::traffic
