#include "libmesh/injection/template/data.h"

#include <algorithm>

#include "libmesh/injection/settings.h"

namespace mesh::injection {
namespace {

GoValue of_fields(const GoType* type, const GoValue* fields) {
  GoValue made;
  made.type = type;
  made.rep = GoValue::Rep::kFields;
  made.fields = fields;
  return made;
}

GoValue pair_of(Arena& arena, const GoType* type, std::string_view first, std::string_view second) {
  GoValue* fields = arena.make<GoValue>(2);
  fields[0] = go_string(first);
  fields[1] = go_string(second);
  return of_fields(type, fields);
}

}  // namespace

GoValue make_template_data(Arena& arena, const TemplateInput& input) {
  const GoTypes& types = GoTypes::get();
  const Settings& settings = input.settings;
  const Owner& owner = input.owner;
  const document::Value& proxy = input.proxy_config.document;
  arena.know_json(&proxy, input.proxy_config.text);
  const GoValue values[] = {
      pair_of(arena, types.type_meta, owner.kind, owner.api_version),
      pair_of(arena, types.namespaced_name, owner.ns, owner.name),
      go_view(types.object_meta, input.pod.find("metadata")),
      go_view(types.pod_spec, input.pod.find("spec")),
      go_view(types.proxy_config, &proxy),
      go_view(types.mesh_config, &settings.mesh_config),
      go_view(types.any_map, &settings.values),
      go_string(input.revision),
      go_bool(input.native_sidecars),
      go_string(input.proxy_image),
      go_string(input.proxy_init_image),
      go_typed_int(types.int64, input.proxy_uid),
      go_typed_int(types.int64, input.proxy_gid),
      go_string(settings.inbound_traffic_policy_mode),
      go_string(settings.options.compliance_policy),
  };
  constexpr size_t kCount = sizeof values / sizeof values[0];
  GoValue* fields = arena.make<GoValue>(kCount);
  std::copy(values, values + kCount, fields);
  return of_fields(types.root, fields);
}

}  // namespace mesh::injection
