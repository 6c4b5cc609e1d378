#include "libmesh/injection/forms/otel.h"

namespace mesh::injection::forms {
namespace {

void add(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += ',';
  out.append(name).append("=").append(value);
}

std::string version_of(const View& view) {
  const std::string_view stated = view.annotations.text(Known::kOtelVersion);
  if (!stated.empty()) return std::string(stated);
  const std::string_view label = view.label("app.kubernetes.io/version");
  if (!label.empty()) return std::string(label);
  if (view.containers == nullptr || view.containers->size() != 1) return {};
  const auto [tag, digest] = image_version(view.containers->front().string_at("image"));
  if (tag.empty()) return std::string(digest);
  return digest.empty() ? std::string(tag) : std::string(tag) + "@" + std::string(digest);
}

std::string instance_of(const View& view) {
  const std::string_view stated = view.annotations.text(Known::kOtelInstance);
  if (!stated.empty()) return std::string(stated);
  if (view.containers == nullptr || view.containers->empty()) return {};
  return view.input.owner.ns + ".$(POD_NAME)." +
         std::string(view.containers->front().string_at("name"));
}

}  // namespace

std::string otel_resource_attributes(const View& view) {
  std::string out;
  std::string_view ns = view.annotations.text(Known::kOtelNamespace);
  if (ns.empty()) ns = view.input.owner.ns;
  if (!ns.empty()) add(out, "service.namespace", ns);
  if (const std::string version = version_of(view); !version.empty()) {
    add(out, "service.version", version);
  }
  if (const std::string instance = instance_of(view); !instance.empty()) {
    add(out, "service.instance.id", instance);
  }
  return out;
}

ImageVersion image_version(std::string_view image) {
  ImageVersion out;
  if (const size_t at = image.find('@'); at != std::string_view::npos) {
    out.digest = image.substr(at + 1);
    image = image.substr(0, at);
  }
  const size_t slash = image.rfind('/');
  const size_t colon = image.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    out.tag = image.substr(colon + 1);
  }
  return out;
}

}  // namespace mesh::injection::forms
