// How the tables read: a record is a line and the lines after it that begin with a space.
//   named NAME UNDERLYING                      type v1.Protocol string
//   enum NAME VALUE=NUMBER ...                 a protobuf enum
//   struct NAME | Field TYPE json [?] | ...    "?": omitted from JSON when empty; json "+": embedded
//   message NAME | Field TYPE json [oneof] ...
//   NAME alone                                 one of the special types below
#include "libmesh/injection/template/go_type.h"

#include <charconv>

namespace mesh::injection {
namespace {

constexpr std::string_view kPodTypes =
#include "libmesh/injection/template/go_types_pod.inc"
    ;
constexpr std::string_view kMeshTypes =
#include "libmesh/injection/template/go_types_mesh.inc"
    ;

std::vector<std::vector<std::string_view>> records_of(std::string_view table) {
  std::vector<std::vector<std::string_view>> records;
  while (!table.empty()) {
    const size_t end = table.find('\n');
    std::string_view line = table.substr(0, end);
    table.remove_prefix(end == std::string_view::npos ? table.size() : end + 1);
    if (line.empty()) continue;
    if (line[0] != ' ' || records.empty()) records.emplace_back();
    while (!line.empty()) {
      const size_t space = line.find(' ');
      if (space != 0) records.back().push_back(line.substr(0, space));
      line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
    }
  }
  return records;
}

GoKind kind_of(std::string_view underlying) {
  if (underlying == "bool") return GoKind::kBool;
  if (underlying == "string") return GoKind::kString;
  if (underlying.starts_with("int")) return GoKind::kInt;
  if (underlying.starts_with("uint")) return GoKind::kUint;
  if (underlying.starts_with("float")) return GoKind::kFloat;
  if (underlying.starts_with("[]")) return GoKind::kSlice;
  if (underlying.starts_with("map[")) return GoKind::kMap;
  return GoKind::kInvalid;
}

}  // namespace

const GoField* GoType::field(std::string_view go_name) const {
  for (const GoField& f : fields) {
    if (f.name == go_name) return &f;
  }
  return nullptr;
}

const GoTypes& GoTypes::get() {
  static const GoTypes types;
  return types;
}

const GoType* GoTypes::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

GoTypes::GoTypes() {
  add_basic_types();
  add_special_types();
  const std::string_view tables[] = {kPodTypes, kMeshTypes};
  for (const std::string_view table : tables) {
    for (const auto& record : records_of(table)) {
      const std::string_view word = record[0];
      if (word == "struct" || word == "message") {
        add(std::string(record[1]), GoKind::kStruct,
            word == "message" ? GoForm::kMessage : GoForm::kPlain);
      } else if (word == "enum") {
        add(std::string(record[1]), GoKind::kInt, GoForm::kEnum);
      } else if (word == "named") {
        add(std::string(record[1]), kind_of(record[2]));
      }
    }
  }
  for (const std::string_view table : tables) read_table(table);
  by_name_.find("v1.ObjectMeta")->second->form = GoForm::kObjectMeta;
  add_root();
  name_members();
}

GoType* GoTypes::add(std::string name, GoKind kind, GoForm form) {
  GoType& type = types_.emplace_back();
  type.kind = kind;
  type.form = form;
  type.name = std::move(name);
  by_name_.emplace(type.name, &type);
  return &type;
}

void GoTypes::add_basic_types() {
  for (const char* name : {"bool", "string", "int", "int8", "int16", "int32", "int64", "uint",
                           "uint8", "uint16", "uint32", "uint64", "float32", "float64"}) {
    add(name, kind_of(name));
  }
  add("interface {}", GoKind::kInterface);
}

void GoTypes::add_special_types() {
  const std::pair<const char*, const char*> wrappers[] = {
      {"wrapperspb.BoolValue", "bool"},      {"wrapperspb.Int32Value", "int32"},
      {"wrapperspb.UInt32Value", "uint32"},  {"wrapperspb.Int64Value", "int64"},
      {"wrapperspb.UInt64Value", "uint64"},  {"wrapperspb.StringValue", "string"},
      {"wrapperspb.DoubleValue", "float64"}, {"wrapperspb.FloatValue", "float32"}};
  for (const auto& [name, value] : wrappers) {
    add(name, GoKind::kStruct, GoForm::kWrapper)
        ->fields.push_back({.name = "Value", .json = "-", .type = resolve(value)});
  }
  GoType* duration_type = add("durationpb.Duration", GoKind::kStruct, GoForm::kDuration);
  duration_type->fields = {{.name = "Seconds", .json = "-", .type = resolve("int64")},
                           {.name = "Nanos", .json = "-", .type = resolve("int32")}};
  add("time.Duration", GoKind::kInt, GoForm::kGoDuration);
  add("resource.Quantity", GoKind::kStruct, GoForm::kQuantity);
  add("intstr.Type", GoKind::kInt);
  add("intstr.IntOrString", GoKind::kStruct, GoForm::kIntOrString)->fields = {
      {.name = "Type", .json = "-", .type = resolve("intstr.Type")},
      {.name = "IntVal", .json = "-", .type = resolve("int32")},
      {.name = "StrVal", .json = "-", .type = resolve("string")}};
  add("v1.Time", GoKind::kStruct, GoForm::kTime);
  add("v1.FieldsV1", GoKind::kStruct, GoForm::kFree);
  add("structpb.Struct", GoKind::kStruct, GoForm::kFree);
  GoType* version_type = add("semver.Version", GoKind::kStruct, GoForm::kVersion);
  for (const char* name : {"Major", "Minor", "Patch"}) {
    version_type->fields.push_back({.name = name, .json = name, .type = resolve("uint64")});
  }
  for (const char* name : {"Prerelease", "Metadata", "Text", "Original"}) {
    version_type->fields.push_back({.name = name, .json = name, .type = resolve("string")});
  }
}

// "[]T", "map[K]T" and "*T" are made as they are met.
const GoType* GoTypes::resolve(std::string_view name) {
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  const GoType* elem = nullptr;
  const GoType* key = nullptr;
  GoKind kind = GoKind::kPointer;
  if (name.starts_with("*")) {
    elem = resolve(name.substr(1));
  } else if (name.starts_with("[]")) {
    kind = GoKind::kSlice;
    elem = resolve(name.substr(2));
  } else if (name.starts_with("map[")) {
    kind = GoKind::kMap;
    const size_t close = name.find(']');
    key = resolve(name.substr(4, close - 4));
    elem = resolve(name.substr(close + 1));
  } else {  // a type the table does not describe: opaque
    return add(std::string(name), GoKind::kStruct, GoForm::kFree);
  }
  GoType* made = add(std::string(name), kind);
  made->elem = elem;
  made->key = key;
  return made;
}

void GoTypes::read_table(std::string_view table) {
  for (const auto& record : records_of(table)) read_record(record);
}

void GoTypes::read_record(const std::vector<std::string_view>& words) {
  GoType& type = *by_name_.find(words[1])->second;
  if (words[0] == "named") {
    if (type.kind == GoKind::kSlice || type.kind == GoKind::kMap) {
      const GoType* underlying = resolve(words[2]);
      type.elem = underlying->elem;
      type.key = underlying->key;
    }
  } else if (words[0] == "enum") {
    for (size_t i = 2; i < words.size(); ++i) {
      const size_t equals = words[i].find('=');
      const std::string_view digits = words[i].substr(equals + 1);
      int64_t number = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      type.enumerators.emplace_back(words[i].substr(0, equals), number);
    }
  } else {
    read_fields(type, words);
  }
}

void GoTypes::read_fields(GoType& type, const std::vector<std::string_view>& words) {
  for (size_t i = 2; i + 3 < words.size();) {
    GoField field;
    field.name = words[i + 1];
    // The one type with a space in its name does not stand in the table.
    field.type = resolve(words[i + 2]);
    field.json = words[i + 3] == "-" ? field.name : words[i + 3];
    for (i += 4; i < words.size() && words[i] != "|"; ++i) {
      if (words[i] == "?") field.omit_empty = true;
      if (words[i] == "oneof") field.oneof = true;
    }
    if (field.json == "+") field.embedded = true;
    type.fields.push_back(field);
  }
}

void GoTypes::add_root() {
  GoType* data = add("inject.SidecarTemplateData", GoKind::kStruct);
  const std::pair<const char*, const char*> fields[] = {
      {"TypeMeta", "v1.TypeMeta"},
      {"DeploymentMeta", "types.NamespacedName"},
      {"ObjectMeta", "v1.ObjectMeta"},
      {"Spec", "v1.PodSpec"},
      {"ProxyConfig", "*v1alpha1.ProxyConfig"},
      {"MeshConfig", "*v1alpha1.MeshConfig"},
      {"Values", "map[string]interface {}"},
      {"Revision", "string"},
      {"NativeSidecars", "bool"},
      {"ProxyImage", "string"},
      {"ProxyInitImage", "string"},
      {"ProxyUID", "int64"},
      {"ProxyGID", "int64"},
      {"InboundTrafficPolicyMode", "string"},
      {"CompliancePolicy", "string"},
  };
  for (const auto& [name, type] : fields) {
    data->fields.push_back({.name = name, .json = name, .type = resolve(type)});
  }
}

void GoTypes::name_members() {
  any = resolve("interface {}");
  boolean = resolve("bool");
  integer = resolve("int");
  int32 = resolve("int32");
  int64 = resolve("int64");
  uint64 = resolve("uint64");
  float64 = resolve("float64");
  string = resolve("string");
  any_list = resolve("[]interface {}");
  any_list_list = resolve("[][]interface {}");
  string_list = resolve("[]string");
  int_list = resolve("[]int");
  any_map = resolve("map[string]interface {}");
  string_map = resolve("map[string]string");
  duration = resolve("*durationpb.Duration");
  go_duration = resolve("time.Duration");
  version = resolve("*semver.Version");
  object_meta = resolve("v1.ObjectMeta");
  type_meta = resolve("v1.TypeMeta");
  namespaced_name = resolve("types.NamespacedName");
  pod_spec = resolve("v1.PodSpec");
  containers = resolve("[]v1.Container");
  proxy_config = resolve("*v1alpha1.ProxyConfig");
  mesh_config = resolve("*v1alpha1.MeshConfig");
  root = resolve("*inject.SidecarTemplateData");
  bytes = resolve("[]uint8");
}

}  // namespace mesh::injection
