#include "mesh/injection.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/document/read.h"
#include "libmesh/injection/decision/matrix.h"
#include "libmesh/injection/decision/named.h"
#include "libmesh/injection/doors/kube_inject.h"
#include "libmesh/injection/doors/manifest.h"
#include "libmesh/injection/doors/review.h"
#include "libmesh/injection/doors/uninject.h"
#include "libmesh/injection/tenant_settings.h"

using mesh::Error;
using mesh::ErrorCode;
using mesh::Result;
using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::document::JsonWriter;
using mesh::document::Value;
using namespace mesh::injection;

namespace {

struct InjectorRequest {
  Options options;
  SettingsTexts texts;
  SettingsIdentity identity;
  bool settings_given = false;
};

Result<NativeSidecars> native_sidecars_of(const std::string& word) {
  if (word == "auto") return NativeSidecars::kAuto;
  if (word == "true") return NativeSidecars::kEnabled;
  if (word == "false") return NativeSidecars::kDisabled;
  return Error{ErrorCode::kInvalidArgument,
               "injector options: \"nativeSidecars\" is auto, true or false, not \"" + word + "\""};
}

Result<InjectorRequest> read_request(std::string_view json) {
  InjectorRequest out;
  std::string native = "auto";
  std::string platform;
  std::string kubelet;
  std::string cluster;
  std::string network;
  mesh::capi::Options options(json, "injector options");
  options.read("values", out.texts.values);
  options.read("meshConfig", out.texts.mesh_config);
  options.read("injectorConfig", out.texts.injector_config);
  options.read("revision", out.identity.revision);
  options.read("nativeSidecars", native);
  options.read("compliancePolicy", out.options.compliance_policy);
  options.read("platform", platform);
  options.read("kubeletVersion", kubelet);
  options.read("cluster", cluster);
  options.read("network", network);
  if (auto end = options.end(); !end) return end.error();
  auto mode = native_sidecars_of(native);
  if (!mode) return mode.error();
  if (!platform.empty() && platform != "openshift") {
    return Error{ErrorCode::kInvalidArgument,
                 "injector options: \"platform\" is openshift or empty, not \"" + platform + "\""};
  }
  out.options.native_sidecars = *mode;
  out.options.openshift = platform == "openshift";
  if (!kubelet.empty()) out.options.kubelet_versions.emplace("", kubelet);
  if (!cluster.empty()) out.options.proxy_env.emplace_back("ISTIO_META_CLUSTER_ID", cluster);
  if (!network.empty()) out.options.proxy_env.emplace_back("ISTIO_META_NETWORK", network);
  out.settings_given =
      options.has("values") || options.has("meshConfig") || options.has("injectorConfig");
  return out;
}

// The settings that the caller brings, or asks for by their revision; null: those of whoever injects a pod.
Result<SettingsPtr> settings_of(InjectorRequest& request, const Injector& around,
                                mesh::Diagnostics& diagnostics) {
  if (request.settings_given) {
    return read_settings(request.texts, request.options, std::move(request.identity),
                         proxy_configs_of(around.snapshot()), diagnostics);
  }
  if (request.identity.revision.empty()) return SettingsPtr();
  return around.settings({}, {}, request.identity.revision);
}

Result<mesh_injector*> make_injector(const mesh::index::SnapshotPtr& snapshot,
                                     InjectorRequest request, const mesh_injector* previous) {
  auto out = std::make_unique<mesh_injector>();
  out->around =
      Injector::make(snapshot, request.options, previous == nullptr ? nullptr : previous->around);
  out->called = out->around->asked_by(Caller::kApiServer);
  auto settings = settings_of(request, *out->around, out->diagnostics);
  if (!settings) return settings.error();
  using As = OneControlPlane::As;
  if (*settings == nullptr) {
    out->webhook = out->called;
    out->manifests = std::make_shared<KubeInject>(out->around);
  } else {
    out->webhook = std::make_shared<GivenSettings>(*settings, As::kWebhook, out->called);
    out->manifests = std::make_shared<GivenSettings>(*settings, As::kKubeInject, out->around);
  }
  return out.release();
}

mesh::index::SnapshotPtr empty_snapshot() {
  return mesh::index::Store(mesh::index::StoreOptions{}).snapshot();
}

// ---- answers ----------------------------------------------------------------------------------

void write(JsonWriter& json, const Because& because) {
  json.begin_object();
  json.key("object").value(because.object);
  json.key("field").value(because.field);
  json.key("value").value(because.value);
  json.key("text").value(because.text);
  json.end_object();
}

// Into an object that is open.
void write_decision(JsonWriter& json, const Decision& decision) {
  json.key("answer").value(mesh::index::answer_text(decision.answer));
  json.key("reason").value(mesh::index::reason_text(decision.reason));
  json.key("presumed").value(decision.presumed);
  json.key("text").value(decision.text());
  json.key("tenant").value(decision.tenant.value);
  json.key("revision").value(decision.revision);
  json.key("tag").value(decision.tag);
  json.key("configuration").value(decision.configuration);
  json.key("webhook").value(decision.webhook);
  json.key("stated").value(decision.stated);
  json.key("because").begin_array();
  for (const Because& because : decision.because) write(json, because);
  json.end_array();
}

std::string explanation(std::string_view kind, std::string_view ns, std::string_view name,
                        const Decision& decision) {
  JsonWriter json;
  json.begin_object();
  json.key("kind").value(kind);
  json.key("namespace").value(ns);
  json.key("name").value(name);
  write_decision(json, decision);
  json.key("diagnostics").raw(mesh::capi::to_json(decision.diagnostics));
  json.end_object();
  return json.take();
}

Result<mesh_buffer*> explain(const Injector& injector, std::string_view ns, std::string_view name) {
  const auto found = decide_named(injector, ns, name);
  if (!found) return found.error();
  return make_buffer(explanation(found->kind, ns, name, found->decision));
}

void write(JsonWriter& json, const MatrixColumn& column) {
  json.begin_object();
  json.key("title").value(column_title(column));
  json.key("tenant").value(column.tenant.value);
  json.key("namespace").value(column.ns);
  json.key("revision").value(column.revision);
  json.end_object();
}

void write(JsonWriter& json, const MatrixCell& cell) {
  json.begin_object();
  json.key("answer").value(mesh::index::answer_text(cell.answer));
  json.key("reason").value(mesh::index::reason_text(cell.reason));
  write(json.key("because"), cell.because);
  json.end_object();
}

void write(JsonWriter& json, const MatrixRow& row) {
  json.begin_object();
  json.key("namespace").value(row.ns);
  json.key("kind").value(row.kind);
  json.key("name").value(row.name);
  json.key("cells").begin_array();
  for (const MatrixCell& cell : row.cells) write(json, cell);
  json.end_array();
  json.key("decision").begin_object();
  write_decision(json, row.decision);
  json.end_object();
  json.end_object();
}

std::string to_json(const Matrix& matrix) {
  JsonWriter json;
  json.begin_object().key("columns").begin_array();
  for (const MatrixColumn& column : matrix.columns) write(json, column);
  json.end_array().key("rows").begin_array();
  for (const MatrixRow& row : matrix.rows) write(json, row);
  json.end_array().key("diagnostics").raw(mesh::capi::to_json(matrix.diagnostics));
  json.end_object();
  return json.take();
}

// ---- manifests --------------------------------------------------------------------------------

struct ManifestRequest {
  std::string ns;
  bool documents = false;
};

Result<ManifestRequest> read_manifest_request(std::string_view json, bool with_namespace) {
  ManifestRequest out;
  std::string output = "text";
  mesh::capi::Options options(json, "options");
  if (with_namespace) options.read("namespace", out.ns);
  options.read("output", output);
  if (auto end = options.end(); !end) return end.error();
  if (output != "text" && output != "documents") {
    return Error{ErrorCode::kInvalidArgument,
                 "options: \"output\" is text or documents, not \"" + output + "\""};
  }
  out.documents = output == "documents";
  return out;
}

// "documents": each document of the text after `change`.
template <typename F>
void write_documents(JsonWriter& json, std::string_view input, std::string_view file,
                     mesh::Diagnostics& diagnostics, F&& change) {
  json.key("documents").begin_array();
  for (mesh::document::Document& document : mesh::document::read_any(input, file, diagnostics)) {
    change(document.root);
    json.value(document.root);
  }
  json.end_array();
}

std::string apply(const Chooser& chooser, std::string_view input, std::string_view file,
                  const ManifestRequest& request) {
  const ManifestOptions options{.ns = request.ns, .limits = {}};
  ManifestReport report;
  JsonWriter json;
  json.begin_object();
  if (request.documents) {
    write_documents(json, input, file, report.diagnostics,
                    [&](Value& object) { inject_object(object, chooser, options, report); });
  } else {
    json.key("manifests").value(inject_manifest(input, file, chooser, options, report));
  }
  json.key("injected").value(report.injected);
  json.key("messages").begin_array();
  for (const std::string& message : report.messages) json.value(message);
  json.end_array();
  json.key("diagnostics").raw(mesh::capi::to_json(report.diagnostics));
  json.end_object();
  return json.take();
}

std::string uninject(std::string_view input, std::string_view file,
                     const ManifestRequest& request) {
  UninjectReport report;
  JsonWriter json;
  json.begin_object();
  if (request.documents) {
    write_documents(json, input, file, report.diagnostics,
                    [&](Value& object) { uninject_object(object, report); });
  } else {
    json.key("manifests").value(uninject_manifest(input, file, report));
  }
  json.key("uninjected").value(report.uninjected);
  json.key("diagnostics").raw(mesh::capi::to_json(report.diagnostics));
  json.end_object();
  return json.take();
}

}  // namespace

extern "C" {

mesh_error* mesh_injector_new(const mesh_snapshot* snapshot, mesh_view options,
                              const mesh_injector* previous, mesh_injector** out) {
  return guard(out, {given(options, "options")}, [&]() -> Result<mesh_injector*> {
    auto request = read_request(text(options));
    if (!request) return request.error();
    return make_injector(snapshot == nullptr ? empty_snapshot() : snapshot->value,
                         *std::move(request), previous);
  });
}

mesh_injector* mesh_injector_clone(const mesh_injector* injector) {
  return injector == nullptr ? nullptr : new (std::nothrow) mesh_injector(*injector);
}

void mesh_injector_delete(mesh_injector* injector) { delete injector; }

mesh_error* mesh_injector_diagnostics(const mesh_injector* injector, mesh_buffer** out) {
  return guard(out, {given(injector, "injector")}, [&] {
    mesh::Diagnostics all = injector->diagnostics;
    if (injector->webhook == injector->called) injector->called->read_ahead();
    const mesh::Diagnostics read = injector->around->diagnostics();  // those of `called` as well
    all.insert(all.end(), read.begin(), read.end());
    mesh::sort_and_dedupe(all);
    return make_buffer(mesh::capi::to_json(all));
  });
}

mesh_error* mesh_injector_review(const mesh_injector* injector, mesh_view body, mesh_view path,
                                 mesh_buffer** out) {
  return guard(out, {given(injector, "injector"), given(body, "review"), given(path, "path")}, [&] {
    ReviewOptions options;
    options.path = text(path);
    return make_buffer(review(text(body), *injector->webhook, options).body);
  });
}

mesh_error* mesh_injector_apply(const mesh_injector* injector, mesh_view input, mesh_view file,
                                mesh_view options, mesh_buffer** out) {
  return guard(out,
               {given(injector, "injector"), given(input, "text"), given(file, "file"),
                given(options, "options")},
               [&]() -> Result<mesh_buffer*> {
                 auto request = read_manifest_request(text(options), true);
                 if (!request) return request.error();
                 return make_buffer(apply(*injector->manifests, text(input), text(file), *request));
               });
}

mesh_error* mesh_injector_explain(const mesh_injector* injector, mesh_view ns, mesh_view name,
                                  mesh_buffer** out) {
  return guard(out, {given(injector, "injector"), given(ns, "ns"), given(name, "name")},
               [&] { return explain(*injector->around, text(ns), text(name)); });
}

mesh_error* mesh_injector_matrix(const mesh_injector* injector, mesh_buffer** out) {
  return guard(out, {given(injector, "injector")},
               [&] { return make_buffer(to_json(matrix(injector->around->snapshot()))); });
}

mesh_error* mesh_uninject(mesh_view input, mesh_view file, mesh_view options, mesh_buffer** out) {
  return guard(out, {given(input, "text"), given(file, "file"), given(options, "options")},
               [&]() -> Result<mesh_buffer*> {
                 auto request = read_manifest_request(text(options), false);
                 if (!request) return request.error();
                 return make_buffer(uninject(text(input), text(file), *request));
               });
}
}
