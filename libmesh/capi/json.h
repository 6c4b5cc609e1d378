// The JSON forms that more than one function answers with. Their schemas are in docs/schemas.
#pragma once

#include <string>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/kube/object.h"
#include "libmesh/model/proxy.h"

namespace mesh::capi {

// diagnostics.json
std::string to_json(const Diagnostics& diagnostics);
void write(document::JsonWriter& json, const Diagnostic& diagnostic);

// "kind", "namespace" and "name", into an object that is open.
void write_key(document::JsonWriter& json, const kube::ObjectKey& key);
// [{"kind","namespace","name"}]
std::string to_json(const std::vector<kube::ObjectKey>& keys);

// One element of proxies.json.
void write(document::JsonWriter& json, const model::Proxy& proxy);

}  // namespace mesh::capi
