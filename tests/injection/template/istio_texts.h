// The texts of Istio's own templates, read from the Go module cache when the test runs; none of
// them is in this repository.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "libmesh/injection/template.h"

namespace mesh::injection::testing {

struct IstioText {
  NativeForm form;
  const char* file;
};
inline constexpr IstioText kIstioTexts[] = {
    {NativeForm::kSidecar, "injection-template"},
    {NativeForm::kGateway, "gateway-injection-template"},
    {NativeForm::kGrpcSimple, "grpc-simple"},
    {NativeForm::kGrpcAgent, "grpc-agent"},
};

// The folder of module istio.io/istio: $MESH_ISTIO_DIR, else where Go keeps it.
inline std::string istio_folder() {
  if (const char* folder = std::getenv("MESH_ISTIO_DIR")) return folder;
  constexpr const char* kModule = "/istio.io/istio@v0.0.0-20260827124520-eed52ebb66ad";
  if (const char* cache = std::getenv("GOMODCACHE")) return std::string(cache) + kModule;
  if (const char* path = std::getenv("GOPATH")) return std::string(path) + "/pkg/mod" + kModule;
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "" : home) + "/go/pkg/mod" + kModule;
}

// Empty when the module is not there.
inline std::string istio_text(std::string_view file) {
  std::ifstream stream(istio_folder() + "/manifests/charts/istio-control/istio-discovery/files/" +
                       std::string(file) + ".yaml");
  std::stringstream text;
  if (stream) text << stream.rdbuf();
  return text.str();
}

inline constexpr const char* kNoIstio =
    "module istio.io/istio is not in the Go module cache (MESH_ISTIO_DIR names its folder)";

}  // namespace mesh::injection::testing
