#include "libmesh/injection/forms/images.h"

#include <string_view>

#include "libmesh/injection/forms/text.h"

namespace mesh::injection {
namespace {

using document::Value;

std::string text_at(const Value& values, std::string_view path) {
  const Value* found = value_at(values, path);
  return found == nullptr || found->is_null() ? std::string() : forms::sprint(found);
}

// The tag with the type behind it, in place of one that is there.
std::string tag_of_type(std::string tag, std::string_view type) {
  if (type.empty()) return tag;
  for (std::string_view known : {"-distroless", "-debug"}) {
    if (!tag.ends_with(known)) continue;
    tag.resize(tag.size() - known.size());
    break;
  }
  if (type == "default") return tag;
  return tag.append("-").append(type);
}

const std::string* image_type_of(const Value& pod) {
  const Value* metadata = pod.find("metadata");
  const Value* annotations = metadata == nullptr ? nullptr : metadata->find("annotations");
  const Value* type =
      annotations == nullptr ? nullptr : annotations->find("sidecar.istio.io/proxyImageType");
  return type == nullptr ? nullptr : type->if_string();
}

std::string image(const Settings& settings, std::string_view name_path, std::string_view type,
                  const Value& pod) {
  std::string name = text_at(settings.values, name_path);
  if (name.empty()) name = "proxyv2";
  std::string variant;
  if (const std::string* stated = image_type_of(pod)) {
    variant = *stated;
  } else {
    variant = type.empty() ? text_at(settings.values, "global.variant") : std::string(type);
  }
  std::string out = text_at(settings.values, "global.hub");
  out.append("/").append(name).append(":");
  return out.append(tag_of_type(text_at(settings.values, "global.tag"), variant));
}

}  // namespace

std::string proxy_image(const Settings& settings, const ProxyConfig& config, const Value& pod) {
  return image(settings, "global.proxy.image", config.image_type, pod);
}

std::string proxy_init_image(const Settings& settings, const Value& pod) {
  return image(settings, "global.proxy_init.image", {}, pod);
}

}  // namespace mesh::injection
