#include "libmesh/capi/options.h"

#include "libmesh/document/json.h"

namespace mesh::capi {

using document::Value;

Options::Options(std::string_view text, std::string_view what) : what_(what) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  Diagnostics problems;
  auto value = document::read_json(text, "", problems);
  if (!value) {
    error_ = Error{ErrorCode::kParse, what_ + ": " + value.error().message};
  } else if (!problems.empty()) {
    error_ = Error{ErrorCode::kParse, what_ + ": " + problems.front().message};
  } else if (!value->is_map()) {
    error_ = Error{ErrorCode::kParse, what_ + ": is a " + std::string(type_name(value->type())) +
                                          ", must be an object"};
  } else {
    root_ = *std::move(value);
  }
}

const Value* Options::take(std::string_view key) {
  read_.emplace(key);
  return root_.find(key);
}

void Options::wrong(std::string_view key, const Value& value, std::string_view wanted) {
  if (error_) return;
  error_ = Error{ErrorCode::kInvalidArgument, what_ + ": \"" + std::string(key) + "\" is a " +
                                                  std::string(type_name(value.type())) +
                                                  ", must be a " + std::string(wanted)};
}

void Options::read(std::string_view key, std::string& out) {
  const Value* value = take(key);
  if (value == nullptr) return;
  if (const std::string* text = value->if_string()) {
    out = *text;
  } else {
    wrong(key, *value, "string");
  }
}

void Options::read(std::string_view key, bool& out) {
  const Value* value = take(key);
  if (value == nullptr) return;
  if (const bool* flag = value->if_bool()) {
    out = *flag;
  } else {
    wrong(key, *value, "boolean");
  }
}

void Options::read(std::string_view key, int64_t& out) {
  const Value* value = take(key);
  if (value == nullptr) return;
  if (const int64_t* number = value->if_int()) {
    out = *number;
  } else {
    wrong(key, *value, "whole number");
  }
}

void Options::read(std::string_view key, std::vector<std::string>& out) {
  const Value* value = take(key);
  if (value == nullptr) return;
  const document::List* list = value->if_list();
  if (list == nullptr) return wrong(key, *value, "list of strings");
  for (const Value& element : *list) {
    if (!element.is_string()) return wrong(key, element, "list of strings");
    out.push_back(*element.if_string());
  }
}

const Value* Options::object(std::string_view key) {
  const Value* value = take(key);
  if (value == nullptr || value->is_map()) return value;
  wrong(key, *value, "object");
  return nullptr;
}

Result<void> Options::end() {
  if (error_) return *error_;
  if (const document::Map* members = root_.if_map()) {
    for (const document::Member& member : *members) {
      if (read_.contains(member.key)) continue;
      return Error{ErrorCode::kInvalidArgument, what_ + ": unknown key \"" + member.key + "\""};
    }
  }
  return {};
}

}  // namespace mesh::capi
