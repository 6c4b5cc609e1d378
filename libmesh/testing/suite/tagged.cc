#include "libmesh/testing/suite/tagged.h"

#include "libmesh/document/json.h"
#include "libmesh/index/store.h"
#include "libmesh/kube/kinds.h"

namespace mesh::testing {

using document::Value;

namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

void tag(const kube::Object& object, Value& document) {
  Value* spec = document.find("spec");
  Value* http = spec == nullptr ? nullptr : spec->find("http");
  document::List* routes = http == nullptr ? nullptr : http->if_list();
  for (size_t i = 0; routes != nullptr && i < routes->size(); ++i) {
    Value& route = (*routes)[i];
    if (!route.is_map()) continue;
    const std::string old(route.string_at("name"));
    route.set("name", Value(std::string(kOpen) + object.key.ns + "/" + object.key.name + " http[" +
                            std::to_string(i) + "]" + std::string(kClose) + old));
  }
}

}  // namespace

index::SnapshotPtr tagged(const index::Snapshot& snapshot) {
  index::Store store(snapshot.options());
  for (const kube::KindInfo& kind : kube::kinds()) {
    for (const auto& [key, object] : snapshot.objects(kind.kind)) {
      if (object->synthesized) continue;
      if (kind.kind != kube::Kind::kVirtualService) {
        store.apply(object);
        continue;
      }
      Value document = object->document;
      tag(*object, document);
      store.apply(document::write_json(document), object->file);
    }
  }
  return store.snapshot();
}

std::vector<Reason> places_in(std::string_view route_name) {
  std::vector<Reason> out;
  for (size_t at = route_name.find(kOpen); at != std::string_view::npos;
       at = route_name.find(kOpen, at + kOpen.size())) {
    const size_t end = route_name.find(kClose, at);
    const size_t blank = route_name.find(' ', at);
    if (end == std::string_view::npos || blank > end) break;
    out.push_back({"VirtualService " +
                       std::string(route_name.substr(at + kOpen.size(), blank - at - kOpen.size())),
                   "spec." + std::string(route_name.substr(blank + 1, end - blank - 1)),
                   "makes the route"});
  }
  return out;
}

}  // namespace mesh::testing
