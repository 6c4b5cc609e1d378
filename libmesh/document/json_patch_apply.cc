// Applying patches (json_patch.h).
#include <charconv>
#include <optional>
#include <vector>

#include "libmesh/document/json_patch.h"

namespace mesh::document {
namespace {

using Tokens = std::vector<std::string>;

std::optional<Tokens> parse_pointer(std::string_view pointer) {
  Tokens out;
  if (pointer.empty()) return out;
  if (pointer.front() != '/') return std::nullopt;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    std::string token;
    for (size_t i = 0; i < end; ++i) {
      if (pointer[i] != '~') {
        token += pointer[i];
        continue;
      }
      ++i;
      if (i >= end || (pointer[i] != '0' && pointer[i] != '1')) return std::nullopt;
      token += pointer[i] == '0' ? '~' : '/';
    }
    out.push_back(std::move(token));
    pointer.remove_prefix(end);
  }
  return out;
}

// RFC 6901: digits without a leading zero.
std::optional<size_t> parse_index(std::string_view token) {
  if (token.empty() || token.size() > 18 || (token.size() > 1 && token[0] == '0')) {
    return std::nullopt;
  }
  size_t index = 0;
  const auto [end, fault] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (fault != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return index;
}

Value* child(Value& parent, const std::string& token) {
  if (List* list = parent.if_list()) {
    const auto index = parse_index(token);
    return index && *index < list->size() ? &(*list)[*index] : nullptr;
  }
  return parent.find(token);
}

Value* find(Value& root, const Tokens& tokens, size_t count) {
  Value* node = &root;
  for (size_t i = 0; i < count && node != nullptr; ++i) node = child(*node, tokens[i]);
  return node;
}

Error fault(std::string_view path, std::string_view what) {
  return Error{ErrorCode::kInvalidArgument, "\"" + std::string(path) + "\" " + std::string(what)};
}

class Applier {
 public:
  explicit Applier(Value& root) : root_(root) {}

  Result<void> apply(const Value& operation) {
    const std::string_view op = operation.string_at("op");
    const Value* path_value = operation.find("path");
    if (path_value == nullptr || !path_value->is_string()) return fault("path", "is missing");
    path_ = *path_value->if_string();
    auto tokens = parse_pointer(path_);
    if (!tokens) return fault(path_, "is no JSON pointer");
    if (op == "remove") return remove(*tokens);
    if (op == "move" || op == "copy") return transfer(op == "move", operation, *tokens);
    const Value* value = operation.find("value");
    if (op != "add" && op != "replace" && op != "test") return fault(op, "is no operation");
    if (value == nullptr) return fault(path_, "has no value");
    if (op == "add") return add(*tokens, *value);
    Value* target = find(root_, *tokens, tokens->size());
    if (target == nullptr) return fault(path_, "is not there");
    if (op == "replace") {
      *target = Value(*value);
    } else if (!(*target == *value)) {
      return fault(path_, "has another value");
    }
    return {};
  }

 private:
  Result<void> add(const Tokens& tokens, Value value) {
    if (tokens.empty()) {
      root_ = std::move(value);
      return {};
    }
    Value* parent = find(root_, tokens, tokens.size() - 1);
    if (parent == nullptr) return fault(path_, "stands in nothing");
    if (parent->is_map()) {
      parent->set(tokens.back(), std::move(value));
      return {};
    }
    List* list = parent->if_list();
    if (list == nullptr) return fault(path_, "stands in neither mapping nor list");
    const auto index = tokens.back() == "-" ? list->size() : parse_index(tokens.back());
    if (!index || *index > list->size()) return fault(path_, "is no place in the list");
    list->insert(list->begin() + static_cast<ptrdiff_t>(*index), std::move(value));
    return {};
  }

  Result<void> remove(const Tokens& tokens) {
    if (tokens.empty()) {
      root_ = Value();
      return {};
    }
    Value* parent = find(root_, tokens, tokens.size() - 1);
    if (parent != nullptr && parent->is_map() && parent->erase(tokens.back())) return {};
    List* list = parent == nullptr ? nullptr : parent->if_list();
    const auto index = parse_index(tokens.back());
    if (list == nullptr || !index || *index >= list->size()) return fault(path_, "is not there");
    list->erase(list->begin() + static_cast<ptrdiff_t>(*index));
    return {};
  }

  Result<void> transfer(bool move, const Value& operation, const Tokens& to) {
    const std::string_view from_path = operation.string_at("from");
    auto from = parse_pointer(from_path);
    const Value* source = from ? find(root_, *from, from->size()) : nullptr;
    if (source == nullptr) return fault(from_path, "is not there");
    Value value = *source;
    if (move) {
      if (from_path.size() < path_.size() && path_.starts_with(std::string(from_path) + "/")) {
        return fault(from_path, "cannot be moved into itself");
      }
      if (auto removed = remove(*from); !removed) return removed;
    }
    return add(to, std::move(value));
  }

  Value& root_;
  std::string path_;
};

}  // namespace

Result<void> apply_json_patch(const List& patch, Value& document) {
  Value changed = document;
  Applier applier(changed);
  for (size_t i = 0; i < patch.size(); ++i) {
    if (auto done = applier.apply(patch[i]); !done) {
      return done.error().at("operation " + std::to_string(i));
    }
  }
  document = std::move(changed);
  return {};
}

}  // namespace mesh::document
