#include "libmesh/smcp/change.h"

#include "libmesh/smcp/path.h"

namespace mesh::smcp {
namespace {

std::string check_removed_content(const MeshContent& content) {
  Messages out;
  for (const Obstacle& object : content.removed_kinds) {
    out.push_back(object.ns + "/" + object.name + " of type " + object.kind +
                  " is not supported in newer version");
  }
  for (const Obstacle& service : content.http_on_443) {
    out.push_back("port 443 is not allowed for http/http2 protocols on Service " + service.ns +
                  "/" + service.name);
  }
  return join(out);
}

std::string check_extensions_gone(const MeshContent& content) {
  if (content.extensions.empty()) return {};
  const Obstacle& first = content.extensions.front();
  return "found a ServiceMeshExtension '" + first.name + "' in namespace '" + first.ns +
         "'. ServiceMeshExtension support has been removed; please migrate existing "
         "ServiceMeshExtensions to WasmPlugin";
}

Version next(Version version) { return static_cast<Version>(static_cast<int>(version) + 1); }
Version before(Version version) { return static_cast<Version>(static_cast<int>(version) - 1); }

std::string cannot(std::string_view what, Version from, Version to, const std::string& why) {
  return "cannot " + std::string(what) + " control plane from version " +
         std::string(version_text(from)) + " to " + std::string(version_text(to)) + ": " + why;
}

}  // namespace

std::string check_upgrade_step(Version into, const MeshContent& content) {
  switch (into) {
    case Version::kV1_1:
      return check_removed_content(content);
    case Version::kV2_0:
      return "inplace upgrade from v1.x to v2.0 is not supported";
    case Version::kV2_1:
    case Version::kV2_2:
      return {};
    case Version::kV2_3:
    case Version::kV2_4:
    case Version::kV2_5:
    case Version::kV2_6:
      return check_extensions_gone(content);
  }
  return {};
}

std::string check_downgrade_step(Version out_of) {
  if (out_of == Version::kV1_1) return "downgrading to a version below v1.1 is not supported";
  if (out_of == Version::kV2_0) return "inplace downgrade from v2.0 to v1.x is not supported";
  return {};
}

std::string check_version_change(Version from, Version to, const MeshContent& content) {
  for (Version step = from; step < to; step = next(step)) {
    const std::string why = check_upgrade_step(next(step), content);
    if (!why.empty()) return cannot("upgrade", from, to, why);
  }
  for (Version step = from; step > to; step = before(step)) {
    const std::string why = check_downgrade_step(step);
    if (!why.empty()) return cannot("downgrade", from, to, why);
  }
  return {};
}

std::string check_mode_change(const Value& old_spec, const Value& new_spec, Version version) {
  const ModeField field = facts(version).mode;
  if (field != ModeField::kTechPreview && field != ModeField::kFixed) return {};
  const Result<bool> was = cluster_wide(old_spec, version);
  if (!was) return was.error().message;
  const Result<bool> is = cluster_wide(new_spec, version);
  if (!is) return is.error().message;
  if (*was == *is) return {};
  if (field == ModeField::kTechPreview) {
    return "field spec.techPreview.controlPlaneMode is immutable; to change its value, delete the "
           "ServiceMeshControlPlane and recreate it";
  }
  return "field spec.mode is immutable in v2.4; to change its value, upgrade the "
         "ServiceMeshControlPlane to v2.5";
}

bool is_http_on_443(const Value& port) {
  const int64_t* number = port.find("port") == nullptr ? nullptr : port.find("port")->if_int();
  const std::string_view name = port.string_at("name");
  return number != nullptr && *number == 443 &&
         (name == "http" || name == "http2" || name.starts_with("http-") ||
          name.starts_with("http2-"));
}

}  // namespace mesh::smcp
