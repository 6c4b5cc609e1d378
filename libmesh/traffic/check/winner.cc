#include "libmesh/traffic/check/winner.h"

#include "libmesh/model/ingress/ingress.h"

namespace mesh::traffic {

std::string why_first(const kube::Object& winner, const kube::Object& loser) {
  const auto made = [](const kube::Object& object) {
    return object.synthesized && model::has_ingress_semantics(object);
  };
  if (made(winner) && !made(loser)) {
    return "whose rules come before those of VirtualServices";
  }
  if (winner.creation_time < loser.creation_time) return "which is older";
  if (winner.key.name != loser.key.name) return "which is as old and first by name";
  return "which is as old, has the same name, and is first by namespace";
}

int rank_in(const std::string& ns, const Visibility& visibility, const std::string& own) {
  if (visibility.all) return 2;
  return own == ns ? 0 : 1;
}

std::string some_of(const std::vector<std::string>& list) {
  constexpr size_t kShown = 3;
  std::string out;
  for (size_t i = 0; i < list.size() && i < kShown; ++i) out += (i == 0 ? "" : ", ") + list[i];
  if (list.size() > kShown) out += " and " + std::to_string(list.size() - kShown) + " more";
  return out;
}

}  // namespace mesh::traffic
