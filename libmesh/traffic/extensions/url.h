// Where a Wasm module comes from: the URL as Go's net/url reads and writes it again, because that is what Istio
// sends. Without a scheme it is an image ("oci://").
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mesh::traffic {

struct ModuleUrl {
  bool file = false;
  std::string text;  // the path of a file, else the whole URL
};
// Nothing when it is no URL (a control character, a bad escape, host or port).
std::optional<ModuleUrl> parse_module_url(std::string_view text);

}  // namespace mesh::traffic
