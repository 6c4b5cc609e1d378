#include "libmesh/injection/injector_config.h"

#include <algorithm>
#include <utility>

#include "libmesh/base/codes.h"
#include "libmesh/document/yaml.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

std::vector<std::string> texts_of(const Value* value) {
  std::vector<std::string> out;
  const List* items = value == nullptr ? nullptr : value->if_list();
  if (items == nullptr) return out;
  for (const Value& item : *items) {
    if (const std::string* text = item.if_string()) out.push_back(*text);
  }
  return out;
}

LabelSelector selector_of(const Value& value) {
  LabelSelector out;
  if (const Value* labels = value.find("matchLabels"); labels != nullptr && labels->is_map()) {
    for (const Member& label : *labels->if_map()) {
      if (const std::string* text = label.value.if_string()) out.match_labels[label.key] = *text;
    }
  }
  const Value* expressions = value.find("matchExpressions");
  if (expressions != nullptr && expressions->is_list()) {
    for (const Value& expression : *expressions->if_list()) {
      out.match_expressions.push_back({std::string(expression.string_at("key")),
                                       std::string(expression.string_at("operator")),
                                       texts_of(expression.find("values"))});
    }
  }
  return out;
}

void read_templates(const Value* value, InjectorConfig& out, Diagnostics& diagnostics) {
  const Map* templates = value == nullptr ? nullptr : value->if_map();
  if (templates == nullptr) return;
  for (const Member& member : *templates) {
    const std::string* text = member.value.if_string();
    if (text == nullptr) continue;
    TemplatePtr read = make_template(member.key, *text, diagnostics);
    if (read != nullptr) out.templates[member.key] = std::move(read);
  }
}

void read_injected_annotations(const Value* value, InjectorConfig& out) {
  const Map* annotations = value == nullptr ? nullptr : value->if_map();
  if (annotations == nullptr) return;
  for (const Member& member : *annotations) {
    const std::string* text = member.value.if_string();
    if (text != nullptr) out.injected_annotations.emplace_back(member.key, *text);
  }
  std::sort(out.injected_annotations.begin(), out.injected_annotations.end());
}

}  // namespace

std::vector<LabelSelector> read_label_selectors(const Value* value) {
  std::vector<LabelSelector> out;
  const List* items = value == nullptr ? nullptr : value->if_list();
  if (items == nullptr) return out;
  for (const Value& item : *items) out.push_back(selector_of(item));
  return out;
}

Result<InjectorConfig> read_injector_config(std::string_view yaml, Diagnostics& diagnostics) {
  Diagnostics found;
  const std::vector<document::Document> documents = document::read_yaml(yaml, "", found);
  const Value empty{Map{}};
  const Value& root = documents.empty() ? empty : documents.front().root;
  const bool broken = std::any_of(found.begin(), found.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.code == Code::kSyntax;
  });
  if (broken || !root.is_map()) {
    const std::string why = found.empty() ? "is no mapping" : found.front().message;
    return Error{ErrorCode::kParse, "failed to unmarshal injection template: " + why};
  }
  diagnostics.insert(diagnostics.end(), found.begin(), found.end());
  InjectorConfig out;
  out.policy = root.string_at("policy");
  std::vector<std::string> defaults = texts_of(root.find("defaultTemplates"));
  if (!defaults.empty()) out.default_templates = std::move(defaults);
  if (const Value* aliases = root.find("aliases"); aliases != nullptr && aliases->is_map()) {
    for (const Member& alias : *aliases->if_map()) out.aliases[alias.key] = texts_of(&alias.value);
  }
  out.never_inject = read_label_selectors(root.find("neverInjectSelector"));
  out.always_inject = read_label_selectors(root.find("alwaysInjectSelector"));
  read_injected_annotations(root.find("injectedAnnotations"), out);
  read_templates(root.find("templates"), out, diagnostics);
  return out;
}

InjectorConfig default_injector_config() {
  InjectorConfig out;
  out.policy = "enabled";
  out.templates["sidecar"] = native_template(NativeForm::kSidecar);
  out.templates["gateway"] = native_template(NativeForm::kGateway);
  out.templates["grpc-simple"] = native_template(NativeForm::kGrpcSimple);
  out.templates["grpc-agent"] = native_template(NativeForm::kGrpcAgent);
  return out;
}

}  // namespace mesh::injection
