// read_json (json.h), on simdjson's On-Demand interface: the one that tells where a token stands.
#include "libmesh/document/json.h"

#include <simdjson.h>

#include "libmesh/base/codes.h"
#include "libmesh/document/json_fault.h"
#include "libmesh/document/locator.h"
#include "libmesh/document/numbers.h"
#include "libmesh/document/tree_builder.h"

namespace mesh::document {
namespace {

namespace ondemand = simdjson::ondemand;

// A scalar's token reaches to the next one; white space is all that may lie between.
std::string_view trim_token(std::string_view token) {
  const size_t last = token.find_last_not_of(" \t\r\n");
  return token.substr(0, last + 1);  // npos + 1 is 0
}

// Walks a document and builds its tree. Every function returns false at the first fault, a limit
// included; limits have then been reported.
class Walker {
 public:
  Walker(std::string_view text, const char* padded, TreeBuilder& tree, PassOver* pass_over)
      : text_(text), padded_(padded), locator_(text), tree_(tree), pass_over_(pass_over) {}

  bool document(ondemand::document& document) {
    ondemand::json_type type;
    if (document.type().get(type)) return false;
    if (type != ondemand::json_type::object && type != ondemand::json_type::array) {
      return root_scalar(document, type);
    }
    ondemand::value root;
    if (document.get_value().get(root) || !value(root)) return false;
    const char* rest = nullptr;
    return document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
  }

  bool limit_hit() const { return limit_hit_; }

 private:
  Position position_of(const char* token) {
    return locator_.at(static_cast<size_t>(token - padded_));
  }
  bool check(bool within_limits) {
    limit_hit_ |= !within_limits;
    return within_limits;
  }

  bool value(ondemand::value node) {
    ondemand::json_type type;
    if (node.type().get(type)) return false;
    switch (type) {
      case ondemand::json_type::object:
        return object(node);
      case ondemand::json_type::array:
        return array(node);
      case ondemand::json_type::string:
        return string(node);
      case ondemand::json_type::number:
      case ondemand::json_type::boolean:
      case ondemand::json_type::null:
        // Not consumed: the iteration passes over it, and its text is looked at here only.
        return word(node.raw_json_token());
    }
    return false;
  }

  bool object(ondemand::value& node) {
    const Position position = position_of(node.raw_json_token().data());
    ondemand::object members;
    if (node.get_object().get(members)) return false;
    if (!check(tree_.open_map(position))) return false;
    for (auto member : members) {
      ondemand::field field;
      if (std::move(member).get(field)) return false;
      const Position key_position = position_of(field.key().raw() - 1);  // with its quote
      std::string_view key;
      if (field.unescaped_key().get(key)) return false;
      const bool may_pass =
          pass_over_ != nullptr && key == pass_over_->key && tree_.depth() == pass_over_->depth;
      tree_.key(std::string(key), key_position);
      if (may_pass ? !passed(field.value()) : !value(field.value())) return false;
    }
    tree_.close();
    return true;
  }

  bool array(ondemand::value& node) {
    const Position position = position_of(node.raw_json_token().data());
    ondemand::array items;
    return !node.get_array().get(items) && elements(items, position);
  }

  // A list that is passed over when it is large; anything else is read.
  bool passed(ondemand::value node) {
    ondemand::json_type type;
    if (node.type().get(type)) return false;
    if (type != ondemand::json_type::array) return value(node);
    const Position position = position_of(node.raw_json_token().data());
    ondemand::array items;
    std::string_view raw;
    if (node.get_array().get(items) || items.raw_json().get(raw)) return false;
    if (raw.size() < pass_over_->bytes) {
      return !items.reset().error() && elements(items, position);
    }
    pass_over_->happened = true;
    return add(Value(true), position);
  }

  bool elements(ondemand::array& items, Position position) {
    if (!check(tree_.open_list(position))) return false;
    for (auto item : items) {
      ondemand::value element;
      if (std::move(item).get(element) || !value(element)) return false;
    }
    tree_.close();
    return true;
  }

  bool string(ondemand::value& node) {
    const Position position = position_of(node.raw_json_token().data());
    std::string_view text;
    if (node.get_string().get(text)) return false;
    return add(Value(text), position);
  }

  bool word(std::string_view token) {
    const std::string_view word = trim_token(token);
    const Position position = position_of(token.data());
    if (word == "true" || word == "false") return add(Value(word == "true"), position);
    if (word == "null") return add(Value(), position);
    if (!is_json_number(word)) return false;
    auto number = parse_json_number(word);
    if (number) return add(*std::move(number), position);
    tree_.report(Code::kOutOfRange, position, "the number " + std::string(word) + " is too large",
                 "write a smaller number, or quote it where a string is meant");
    return check(false);
  }

  // A root's token reaches to the next one, so what follows it would pass; such documents are rare
  // and small, and are looked through beforehand.
  bool root_scalar(ondemand::document& document, ondemand::json_type type) {
    std::string_view token;
    if (find_json_fault(text_) || document.raw_json_token().get(token)) return false;
    if (type != ondemand::json_type::string) return word(token);
    const Position position = position_of(token.data());
    std::string_view text;
    if (document.get_string().get(text)) return false;
    return add(Value(text), position);
  }

  bool add(Value value, Position position) {
    value.position = position;
    return check(tree_.add(std::move(value)));
  }

  const std::string_view text_;
  const char* const padded_;  // the same text, where simdjson reads it
  Locator locator_;
  TreeBuilder& tree_;
  PassOver* const pass_over_;  // null: everything is read
  bool limit_hit_ = false;
};

Error error_of(const Diagnostics& diagnostics) {
  const Diagnostic& last = diagnostics.back();
  return Error{ErrorCode::kParse,
               std::to_string(last.line) + ":" + std::to_string(last.column) + ": " + last.message};
}

Result<Value> read(std::string_view text, std::string_view file, Diagnostics& diagnostics,
                   const Limits& limits, PassOver* pass_over) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  TreeBuilder tree(limits, file, diagnostics);
  if (text.size() > limits.bytes) {
    tree.report(Code::kLimit, {1, 1},
                "the text has more than " + std::to_string(limits.bytes) + " bytes",
                "split the text into several files");
    return error_of(diagnostics);
  }
  const simdjson::padded_string padded(text);
  ondemand::parser parser;
  ondemand::document document;
  Walker walker(text, padded.data(), tree, pass_over);
  if (!parser.iterate(padded).get(document) && walker.document(document)) return tree.take();
  if (!walker.limit_hit()) {
    const auto fault = find_json_fault(text);
    tree.report(Code::kSyntax, Locator(text).at(fault ? fault->offset : 0),
                fault ? fault->message : "is not JSON",
                "mend the text there: quotes, commas and brackets are all needed");
  }
  return error_of(diagnostics);
}

}  // namespace

Result<Value> read_json(std::string_view text, std::string_view file, Diagnostics& diagnostics,
                        const Limits& limits) {
  return read(text, file, diagnostics, limits, nullptr);
}

Result<Value> read_json(std::string_view text, std::string_view file, Diagnostics& diagnostics,
                        const Limits& limits, PassOver& pass_over) {
  return read(text, file, diagnostics, limits, &pass_over);
}

}  // namespace mesh::document
