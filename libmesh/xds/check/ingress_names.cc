#include "libmesh/xds/check/ingress_names.h"

#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/model/ingress/ingress.h"
#include "libmesh/schema/gen/k8s/networking.h"
#include "libmesh/schema/kubernetes.h"
#include "libmesh/traffic/check/finding.h"
#include "libmesh/traffic/check/winner.h"

namespace mesh::xds {
namespace {

using kube::Kind;
using kube::Object;

// An Ingress and a field of it, which may be empty.
struct Place {
  kube::ObjectKey ingress;
  std::string field;

  std::string text() const { return to_string(ingress) + (field.empty() ? "" : " " + field); }
};

std::string at(std::string_view list, size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

// "spec.http[12].match[0]" with "spec.http" -> 12, and ".match[0]" is left.
std::optional<size_t> take_index(std::string_view& field, std::string_view list) {
  if (!field.starts_with(list) || field.size() <= list.size() || field[list.size()] != '[') {
    return std::nullopt;
  }
  const std::string_view rest = field.substr(list.size() + 1);
  size_t out = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  if (read.ec != std::errc() || read.ptr == rest.data() + rest.size() || *read.ptr != ']') {
    return std::nullopt;
  }
  field = rest.substr(static_cast<size_t>(read.ptr - rest.data()) + 1);
  return out;
}

// What an object that was made is made of.
class Names {
 public:
  Names(const index::Snapshot& snapshot, const index::Mesh& mesh) : snapshot_(snapshot) {
    for (const index::Gateway& gateway : *mesh.gateways) {
      if (is_made(*gateway.object)) made_.emplace(name(*gateway.object), gateway.object.get());
    }
    if (made_.empty()) return;
    for (const index::VirtualService& rule : *mesh.virtual_services) {
      if (is_made(*rule.object)) made_.emplace(name(*rule.object), rule.object.get());
    }
  }

  bool empty() const { return made_.empty(); }

  void rename(Diagnostic& found) const {
    const auto own = made_.find(found.object);
    const Object* about = own == made_.end() ? nullptr : own->second;
    const Place place = about == nullptr ? Place{} : place_of(*about, found.field);
    found.message = renamed(found.message, about, place);
    found.mend = renamed(found.mend, about, place);
    if (about == nullptr) return;
    if (found.code == Code::kRouteShadowed) found.mend = "take the path out of one of them";
    found.object = to_string(place.ingress);
    found.field = place.field;
    const kube::ObjectPtr ingress = snapshot_.find(place.ingress);
    if (ingress == nullptr) return;
    const document::Position& position = traffic::nearest(ingress->document, place.field).position;
    found.file = ingress->file;
    found.line = position.line;
    found.column = position.column;
  }

 private:
  static bool is_made(const Object& object) {
    return object.synthesized && object.key.name.find(model::kMadeOfIngress) != std::string::npos;
  }
  static std::string name(const Object& object) { return to_string(object.key); }
  // Of the Ingress that gave the object its document: the only one, or the oldest.
  static kube::ObjectKey owner_of(const Object& object) {
    std::string ns = object.key.ns;
    if (object.key.kind == Kind::kGateway) {  // "<name>-<made>-<ns>"
      const std::string& made = object.key.name;
      const size_t behind = made.rfind(model::kMadeOfIngress) + model::kMadeOfIngress.size() + 1;
      ns = behind < made.size() ? made.substr(behind) : "";
    }
    const document::Value* metadata = object.document.find("metadata");
    std::string name(metadata == nullptr ? "" : metadata->string_at("name"));
    return {Kind::kIngress, std::move(ns), std::move(name)};
  }

  Place place_of(const Object& object, std::string_view field) const {
    return object.key.kind == Kind::kGateway ? of_server(object, field) : of_route(object, field);
  }

  // Servers stand for spec.tls that name a secret, the last one for all rules.
  Place of_server(const Object& gateway, std::string_view field) const {
    Place out{owner_of(gateway), "spec"};
    const auto server = take_index(field, "spec.servers");
    const kube::ObjectPtr ingress = snapshot_.find(out.ingress);
    if (!server || ingress == nullptr) return out;
    const auto& tls = ingress->as<k8s::Ingress>().spec.tls;
    size_t left = *server;
    out.field = "spec.rules";
    for (size_t i = 0; i < tls.size(); ++i) {
      if (tls[i].secret_name.empty() || left-- != 0) continue;
      out.field = at("spec.tls", i);
      if (field == ".tls.credentialName") return out.field += ".secretName", out;
      if (field.starts_with(".hosts")) out.field += tls[i].hosts.empty() ? "" : field;
      return out;
    }
    return out;
  }

  Place of_route(const Object& rule, std::string_view field) const {
    const auto& paths = model::ingress_paths(rule);
    const auto route = take_index(field, "spec.http");
    if (!route || *route >= paths.size()) {
      if (paths.empty()) return {owner_of(rule), "spec.rules"};
      const std::string& first = paths.front().field;
      return {paths.front().ingress, first.substr(0, first.find(".http"))};
    }
    Place out{paths[*route].ingress, paths[*route].field};
    if (field.find(".destination.port") != std::string_view::npos) {
      out.field += ".backend.service.port";
    } else if (field.find(".destination") != std::string_view::npos) {
      out.field += ".backend.service.name";
    } else if (field.find(".uri") != std::string_view::npos) {
      out.field += ".path";
    }
    return out;
  }

  // A field of another Ingress whose rules are in the same object, with the reason why these come first.
  std::string beside(const Place& other, const Place& own) const {
    if (other.ingress == own.ingress) return other.field;
    const kube::ObjectPtr winner = snapshot_.find(other.ingress);
    const kube::ObjectPtr loser = snapshot_.find(own.ingress);
    if (winner == nullptr || loser == nullptr) return other.text();
    return other.text() + ", " + traffic::why_first(*winner, *loser);
  }

  // The text with the names of objects, and fields behind them, replaced; fields that stand alone are those of `about`, of
  // which the finding is, at `own`.
  std::string renamed(const std::string& text, const Object* about, const Place& own) const {
    std::string out;
    std::string_view rest = text;
    while (!rest.empty()) {
      if (const auto [object, size] = object_at(rest); object != nullptr) {
        rest.remove_prefix(size);
        std::string_view field;
        if (rest.starts_with(" spec.")) {
          rest.remove_prefix(1);
          field = take_field(rest);
        }
        Place place = place_of(*object, field);
        if (field.empty()) place.field.clear();
        out += place.text();
      } else if (about != nullptr && rest.starts_with("spec.") &&
                 (out.empty() || out.back() == ' ')) {
        out += beside(place_of(*about, take_field(rest)), own);
      } else {
        out.push_back(rest.front());
        rest.remove_prefix(1);
      }
    }
    return out;
  }

  // "spec.http[0].match[1], …" -> "spec.http[0].match[1]".
  static std::string_view take_field(std::string_view& rest) {
    const std::string_view field = rest.substr(0, rest.find_first_of(" ,;:\""));
    rest.remove_prefix(field.size());
    return field;
  }

  // The object whose name, with its kind or without, `text` begins with, and how long that is.
  std::pair<const Object*, size_t> object_at(std::string_view text) const {
    size_t kind = 0;
    for (const std::string_view each : {"VirtualService ", "Gateway "}) {
      if (text.starts_with(each)) kind = each.size();
    }
    size_t end = kind;
    while (end < text.size() && (is_word(text[end]) || text[end] == '/')) ++end;
    const std::string_view name = text.substr(kind, end - kind);
    if (name.find(model::kMadeOfIngress) == std::string_view::npos) return {nullptr, 0};
    for (const std::string_view each : {"VirtualService ", "Gateway "}) {
      if (kind != 0 && !text.starts_with(each)) continue;
      const auto found = made_.find(std::string(each).append(name));
      if (found != made_.end()) return {found->second, end};
    }
    return {nullptr, 0};
  }
  static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '*';
  }

  const index::Snapshot& snapshot_;
  std::unordered_map<std::string, const Object*> made_;  // by "Gateway ns/name"
};

}  // namespace

void name_ingresses(const index::Snapshot& snapshot, const index::Mesh& mesh,
                    Diagnostics& diagnostics) {
  const Names names(snapshot, mesh);
  if (names.empty()) return;
  for (Diagnostic& found : diagnostics) names.rename(found);
}

}  // namespace mesh::xds
