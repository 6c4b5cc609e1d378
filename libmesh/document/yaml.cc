#include "libmesh/document/yaml.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/scalar.h"
#include "libmesh/document/tree_builder.h"
#include "libmesh/document/utf8.h"
#include "libmesh/document/yaml_chunks.h"

namespace mesh::document {
namespace {

constexpr const char* kMergeMend = "write <<: *ANCHOR, of a mapping";
constexpr std::string_view kMergeTag = "tag:yaml.org,2002:merge";

// What copying a value costs in nodes and bytes, and how deep it goes.
struct Cost {
  size_t nodes = 0;
  size_t bytes = 0;
  size_t depth = 0;
};

void add_cost(const Value& value, size_t depth, Cost& cost) {
  ++cost.nodes;
  cost.bytes += sizeof(Value);
  if (const std::string* text = value.if_string()) cost.bytes += text->size();
  if (value.is_list() || value.is_map()) cost.depth = std::max(cost.depth, ++depth);
  if (const List* list = value.if_list()) {
    for (const Value& item : *list) add_cost(item, depth, cost);
  }
  if (const Map* map = value.if_map()) {
    for (const Member& member : *map) {
      cost.bytes += sizeof(Member) - sizeof(Value) + member.key.size();
      add_cost(member.value, depth, cost);
    }
  }
}

Cost cost_of(const Value& value) {
  Cost cost;
  add_cost(value, 0, cost);
  return cost;
}

// A line of leading tabs is the commonest mistake; parsers speak of tokens there.
bool is_tab_indented(std::string_view text, uint32_t line) {
  for (; line > 1 && !text.empty(); --line) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  const size_t first = text.find_first_not_of(' ');
  return first != std::string_view::npos && text[first] == '\t';
}

// A key as the text of a mapping that an alias stands for, or nothing.
std::optional<std::string> key_of_value(const Value& value) {
  if (const std::string* text = value.if_string()) return *text;
  if (const int64_t* integer = value.if_int()) return std::to_string(*integer);
  if (const bool* truth = value.if_bool()) return std::string(*truth ? "true" : "false");
  return std::nullopt;
}

// Builds the documents of one text from the events of its chunks.
class Builder final : public YamlHandler {
 public:
  Builder(std::string_view file, const Limits& limits, Diagnostics& diagnostics,
          std::vector<Document>& documents)
      : file_(file), limits_(limits), tree_(limits, file, diagnostics), documents_(documents) {}

  void begin_chunk(uint32_t first_line) {
    line_offset_ = first_line - 1;
    tree_.reset();
    forget_document();
  }
  bool out_of_limits() const { return out_of_limits_; }
  void report(Code code, Position position, std::string message, std::string mend) {
    tree_.report(code, position, std::move(message), std::move(mend));
  }

  bool on_document_start() override {
    forget_document();
    return true;
  }
  bool on_document_end() override;
  bool on_alias(Position position, std::string_view anchor) override;
  bool on_scalar(const NodeProperties& node, std::string_view text, ScalarStyle style) override;
  bool on_list_start(const NodeProperties& node) override { return open(node, false); }
  bool on_map_start(const NodeProperties& node) override { return open(node, true); }
  bool on_end() override;

 private:
  struct Anchor {
    std::optional<Value> value;  // empty while the anchored node is still open
    Cost cost;
  };
  struct OpenNode {
    std::string anchor;
    bool merge = false;  // the value of a `<<`
  };

  Position in_text(Position position) const {
    return {position.line + line_offset_, position.column};
  }
  bool stop(Code code, Position position, std::string message, std::string mend) {
    report(code, position, std::move(message), std::move(mend));
    return false;
  }
  bool limit() {
    out_of_limits_ = true;
    return false;
  }
  void forget_document() {
    anchors_.clear();
    open_.clear();
    merge_due_ = false;
  }
  bool open(const NodeProperties& node, bool is_map);
  bool add_key(const NodeProperties& node, Position position, std::string_view text,
               ScalarStyle style);
  bool to_value(const NodeProperties& node, Position position, std::string_view text,
                ScalarStyle style, Value& value);
  bool keep_anchor(std::string_view name, const Value& value);
  bool charge(const Cost& cost, Position position);
  bool merge(const Value& value, Position position);
  bool merge_map(const Map& map);

  const std::string file_;
  const Limits limits_;
  TreeBuilder tree_;
  std::vector<Document>& documents_;
  uint32_t line_offset_ = 0;
  std::map<std::string, Anchor, std::less<>> anchors_;
  std::vector<OpenNode> open_;
  bool merge_due_ = false;  // a `<<` was read and its value is next
  Cost expanded_;
  bool out_of_limits_ = false;
};

bool Builder::on_document_end() {
  forget_document();
  if (!tree_.has_root()) return true;
  Value root = tree_.take();
  if (!root.is_null()) documents_.push_back(Document{std::move(root), file_});
  return true;
}

bool Builder::charge(const Cost& cost, Position position) {
  expanded_.nodes += cost.nodes;
  expanded_.bytes += cost.bytes;
  if (expanded_.nodes <= limits_.alias_nodes && expanded_.bytes <= limits_.alias_bytes) return true;
  report(Code::kLimit, position, "aliases make the text too large", "write the values out");
  return limit();
}

bool Builder::keep_anchor(std::string_view name, const Value& value) {
  if (name.empty()) return true;
  Anchor anchor{std::nullopt, cost_of(value)};
  // The copy costs as much as an alias does: anchors may be nested as deep as the text.
  if (!charge(anchor.cost, value.position)) return false;
  anchor.value = value;
  anchors_.insert_or_assign(std::string(name), std::move(anchor));
  return true;
}

bool Builder::open(const NodeProperties& node, bool is_map) {
  const Position position = in_text(node.position);
  if (tree_.key_due() && !merge_due_) {
    return stop(Code::kSyntax, position,
                std::string("a ") + (is_map ? "mapping" : "list") + " cannot be a key",
                "quote a text that begins with '{' or '['");
  }
  if (!node.anchor.empty()) anchors_.insert_or_assign(std::string(node.anchor), Anchor{});
  open_.push_back({std::string(node.anchor), merge_due_});
  if (merge_due_) tree_.key("<<", position);
  merge_due_ = false;
  return (is_map ? tree_.open_map(position) : tree_.open_list(position)) || limit();
}

bool Builder::on_end() {
  tree_.close();
  const OpenNode node = std::move(open_.back());
  open_.pop_back();
  if (!keep_anchor(node.anchor, tree_.last())) return false;
  if (!node.merge) return true;
  const Value value = tree_.take_last();
  return merge(value, value.position);
}

bool Builder::merge(const Value& value, Position position) {
  const std::string fact = "a merge (<<) takes a mapping or a list of mappings";
  if (const Map* map = value.if_map()) return merge_map(*map);
  const List* list = value.if_list();
  if (list == nullptr) return stop(Code::kWrongType, position, fact, kMergeMend);
  // decode.go, merge: backwards, as the earlier ones take precedence.
  for (auto item = list->rbegin(); item != list->rend(); ++item) {
    if (!item->is_map()) return stop(Code::kWrongType, position, fact, kMergeMend);
    if (!merge_map(*item->if_map())) return false;
  }
  return true;
}

bool Builder::merge_map(const Map& map) {
  for (const Member& member : map) {
    tree_.key(member.key, member.position, /*merged=*/true);
    if (!tree_.add(member.value)) return limit();
  }
  return true;
}

bool Builder::on_alias(Position at, std::string_view name) {
  const Position position = in_text(at);
  const auto found = anchors_.find(name);
  if (found == anchors_.end()) {
    return stop(Code::kSyntax, position, "no anchor &" + std::string(name) + " stands above",
                "write the anchor before what names it");
  }
  const Anchor& anchor = found->second;
  if (!anchor.value) {
    return stop(Code::kSyntax, position, "the anchor &" + std::string(name) + " contains itself",
                "write the value out");
  }
  if (!charge(anchor.cost, position)) return false;
  if (tree_.depth() + anchor.cost.depth > limits_.depth) {
    report(Code::kLimit, position,
           "the alias nests more than " + std::to_string(limits_.depth) + " levels deep",
           "write the values out with fewer levels");
    return limit();
  }
  if (merge_due_) {
    merge_due_ = false;
    if (!anchor.value->is_map()) {  // decode.go, merge: no alias of a list
      return stop(Code::kWrongType, position, "a merged alias (<<) must stand for a mapping",
                  kMergeMend);
    }
    return merge(*anchor.value, position);
  }
  if (!tree_.key_due()) return tree_.add(*anchor.value) || limit();
  auto key = key_of_value(*anchor.value);
  if (!key)
    return stop(Code::kSyntax, position, "the alias stands for what cannot be a key",
                "write the key out");
  tree_.key(*std::move(key), position);
  return true;
}

bool Builder::add_key(const NodeProperties& node, Position position, std::string_view text,
                      ScalarStyle style) {
  const bool plain = style == ScalarStyle::kPlain;
  // decode.go, isMerge.
  if (text == "<<" && ((plain && node.tag.empty()) || node.tag == kMergeTag)) {
    merge_due_ = true;
    return true;
  }
  std::string key;
  if (!plain && node.tag.empty()) {
    key = text;
  } else {
    auto result = key_of(node.tag, text);
    if (const auto* wrong = std::get_if<WrongTag>(&result)) {
      return stop(Code::kWrongType, position, wrong->message, "quote the key");
    }
    key = std::get<std::string>(std::move(result));
  }
  if (!node.anchor.empty()) {
    Value value;  // an alias of the key has the key's own type
    if (!to_value(node, position, text, style, value)) return false;
    if (!keep_anchor(node.anchor, value)) return false;
  }
  tree_.key(std::move(key), position);
  return true;
}

bool Builder::to_value(const NodeProperties& node, Position position, std::string_view text,
                       ScalarStyle style, Value& value) {
  if (style == ScalarStyle::kQuoted && node.tag.empty()) {
    value = Value(text);
    return true;
  }
  Scalar scalar = node.tag.empty() ? resolve_plain(text) : resolve_tagged(node.tag, text);
  if (const auto* wrong = std::get_if<WrongTag>(&scalar)) {
    return stop(Code::kWrongType, position, wrong->message,
                "write the value without the tag, or one that fits it");
  }
  if (std::holds_alternative<NotInJson>(scalar)) {
    return stop(Code::kWrongType, position,
                "the number " + std::string(text) + " has no form in JSON",
                "quote it where a string is meant");
  }
  value = std::get<Value>(std::move(scalar));
  return true;
}

bool Builder::on_scalar(const NodeProperties& node, std::string_view text, ScalarStyle style) {
  const Position position = in_text(node.position);
  if (merge_due_) {
    return stop(Code::kWrongType, position, "a merge (<<) takes a mapping or a list of mappings",
                kMergeMend);
  }
  if (tree_.key_due()) return add_key(node, position, text, style);
  Value value;
  if (!to_value(node, position, text, style, value)) return false;
  value.position = position;
  if (!keep_anchor(node.anchor, value)) return false;
  return tree_.add(std::move(value)) || limit();
}

// libyaml says what it met; this is what mostly brings it there.
std::string mend_of(std::string_view problem) {
  const auto has = [&](std::string_view part) { return problem.find(part) != problem.npos; };
  if (has("mapping values are not allowed")) {
    return "indent the line like those beside it, or quote a text that holds \": \"";
  }
  if (has("expected key") || has("block")) return "indent what belongs together alike";
  if (has("expected ':'")) return "write KEY: VALUE";
  if (has("end of stream") || has("expected ','")) return "close the quote or the bracket";
  if (has("cannot start any token")) return "quote the text";
  return "quote the text, or mend the indentation of the line";
}

void report_syntax(const YamlSyntaxError& error, const YamlChunk& chunk, Builder& builder) {
  std::string message = error.message;
  if (!error.context.empty()) {
    message.append(" ").append(error.context);
    if (error.context_position.line != error.position.line) {
      message.append(" that begins on line ")
          .append(std::to_string(error.context_position.line + chunk.first_line - 1));
    }
  }
  const bool tab = is_tab_indented(chunk.text, error.position.line);
  if (tab) message = "the line is indented with a tab, which YAML does not allow";
  const Position position{error.position.line + chunk.first_line - 1, error.position.column};
  builder.report(Code::kSyntax, position, std::move(message),
                 tab ? "indent with spaces" : mend_of(error.message));
}

Position position_at(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return {static_cast<uint32_t>(lines + 1), static_cast<uint32_t>(offset - line_start + 1)};
}

}  // namespace

std::vector<Document> read_yaml_with(YamlParser parser, std::string_view text,
                                     std::string_view file, Diagnostics& diagnostics,
                                     const Limits& limits) {
  std::vector<Document> documents;
  Builder builder(file, limits, diagnostics, documents);
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") {
    builder.report(Code::kSyntax, {1, 1}, "the text is UTF-16", "save it as UTF-8");
    return documents;
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (text.size() > limits.bytes) {
    builder.report(Code::kLimit, {1, 1},
                   "the text has more than " + std::to_string(limits.bytes) + " bytes",
                   "split the text into several files");
    return documents;
  }
  for (const YamlChunk& chunk : split_yaml(text)) {
    if (is_blank_yaml(chunk.text)) continue;
    builder.begin_chunk(chunk.first_line);
    if (const size_t bad = find_invalid_utf8(chunk.text); bad != std::string_view::npos) {
      Position position = position_at(chunk.text, bad);
      position.line += chunk.first_line - 1;
      builder.report(Code::kSyntax, position, "the byte is not UTF-8", "save the file as UTF-8");
      continue;
    }
    if (const auto error = parser(chunk.text, builder)) report_syntax(*error, chunk, builder);
    if (builder.out_of_limits()) break;
  }
  return documents;
}

std::vector<Document> read_yaml(std::string_view text, std::string_view file,
                                Diagnostics& diagnostics, const Limits& limits) {
  return read_yaml_with(parse_with_libyaml, text, file, diagnostics, limits);
}

}  // namespace mesh::document
