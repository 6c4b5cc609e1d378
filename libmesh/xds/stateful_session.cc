#include "libmesh/xds/stateful_session.h"

#include "libmesh/model/persistent_session.h"
#include "libmesh/schema/gen/envoy/cookie_session.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/header_session.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/type_http.h"

namespace mesh::xds {
namespace {

// Without a lifetime it is forgotten with the browser's window.
void write_cookie(envoy::core::TypedExtensionConfig& state, std::string_view said) {
  const size_t colon = said.find(':');
  state.name("envoy.http.stateful_session.cookie");
  state.typed_config<envoy::cookie_session::CookieBasedSessionState>([&](auto& config) {
    config.cookie([&](auto& cookie) {
      cookie.name(said.substr(0, colon));
      cookie.path(colon == std::string_view::npos ? "/" : said.substr(colon + 1));
    });
  });
}

void write_header(envoy::core::TypedExtensionConfig& state, std::string_view name) {
  state.name("envoy.http.stateful_session.header");
  state.typed_config<envoy::header_session::HeaderBasedSessionState>(
      [&](auto& config) { config.name(name); });
}

}  // namespace

std::string session_of(const model::Service& service) {
  std::string out;
  const model::PersistentSession asked = model::persistent_session(service);
  if (!asked) return out;
  envoy::stateful_session::StatefulSessionPerRoute(out).stateful_session([&](auto& session) {
    session.session_state([&](envoy::core::TypedExtensionConfig state) {
      if (!asked.cookie.empty()) {
        write_cookie(state, asked.cookie);
      } else {
        write_header(state, asked.header);
      }
    });
  });
  return out;
}

}  // namespace mesh::xds
