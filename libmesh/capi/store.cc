#include "mesh/store.h"

#include "libmesh/base/codes.h"
#include "libmesh/capi/guard.h"
#include "libmesh/capi/json.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/yaml.h"
#include "libmesh/kube/kinds.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::text;

namespace {

mesh::Result<mesh::index::StoreOptions> read_options(std::string_view config) {
  mesh::index::StoreOptions out;
  mesh::capi::Options options(config, "store configuration");
  options.read("clusterId", out.cluster_id);
  options.read("clusterDomain", out.cluster_domain);
  options.read("synthesize", out.synthesize);
  options.read("meshConfig", out.mesh_config);
  if (auto end = options.end(); !end) return end.error();
  mesh::Diagnostics problems;
  mesh::document::read_yaml(out.mesh_config, "meshConfig", problems);
  for (const mesh::Diagnostic& problem : problems) {
    if (problem.code != mesh::Code::kSyntax) continue;
    return mesh::Error{mesh::ErrorCode::kParse, "store configuration: " + to_string(problem)};
  }
  return out;
}

mesh::Result<void> give(const mesh::Diagnostics& found, mesh_buffer** out) {
  if (out != nullptr) *out = new mesh_buffer{mesh::capi::to_json(found)};
  return {};
}

}  // namespace

extern "C" {

mesh_error* mesh_store_new(mesh_view config, mesh_store** out) {
  return guard(out, {given(config, "config")}, [&]() -> mesh::Result<mesh_store*> {
    auto options = read_options(text(config));
    if (!options) return options.error();
    return new mesh_store{std::make_shared<mesh_store_state>(*std::move(options)), ""};
  });
}

mesh_error* mesh_store_cluster(mesh_store* store, mesh_view cluster, mesh_store** out) {
  return guard(
      out, {given(store, "store"), given(cluster, "cluster")}, [&]() -> mesh::Result<mesh_store*> {
        if (!mesh::index::is_cluster_id(text(cluster))) {
          return mesh::Error{mesh::ErrorCode::kInvalidArgument,
                             "\"" + std::string(text(cluster)) + "\" is not the id of a cluster"};
        }
        std::string id(text(cluster));
        if (id == store->state->value.options().cluster_id) id.clear();
        return new mesh_store{store->state, std::move(id)};
      });
}

void mesh_store_delete(mesh_store* store) { delete store; }

mesh_error* mesh_store_apply(mesh_store* store, mesh_view objects, mesh_view file,
                             mesh_buffer** diagnostics) {
  if (diagnostics != nullptr) *diagnostics = nullptr;
  return guard({given(store, "store"), given(objects, "text"), given(file, "file")}, [&] {
    return give(store->value.apply(text(objects), text(file), store->cluster), diagnostics);
  });
}

mesh_error* mesh_store_delete_object(mesh_store* store, mesh_view kind, mesh_view ns,
                                     mesh_view name) {
  return guard({given(store, "store"), given(kind, "kind"), given(ns, "ns"), given(name, "name")},
               [&]() -> mesh::Result<void> {
                 auto known = mesh::kube::kind_by_name(text(kind));
                 if (!known) {
                   return mesh::Error{mesh::ErrorCode::kInvalidArgument,
                                      "kind \"" + std::string(text(kind)) + "\" is unknown"};
                 }
                 mesh::kube::ObjectKey key{*known, std::string(text(ns)), std::string(text(name))};
                 if (store->value.erase(key, store->cluster)) return {};
                 return mesh::Error{mesh::ErrorCode::kNotFound,
                                    "there is no " + mesh::kube::to_string(key)};
               });
}

mesh_error* mesh_store_replace_file(mesh_store* store, mesh_view objects, mesh_view file,
                                    mesh_buffer** diagnostics) {
  if (diagnostics != nullptr) *diagnostics = nullptr;
  return guard({given(store, "store"), given(objects, "text"), given(file, "file")},
               [&]() -> mesh::Result<void> {
                 if (file.size == 0) {
                   return mesh::Error{mesh::ErrorCode::kInvalidArgument, "file is empty"};
                 }
                 return give(store->files.replace(text(file), text(objects)), diagnostics);
               });
}

mesh_error* mesh_store_give_text(mesh_store* store, mesh_view url, mesh_view given_text) {
  return guard({given(store, "store"), given(url, "url"), given(given_text, "text")},
               [&]() -> mesh::Result<void> {
                 if (url.size == 0) {
                   return mesh::Error{mesh::ErrorCode::kInvalidArgument, "url is empty"};
                 }
                 store->value.give_text(text(url), text(given_text));
                 return {};
               });
}

mesh_error* mesh_store_snapshot(mesh_store* store, mesh_snapshot** out) {
  return guard(out, {given(store, "store")}, [&]() -> mesh::Result<mesh_snapshot*> {
    return new mesh_snapshot{store->value.snapshot()};
  });
}
}
