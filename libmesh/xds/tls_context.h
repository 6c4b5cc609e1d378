// Where a TLS context takes its certificates from: SDS of the agent beside the proxy, of a file, or
// of a named credential.
//
// Follows pilot/pkg/security/model/authentication.go and pkg/model/authentication.go in Istio. All
// functions give the bytes of a tls.SdsSecretConfig.
#pragma once

#include <string>
#include <string_view>

namespace mesh::xds {

// The workload's own certificate ("default") and the roots of the mesh ("ROOTCA"). They come from
// the agent; a plain Envoy has none and asks over ADS.
const std::string& workload_certificate_sds(bool istio_flavour);
const std::string& mesh_roots_sds(bool istio_flavour);

// Any other secret of the agent, e.g. "file-cert:/a~/b", "file-root:/c"; `own_server` names the
// cluster that a proxy with the metadata file-credential has for files.
std::string agent_sds(std::string_view name, bool own_server);

// A credentialName: "name" and "ns/name" become "kubernetes://…"; "builtin://" is the workload's
// own certificate; "sds://…" is asked of the socket beside the proxy when there is one.
std::string credential_sds(std::string_view credential_name, bool credential_socket,
                           bool istio_flavour);

// "file-cert:<certificate>~<key>" and "file-root:<path>".
std::string file_certificate_name(std::string_view certificate, std::string_view key);
std::string file_root_name(std::string_view path);

inline constexpr std::string_view kCredentialCaSuffix = "-cacert";

}  // namespace mesh::xds
