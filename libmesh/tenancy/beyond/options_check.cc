// What is wrong with MeshOptions and MemberOptions beyond their types (options.h, check_options).
#include <algorithm>
#include <map>

#include "libmesh/base/codes.h"
#include "libmesh/tenancy/beyond/options.h"

namespace mesh::tenancy {
namespace {

using document::Value;
using kube::Kind;

constexpr const char* kOnlyName = "default";
constexpr int32_t kHighestPort = 65535;
constexpr size_t kLongestPortName = 15;

// The value at "a.b[2]" of an object's spec, or the spec, or the document: for line and column.
const Value& at(const kube::ObjectPtr& object, std::string_view outer, std::string_view inner = {},
                std::optional<size_t> element = {}) {
  const Value* value = object->document.find("spec");
  if (value == nullptr) return object->document;
  if (const Value* found = value->find(outer)) value = found;
  if (const Value* found = inner.empty() ? nullptr : value->find(inner)) value = found;
  const document::List* list = value->if_list();
  return element && list != nullptr && *element < list->size() ? (*list)[*element] : *value;
}

struct Checker {
  const index::Snapshot& snapshot;
  Diagnostics& out;

  void report(Severity severity, Code code, const kube::ObjectPtr& object, std::string field,
              const Value& at, std::string message, std::string mend) {
    out.push_back({severity, code, to_string(object->key), std::move(field), std::move(message),
                   std::move(mend), object->file, at.position.line, at.position.column});
  }
  bool check_name(const kube::ObjectPtr& object) {
    if (object->key.name == kOnlyName) return true;
    report(Severity::kError, Code::kReservedName, object, "metadata.name", object->document,
           std::string(kube::kind_name(object->key.kind)) +
               " must be named \"default\"; these do nothing",
           "name it \"default\"");
    return false;
  }
  void check_ports(const kube::ObjectPtr& object, const own::Exposure& exposure);
  void check_mesh(const kube::ObjectPtr& object);
  void check_member(const kube::ObjectPtr& object);
};

// IANA service names, as Kubernetes wants port names: letters, digits and single dashes, a letter.
bool is_port_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestPortName) return false;
  if (name.front() == '-' || name.back() == '-' || name.find("--") != name.npos) return false;
  bool letter = false;
  for (char c : name) {
    letter |= c >= 'a' && c <= 'z';
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return letter;
}

void Checker::check_ports(const kube::ObjectPtr& object, const own::Exposure& exposure) {
  for (size_t i = 0; i < exposure.expose_ports.size(); ++i) {
    const schema::IntOrString& port = exposure.expose_ports[i];
    std::string field = "spec.networkPolicy.exposePorts[" + std::to_string(i) + "]";
    const Value& place = at(object, "networkPolicy", "exposePorts", i);
    if (!port.is_string && (port.number < 1 || port.number > kHighestPort)) {
      report(Severity::kError, Code::kOutOfRange, object, field, place,
             "is " + std::to_string(port.number) + ", must be between 1 and 65535",
             "write a number of that range");
    } else if (port.is_string && !is_port_name(port.text)) {
      report(Severity::kError, Code::kBadFormat, object, field, place,
             "\"" + port.text + "\" is not the name of a port",
             "write a number, or at most 15 lower-case letters, digits and '-'");
    }
  }
  if (exposure.expose_route == own::ExposeRoute::Never && !exposure.expose_ports.empty()) {
    report(Severity::kWarning, Code::kOptionsIgnored, object, "spec.networkPolicy.exposePorts",
           at(object, "networkPolicy", "exposePorts"),
           "the router reaches nothing, so its ports mean nothing",
           "leave them out, or set exposeRoute to Labelled or Always");
  }
}

void Checker::check_mesh(const kube::ObjectPtr& object) {
  if (!check_name(object)) return;
  const index::Tenant* tenant = snapshot.tenants().of_namespace(object->key.ns);
  if (tenant == nullptr || tenant->implicit || tenant->ns != object->key.ns) {
    report(Severity::kWarning, Code::kNoControlPlane, object, "metadata.namespace",
           object->document,
           "there is no ServiceMeshControlPlane in namespace \"" + object->key.ns + "\"",
           "put them beside the control plane; a member has MemberOptions");
  }
  const auto& spec = object->as<own::MeshOptionsSpec>();
  if (spec.network_policy) check_ports(object, *spec.network_policy);
  for (size_t i = 0; i < spec.excluded_namespaces.size(); ++i) {
    std::string_view pattern = spec.excluded_namespaces[i];
    std::string_view stem = pattern.substr(0, pattern.size() - (pattern.ends_with('*') ? 1 : 0));
    bool good =
        !stem.empty() && stem.front() != '-' && std::all_of(stem.begin(), stem.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        });
    if (good) continue;
    report(Severity::kError, Code::kBadFormat, object,
           "spec.excludedNamespaces[" + std::to_string(i) + "]",
           at(object, "excludedNamespaces", {}, i),
           "\"" + std::string(pattern) + "\" is not the name of a namespace nor a prefix of one",
           "write a name, or a prefix followed by one '*'");
  }
}

void Checker::check_member(const kube::ObjectPtr& object) {
  if (!check_name(object)) return;
  const std::string& ns = object->key.ns;
  const index::Tenant* tenant = snapshot.tenants().of_namespace(ns);
  const auto& spec = object->as<own::MemberOptionsSpec>();
  if (spec.network_policy) check_ports(object, *spec.network_policy);
  if (tenant == nullptr || tenant->implicit) {
    report(Severity::kInfo, Code::kOptionsIgnored, object, "metadata.namespace", object->document,
           "namespace \"" + ns + "\" is in no mesh, so its options do nothing yet",
           "add the namespace to a mesh");
    return;
  }
  if (tenant->ns == ns) {
    report(Severity::kWarning, Code::kOptionsIgnored, object, "metadata.namespace",
           object->document, "the namespace of a control plane has MeshOptions; these do nothing",
           "move them to MeshOptions " + ns + "/default");
    return;
  }
  MeshOptions mesh = mesh_options(snapshot, *tenant);
  for (const std::string& field : member_options(snapshot, mesh, ns).refused) {
    std::string_view key = std::string_view(field).substr(std::string_view("spec.").size());
    report(Severity::kWarning, Code::kOptionsRefused, object, field, at(object, key),
           mesh.member_overrides == own::MemberOverrides::None
               ? "the mesh lets no member choose; its own options hold"
               : "is less strict than the mesh, which lets members be stricter only",
           "ask the administrator of the mesh for memberOverrides: Any");
  }
}

}  // namespace

Diagnostics check_options(const index::Snapshot& snapshot) {
  Diagnostics out;
  Checker checker{snapshot, out};
  for (const auto& [key, object] : snapshot.objects(Kind::kMeshOptions)) checker.check_mesh(object);
  for (const auto& [key, object] : snapshot.objects(Kind::kMemberOptions)) {
    checker.check_member(object);
  }
  sort_and_dedupe(out);
  return out;
}

}  // namespace mesh::tenancy
