#include "mesh/authority.h"

#include "libmesh/capi/guard.h"
#include "libmesh/capi/options.h"
#include "libmesh/document/json_writer.h"

using mesh::capi::given;
using mesh::capi::guard;
using mesh::capi::make_buffer;
using mesh::capi::text;

namespace {

mesh::Result<mesh::identity::AuthorityOptions> read_options(std::string_view config) {
  mesh::identity::AuthorityOptions out;
  mesh::capi::Options options(config, "authority options");
  options.read("now", out.now);
  options.read("lifetimeSeconds", out.lifetime_seconds);
  if (auto end = options.end(); !end) return end.error();
  if (!options.has("now") || out.now <= 0) {
    return mesh::Error{mesh::ErrorCode::kInvalidArgument,
                       "authority options: \"now\" must be the seconds since 1970"};
  }
  // Ten times as long is the life of a root: it must stay within what a certificate can say.
  constexpr int64_t kLongest = int64_t{10} * 365 * 24 * 60 * 60;
  constexpr int64_t kLastSecond = 253'402'300'799;  // of the year 9999
  if (out.lifetime_seconds <= 0 || out.lifetime_seconds > kLongest ||
      out.now > kLastSecond - 10 * kLongest) {
    return mesh::Error{mesh::ErrorCode::kInvalidArgument,
                       "authority options: \"now\" or \"lifetimeSeconds\" is out of range"};
  }
  return out;
}

mesh::Result<mesh_buffer*> write(const mesh::identity::Issued& issued) {
  mesh::document::JsonWriter json;
  json.begin_object();
  json.key("certificateChain").value(issued.chain);
  json.key("privateKey").value(issued.key);
  json.key("root").value(issued.root);
  json.end_object();
  return make_buffer(json.take());
}

}  // namespace

extern "C" {

mesh_error* mesh_authority_new(mesh_view options, mesh_authority** out) {
  return guard(out, {given(options, "options")}, [&]() -> mesh::Result<mesh_authority*> {
    auto read = read_options(text(options));
    if (!read) return read.error();
    return new mesh_authority(*read);
  });
}

void mesh_authority_delete(mesh_authority* authority) { delete authority; }

mesh_error* mesh_authority_issue(const mesh_authority* authority, const mesh_snapshot* snapshot,
                                 const mesh_proxy* proxy, mesh_buffer** out) {
  return guard(
      out, {given(authority, "authority"), given(snapshot, "snapshot"), given(proxy, "proxy")},
      [&]() -> mesh::Result<mesh_buffer*> {
        const mesh::model::Proxy& who = proxy->value;
        auto owned = snapshot->value->mesh(who.tenant);
        if (owned == nullptr) {
          return mesh::Error{mesh::ErrorCode::kNotFound,
                             "proxy " + who.id + ": its mesh \"" + who.tenant.value + "\" is gone"};
        }
        auto issued = authority->value.issue(
            who.tenant,
            mesh::identity::spiffe_id(owned->trust_domain, who.ns, who.service_account));
        if (!issued) return issued.error();
        return write(**issued);
      });
}

mesh_error* mesh_authority_issue_server(const mesh_authority* authority, mesh_view config,
                                        mesh_buffer** out) {
  return guard(out, {given(authority, "authority"), given(config, "options")},
               [&]() -> mesh::Result<mesh_buffer*> {
                 std::vector<std::string> hosts;
                 mesh::capi::Options options(text(config), "server certificate options");
                 options.read("hosts", hosts);
                 if (auto end = options.end(); !end) return end.error();
                 auto issued = authority->value.issue_server(hosts);
                 if (!issued) return issued.error();
                 return write(*issued);
               });
}
}
