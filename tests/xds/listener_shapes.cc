#include "tests/xds/listener_shapes.h"

#include "tests/xds/seen.h"

namespace mesh::xds::testing {
namespace {

std::string text(const document::Value& value, std::string_view path) {
  std::string json = at(value, path);
  if (json.size() >= 2 && json.front() == '"') return json.substr(1, json.size() - 2);
  return json;
}

void add_list(const document::Value* list, std::string_view label, std::string& out) {
  if (list == nullptr || list->if_list() == nullptr) return;
  out.append(out.empty() ? "" : " ").append(label).append("=");
  bool first = true;
  for (const document::Value& item : *list->if_list()) {
    if (!first) out.append(",");
    first = false;
    if (const std::string* name = item.if_string()) {
      out.append(*name);
    } else {
      out.append(text(item, "addressPrefix")).append("/").append(text(item, "prefixLen"));
    }
  }
}

void add_word(const std::string& value, std::string_view label, std::string& out) {
  if (!value.empty()) out.append(out.empty() ? "" : " ").append(label).append("=").append(value);
}

bool ends_with_name(const document::Value& filter, std::string_view name) {
  return filter.string_at("name").ends_with(name);
}

// The filter that decides where a connection goes.
std::string destination(const document::Value& filter) {
  const document::Value* config = filter.find("typedConfig");
  if (ends_with_name(filter, ".http_connection_manager")) {
    const std::string rds = text(*config, "rds.routeConfigName");
    return "http " + (rds.empty() ? text(*config, "routeConfig.name") : rds);
  }
  std::string out = "tcp " + std::string(config->string_at("cluster"));
  const document::Value* weighted = config->find("weightedClusters");
  if (weighted == nullptr) return out;
  for (const document::Value& cluster : *weighted->find("clusters")->if_list()) {
    out.append(text(cluster, "name")).append("*").append(text(cluster, "weight")).append(" ");
  }
  out.pop_back();
  return out;
}

std::string chain_line(const document::Value& chain, bool is_default) {
  std::string out = is_default ? "default" : "";
  if (const document::Value* match = chain.find("filterChainMatch")) {
    add_word(text(*match, "destinationPort"), "port", out);
    add_list(match->find("serverNames"), "sni", out);
    add_list(match->find("prefixRanges"), "cidr", out);
    add_list(match->find("applicationProtocols"), "alpn", out);
    add_word(text(*match, "transportProtocol"), "transport", out);
  }
  if (chain.find("transportSocket") != nullptr) out.append(out.empty() ? "tls" : " tls");
  return out + ": " + destination(chain.find("filters")->if_list()->back()) + "\n";
}

}  // namespace

std::string chains_of(const document::Value& listener) {
  std::string out;
  if (const document::Value* chains = listener.find("filterChains")) {
    for (const document::Value& chain : *chains->if_list()) out += chain_line(chain, false);
  }
  if (const document::Value* chain = listener.find("defaultFilterChain")) {
    out += chain_line(*chain, true);
  }
  return out;
}

std::string listener_filters_of(const document::Value& listener) {
  std::string out;
  const document::Value* filters = listener.find("listenerFilters");
  if (filters == nullptr) return out;
  for (const document::Value& filter : *filters->if_list()) {
    const std::string_view name = filter.string_at("name");
    out.append(out.empty() ? "" : " ").append(name.substr(name.rfind('.') + 1));
  }
  return out;
}

std::string http_filters_of(const document::Value& listener) {
  std::string out;
  for (const document::Value& chain : *listener.find("filterChains")->if_list()) {
    for (const document::Value& filter : *chain.find("filters")->if_list()) {
      if (!ends_with_name(filter, ".http_connection_manager")) continue;
      for (const auto& http : *filter.find("typedConfig")->find("httpFilters")->if_list()) {
        const std::string_view name = http.string_at("name");
        out.append(out.empty() ? "" : " ").append(name.substr(name.rfind('.') + 1));
      }
      return out;
    }
  }
  return out;
}

}  // namespace mesh::xds::testing
