#include "libmesh/injection/pod/go_json.h"

#include <algorithm>
#include <vector>

#include "libmesh/document/json.h"
#include "libmesh/document/numbers.h"
#include "libmesh/document/utf8.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

enum class Shape : uint8_t {
  kText,        // "" is left out
  kAlwaysText,  // "" when missing
  kNumber,      // 0 is left out
  kPort,        // number or text; 0 when missing
  kFlag,        // false is left out
  kPointer,     // a scalar; null is left out
  kNullable,    // a text, or null
  kList,        // of scalars; an empty one is left out
  kQuantity,
  kQuantities,
  kStruct,   // null is left out
  kAlways,   // a struct that is never left out
  kStructs,  // an empty list is left out
};

struct Type;
struct Field {
  std::string_view name;
  Shape shape;
  const Type* type = nullptr;
};
struct Type {
  const Field* fields;
  size_t size;
};

#define MESH_GO_TYPE(name, ...)                 \
  constexpr Field name##Fields[] = __VA_ARGS__; \
  constexpr Type name { name##Fields, std::size(name##Fields) }

using enum Shape;
MESH_GO_TYPE(kContainerPort, {{"name", kText},
                              {"hostPort", kNumber},
                              {"containerPort", kPort},
                              {"protocol", kText},
                              {"hostIP", kText}});
MESH_GO_TYPE(kEnvSource, {{"name", kText}, {"optional", kPointer}});
MESH_GO_TYPE(kEnvFrom, {{"prefix", kText},
                        {"configMapRef", kStruct, &kEnvSource},
                        {"secretRef", kStruct, &kEnvSource}});
MESH_GO_TYPE(kFieldRef, {{"apiVersion", kText}, {"fieldPath", kAlwaysText}});
MESH_GO_TYPE(kResourceRef,
             {{"containerName", kText}, {"resource", kAlwaysText}, {"divisor", kQuantity}});
MESH_GO_TYPE(kKeyRef, {{"name", kText}, {"key", kAlwaysText}, {"optional", kPointer}});
MESH_GO_TYPE(kFileKeyRef, {{"volumeName", kAlwaysText},
                           {"path", kAlwaysText},
                           {"key", kAlwaysText},
                           {"optional", kPointer}});
MESH_GO_TYPE(kEnvVarSource, {{"fieldRef", kStruct, &kFieldRef},
                             {"resourceFieldRef", kStruct, &kResourceRef},
                             {"configMapKeyRef", kStruct, &kKeyRef},
                             {"secretKeyRef", kStruct, &kKeyRef},
                             {"fileKeyRef", kStruct, &kFileKeyRef}});
MESH_GO_TYPE(kEnvVar,
             {{"name", kAlwaysText}, {"value", kText}, {"valueFrom", kStruct, &kEnvVarSource}});
MESH_GO_TYPE(kClaim, {{"name", kAlwaysText}, {"request", kText}});
MESH_GO_TYPE(kResources,
             {{"limits", kQuantities}, {"requests", kQuantities}, {"claims", kStructs, &kClaim}});
MESH_GO_TYPE(kResizePolicy, {{"resourceName", kAlwaysText}, {"restartPolicy", kAlwaysText}});
MESH_GO_TYPE(kExitCodes, {{"operator", kText}, {"values", kList}});
MESH_GO_TYPE(kRestartRule, {{"action", kText}, {"exitCodes", kStruct, &kExitCodes}});
MESH_GO_TYPE(kVolumeMount, {{"name", kAlwaysText},
                            {"readOnly", kFlag},
                            {"recursiveReadOnly", kPointer},
                            {"mountPath", kAlwaysText},
                            {"subPath", kText},
                            {"mountPropagation", kPointer},
                            {"subPathExpr", kText}});
MESH_GO_TYPE(kVolumeDevice, {{"name", kAlwaysText}, {"devicePath", kAlwaysText}});
MESH_GO_TYPE(kExec, {{"command", kList}});
MESH_GO_TYPE(kHttpHeader, {{"name", kAlwaysText}, {"value", kAlwaysText}});
MESH_GO_TYPE(kHttpGet, {{"path", kText},
                        {"port", kPort},
                        {"host", kText},
                        {"scheme", kText},
                        {"httpHeaders", kStructs, &kHttpHeader}});
MESH_GO_TYPE(kTcpSocket, {{"port", kPort}, {"host", kText}});
MESH_GO_TYPE(kGrpc, {{"port", kPort}, {"service", kNullable}});
MESH_GO_TYPE(kSleep, {{"seconds", kPort}});
MESH_GO_TYPE(kProbe, {{"exec", kStruct, &kExec},
                      {"httpGet", kStruct, &kHttpGet},
                      {"tcpSocket", kStruct, &kTcpSocket},
                      {"grpc", kStruct, &kGrpc},
                      {"initialDelaySeconds", kNumber},
                      {"timeoutSeconds", kNumber},
                      {"periodSeconds", kNumber},
                      {"successThreshold", kNumber},
                      {"failureThreshold", kNumber},
                      {"terminationGracePeriodSeconds", kPointer}});
MESH_GO_TYPE(kHandler, {{"exec", kStruct, &kExec},
                        {"httpGet", kStruct, &kHttpGet},
                        {"tcpSocket", kStruct, &kTcpSocket},
                        {"sleep", kStruct, &kSleep}});
MESH_GO_TYPE(kLifecycle, {{"postStart", kStruct, &kHandler},
                          {"preStop", kStruct, &kHandler},
                          {"stopSignal", kPointer}});
MESH_GO_TYPE(kCapabilities, {{"add", kList}, {"drop", kList}});
MESH_GO_TYPE(kSeLinux, {{"user", kText}, {"role", kText}, {"type", kText}, {"level", kText}});
MESH_GO_TYPE(kWindows, {{"gmsaCredentialSpecName", kPointer},
                        {"gmsaCredentialSpec", kPointer},
                        {"runAsUserName", kPointer},
                        {"hostProcess", kPointer}});
MESH_GO_TYPE(kProfile, {{"type", kAlwaysText}, {"localhostProfile", kPointer}});
MESH_GO_TYPE(kSecurityContext, {{"capabilities", kStruct, &kCapabilities},
                                {"privileged", kPointer},
                                {"seLinuxOptions", kStruct, &kSeLinux},
                                {"windowsOptions", kStruct, &kWindows},
                                {"runAsUser", kPointer},
                                {"runAsGroup", kPointer},
                                {"runAsNonRoot", kPointer},
                                {"readOnlyRootFilesystem", kPointer},
                                {"allowPrivilegeEscalation", kPointer},
                                {"procMount", kPointer},
                                {"seccompProfile", kStruct, &kProfile},
                                {"appArmorProfile", kStruct, &kProfile}});
MESH_GO_TYPE(kContainer, {{"name", kAlwaysText},
                          {"image", kText},
                          {"command", kList},
                          {"args", kList},
                          {"workingDir", kText},
                          {"ports", kStructs, &kContainerPort},
                          {"envFrom", kStructs, &kEnvFrom},
                          {"env", kStructs, &kEnvVar},
                          {"resources", kAlways, &kResources},
                          {"resizePolicy", kStructs, &kResizePolicy},
                          {"restartPolicy", kPointer},
                          {"restartPolicyRules", kStructs, &kRestartRule},
                          {"volumeMounts", kStructs, &kVolumeMount},
                          {"volumeDevices", kStructs, &kVolumeDevice},
                          {"livenessProbe", kStruct, &kProbe},
                          {"readinessProbe", kStruct, &kProbe},
                          {"startupProbe", kStruct, &kProbe},
                          {"lifecycle", kStruct, &kLifecycle},
                          {"terminationMessagePath", kText},
                          {"terminationMessagePolicy", kText},
                          {"imagePullPolicy", kText},
                          {"securityContext", kStruct, &kSecurityContext},
                          {"stdin", kFlag},
                          {"stdinOnce", kFlag},
                          {"tty", kFlag}});
MESH_GO_TYPE(kProber, {{"httpGet", kStruct, &kHttpGet},
                       {"tcpSocket", kStruct, &kTcpSocket},
                       {"grpc", kStruct, &kGrpc},
                       {"timeoutSeconds", kNumber}});
#undef MESH_GO_TYPE

const Type& type_of(GoStruct type) {
  switch (type) {
    case GoStruct::kContainer:
      return kContainer;
    case GoStruct::kHttpGetAction:
      return kHttpGet;
    case GoStruct::kTcpSocketAction:
      return kTcpSocket;
    case GoStruct::kGrpcAction:
      return kGrpc;
    case GoStruct::kProber:
      return kProber;
  }
  return kContainer;
}

bool is_zero(const Value& value) {
  const int64_t* number = value.if_int();
  const bool* flag = value.if_bool();
  const std::string* text = value.if_string();
  return value.is_null() || (number != nullptr && *number == 0) || (flag != nullptr && !*flag) ||
         (text != nullptr && text->empty());
}

Value written(const Value& value, const Type& type);

Value quantity(const Value& value) {
  const std::string* text = value.if_string();
  return Value(canonical_quantity(text == nullptr ? document::write_json(value) : *text));
}

Value quantities(const Map& map) {
  Map out;
  for (const Member& member : map) out.push_back({member.key, quantity(member.value), {}});
  std::sort(out.begin(), out.end(), [](const Member& a, const Member& b) { return a.key < b.key; });
  return Value(std::move(out));
}

// A member as Go writes it; false where it leaves it out.
bool member(const Value* value, const Field& field, Value& out) {
  const bool missing = value == nullptr || value->is_null();
  switch (field.shape) {
    case kText:
    case kNumber:
    case kFlag:
      if (missing || is_zero(*value)) return false;
      break;
    case kAlwaysText:
      if (missing) return out = Value(""), true;
      break;
    case kPort:
      if (missing) return out = Value(int64_t{0}), true;
      break;
    case kNullable:
      if (missing) return out = Value(), true;
      break;
    case kPointer:
      if (missing) return false;
      break;
    case kList:
      if (missing || !value->is_list() || value->if_list()->empty()) return false;
      break;
    case kQuantity:
      return out = missing ? Value("0") : quantity(*value), true;
    case kQuantities:
      if (missing || !value->is_map() || value->if_map()->empty()) return false;
      return out = quantities(*value->if_map()), true;
    case kAlways:
    case kStruct:
      if (field.shape == kStruct && (missing || !value->is_map())) return false;
      return out = missing ? Value(Map{}) : written(*value, *field.type), true;
    case kStructs: {
      if (missing || !value->is_list() || value->if_list()->empty()) return false;
      List list;
      for (const Value& element : *value->if_list()) list.push_back(written(element, *field.type));
      return out = Value(std::move(list)), true;
    }
  }
  out = *value;
  return true;
}

Value written(const Value& value, const Type& type) {
  Map out;
  for (size_t i = 0; i < type.size; ++i) {
    Value content;
    if (member(value.find(type.fields[i].name), type.fields[i], content)) {
      out.push_back({std::string(type.fields[i].name), std::move(content), {}});
    }
  }
  return Value(std::move(out));
}

void append_value(std::string& out, const Value& value) {
  if (const Map* map = value.if_map()) {
    out += '{';
    for (const Member& member : *map) {
      if (&member != map->data()) out += ',';
      append_go_string(out, member.key);
      out += ':';
      append_value(out, member.value);
    }
    out += '}';
  } else if (const List* list = value.if_list()) {
    out += '[';
    for (const Value& element : *list) {
      if (&element != list->data()) out += ',';
      append_value(out, element);
    }
    out += ']';
  } else if (const std::string* text = value.if_string()) {
    append_go_string(out, *text);
  } else {
    out += document::write_json(value);
  }
}

}  // namespace

void append_go_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80) {
      const size_t length = document::utf8_sequence(text.substr(i));
      const std::string_view rune = text.substr(i, length);
      if (length == 0) {
        out += "\\ufffd";
      } else if (rune == "\xE2\x80\xA8" || rune == "\xE2\x80\xA9") {
        out += rune[2] == '\xA8' ? "\\u2028" : "\\u2029";
      } else {
        out += rune;
      }
      i += std::max<size_t>(length, 1);
      continue;
    }
    ++i;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (u >= 0x20 && c != '<' && c != '>' && c != '&') {
          out += c;
        } else {
          out.append("\\u00").append(1, kHex[u >> 4]).append(1, kHex[u & 15]);
        }
    }
  }
  out += '"';
}

void append_go_struct(std::string& out, const Value& value, GoStruct type) {
  append_value(out, written(value, type_of(type)));
}

Value as_go_writes_it(const Value& container) { return written(container, kContainer); }

}  // namespace mesh::injection
