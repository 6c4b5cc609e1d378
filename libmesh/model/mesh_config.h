// MeshConfig in layers: Istio's defaults, and how each later layer is laid over them.
//
// The layers are merged as documents and read into the typed message once, at the end. Fields
// override as a whole, except where Istio merges (ApplyMeshConfig in pkg/config/mesh/mesh.go):
//   defaultConfig            field by field; its proxyMetadata and proxyHeaders again by field
//   defaultProviders         field by field
//   extensionProviders       by name: a known one is replaced, a new one is appended
//   trustDomainAliases       united and sorted
// Field names count in both of protobuf's spellings (accessLogFile, access_log_file); the merged
// document has the first.
#pragma once

#include <string>

#include "libmesh/document/value.h"

namespace mesh::model {

// What istiod has without any configuration (DefaultMeshConfig).
document::Value default_mesh_config();

// Lays `layer` over `base`. What is no mapping is ignored: reading it strictly has reported that.
void apply_mesh_config(document::Value& base, const document::Value& layer);

// The first spelling of a field's name: "access_log_file" -> "accessLogFile".
std::string json_name(const std::string& name);

}  // namespace mesh::model
