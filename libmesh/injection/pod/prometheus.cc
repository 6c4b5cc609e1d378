#include "libmesh/injection/pod/prometheus.h"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "libmesh/base/parse_bool.h"
#include "libmesh/injection/pod/access.h"
#include "libmesh/injection/pod/go_json.h"

namespace mesh::injection {
namespace {

using document::List;
using document::Map;
using document::Member;
using document::Value;

constexpr std::string_view kScrape = "prometheus_io_scrape";
constexpr std::string_view kPort = "prometheus_io_port";
constexpr std::string_view kPath = "prometheus_io_path";
constexpr std::string_view kTargets = "prometheus_istio_io_scrape_targets";
constexpr std::string_view kSecurePort = "prometheus_istio_io_secure_port";

// Prometheus' SanitizeLabelName: whatever is no letter, digit or '_' becomes '_'.
bool is_name(std::string_view key, std::string_view name) {
  if (key.size() != name.size()) return false;
  for (size_t i = 0; i < key.size(); ++i) {
    const char c = key[i];
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if ((word ? c : '_') != name[i]) return false;
  }
  return true;
}

// The first annotation that is the name, or null.
const std::string* find(const Value& pod, std::string_view name) {
  const Value* annotations = metadata_map(pod, "annotations");
  if (annotations == nullptr) return nullptr;
  for (const Member& member : *annotations->if_map()) {
    if (is_name(member.key, name) && member.value.is_string()) return member.value.if_string();
  }
  return nullptr;
}

bool wants_scraping(const Value& pod) {
  const Value* annotations = metadata_map(pod, "annotations");
  if (annotations == nullptr) return true;
  for (const Member& member : *annotations->if_map()) {
    const std::string* text = member.value.if_string();
    if (text == nullptr || !is_name(member.key, kScrape)) continue;
    if (const auto scrape = parse_bool(*text)) return *scrape;
  }
  return true;
}

struct Target {
  std::string port;
  std::string path;
};
struct Scraping {
  std::string scrape;
  std::string path;
  std::string port;
  std::vector<Target> targets;
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// "8080:/metrics, 9100"; nothing when an entry has no port.
std::vector<Target> parse_targets(std::string_view text) {
  std::vector<Target> out;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view entry = trim(text.substr(begin, end - begin));
    begin = end + 1;
    if (entry.empty()) continue;
    const size_t colon = entry.find(':');
    const std::string_view port = trim(entry.substr(0, colon));
    if (port.empty()) return {};
    const std::string_view path =
        colon == std::string_view::npos ? std::string_view() : trim(entry.substr(colon + 1));
    out.push_back({std::string(port), std::string(path.empty() ? "/metrics" : path)});
  }
  return out;
}

Scraping read_scraping(const Value& pod) {
  Scraping out;
  const Value* annotations = metadata_map(pod, "annotations");
  if (annotations == nullptr) return out;
  for (const Member& member : *annotations->if_map()) {
    const std::string* text = member.value.if_string();
    if (text == nullptr || !member.key.starts_with("prometheus")) continue;
    if (is_name(member.key, kPort)) out.port = *text;
    if (is_name(member.key, kScrape)) out.scrape = *text;
    if (is_name(member.key, kPath)) out.path = *text;
    if (is_name(member.key, kTargets)) out.targets = parse_targets(*text);
  }
  return out;
}

// What owns a port of the data plane (pilot-agent's istioReservedPorts), or empty.
std::string_view owner_of_port(int port) {
  switch (port) {
    case 15000:
      return "Envoy admin";
    case 15001:
      return "outbound traffic capture";
    case 15004:
      return "pilot debug";
    case 15006:
      return "inbound traffic capture";
    case 15008:
      return "HBONE tunnel";
    case 15020:
      return "pilot-agent status / merged Prometheus";
    case 15021:
      return "Envoy health";
    case 15053:
      return "DNS proxy";
    case 15090:
      return "Envoy Prometheus (already merged)";
    default:
      return {};
  }
}

// strconv.Atoi, of what can be a port.
std::optional<int> parse_port(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    return std::nullopt;
  }
  return port;
}

std::string quoted(std::string_view text) {
  std::string out;
  append_go_string(out, text);
  return out;
}

Result<void> check_port(const std::string& text, bool target, const std::string& agent_port) {
  const std::string where =
      target ? "invalid prometheus scrape targets: " : "invalid prometheus scrape configuration: ";
  const std::string what = target ? "target port " : "port ";
  const auto port = parse_port(text);
  if (!port) {
    return Error{ErrorCode::kInvalidArgument, where + "invalid " + what + quoted(text)};
  }
  if (std::to_string(*port) == agent_port) {
    return Error{ErrorCode::kInvalidArgument, where + what + text + " conflicts with agent port"};
  }
  const std::string_view owner = owner_of_port(*port);
  if (owner.empty()) return {};
  return Error{ErrorCode::kInvalidArgument, where + what + text + " is reserved for Istio (" +
                                                std::string(owner) + ") and cannot be scraped"};
}

Result<void> check_ports(Scraping& scraping, const std::string& agent_port) {
  if (scraping.targets.empty()) {
    if (scraping.port.empty()) return {};
    return check_port(scraping.port, false, agent_port);
  }
  // Agents that do not know targets scrape the first.
  scraping.port = scraping.targets[0].port;
  scraping.path = scraping.targets[0].path;
  for (const Target& target : scraping.targets) {
    if (auto checked = check_port(target.port, true, agent_port); !checked) return checked;
  }
  return {};
}

std::string write_scraping(const Scraping& scraping) {
  std::string out = "{\"scrape\":" + quoted(scraping.scrape) +
                    ",\"path\":" + quoted(scraping.path) + ",\"port\":" + quoted(scraping.port);
  if (!scraping.targets.empty()) {
    out += ",\"targets\":";
    char separator = '[';
    for (const Target& target : scraping.targets) {
      out += separator;
      out += "{\"port\":" + quoted(target.port) + ",\"path\":" + quoted(target.path) + "}";
      separator = ',';
    }
    out += ']';
  }
  return out + "}";
}

void clear(Value& pod) {
  if (metadata_map(pod, "annotations") == nullptr) return;
  std::erase_if(*make_metadata_map(pod, "annotations").if_map(),
                [](const Member& member) { return is_prometheus_annotation(member.key); });
}

void append_variable(Value& container, std::string_view name, std::string value) {
  Value* env = container.find("env");
  if (env == nullptr || !env->is_list()) env = &container.set("env", Value(List{}));
  Value entry{Map{}};
  entry.set("name", Value(name));
  entry.set("value", Value(std::move(value)));
  env->if_list()->push_back(std::move(entry));
}

}  // namespace

bool is_prometheus_annotation(std::string_view key) {
  return key.starts_with("prometheus") && (is_name(key, kPath) || is_name(key, kPort) ||
                                           is_name(key, kScrape) || is_name(key, kTargets));
}

Result<void> merge_prometheus(Value& pod, bool merge_by_default, const std::string& agent_port) {
  if (!wants_scraping(pod)) return {};
  const std::string* asked = annotation(pod, kMergeMetricsAnnotation);
  const auto merge = asked == nullptr ? std::nullopt : parse_bool(*asked);
  if (!merge.value_or(merge_by_default)) return {};
  // Points to the agent already: the user's own doing, or injected before.
  const std::string* port = find(pod, kPort);
  if (port != nullptr && *port == agent_port) return {};

  Scraping scraping = read_scraping(pod);
  const bool stated = !scraping.scrape.empty() || !scraping.path.empty() ||
                      !scraping.port.empty() || !scraping.targets.empty();
  if (auto checked = check_ports(scraping, agent_port); !checked) return checked;
  Value* sidecar = find_container(pod, kProxyContainer);
  if (sidecar != nullptr && stated) {
    append_variable(*sidecar, kPrometheusVariable, write_scraping(scraping));
  }
  clear(pod);
  Value& annotations = make_metadata_map(pod, "annotations");
  annotations.set("prometheus.io/path", Value("/stats/prometheus"));
  annotations.set("prometheus.io/port", Value(agent_port));
  annotations.set("prometheus.io/scrape", Value("true"));
  return {};
}

void add_secure_prometheus_port(Value& pod) {
  const Value* sidecar = find_container(pod, kProxyContainer);
  const Value* env = sidecar == nullptr ? nullptr : sidecar->find("env");
  if (env == nullptr || !env->is_list() || find(pod, kSecurePort) != nullptr) return;
  for (const Value& entry : *env->if_list()) {
    if (entry.string_at("name") != "ENVOY_SECURE_MERGED_METRICS_PORT") continue;
    const std::string value(entry.string_at("value"));
    if (value.empty() || value == "0") continue;
    make_metadata_map(pod, "annotations").set("prometheus.istio.io/secure-port", Value(value));
    return;
  }
}

void strip_prometheus(Value& pod, const std::string& agent_port) {
  const std::string* port = find(pod, kPort);
  if (port != nullptr && *port == agent_port) clear(pod);
}

}  // namespace mesh::injection
