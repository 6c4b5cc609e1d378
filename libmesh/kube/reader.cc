#include "libmesh/kube/reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/kube/kinds.h"
#include "libmesh/kube/typed.h"
#include "libmesh/schema/near.h"

namespace mesh::kube {
namespace {

using document::Value;

// RFC 1123: lower-case letters, digits and '-', not at the ends; in a subdomain also dots between.
bool is_dns_label(std::string_view text, size_t longest) {
  if (text.empty() || text.size() > longest || text.front() == '-' || text.back() == '-') {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_dns_subdomain(std::string_view text) {
  constexpr size_t kLongest = 253;
  if (text.size() > kLongest) return false;
  while (true) {
    size_t dot = text.find('.');
    if (!is_dns_label(text.substr(0, dot), kLongest)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// What is being read: the document's file, and where the diagnostics go.
struct Reader {
  const std::string& file;
  Diagnostics& rest;
  std::vector<ReadObject>& out;

  Diagnostic diagnostic(Severity severity, Code code, const Value& at, std::string field,
                        std::string message, std::string mend) const {
    return {severity,
            code,
            {},
            std::move(field),
            std::move(message),
            std::move(mend),
            file,
            at.position.line,
            at.position.column};
  }
  void read(Value root, std::string_view list_kind, std::string_view list_version);
  void read_list(Value root, std::string_view kind, std::string_view api_version);
  void read_object(Kind kind, std::string_view api_version, Value root);
  void read_mesh_config_document(Value root);
  bool check_names(const k8s::ObjectMeta& metadata, const Value& root, ObjectKey& key,
                   Diagnostics& diagnostics) const;
};

// What names of the kind are made of, when this is none. Those of RBAC are segments of a path
// ("system:node"), all others names of the DNS (apimachinery's path.IsValidPathSegmentName).
const char* wrong_name(Kind kind, std::string_view name) {
  const bool rbac = kind == Kind::kRole || kind == Kind::kRoleBinding ||
                    kind == Kind::kClusterRole || kind == Kind::kClusterRoleBinding;
  if (!rbac) {
    return is_dns_subdomain(name) ? nullptr : "lower-case letters, digits, '-' and '.'";
  }
  const bool good = name != "." && name != ".." && name.find_first_of("/%") == name.npos;
  return good ? nullptr : "anything without '/' and '%' but '.' and '..'";
}

// The name of an object before its metadata is known to be right: for messages only.
std::string provisional_name(std::string_view kind, const Value& root) {
  const Value* metadata = root.find("metadata");
  std::string out(kind);
  if (metadata == nullptr) return out;
  std::string_view ns = metadata->string_at("namespace");
  std::string_view name = metadata->string_at("name");
  if (name.empty()) return out;
  if (!out.empty()) out += " ";
  if (!ns.empty()) out.append(ns).append("/");
  return out.append(name);
}

// Of a kind that is not known; `known`: it is, under another group.
std::string mend_of_kind(std::string_view written, const std::optional<Kind>& known) {
  if (known) {
    const KindInfo& info = kind_info(*known);
    return "write apiVersion: " + std::string(info.group) + (info.group.empty() ? "" : "/") +
           std::string(info.versions.front());
  }
  std::string_view nearest;
  size_t best = SIZE_MAX;
  for (const KindInfo& info : kinds()) {
    const size_t distance = schema::edit_distance(written, info.name);
    if (distance < best && schema::is_near(distance, written)) {
      best = distance;
      nearest = info.name;
    }
  }
  return nearest.empty() ? "check apiVersion and kind; a document that is not for the mesh may stay"
                         : "did you mean \"" + std::string(nearest) + "\"?";
}

bool Reader::check_names(const k8s::ObjectMeta& metadata, const Value& root, ObjectKey& key,
                         Diagnostics& diagnostics) const {
  const Value* at = root.find("metadata");
  if (at == nullptr) at = &root;
  if (metadata.name.empty()) {
    const Value* said = at->find("name");
    if (said != nullptr && !said->is_null() && !said->is_string()) return false;  // told already
    diagnostics.push_back(diagnostic(Severity::kError, Code::kMissingField, *at, "metadata.name",
                                     "the object has no name", "every object needs a name"));
    return false;
  }
  bool good = true;
  const Value* name = at->find("name");
  if (const char* rule = wrong_name(key.kind, metadata.name); name != nullptr && rule != nullptr) {
    diagnostics.push_back(diagnostic(Severity::kError, Code::kBadFormat, *name, "metadata.name",
                                     "\"" + metadata.name + "\" is not a name: " + rule,
                                     "rename the object"));
    good = false;
  }
  key.name = metadata.name;
  if (is_cluster_scoped(key.kind)) return good;
  key.ns = metadata.namespace_.empty() ? "default" : metadata.namespace_;
  constexpr size_t kLongestNamespace = 63;
  if (!is_dns_label(key.ns, kLongestNamespace)) {
    const Value* ns = at->find("namespace");
    diagnostics.push_back(diagnostic(Severity::kError, Code::kBadFormat, ns == nullptr ? *at : *ns,
                                     "metadata.namespace",
                                     "\"" + key.ns +
                                         "\" is not the name of a namespace: at most 63 lower-case "
                                         "letters, digits and '-'",
                                     "write the name of a namespace"));
    good = false;
  }
  return good;
}

void Reader::read_object(Kind kind, std::string_view api_version, Value root) {
  ReadObject read;
  auto object = std::make_shared<Object>();
  std::string name = provisional_name(kind_name(kind), root);
  schema::ReadContext context{read.diagnostics, file, name, "", {}};
  k8s::ObjectMeta metadata;
  object->typed = read_typed(kind, split_api_version(api_version).version, root, context, metadata);
  object->key.kind = kind;
  bool good = check_names(metadata, root, object->key, read.diagnostics);
  std::string key = object->key.name.empty() ? name : to_string(object->key);
  for (Diagnostic& d : read.diagnostics) d.object = key;
  if (!good) {
    rest.insert(rest.end(), read.diagnostics.begin(), read.diagnostics.end());
    return;
  }
  object->api_version = std::string(api_version);
  object->labels = std::move(metadata.labels);
  object->annotations = std::move(metadata.annotations);
  object->uid = std::move(metadata.uid);
  object->creation_time =
      metadata.creation_timestamp ? metadata.creation_timestamp->seconds : kDefaultCreationTime;
  object->document = std::move(root);
  object->file = file;
  read.object = std::move(object);
  out.push_back(std::move(read));
}

void Reader::read_mesh_config_document(Value root) {
  if (!looks_like_mesh_config(root)) {
    rest.push_back(diagnostic(Severity::kWarning, Code::kNotAnObject, root, "kind",
                              "the document has no kind and no field of MeshConfig",
                              "a Kubernetes object has apiVersion and kind"));
    return;
  }
  ReadObject read;
  auto object = std::make_shared<Object>();
  schema::ReadContext context{
      read.diagnostics, file, std::string(kind_name(Kind::kMeshConfig)), "", {}};
  object->typed = read_mesh_config(root, context);
  object->key.kind = Kind::kMeshConfig;
  object->creation_time = kDefaultCreationTime;
  object->document = std::move(root);
  object->file = file;
  read.object = std::move(object);
  out.push_back(std::move(read));
}

// `List`, or the list kind of a known kind ("PodList", whose items may leave out their own kind).
void Reader::read_list(Value root, std::string_view kind, std::string_view api_version) {
  std::string item_kind(kind.substr(0, kind.size() - std::string_view("List").size()));
  std::string version(api_version);
  Value* items = root.find("items");
  document::List* list = items == nullptr ? nullptr : items->if_list();
  if (list == nullptr) {
    if (items != nullptr && !items->is_null()) {
      rest.push_back(
          diagnostic(Severity::kError, Code::kWrongType, *items, "items",
                     "is a " + std::string(type_name(items->type())) + ", must be a list",
                     "write the objects as elements of a list"));
    }
    return;
  }
  for (Value& item : *list) read(std::move(item), item_kind, version);
}

void Reader::read(Value root, std::string_view list_kind, std::string_view list_version) {
  if (root.is_null()) return;
  if (!root.is_map()) {
    rest.push_back(diagnostic(
        Severity::kError, Code::kNotAnObject, root, "kind",
        "the document is a " + std::string(type_name(root.type())) + ", not a Kubernetes object",
        "a Kubernetes object is a mapping with apiVersion and kind"));
    return;
  }
  std::string kind(root.string_at("kind"));
  std::string api_version(root.string_at("apiVersion"));
  if (kind.empty() && api_version.empty()) {
    if (list_kind.empty()) return read_mesh_config_document(std::move(root));
    kind = list_kind;
    api_version = list_version;
  }
  if (kind.empty() || api_version.empty()) {
    Diagnostic d =
        diagnostic(Severity::kError, Code::kNotAnObject, root, kind.empty() ? "kind" : "apiVersion",
                   "the object has no " + std::string(kind.empty() ? "kind" : "apiVersion"),
                   "a Kubernetes object has apiVersion and kind");
    d.object = provisional_name(kind, root);
    rest.push_back(std::move(d));
    return;
  }
  if (kind.ends_with("List") && root.find("items") != nullptr) {
    return read_list(std::move(root), kind, api_version);
  }
  auto [group, version] = split_api_version(api_version);
  std::optional<Kind> known = kind_by_name(kind);
  if (!known || *known == Kind::kMeshConfig || kind_info(*known).group != group) {
    bool unrelated = is_unrelated_kind(group, kind) ||
                     // Kubernetes' Gateway API has a Gateway of its own.
                     group == "gateway.networking.k8s.io";
    // A kind that is known, under a group that is not its own but nearly so; Knative has a Service too.
    const bool other_group =
        known && *known != Kind::kMeshConfig && !unrelated &&
        (group.empty() || group.ends_with("istio.io") || group.ends_with("maistra.io"));
    Diagnostic d = diagnostic(unrelated ? Severity::kInfo : Severity::kWarning, Code::kUnknownKind,
                              root, other_group ? "apiVersion" : "kind",
                              "the mesh does not read " + api_version + " " + kind,
                              unrelated ? "nothing: the mesh has no use for it"
                                        : mend_of_kind(kind, other_group ? known : std::nullopt));
    d.object = provisional_name(kind, root);
    rest.push_back(std::move(d));
    return;
  }
  const auto& versions = kind_info(*known).versions;
  if (std::find(versions.begin(), versions.end(), version) == versions.end()) {
    Diagnostic d = diagnostic(
        Severity::kError, Code::kUnknownKind, root, "apiVersion",
        "there is no version " + std::string(version) + " of " + kind,
        "use " + std::string(group) + (group.empty() ? "" : "/") + std::string(versions.front()));
    d.object = provisional_name(kind, root);
    rest.push_back(std::move(d));
    return;
  }
  read_object(*known, api_version, std::move(root));
}

}  // namespace

std::vector<ReadObject> read_documents_objects(document::Document document, Diagnostics& rest) {
  std::vector<ReadObject> out;
  Reader reader{document.file, rest, out};
  reader.read(std::move(document.root), "", "");
  return out;
}

std::vector<ObjectPtr> read_objects(document::Document document, Diagnostics& diagnostics) {
  std::vector<ObjectPtr> out;
  for (ReadObject& read : read_documents_objects(std::move(document), diagnostics)) {
    diagnostics.insert(diagnostics.end(), read.diagnostics.begin(), read.diagnostics.end());
    out.push_back(std::move(read.object));
  }
  return out;
}

ObjectPtr make_object(Kind kind, Value document, Diagnostics& diagnostics) {
  const KindInfo& info = kind_info(kind);
  std::string api_version(info.group);
  if (!api_version.empty()) api_version += "/";
  api_version += info.versions.front();
  document.set("apiVersion", Value(api_version));
  document.set("kind", Value(info.name));
  std::vector<ObjectPtr> objects = read_objects({std::move(document), ""}, diagnostics);
  if (objects.empty()) return nullptr;
  auto made = std::make_shared<Object>(*objects.front());
  made->synthesized = true;
  return made;
}

}  // namespace mesh::kube
