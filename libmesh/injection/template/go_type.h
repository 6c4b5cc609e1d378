// The Go types that an injection template meets, as package reflect would describe them.
//
// Templates are sensitive to types: `eq` refuses to compare an int with a float, a struct's missing
// string is "" where a map's is nothing, a protobuf enum prints its name and a pointer to false is
// true. So the engine knows the types of Istio's SidecarTemplateData (pkg/kube/inject/inject.go):
// Kubernetes' PodSpec and ObjectMeta, Istio's MeshConfig and ProxyConfig (go_types_*.inc, a table
// made from the Go packages by reflection), and the handful of types that functions make.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mesh::injection {

enum class GoKind : uint8_t {
  kInvalid,  // reflect's zero Value: no value at all
  kBool,
  kInt,
  kUint,
  kFloat,
  kString,
  kSlice,
  kMap,
  kStruct,
  kPointer,
  kInterface,  // a nil `any`; one that holds something is that something
};

// What a type is beyond its kind: how documents write it, and which methods it has.
enum class GoForm : uint8_t {
  kPlain,
  kMessage,      // protobuf: getters, JSON without zero values
  kEnum,         // protobuf: prints its name; documents write the name
  kWrapper,      // wrapperspb.BoolValue and its like: documents write the bare value
  kDuration,     // durationpb.Duration, "10s" in documents
  kGoDuration,   // time.Duration
  kQuantity,     // resource.Quantity: text or number in documents
  kIntOrString,  // intstr.IntOrString
  kTime,         // metav1.Time: text in documents
  kFree,         // structpb.Struct, FieldsV1: anything
  kObjectMeta,   // getters
  kVersion,      // semver.Version
};

struct GoType;

struct GoField {
  std::string_view name;
  std::string_view json;  // of documents; "-" none
  const GoType* type = nullptr;
  bool omit_empty = false;
  bool embedded = false;  // its fields stand among the outer ones in JSON
  bool oneof = false;     // reached by its getter only
};

struct GoType {
  GoKind kind = GoKind::kInvalid;
  GoForm form = GoForm::kPlain;
  std::string name;              // as reflect prints it: "[]v1.Container"
  const GoType* elem = nullptr;  // of slices, maps, pointers
  const GoType* key = nullptr;   // of maps
  std::vector<GoField> fields;   // of structs
  std::vector<std::pair<std::string_view, int64_t>> enumerators;

  const GoField* field(std::string_view go_name) const;
};

// All types, made once. Types are equal when their addresses are.
class GoTypes {
 public:
  static const GoTypes& get();

  // By reflect's name; null when there is none. Slices, maps and pointers of the table only.
  const GoType* find(std::string_view name) const;

  const GoType* any;
  const GoType* boolean;
  const GoType* integer;  // int
  const GoType* int32;
  const GoType* int64;
  const GoType* uint64;
  const GoType* float64;
  const GoType* string;
  const GoType* any_list;       // []interface {}
  const GoType* any_list_list;  // [][]interface {}
  const GoType* string_list;    // []string
  const GoType* int_list;       // []int
  const GoType* any_map;        // map[string]interface {}
  const GoType* string_map;     // map[string]string
  const GoType* duration;       // *durationpb.Duration
  const GoType* go_duration;    // time.Duration
  const GoType* version;        // *semver.Version
  const GoType* object_meta;    // v1.ObjectMeta
  const GoType* type_meta;
  const GoType* namespaced_name;
  const GoType* pod_spec;
  const GoType* containers;    // []v1.Container
  const GoType* proxy_config;  // *v1alpha1.ProxyConfig
  const GoType* mesh_config;   // *v1alpha1.MeshConfig
  const GoType* root;          // *inject.SidecarTemplateData
  const GoType* bytes;         // []uint8

 private:
  GoTypes();
  GoType* add(std::string name, GoKind kind, GoForm form = GoForm::kPlain);
  const GoType* resolve(std::string_view name);
  void add_basic_types();
  void add_special_types();
  void add_root();
  void read_table(std::string_view table);
  void read_record(const std::vector<std::string_view>& words);
  void read_fields(GoType& type, const std::vector<std::string_view>& words);
  void name_members();

  std::deque<GoType> types_;
  std::map<std::string, GoType*, std::less<>> by_name_;
};

}  // namespace mesh::injection
