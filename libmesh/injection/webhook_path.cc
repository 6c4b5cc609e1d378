// parse_webhook_path (settings.h).
#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "libmesh/injection/settings.h"

namespace mesh::injection {
namespace {

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> out;
  for (size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    out.push_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  out.push_back(text);
  return out;
}

std::string with_slashes(std::string_view text) {
  std::string out;
  const std::vector<std::string_view> parts = split(text, "--slash--");
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += '/';
    out += parts[i];
  }
  return out;
}

std::string variable_of(std::string_view parameter) {
  if (parameter == "cluster") return "ISTIO_META_CLUSTER_ID";
  if (parameter == "net") return "ISTIO_META_NETWORK";
  std::string out(parameter);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return out;
}

// The old form ":ENV:name=value:ENV:name=value"; pairs without a name or '=' are passed over.
std::vector<std::pair<std::string, std::string>> pairs_of_env(std::string_view rest) {
  std::vector<std::pair<std::string, std::string>> out;
  for (std::string_view pair : split(rest, ":ENV:")) {
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    out.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> pairs_of_path(std::string_view rest) {
  std::vector<std::pair<std::string, std::string>> out;
  const std::vector<std::string_view> parts = split(rest, "/");
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    out.emplace_back(parts[i], with_slashes(parts[i + 1]));
  }
  return out;
}

}  // namespace

ProxyEnv parse_webhook_path(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  // What comes after "/inject/".
  const size_t first = path.find('/');
  const size_t second = first == std::string_view::npos ? first : path.find('/', first + 1);
  if (second == std::string_view::npos) return {};
  const std::string_view rest = path.substr(second + 1);
  const auto pairs = rest.starts_with(":ENV:") ? pairs_of_env(rest) : pairs_of_path(rest);
  std::map<std::string, std::string> variables;
  for (const auto& [parameter, value] : pairs) {
    const std::string name = variable_of(parameter);
    if (!name.empty()) variables[name] = value;
  }
  return {variables.begin(), variables.end()};
}

}  // namespace mesh::injection
