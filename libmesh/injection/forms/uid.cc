#include "libmesh/injection/forms/uid.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::injection {
namespace {

using document::List;
using document::Value;

constexpr std::string_view kUidRange = "openshift.io/sa.scc.uid-range";
constexpr std::string_view kGroups = "openshift.io/sa.scc.supplemental-groups";

// A number as fmt.Sscanf reads it: spaces before it are passed over.
std::optional<uint32_t> take_number(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

// The last id of "start/size" or "start-end".
std::optional<int64_t> last_of_range(std::string_view text) {
  const char separator = text.find('/') != std::string_view::npos ? '/' : '-';
  const std::optional<uint32_t> first = take_number(text);
  if (!first || text.empty() || text.front() != separator) return std::nullopt;
  text.remove_prefix(1);
  const std::optional<uint32_t> second = take_number(text);
  if (!second) return std::nullopt;
  return separator == '/' ? *first + *second - 1 : *second;
}

// The first of several ranges; nothing when any of them cannot be read.
std::optional<int64_t> last_of_first_range(std::string_view text) {
  std::optional<int64_t> out;
  for (;;) {
    const size_t comma = text.find(',');
    const std::optional<int64_t> last = last_of_range(text.substr(0, comma));
    if (!last) return std::nullopt;
    if (!out) out = last;
    if (comma == std::string_view::npos) return out;
    text.remove_prefix(comma + 1);
  }
}

ProxyIds ids_of_namespace(const NamespaceFacts& ns) {
  ProxyIds out;
  const auto uids = ns.annotations.find(std::string(kUidRange));
  if (uids != ns.annotations.end()) out.uid = last_of_range(uids->second).value_or(out.uid);
  auto groups = ns.annotations.find(std::string(kGroups));
  if (groups == ns.annotations.end()) groups = uids;
  if (groups != ns.annotations.end()) {
    out.gid = last_of_first_range(groups->second).value_or(out.gid);
  }
  return out;
}

std::optional<int64_t> user_of(const Value& holder, std::string_view field) {
  const Value* context = holder.find("securityContext");
  const Value* user = context == nullptr ? nullptr : context->find(field);
  const int64_t* id = user == nullptr ? nullptr : user->if_int();
  return id == nullptr ? std::nullopt : std::optional(*id);
}

std::optional<int64_t> stated_uid(const Value& pod) {
  const Value* metadata = pod.find("metadata");
  const Value* annotations = metadata == nullptr ? nullptr : metadata->find("annotations");
  if (annotations == nullptr) return std::nullopt;
  const std::string_view text = annotations->string_at("sidecar.istio.io/proxyUID");
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return id;
}

// A gateway's pod runs its own proxy as whom it says.
std::optional<ProxyIds> ids_of_gateway(const Value& spec, const List& containers) {
  if (containers.size() != 1 || containers.front().string_at("name") != "istio-proxy") {
    return std::nullopt;
  }
  const Value& proxy = containers.front();
  std::optional<int64_t> uid = user_of(proxy, "runAsUser");
  if (!uid) uid = user_of(spec, "runAsUser");
  if (!uid) return std::nullopt;
  std::optional<int64_t> gid = user_of(proxy, "runAsGroup");
  if (!gid) gid = user_of(spec, "runAsGroup");
  return ProxyIds{*uid, gid.value_or(*uid)};
}

ProxyIds ids_above_application(const Value& pod) {
  if (const std::optional<int64_t> uid = stated_uid(pod)) return {*uid, *uid};
  const Value* spec = pod.find("spec");
  if (spec == nullptr) return {};
  std::optional<int64_t> highest = user_of(*spec, "runAsUser");
  const Value* found = spec->find("containers");
  const List* containers = found == nullptr ? nullptr : found->if_list();
  if (containers != nullptr) {
    if (const std::optional<ProxyIds> gateway = ids_of_gateway(*spec, *containers)) {
      return *gateway;
    }
    for (const Value& container : *containers) {
      const std::optional<int64_t> user = user_of(container, "runAsUser");
      if (user) highest = std::max(highest.value_or(*user), *user);
    }
  }
  if (!highest) return {};
  return {*highest + 1, *highest + 1};
}

}  // namespace

ProxyIds proxy_ids(const Settings& settings, const Value& pod, const NamespaceFacts* ns) {
  if (settings.maistra != nullptr && settings.maistra->uid_above_application) {
    return ids_above_application(pod);
  }
  const bool ranges = settings.options.openshift || settings.maistra != nullptr;
  return ranges && ns != nullptr ? ids_of_namespace(*ns) : ProxyIds{};
}

}  // namespace mesh::injection
