#include "libmesh/injection/forms/init_container.h"

#include <string>
#include <utility>

#include "libmesh/injection/forms/build.h"
#include "libmesh/injection/forms/environment.h"
#include "libmesh/injection/forms/metadata.h"
#include "libmesh/injection/forms/parts.h"

namespace mesh::injection::forms {
namespace {

constexpr int64_t kProxyId = 1337;

int64_t or_usual(int64_t id) { return id == 0 ? kProxyId : id; }

void pair(List& args, std::string_view flag, std::string_view value) {
  args.emplace_back(flag);
  args.emplace_back(value);
}

void add_ports(View& view, List& args) {
  const Replaceable& proxy = view.settings.proxy;
  pair(args, "-b", view.annotation(Known::kIncludeInboundPorts, proxy.include_inbound_ports));
  const std::string excluded = excluded_inbound_ports(
      view.annotation(Known::kStatusPort, proxy.status_port),
      view.annotation(Known::kExcludeInboundPorts, proxy.exclude_inbound_ports));
  pair(args, "-d", excluded.empty() ? "15090,15021" : "15090,15021," + excluded);
  if (view.settings.states_include_outbound_ports ||
      view.annotations.has(Known::kIncludeOutboundPorts)) {
    pair(args, "-q", view.annotation(Known::kIncludeOutboundPorts, proxy.include_outbound_ports));
  }
  if (view.settings.states_exclude_outbound_ports ||
      view.annotations.has(Known::kExcludeOutboundPorts)) {
    pair(args, "-o", view.annotation(Known::kExcludeOutboundPorts, proxy.exclude_outbound_ports));
  }
}

void add_interfaces(View& view, List& args) {
  for (Known known : {Known::kReroute, Known::kKubevirtInterfaces}) {
    if (!view.annotations.has(known)) continue;
    pair(args, "-k", view.quoted(view.annotations.text(known)));
    break;
  }
  if (view.annotations.has(Known::kExcludeInterfaces)) {
    pair(args, "-c", view.quoted(view.annotations.text(Known::kExcludeInterfaces)));
  }
}

List arguments(View& view, std::string_view mode) {
  const Prepared& settings = view.settings;
  const Replaceable& proxy = settings.proxy;
  const bool tproxy = mode == "TPROXY";
  List args;
  args.reserve(24);
  args.emplace_back("istio-iptables");
  pair(args, "-p", settings.listen_port);
  pair(args, "-z", settings.inbound_listen_port);
  pair(args, "-u", std::to_string(tproxy ? kProxyId : or_usual(view.input.proxy_uid)));
  pair(args, "-m", mode);
  pair(args, "-i", view.annotation(Known::kIncludeOutboundRanges, proxy.include_outbound_ranges));
  pair(args, "-x", view.annotation(Known::kExcludeOutboundRanges, proxy.exclude_outbound_ranges));
  add_ports(view, args);
  add_interfaces(view, args);
  const std::string_view level =
      view.annotation(Known::kAgentLogLevel, proxy.agent_log_level);  // between quotes here
  args.emplace_back("--log_output_level=" + std::string(level));
  if (settings.log_as_json) args.emplace_back("--log_as_json");
  if (settings.cni) {
    args.emplace_back("--run-validation");
    args.emplace_back("--skip-rule-apply");
  } else if (settings.force_iptables) {
    args.emplace_back("--force-apply");
  }
  if (settings.native_nftables) args.emplace_back("--native-nftables");
  return args;
}

Value security_context(const View& view, bool tproxy) {
  const Prepared& settings = view.settings;
  Map capabilities;
  if (!settings.cni) add(capabilities, "add", Value(texts("NET_ADMIN", "NET_RAW")));
  add(capabilities, "drop", drop_list(view));
  Map out;
  out.reserve(8);
  add(out, "allowPrivilegeEscalation", settings.privileged);
  add(out, "privileged", settings.privileged);
  add(out, "capabilities", Value(std::move(capabilities)));
  add(out, "readOnlyRootFilesystem", Value(settings.cni));
  const auto id = [&](int64_t of_pod) {
    return Value(!settings.cni ? int64_t{0} : tproxy ? kProxyId : or_usual(of_pod));
  };
  add(out, "runAsGroup", id(view.input.proxy_gid));
  add(out, "runAsNonRoot", Value(settings.cni));
  add(out, "runAsUser", id(view.input.proxy_uid));
  if (!settings.seccomp_profile.is_null()) add(out, "seccompProfile", settings.seccomp_profile);
  return Value(std::move(out));
}

}  // namespace

Value init_container(View& view, std::string_view mode) {
  const Prepared& settings = view.settings;
  Map out;
  out.reserve(7);
  add(out, "name", settings.cni ? "istio-validation" : "istio-init");
  add(out, "image", image_of(view, settings.proxy.init_image, view.input.proxy_init_image));
  add(out, "args", Value(arguments(view, mode)));
  if (!settings.pull_policy.empty()) add(out, "imagePullPolicy", settings.pull_policy);
  List env;
  add_proxy_metadata(view, env);
  if (!env.empty()) add(out, "env", Value(std::move(env)));
  if (Value resources = resources_of(view); !resources.is_null()) {
    add(out, "resources", std::move(resources));
  }
  add(out, "securityContext", security_context(view, mode == "TPROXY"));
  return Value(std::move(out));
}

}  // namespace mesh::injection::forms
