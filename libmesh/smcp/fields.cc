#include "libmesh/smcp/fields.h"

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mesh::smcp {
namespace {

int32_t narrow(int64_t number) { return static_cast<int32_t>(number); }

Value int_value(int64_t number) { return Value(number); }

// A list of numbers as the values hold it.
std::string join_numbers(const List& numbers) {
  std::string text;
  for (const Value& number : numbers) {
    if (!text.empty()) text += ",";
    text += go_text(number);
  }
  return text;
}

// Go's strconv.ParseInt(text, 10, 32), with its messages.
std::optional<int32_t> parse_int32(std::string_view text, Faults& faults) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool all = end == digits.data() + digits.size() && !digits.empty() &&
                   !(text.starts_with('+') && digits.starts_with('-'));
  const std::string where = "strconv.ParseInt: parsing \"" + std::string(text) + "\": ";
  if (!all || error == std::errc::invalid_argument) {
    faults.add(where + "invalid syntax");
    return std::nullopt;
  }
  if (error != std::errc() || number > INT32_MAX || number < INT32_MIN) {
    faults.add(where + "value out of range");
    return std::nullopt;
  }
  return narrow(number);
}

std::optional<Value> parse_numbers(std::string_view text, Faults& faults) {
  List numbers;
  if (text.empty()) return Value(std::move(numbers));
  for (const std::string& piece : split_commas(text)) {
    std::optional<int32_t> number = parse_int32(piece, faults);
    if (!number) return std::nullopt;
    numbers.push_back(int_value(*number));
  }
  return Value(std::move(numbers));
}

// The field as its places hold it, or nothing when it does not count as given.
std::optional<Value> to_place(FieldKind kind, const Value& field) {
  switch (kind) {
    case FieldKind::kText:
      return field.is_string() && !field.if_string()->empty() ? std::optional(field) : std::nullopt;
    case FieldKind::kBool:
    case FieldKind::kInt:
    case FieldKind::kLong:
    case FieldKind::kTexts:
      return field;
    case FieldKind::kNot:
      return field.if_bool() == nullptr ? field : Value(!*field.if_bool());
    case FieldKind::kPositive:
      return field.if_int() != nullptr && *field.if_int() > 0 ? std::optional(field) : std::nullopt;
    case FieldKind::kCommaText:
    case FieldKind::kCommaList:
      if (field.if_list() == nullptr || field.if_list()->empty()) return std::nullopt;
      return Value(join_commas(*field.if_list()));
    case FieldKind::kCommaInts:
      if (field.if_list() == nullptr || field.if_list()->empty()) return std::nullopt;
      return Value(join_numbers(*field.if_list()));
  }
  return std::nullopt;
}

std::optional<Value> text_from_place(const FieldRule& rule, Tree& values, std::string_view path) {
  std::optional<std::string> text = values.take_string(path);
  if (!text || (text->empty() && rule.empty == Empty::kSkip)) return std::nullopt;
  switch (rule.kind) {
    case FieldKind::kCommaText:
      return texts_value(split_commas(*text));
    case FieldKind::kCommaList:
      return text->empty() ? Value(List{}) : texts_value(split_commas(*text));
    case FieldKind::kCommaInts:
      return parse_numbers(*text, values.faults());
    default:
      return Value(*text);
  }
}

std::optional<Value> from_place(const FieldRule& rule, Tree& values, std::string_view path) {
  switch (rule.kind) {
    case FieldKind::kText:
    case FieldKind::kCommaText:
    case FieldKind::kCommaList:
    case FieldKind::kCommaInts:
      return text_from_place(rule, values, path);
    case FieldKind::kBool:
    case FieldKind::kNot: {
      std::optional<bool> flag = values.take_bool(path);
      if (!flag) return std::nullopt;
      return Value(rule.kind == FieldKind::kNot ? !*flag : *flag);
    }
    case FieldKind::kLong: {
      std::optional<int64_t> number = values.take_int(path);
      return number ? std::optional(int_value(*number)) : std::nullopt;
    }
    case FieldKind::kInt:
    case FieldKind::kPositive: {
      std::optional<int64_t> number = values.take_int(path);
      if (!number || (rule.kind == FieldKind::kPositive && *number <= 0)) return std::nullopt;
      return int_value(narrow(*number));
    }
    case FieldKind::kTexts: {
      std::optional<std::vector<std::string>> texts = values.take_strings(path);
      if (!texts) return std::nullopt;
      return texts_value(*texts);
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> pieces;
  for (;;) {
    const size_t comma = text.find(',');
    pieces.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return pieces;
    text.remove_prefix(comma + 1);
  }
}

std::string join_commas(const List& texts) {
  std::string joined;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) joined += ",";
    if (const std::string* text = texts[i].if_string()) joined += *text;
  }
  return joined;
}

Value texts_value(const std::vector<std::string>& texts) {
  List list;
  for (const std::string& text : texts) list.emplace_back(text);
  return Value(std::move(list));
}

bool Parts::open(std::string_view path) {
  std::optional<Value> map = all_->get_map(path);
  parts_.push_back(std::make_unique<Part>());
  Part& part = *parts_.back();
  part.path = path;
  part.value = map ? std::move(*map) : Value(Map{});
  trees_.push_back(std::make_unique<Tree>(part.value, all_->faults()));
  return !all_->failed();
}

Parts::Part* Parts::find(std::string_view path) {
  for (auto& part : parts_) {
    if (part->path == path) return part.get();
  }
  return nullptr;
}

Tree& Parts::tree(std::string_view path) {
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i]->path == path) return *trees_[i];
  }
  return *all_;
}

void Parts::close(std::string_view path) {
  Part* part = find(path);
  if (part == nullptr) return;
  if (part->value.if_map()->empty()) {
    all_->remove(path);
  } else {
    all_->set(path, std::move(part->value));
  }
}

std::pair<Tree*, std::string_view> Parts::locate(std::string_view place) {
  for (size_t i = 0; i < parts_.size(); ++i) {
    const std::string& path = parts_[i]->path;
    if (place.size() > path.size() && place.starts_with(path) && place[path.size()] == '.') {
      return {trees_[i].get(), place.substr(path.size() + 1)};
    }
  }
  return {all_, place};
}

void fields_to_values(std::span<const FieldRule> rules, const Value& spec, Tree& values) {
  for (const FieldRule& rule : rules) {
    const Value* field = at(spec, rule.field);
    if (field == nullptr) continue;
    std::optional<Value> written = to_place(rule.kind, *field);
    if (!written) continue;
    for (std::string_view place : rule.places) {
      if (!place.empty()) values.set(place, *written);
    }
  }
}

void fields_from_values(std::span<const FieldRule> rules, Parts& values, Value& spec) {
  for (const FieldRule& rule : rules) {
    for (std::string_view place : rule.places) {
      if (place.empty()) continue;
      auto [tree, path] = values.locate(place);
      std::optional<Value> taken = from_place(rule, *tree, path);
      if (taken) put(spec, rule.field, std::move(*taken));
    }
  }
}

}  // namespace mesh::smcp
