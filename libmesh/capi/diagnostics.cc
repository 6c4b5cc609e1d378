#include "mesh/diagnostics.h"

#include "libmesh/capi/guard.h"
#include "libmesh/document/json_writer.h"

namespace {

std::string codes_json() {
  mesh::document::JsonWriter json;
  json.begin_array();
#define MESH_CODE(enumerator, text, meaning) \
  json.begin_object().key("code").value(text).key("meaning").value(meaning).end_object();
#include "libmesh/base/codes.def"
#undef MESH_CODE
  json.end_array();
  return json.take();
}

}  // namespace

extern "C" mesh_view mesh_diagnostic_codes(void) {
  static const std::string kCodes = codes_json();
  return mesh::capi::view_of(kCodes);
}
