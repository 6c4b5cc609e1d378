#include "libmesh/smcp/convert.h"

#include <string>

#include "libmesh/base/codes.h"
#include "libmesh/smcp/conversion.h"
#include "libmesh/smcp/path.h"

namespace mesh::smcp {
namespace {

constexpr std::string_view kKind = "ServiceMeshControlPlane";
constexpr std::string_view kGroup = "maistra.io/";

std::string_view text_of(ApiVersion version) { return version == ApiVersion::kV1 ? "v1" : "v2"; }

class Converter {
 public:
  Converter(const std::string& file, ApiVersion version, Diagnostics& diagnostics)
      : file_(file), version_(version), diagnostics_(diagnostics) {}

  std::optional<Value> convert(const Value& object) {
    if (is_list(object)) return convert_items(object);
    const std::string_view api = text_at(object, "apiVersion");
    if (text_at(object, "kind") != kKind || !api.starts_with(kGroup)) return object;
    if (api.substr(kGroup.size()) == text_of(version_)) return object;
    auto made = version_ == ApiVersion::kV1 ? to_v1(object) : to_v2(object);
    if (!made) {
      report(Severity::kError, object, made.error().message);
      return std::nullopt;
    }
    if (const Value* message = at(*made, "spec.techPreview.errored.message")) {
      report(Severity::kWarning, object,
             "values are kept in spec.techPreview.errored: " + go_text(*message));
    }
    return *std::move(made);
  }

 private:
  static bool is_list(const Value& object) {
    const Value* items = object.find("items");
    return text_at(object, "kind").ends_with("List") && items != nullptr && items->is_list();
  }

  Value convert_items(const Value& list) {
    List items;
    for (const Value& item : *list.find("items")->if_list()) {
      if (auto made = convert(item)) items.push_back(*std::move(made));
    }
    Value out = list;
    out.set("items", Value(std::move(items)));
    if (text_at(list, "kind") == std::string(kKind) + "List") {
      out.set("apiVersion", Value(std::string(kGroup) + std::string(text_of(version_))));
    }
    return out;
  }

  void report(Severity severity, const Value& object, std::string message) {
    Diagnostic found;
    found.severity = severity;
    found.code = Code::kConversion;
    found.object = std::string(kKind) + " " + std::string(text_at(object, "metadata.namespace")) +
                   "/" + std::string(text_at(object, "metadata.name"));
    found.field = "spec";
    found.message = std::move(message);
    found.mend = "mend the field that it names, and convert again";
    found.file = file_;
    const Value* spec = object.find("spec");
    const document::Position place = spec == nullptr ? object.position : spec->position;
    found.line = place.line;
    found.column = place.column;
    diagnostics_.push_back(std::move(found));
  }

  const std::string& file_;
  const ApiVersion version_;
  Diagnostics& diagnostics_;
};

}  // namespace

Result<ApiVersion> parse_api_version(std::string_view text) {
  if (text.starts_with(kGroup)) text.remove_prefix(kGroup.size());
  if (text == "v1") return ApiVersion::kV1;
  if (text == "v2") return ApiVersion::kV2;
  return Error{ErrorCode::kInvalidArgument,
               "there is no version \"" + std::string(text) + "\" of maistra.io: v1 or v2"};
}

std::optional<Value> convert_document(const document::Document& document, ApiVersion version,
                                      Diagnostics& diagnostics) {
  return Converter(document.file, version, diagnostics).convert(document.root);
}

}  // namespace mesh::smcp
