#include "libmesh/smcp/losses.h"

#include <string>
#include <utility>

#include "libmesh/document/json.h"
#include "libmesh/smcp/path.h"

namespace mesh::smcp {
namespace {

constexpr size_t kMaxLossesText = size_t{128} << 10U;  // half of what annotations may take

void add_loss(const List& path, const Value& before, const Value* after, List& losses) {
  Value loss{Map{}};
  loss.set("path", Value(path));
  loss.set("value", before);
  if (after != nullptr) loss.set("became", *after);
  losses.push_back(std::move(loss));
}

void compare(const Value& before, const Value& after, List& path, List& losses) {
  for (const document::Member& member : *before.if_map()) {
    const Value* now = after.find(member.key);
    if (now != nullptr && *now == member.value) continue;
    path.emplace_back(member.key);
    if (now != nullptr && now->is_map() && member.value.is_map()) {
      compare(member.value, *now, path, losses);
    } else {
      add_loss(path, member.value, now, losses);
    }
    path.pop_back();
  }
}

// The mapping that holds the last key of the path, or nullptr.
Value* holder(Value& object, const List& path) {
  Value* node = &object;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    const std::string* key = path[i].if_string();
    node = key == nullptr || !node->is_map() ? nullptr : node->find(*key);
    if (node == nullptr) return nullptr;
  }
  return node->is_map() ? node : nullptr;
}

void give_back_one(Value& object, const Value& loss) {
  const Value* path = loss.find("path");
  const Value* value = loss.find("value");
  if (path == nullptr || value == nullptr || !path->is_list() || path->if_list()->empty()) return;
  const std::string* key = path->if_list()->back().if_string();
  Value* map = key == nullptr ? nullptr : holder(object, *path->if_list());
  if (map == nullptr) return;
  const Value* now = map->find(*key);
  const Value* became = loss.find("became");
  const bool untouched = became == nullptr ? now == nullptr : now != nullptr && *now == *became;
  if (untouched) map->set(*key, *value);
}

}  // namespace

Value find_losses(const Value& before, const Value& after) {
  if (!before.is_map() || !after.is_map()) return Value();
  List path;
  List losses;
  compare(before, after, path, losses);
  return losses.empty() ? Value() : Value(std::move(losses));
}

void give_back(Value& object, const Value& losses) {
  if (!losses.is_list()) return;
  for (const Value& loss : *losses.if_list()) give_back_one(object, loss);
}

Value noted_losses(const Value& smcp, std::string_view version) {
  const Value* annotations = at(smcp, "metadata.annotations");
  if (annotations == nullptr) return Value();
  const std::string_view text = annotations->string_at(kLossesAnnotation);
  if (text.empty() || text.size() > kMaxLossesText) return Value();
  Diagnostics ignored;  // an annotation that someone broke is as good as none
  const Result<Value> note = document::read_json(text, "", ignored);
  if (!note || note->string_at("version") != version) return Value();
  const Value* losses = note->find("lost");
  return losses == nullptr ? Value() : *losses;
}

void note_losses(Value& smcp, std::string_view version, Value losses) {
  if (Value* annotations = at(smcp, "metadata.annotations"); annotations != nullptr) {
    annotations->erase(kLossesAnnotation);
    if (annotations->is_map() && annotations->if_map()->empty()) {
      at(smcp, "metadata")->erase("annotations");
    }
  }
  if (!losses.is_list()) return;
  Value note{Map{}};
  note.set("version", Value(version));
  note.set("lost", std::move(losses));
  std::string text = document::write_json(note);
  if (text.size() > kMaxLossesText) return;  // the API server would refuse the object
  Value* metadata = smcp.find("metadata");
  if (metadata == nullptr || !metadata->is_map()) metadata = &smcp.set("metadata", Value(Map{}));
  Value* annotations = metadata->find("annotations");
  if (annotations == nullptr || !annotations->is_map()) {
    annotations = &metadata->set("annotations", Value(Map{}));
  }
  annotations->set(kLossesAnnotation, Value(std::move(text)));
}

}  // namespace mesh::smcp
