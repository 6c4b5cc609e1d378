// Template: what one injection template makes of a pod. A native form (forms/) and a Go template
// that runs in our engine (template/) are the same thing to everything after them: both give an
// overlay, which is merged onto the pod (pod/).
//
// What a template sees is Istio's SidecarTemplateData (pkg/kube/inject/inject.go), field by field.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libmesh/base/diagnostics.h"
#include "libmesh/base/labels.h"
#include "libmesh/base/result.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

struct Settings;     // settings.h
struct ProxyConfig;  // proxy_config.h

// The workload that a pod belongs to: DeploymentMeta and TypeMeta.
struct Owner {
  std::string name;
  std::string ns;
  std::string api_version;  // "apps/v1"
  std::string kind;         // "Deployment"
};

// What injection reads of the pod's Namespace object.
struct NamespaceFacts {
  Labels labels;
  Labels annotations;
};

struct TemplateInput {
  const Settings& settings;         // Values, MeshConfig
  const document::Value& pod;       // ObjectMeta and Spec: `metadata` and `spec`, already stripped
  const Owner& owner;               // DeploymentMeta, TypeMeta
  const ProxyConfig& proxy_config;  // ProxyConfig
  bool native_sidecars = false;     // NativeSidecars, before the pod's own annotation
  std::string_view proxy_image;     // ProxyImage
  std::string_view proxy_init_image;  // ProxyInitImage
  int64_t proxy_uid = 1337;           // ProxyUID; 0 is left to the platform
  int64_t proxy_gid = 1337;           // ProxyGID
  std::string_view revision;          // Revision
  // InboundTrafficPolicyMode and CompliancePolicy are in `settings`: no pod changes them.
};

class Template {
 public:
  virtual ~Template() = default;
  // The overlay: a mapping with `metadata` and `spec`, as the template's YAML reads. It may hold
  // nulls, which say nothing. Thread-safe. An error is worded as Istio words it.
  virtual Result<document::Value> render(const TemplateInput& input) const = 0;
  // Whether it may look at, or say anything of, the environment variables of containers that are
  // not the mesh's own.
  virtual bool minds_env() const { return true; }
};
using TemplatePtr = std::shared_ptr<const Template>;

// The forms that need no template text. Where a value or annotation would change the shape of the
// YAML that Istio's text makes of it (quotes, colons, line breaks, missing parts of the values), a
// form asks `exact`, the same template in the engine, if it has one.
enum class NativeForm : uint8_t { kSidecar, kGateway, kGrpcSimple, kGrpcAgent };
TemplatePtr native_template(NativeForm form, TemplatePtr exact = nullptr);  // forms/forms.cc

// Reads the text of a Go template; one that is Istio's own becomes its native form
// (template/make_template.cc). Null, with diagnostics, when it cannot be read.
TemplatePtr make_template(std::string_view name, std::string_view text, Diagnostics& diagnostics);

}  // namespace mesh::injection
