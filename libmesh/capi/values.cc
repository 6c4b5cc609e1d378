#include "mesh/values.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/document/read.h"
#include "libmesh/smcp/convert.h"
#include "libmesh/tenancy/release/releases.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::document::JsonWriter;
using mesh::document::Value;
using mesh::index::Tenant;
using mesh::tenancy::ReleaseOptions;

namespace {

struct ValuesOptions {
  ReleaseOptions release;
  bool release_values = false;
};

mesh::Result<void> read_images(const Value& object, ReleaseOptions& out) {
  out.images.emplace();
  for (const mesh::document::Member& member : *object.if_map()) {
    const std::string* image = member.value.if_string();
    if (image == nullptr) {
      return mesh::Error{mesh::ErrorCode::kInvalidArgument,
                         "options: \"images\": \"" + member.key + "\" must be a string"};
    }
    out.images->emplace(member.key, *image);
  }
  return {};
}

mesh::Result<ValuesOptions> read_options(std::string_view json) {
  ValuesOptions out;
  mesh::capi::Options options(json, "options");
  options.read("operatorNamespace", out.release.operator_namespace);
  options.read("cni", out.release.cni);
  options.read("defaultProfile", out.release.default_profile);
  options.read("releaseValues", out.release_values);
  const Value* images = options.object("images");
  const Value* defaults = options.object("chartDefaults");
  if (auto end = options.end(); !end) return end.error();
  const std::string& profile = out.release.default_profile;
  if (profile != "maistra" && profile != "servicemesh") {
    return mesh::Error{
        mesh::ErrorCode::kInvalidArgument,
        "options: \"defaultProfile\" is \"" + profile + "\", must be maistra or servicemesh"};
  }
  if (defaults != nullptr) out.release.chart_defaults = *defaults;
  if (images != nullptr) {
    if (auto read = read_images(*images, out.release); !read) return read.error();
  }
  return out;
}

void write(JsonWriter& json, const mesh::smcp::Release& release, bool values) {
  json.begin_object();
  json.key("name").value(release.name);
  json.key("chart").value(release.chart);
  json.key("path").value(release.path);
  json.key("namespace").value(release.name_space);
  if (!release.gateway.empty()) json.key("gateway").value(release.gateway);
  json.key("group").value(release.group);
  if (values) json.key("values").value(release.values);
  json.end_object();
}

void write(JsonWriter& json, const mesh::smcp::Rendering& rendering, bool release_values) {
  const mesh::smcp::Effective& effective = rendering.effective;
  json.key("profiles").begin_array();
  for (const std::string& name : effective.profiles) json.value(name);
  json.end_array();
  json.key("values").value(*effective.values.find("istio"));
  json.key("threeScale").value(*effective.values.find("threeScale"));
  json.key("appliedSpec").value(effective.spec);
  json.key("releases").begin_array();
  for (const mesh::smcp::Release& release : rendering.releases)
    write(json, release, release_values);
  json.end_array();
}

void write(JsonWriter& json, const mesh::index::Snapshot& snapshot, const Tenant& tenant,
           const ValuesOptions& options) {
  const auto rendering = mesh::tenancy::render_releases(snapshot, tenant, options.release);
  json.begin_object();
  json.key("tenant").value(tenant.id.value);
  json.key("namespace").value(tenant.ns);
  json.key("name").value(tenant.name);
  json.key("version").value(rendering ? mesh::smcp::version_text(rendering->effective.version)
                                      : tenant.version);
  if (rendering) {
    write(json, *rendering, options.release_values);
  } else {
    json.key("error").value(rendering.error().message);
  }
  json.end_object();
}

mesh::Result<mesh_buffer*> values(const mesh::index::Snapshot& snapshot, std::string_view tenant,
                                  const ValuesOptions& options) {
  const auto& tenants = snapshot.tenants();
  const Tenant* one = tenant.empty() ? nullptr : tenants.find({std::string(tenant)});
  if (!tenant.empty() && (one == nullptr || one->control_plane == nullptr)) {
    return mesh::Error{mesh::ErrorCode::kNotFound,
                       "there is no control plane \"" + std::string(tenant) + "\""};
  }
  JsonWriter json;
  json.begin_object().key("controlPlanes").begin_array();
  for (const Tenant& each : tenants.list) {
    if (each.control_plane == nullptr || (one != nullptr && one != &each)) continue;
    write(json, snapshot, each, options);
  }
  json.end_array().end_object();
  return make_buffer(json.take());
}

mesh::Result<mesh_buffer*> convert(std::string_view input, std::string_view file,
                                   mesh::smcp::ApiVersion version) {
  mesh::Diagnostics diagnostics;
  JsonWriter json;
  json.begin_object().key("documents").begin_array();
  for (mesh::document::Document& document : mesh::document::read_any(input, file, diagnostics)) {
    if (auto made = mesh::smcp::convert_document(document, version, diagnostics)) {
      json.value(*made);
    }
  }
  json.end_array();
  json.key("diagnostics").raw(mesh::capi::to_json(diagnostics));
  json.end_object();
  return make_buffer(json.take());
}

}  // namespace

extern "C" {

mesh_error* mesh_snapshot_values(const mesh_snapshot* snapshot, mesh_view tenant, mesh_view options,
                                 mesh_buffer** out) {
  return guard(out,
               {given(snapshot, "snapshot"), given(tenant, "tenant"), given(options, "options")},
               [&]() -> mesh::Result<mesh_buffer*> {
                 auto read = read_options(text(options));
                 if (!read) return read.error();
                 return values(*snapshot->value, text(tenant), *read);
               });
}

mesh_error* mesh_convert(mesh_view input, mesh_view file, mesh_view version, mesh_buffer** out) {
  return guard(out, {given(input, "text"), given(file, "file"), given(version, "version")},
               [&]() -> mesh::Result<mesh_buffer*> {
                 auto wanted = mesh::smcp::parse_api_version(text(version));
                 if (!wanted) return wanted.error();
                 return convert(text(input), text(file), *wanted);
               });
}
}
