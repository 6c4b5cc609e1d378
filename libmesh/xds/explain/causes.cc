#include "libmesh/xds/explain/causes.h"

#include <algorithm>
#include <utility>

#include "libmesh/document/yaml.h"

namespace mesh::xds {
namespace {

using document::List;
using document::Map;
using document::Value;
using kube::ObjectPtr;

// Says who the object is, not what it says. Of metadata as a whole only the parts are tried.
bool is_identity(std::string_view path) {
  return path == "apiVersion" || path == "kind" || path == "metadata.name" ||
         path == "metadata.namespace" || path == "metadata.uid" ||
         path == "metadata.resourceVersion" || path == "metadata.managedFields" ||
         path == "metadata.generation";
}

// Takes the parts of a document away, one by one, from the outside in.
class FieldWalk {
 public:
  // try_without: true when the document without the part changes the answer; the configuration stands so until the
  // next call.
  FieldWalk(Value& document, std::function<bool()> try_without,
            std::function<void(const FieldCause&)> visit)
      : document_(document), try_without_(std::move(try_without)), visit_(std::move(visit)) {}

  void run() { parts(document_, ""); }

 private:
  // True when some part alone matters.
  bool parts(Value& at, const std::string& path) {
    bool found = false;
    if (Map* members = at.if_map()) {
      const std::string prefix = path.empty() ? "" : path + ".";
      for (size_t i = 0; i < members->size(); ++i) {
        const std::string inner = prefix + (*members)[i].key;
        if (is_identity(inner)) continue;
        found =
            (inner == "metadata" ? parts((*members)[i].value, inner) : part(*members, i, inner)) ||
            found;
      }
    } else if (List* elements = at.if_list()) {
      for (size_t i = 0; i < elements->size(); ++i) {
        found = part(*elements, i, path + "[" + std::to_string(i) + "]") || found;
      }
    }
    return found;
  }

  static Value& value_of(document::Member& member) { return member.value; }
  static Value& value_of(Value& element) { return element; }

  template <typename Container>
  bool part(Container& all, size_t i, const std::string& path) {
    const auto place = static_cast<std::ptrdiff_t>(i);
    auto taken = std::move(all[i]);
    all.erase(all.begin() + place);
    const bool matters = try_without_();
    all.insert(all.begin() + place, std::move(taken));
    if (!matters) return false;
    if (parts(value_of(all[i]), path)) return true;
    if (is_mesh_config(path, value_of(all[i])) && embedded(value_of(all[i]), path)) return true;
    // No part of it alone: all of it. What stands without it has to be made again.
    taken = std::move(all[i]);
    all.erase(all.begin() + place);
    try_without_();
    all.insert(all.begin() + place, std::move(taken));
    visit_({path, value_of(all[i])});
    return true;
  }

  static bool is_mesh_config(std::string_view path, const Value& value) {
    return path == "data.mesh" && value.is_string();
  }

  // A MeshConfig that stands as a text in a ConfigMap: its fields, not its lines.
  bool embedded(Value& text, const std::string& path) {
    Diagnostics ignored;
    auto documents = document::read_yaml(*text.if_string(), "", ignored);
    if (documents.size() != 1 || !documents[0].root.is_map()) return false;
    const Value whole = text;
    Value root = std::move(documents[0].root);
    FieldWalk inner(
        root,
        [&] {
          text = Value(document::write_yaml(root));
          return try_without_();
        },
        [&](const FieldCause& cause) { visit_({path + ": " + cause.path, cause.value}); });
    const bool found = inner.parts(root, "");
    text = whole;
    return found;
  }

  Value& document_;
  const std::function<bool()> try_without_;
  const std::function<void(const FieldCause&)> visit_;
};

}  // namespace

bool Search::matters(Group group) {
  if (++tried_ > budget_) return false;
  what_if_.take_out(group);
  const bool changed = !same_();
  what_if_.put(group);
  return changed;
}

// Taking the group away changes the answer. `together`: what is away already and would hide that otherwise.
void Search::split(Group group, std::vector<ObjectPtr>& together, std::vector<Cause>& out) {
  if (group.size() == 1) {
    out.push_back({group.front(), together});
    return;
  }
  const Group left = group.first(group.size() / 2);
  const Group right = group.subspan(group.size() / 2);
  const bool left_alone = matters(left);
  const bool right_alone = matters(right);
  if (left_alone) split(left, together, out);
  if (right_alone) split(right, together, out);
  if (left_alone || right_alone || !is_complete()) return;
  // Either half stands in for the other: each cause is one only while the others of the pair are away.
  const size_t known = out.size();
  what_if_.take_out(left);
  split(right, together, out);
  what_if_.put(left);
  std::vector<ObjectPtr> others;
  for (size_t i = known; i < out.size(); ++i) others.push_back(out[i].object);
  // They alone may change what all of their half does not: then nothing on the left could be told from a cause.
  const Group away = matters(others) ? right : Group(others);
  what_if_.take_out(away);
  std::vector<Cause> partners;
  if (matters(left)) split(left, together, partners);
  what_if_.put(away);
  for (size_t i = known; i < out.size(); ++i) {
    for (const Cause& partner : partners) out[i].alternatives.push_back(partner.object);
  }
  for (Cause& partner : partners) {
    partner.alternatives.insert(partner.alternatives.end(), others.begin(), others.end());
    out.push_back(std::move(partner));
  }
}

std::vector<Cause> Search::objects() {
  std::vector<Cause> out;
  std::vector<ObjectPtr> together;
  const Group all(what_if_.objects());
  if (!all.empty() && matters(all)) split(all, together, out);
  return out;
}

void Search::fields(const kube::Object& object,
                    const std::function<void(const FieldCause&)>& visit) {
  Value document = object.document;
  const ObjectPtr whole = with_document(object, document);
  if (whole == nullptr) return;
  const ObjectPtr gone[] = {whole};
  FieldWalk walk(
      document,
      [&] {
        if (++tried_ > budget_) return false;
        const ObjectPtr changed = with_document(object, document);
        if (changed == nullptr) {
          what_if_.take_out(gone);
        } else {
          const ObjectPtr put[] = {changed};
          what_if_.put(put);
        }
        return !same_();
      },
      visit);
  walk.run();
  what_if_.put(gone);
}

}  // namespace mesh::xds
