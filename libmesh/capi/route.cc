#include "mesh/route.h"

#include "libmesh/capi/config.h"
#include "libmesh/capi/guard.h"
#include "libmesh/document/json.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/testing/walk/journey.h"
#include "libmesh/testing/walk/request_json.h"

using mesh::Result;
using mesh::capi::config_of;
using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::document::JsonWriter;
using mesh::document::Value;
using namespace mesh::testing;

namespace {

// Answers one request or a list of them.
template <typename F>
Result<mesh_buffer*> answer_all(std::string_view requests, F&& answer) {
  mesh::Diagnostics diagnostics;
  const auto read = mesh::document::read_json(requests, "request", diagnostics);
  if (!read) return read.error();
  JsonWriter json;
  const mesh::document::List* list = read->if_list();
  if (list == nullptr) {
    const auto request = read_request(*read);
    if (!request) return request.error();
    answer(json, *request);
    return make_buffer(json.take());
  }
  json.begin_array();
  for (size_t i = 0; i < list->size(); ++i) {
    const auto request = read_request((*list)[i]);
    if (!request) return request.error().at("[" + std::to_string(i) + "]");
    answer(json, *request);
  }
  json.end_array();
  return make_buffer(json.take());
}

}  // namespace

extern "C" {

mesh_error* mesh_route(const mesh_xds* xds, const mesh_proxy* proxy, mesh_view request,
                       mesh_buffer** out) {
  return guard(out, {given(xds, "xds"), given(proxy, "proxy"), given(request, "request")},
               [&]() -> Result<mesh_buffer*> {
                 const auto config = config_of(*xds, proxy->value);
                 if (!config) return config.error();
                 return answer_all(text(request), [&](JsonWriter& json, const Request& one) {
                   write(json, xds->walker.walk(**config, one));
                 });
               });
}

mesh_error* mesh_journey(const mesh_xds* xds, const mesh_proxy* caller, mesh_view request,
                         mesh_buffer** out) {
  return guard(out, {given(xds, "xds"), given(caller, "caller"), given(request, "request")},
               [&]() -> Result<mesh_buffer*> {
                 if (auto config = config_of(*xds, caller->value); !config) return config.error();
                 const auto snapshot = xds->value.snapshot();
                 const Travel travel(xds->value, mesh::index::proxies(*snapshot), xds->walker);
                 return answer_all(text(request), [&](JsonWriter& json, const Request& one) {
                   write(json, travel.from(caller->value, one));
                 });
               });
}
}
