// Containers: image, environment, and what all containers have in common.
#include <array>
#include <string>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

constexpr std::array kCommonRules = {
    FieldRule{"imagePullPolicy", FieldKind::kText, {"imagePullPolicy"}},
    FieldRule{"imageRegistry", FieldKind::kText, {"hub"}},
    FieldRule{"imageTag", FieldKind::kText, {"tag"}},
};
constexpr std::array kImageRules = {
    FieldRule{"imageName", FieldKind::kText, {"image"}},
};

void pull_secrets_to_values(const Value& container, Tree& values) {
  const Value* secrets = at(container, "imagePullSecrets");
  if (secrets == nullptr || secrets->if_list()->empty()) return;
  List names;
  for (const Value& secret : *secrets->if_list()) names.emplace_back(text_at(secret, "name"));
  values.set("imagePullSecrets", Value(std::move(names)));
}

void pull_secrets_from_values(Tree& values, Value& container) {
  const auto names = values.take_strings("imagePullSecrets");
  if (!names || names->empty()) return;
  List secrets;
  for (const std::string& name : *names) {
    Value secret{Map{}};
    secret.set("name", Value(name));
    secrets.push_back(std::move(secret));
  }
  container.set("imagePullSecrets", Value(std::move(secrets)));
}

}  // namespace

void common_container_to_values(const Value& container, Tree& values) {
  fields_to_values(kCommonRules, container, values);
  pull_secrets_to_values(container, values);
  typed_part_to_values(container, "resources", "Resources", values, "resources");
}

bool common_container_from_values(Tree& values, Value& container) {
  Value found{Map{}};
  Parts parts(values);
  fields_from_values(std::span(kCommonRules).first(1), parts, found);
  pull_secrets_from_values(values, found);
  fields_from_values(std::span(kCommonRules).subspan(1, 1), parts, found);
  // A tag that looks like a number is one in YAML.
  if (auto tag = values.take_string_or_number("tag")) found.set("imageTag", Value(*tag));
  if (auto resources = take_decoded_part(values, "resources", "Resources")) {
    found.set("resources", std::move(*resources));
  }
  values.remove("resources");
  for (document::Member& member : *found.if_map()) {
    container.set(member.key, std::move(member.value));
  }
  return not_empty_map(&found);
}

void container_to_values(const Value& container, Tree& values) {
  common_container_to_values(container, values);
  fields_to_values(kImageRules, container, values);
  const Value* env = at(container, "env");
  if (env == nullptr) return;
  // A name with a dot makes mappings, as in the original.
  for (const document::Member& member : *env->if_map()) {
    values.set("env." + member.key, member.value);
  }
}

bool container_from_values(Tree& values, Value& container) {
  Value found{Map{}};
  Parts parts(values);
  fields_from_values(kImageRules, parts, found);
  if (auto env = values.take_labels("env")) found.set("env", std::move(*env));
  common_container_from_values(values, found);
  for (document::Member& member : *found.if_map()) {
    container.set(member.key, std::move(member.value));
  }
  return not_empty_map(&found);
}

}  // namespace mesh::smcp
