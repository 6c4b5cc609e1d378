#include "libmesh/testing/suite/tagged.h"

#include "libmesh/document/json.h"
#include "libmesh/index/store.h"
#include "libmesh/kube/kinds.h"

namespace mesh::testing {

using document::Value;

namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

std::string place(const kube::Object& object, std::string_view list, size_t i) {
  return std::string(kOpen) + object.key.ns + "/" + object.key.name + " " + std::string(list) +
         "[" + std::to_string(i) + "]" + std::string(kClose);
}

// `change(route, place)` for each route of a list.
template <typename Change>
void each_route(const kube::Object& object, Value& document, std::string_view list,
                const Change& change) {
  Value* spec = document.find("spec");
  Value* found = spec == nullptr ? nullptr : spec->find(list);
  document::List* routes = found == nullptr ? nullptr : found->if_list();
  for (size_t i = 0; routes != nullptr && i < routes->size(); ++i) {
    if ((*routes)[i].is_map()) change((*routes)[i], place(object, list, i));
  }
}

// A single destination gets all, whatever its weight.
void add_destination(Value& route, const std::string& host) {
  Value* found = route.find("route");
  document::List* destinations = found == nullptr ? nullptr : found->if_list();
  if (destinations == nullptr || destinations->empty()) return;
  if (destinations->size() == 1) destinations->front().set("weight", Value(int64_t{99}));
  Value destination;
  destination.set("host", Value(host));
  Value& added = destinations->emplace_back();
  added.set("destination", std::move(destination));
  added.set("weight", Value(int64_t{1}));
}

void tag(const kube::Object& object, Value& document) {
  each_route(object, document, "http", [](Value& route, const std::string& place) {
    route.set("name", Value(place + std::string(route.string_at("name"))));
  });
  for (const std::string_view list : {"tls", "tcp"}) {
    each_route(object, document, list, add_destination);
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
  index::copy_remotes(snapshot, store);
  return store.snapshot();
}

std::vector<Reason> places_in(std::string_view name) {
  std::vector<Reason> out;
  for (size_t at = name.find(kOpen); at != std::string_view::npos;
       at = name.find(kOpen, at + kOpen.size())) {
    const size_t end = name.find(kClose, at);
    const size_t blank = name.find(' ', at);
    if (end == std::string_view::npos || blank > end) break;
    out.push_back(
        {"VirtualService " + std::string(name.substr(at + kOpen.size(), blank - at - kOpen.size())),
         "spec." + std::string(name.substr(blank + 1, end - blank - 1)), "makes the route"});
  }
  return out;
}

}  // namespace mesh::testing
