#include "libmesh/tenancy/roll/condition.h"

#include <utility>

namespace mesh::tenancy {

using document::Value;

Conditions read_conditions(const Value* status) {
  Conditions out;
  const Value* list = status == nullptr ? nullptr : status->find("conditions");
  if (list == nullptr || !list->is_list()) return out;
  for (const Value& each : *list->if_list()) {
    out.push_back({std::string(each.string_at("type")), std::string(each.string_at("status")),
                   std::string(each.string_at("reason")), std::string(each.string_at("message")),
                   std::string(each.string_at("lastTransitionTime"))});
  }
  return out;
}

Condition condition_of(const Conditions& conditions, std::string_view type) {
  for (const Condition& condition : conditions) {
    if (condition.type == type) return condition;
  }
  return {std::string(type), "Unknown", "", "", ""};
}

void set_condition(Conditions& conditions, Condition condition, std::string_view now) {
  for (Condition& before : conditions) {
    if (before.type != condition.type) continue;
    condition.since = before.status == condition.status ? before.since : std::string(now);
    before = std::move(condition);
    return;
  }
  condition.since = now;
  conditions.push_back(std::move(condition));
}

Value to_value(const Conditions& conditions) {
  document::List out;
  for (const Condition& condition : conditions) {
    Value each{document::Map()};
    each.set("type", Value(condition.type));
    each.set("status", Value(condition.status));
    if (!condition.reason.empty()) each.set("reason", Value(condition.reason));
    if (!condition.message.empty()) each.set("message", Value(condition.message));
    if (!condition.since.empty()) each.set("lastTransitionTime", Value(condition.since));
    out.push_back(std::move(each));
  }
  return Value(std::move(out));
}

Value to_value(const std::vector<std::string>& texts) {
  document::List out;
  for (const std::string& text : texts) out.emplace_back(text);
  return Value(std::move(out));
}

Value to_value(const Labels& labels) {
  Value out{document::Map()};
  for (const auto& [key, value] : labels) out.set(key, Value(value));
  return out;
}

std::string go_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() == 1 ? "" : " ") + text;
  return out + "]";
}

int64_t number_at(const Value& object, std::string_view part, std::string_view field) {
  const Value* in = object.find(part);
  const Value* value = in == nullptr ? nullptr : in->find(field);
  const int64_t* number = value == nullptr ? nullptr : value->if_int();
  return number == nullptr ? 0 : *number;
}

const Value* status_of(const kube::Object& object) { return object.document.find("status"); }

}  // namespace mesh::tenancy
