#include "mesh/cni.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"
#include "libmesh/injection/cni/networks.h"

using mesh::Error;
using mesh::ErrorCode;
using mesh::Result;
using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;
using mesh::document::JsonWriter;
using namespace mesh::injection;

namespace {

struct MergeOptions {
  std::string pod_namespace;
  bool overwrite = false;
};

Result<MergeOptions> read_options(std::string_view json) {
  MergeOptions out;
  mesh::capi::Options options(json, "options");
  options.read("podNamespace", out.pod_namespace);
  options.read("overwrite", out.overwrite);
  if (auto end = options.end(); !end) return end.error();
  return out;
}

Result<void> check_network(std::string_view network) {
  const auto read = parse_networks(network);
  if (read && read->form == NetworksForm::kText && read->list.size() == 1) return {};
  return Error{ErrorCode::kInvalidArgument,
               "network \"" + std::string(network) +
                   "\" is not [namespace/]name; a name has lowercase letters, digits, '-' and '.'"};
}

std::string_view form_text(NetworksForm form) {
  switch (form) {
    case NetworksForm::kNone:
      return "none";
    case NetworksForm::kText:
      return "text";
    case NetworksForm::kJson:
      return "json";
  }
  return "";
}

// What the value asks Multus for.
void write_networks(JsonWriter& json, std::string_view value) {
  const auto read = parse_networks(value);
  json.key("form").value(read ? form_text(read->form) : "unreadable");
  json.key("networks").begin_array();
  if (read) {
    for (const Network& network : read->list) {
      json.begin_object();
      json.key("name").value(network.name);
      json.key("namespace").value(network.ns);
      json.key("interface").value(network.interface);
      json.end_object();
    }
  }
  json.end_array();
}

std::string to_json(const NetworkChange& change) {
  JsonWriter json;
  json.begin_object();
  json.key("outcome").value(outcome_text(change.outcome));
  json.key("value").value(change.text);
  json.key("warning").value(change.warning);
  json.key("lost").begin_array();
  for (const std::string& network : change.lost) json.value(network);
  json.end_array();
  write_networks(json, change.text);
  json.end_object();
  return json.take();
}

}  // namespace

extern "C" mesh_error* mesh_cni_networks_merge(mesh_view annotation, mesh_view network,
                                               mesh_view options, mesh_buffer** out) {
  return guard(
      out, {given(annotation, "annotation"), given(network, "network"), given(options, "options")},
      [&]() -> Result<mesh_buffer*> {
        const auto read = read_options(text(options));
        if (!read) return read.error();
        if (auto checked = check_network(text(network)); !checked) return checked.error();
        const auto change = read->overwrite ? overwrite_network : append_network;
        return make_buffer(to_json(change(text(annotation), text(network), read->pod_namespace)));
      });
}
