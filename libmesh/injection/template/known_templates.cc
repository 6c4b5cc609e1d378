#include "libmesh/injection/template/known_templates.h"

#include <utility>

#include "libmesh/injection/template/digest.h"

namespace mesh::injection {
namespace {

// SHA-256 of the text between its first and its last character that is no white space. The texts
// are files/{injection-template,gateway-injection-template,grpc-simple,grpc-agent}.yaml of the
// chart istio-discovery; tests/injection/template/known_test.cc reads them from the Go module.
constexpr std::pair<std::string_view, NativeForm> kKnown[] = {
    // Istio 1.31 (istio.io/istio v0.0.0-20260827124520-eed52ebb66ad)
    {"1f9033707fbd8ef3ebb76055dd6fa24fc9fc437adc54e8ca0bb0f74401b764f4",
     NativeForm::kSidecar},  // sidecar
    {"a9a608f547bef9b9167f371938d5f9ec50cd9cee310a157f9f57152ce8893b88",
     NativeForm::kGateway},  // gateway
    {"d06a1a954ca7bc861bc988215a60347b9a40d2e4d92f6a0c3d4c146681c39f4e",
     NativeForm::kGrpcSimple},  // grpc-simple
    {"10eabd7b8728449fc665c83d858fe583eca40f30aa17751b0f1c58aaf041092c",
     NativeForm::kGrpcAgent},  // grpc-agent
};

}  // namespace

std::optional<NativeForm> known_template(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
  const std::string digest = hex_digest(Digest::kSha256, text);
  for (const auto& [known, form] : kKnown) {
    if (known == digest) return form;
  }
  return std::nullopt;
}

}  // namespace mesh::injection
