// crds/*.yaml and what the library reads are the same fields with the same types and names.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "libmesh/document/read.h"
#include "libmesh/kube/kinds.h"
#include "libmesh/schema/own.h"
#include "libmesh/schema/table.h"
#include "tests/support/paths.h"

namespace mesh {
namespace {

using document::Value;
using schema::FieldTable;
using schema::MessageTable;

Value read_definition(const std::string& name) {
  std::ifstream in(testing::source_path("crds/" + name));
  std::ostringstream text;
  text << in.rdbuf();
  Diagnostics diagnostics;
  auto documents = document::read_any(text.str(), name, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << name;
  EXPECT_EQ(documents.size(), 1u) << name;
  return documents.empty() ? Value() : documents.front().root;
}

const Value& at(const Value& value, std::initializer_list<const char*> path) {
  static const Value kNothing;
  const Value* out = &value;
  for (const char* key : path) {
    out = out->find(key);
    if (out == nullptr) {
      ADD_FAILURE() << "no " << key;
      return kNothing;
    }
  }
  return *out;
}

void compare(const MessageTable& table, const Value& properties, const std::string& path);

std::string_view type_of(schema::Kind kind) {
  using schema::Kind;
  switch (kind) {
    case Kind::kBool:
      return "boolean";
    case Kind::kInt32:
    case Kind::kInt64:
      return "integer";
    case Kind::kString:
    case Kind::kEnum:
      return "string";
    case Kind::kMessage:
      return "object";
    default:  // an IntOrString or a quantity has no type but an extension
      return "";
  }
}

void compare_value(const FieldTable& field, const Value& schema, const std::string& path) {
  EXPECT_EQ(schema.string_at("type"), type_of(field.kind)) << path;
  if (type_of(field.kind).empty()) {
    const Value* either = schema.find("x-kubernetes-int-or-string");
    EXPECT_TRUE(either != nullptr && *either == Value(true)) << path;
  }
  if (field.kind == schema::Kind::kMessage) {
    compare(*field.message, at(schema, {"properties"}), path);
  }
  if (field.kind != schema::Kind::kEnum) return;
  std::set<std::string_view> known;
  for (const schema::EnumName& name : field.enumeration->names) known.insert(name.name);
  std::set<std::string_view> listed;
  for (const Value& name : *at(schema, {"enum"}).if_list()) listed.insert(*name.if_string());
  EXPECT_EQ(listed, known) << path;
}

void compare(const MessageTable& table, const Value& properties, const std::string& path) {
  std::set<std::string> known;
  for (const FieldTable& field : table.fields) {
    std::string name(field.json);
    std::string at_field = path + "." + name;
    known.insert(name);
    const Value* schema = properties.find(name);
    ASSERT_NE(schema, nullptr) << at_field;
    switch (field.shape) {
      case schema::Shape::kSingle:
        compare_value(field, *schema, at_field);
        break;
      case schema::Shape::kList:
        EXPECT_EQ(schema->string_at("type"), "array") << at_field;
        compare_value(field, at(*schema, {"items"}), at_field);
        break;
      case schema::Shape::kMap:
        EXPECT_EQ(schema->string_at("type"), "object") << at_field;
        compare_value(field, at(*schema, {"additionalProperties"}), at_field);
        break;
    }
  }
  for (const document::Member& member : *properties.if_map()) {
    EXPECT_TRUE(known.contains(member.key)) << path << "." << member.key;
  }
}

template <typename Spec>
void check(const std::string& file, kube::Kind kind) {
  Value definition = read_definition(file);
  const kube::KindInfo& info = kube::kind_info(kind);
  EXPECT_EQ(definition.string_at("apiVersion"), "apiextensions.k8s.io/v1");
  EXPECT_EQ(at(definition, {"spec", "group"}), Value(info.group));
  EXPECT_EQ(at(definition, {"spec", "names", "kind"}), Value(info.name));
  EXPECT_EQ(at(definition, {"spec", "scope"}), Value("Namespaced"));
  std::string plural = *at(definition, {"spec", "names", "plural"}).if_string();
  EXPECT_EQ(at(definition, {"metadata", "name"}), Value(plural + "." + std::string(info.group)));
  const Value& version = at(definition, {"spec", "versions"}).if_list()->front();
  EXPECT_EQ(version.string_at("name"), info.versions.front());
  compare(schema_table(static_cast<const Spec*>(nullptr)),
          at(version, {"schema", "openAPIV3Schema", "properties", "spec", "properties"}), "spec");
}

TEST(Crds, SayWhatIsRead) {
  check<own::MeshOptionsSpec>("meshoptions.yaml", kube::Kind::kMeshOptions);
  check<own::MemberOptionsSpec>("memberoptions.yaml", kube::Kind::kMemberOptions);
  check<own::ServiceMeshGatewaySpec>("servicemeshgateways.yaml", kube::Kind::kServiceMeshGateway);
}

}  // namespace
}  // namespace mesh
