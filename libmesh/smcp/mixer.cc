#include "libmesh/smcp/mixer.h"

#include <string>
#include <utility>

namespace mesh::smcp {
namespace {

// v1.1: remote wins over Mixer, as in the charts; no word about either leaves it to the defaults.
std::string guess_v1(std::optional<bool> mixer, bool remote) {
  if (remote) return "Remote";
  if (!mixer) return "";
  return *mixer ? "Mixer" : "None";
}

// Later versions: only an old v1 resource whose version was raised says anything here.
std::string guess_v2(Tree& values, std::string_view remote_address, bool remote) {
  // Upstream ignores what is no text here (conversion_strategy_v2_x.go).
  Faults ignored;
  Tree reader(values.root(), ignored);
  const auto address = reader.get_string(remote_address);
  return remote || (address && !address->empty()) ? "Remote" : "";
}

}  // namespace

std::string take_mixer_type(Tree& values, Version version, std::string_view component,
                            std::string_view remote_address) {
  const std::string place = std::string(component) + ".implementation";
  if (auto type = values.take_string(place); type && !type->empty()) {
    for (std::string_view known : {"Istiod", "Mixer", "Remote", "None"}) {
      if (*type == known) return *type;
    }
    values.faults().add("unknown " + place + " specified: " + *type);
    return "";
  }
  const auto mixer = values.take_bool("mixer." + std::string(component) + ".enabled");
  const bool remote = values.get_bool("global.istioRemote").value_or(false);
  if (values.failed()) return "";
  return facts(version).istiod ? guess_v2(values, remote_address, remote) : guess_v1(mixer, remote);
}

Value copy_map(Tree& values, std::string_view path) {
  auto map = values.get_map(path);
  return map ? std::move(*map) : Value(Map{});
}

void write_back(Tree& values, std::string_view path, Value part) {
  if (part.if_map()->empty()) {
    values.remove(path);
  } else {
    values.set(path, std::move(part));
  }
}

}  // namespace mesh::smcp
