// mesh xds: what one proxy is sent.
#include <filesystem>
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

constexpr const char* kTypes[] = {"clusters", "endpoints",  "listeners", "routes",
                                  "secrets",  "extensions", "nametable"};
constexpr const char* kSecretNames = "secret-names";

// Who has all the objects in hand may see what the proxy would be sent if its account may read Secrets.
constexpr const char* kCaller = R"({"believeNode":true,"readsSecrets":true})";

// One object: a list of {"name", "resource"} per type, keys in order, and the names of secrets.
JsonDocument resources_of(const Xds& xds, const Proxy& proxy) {
  JsonDocument all(rapidjson::kObjectType);
  const auto add = [&](const char* key, JsonDocument list) {
    sort_keys(list);
    all.AddMember(rapidjson::StringRef(key), Json(list, all.GetAllocator()), all.GetAllocator());
  };
  for (const char* type : kTypes) add(type, parse(xds.sent_json(proxy, type, kCaller).text()));
  add(kSecretNames, parse(xds.secret_names(proxy).text()));
  return all;
}

size_t count_inside(const Json& list, const char* key) {
  size_t total = 0;
  if (!list.IsArray()) return 0;
  for (const Json& element : list.GetArray()) total += size_at(element, key);
  return total;
}

std::string counted(size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string address_of(const Json& listener) {
  const Json& socket = at(at(listener, "address"), "socketAddress");
  if (!socket.IsObject()) return "internal";
  return std::string(text_at(socket, "address")) + ":" +
         std::to_string(number_at(socket, "portValue"));
}

// What a person wants to know first.
std::string summary(std::string_view type, const Json& resource) {
  if (type == "clusters") {
    const std::string_view kind = text_at(resource, "type");
    std::string out(kind.empty() ? "STATIC" : kind);
    const std::string_view policy = text_at(resource, "lbPolicy");
    return policy.empty() ? out : out + ", " + std::string(policy);
  }
  if (type == "endpoints") {
    return counted(count_inside(at(resource, "endpoints"), "lbEndpoints"), "endpoint", "endpoints");
  }
  if (type == "listeners") {
    return address_of(resource) + ", " +
           counted(size_at(resource, "filterChains"), "filter chain", "filter chains");
  }
  if (type == "nametable") return counted(size_at(resource, "table"), "name", "names");
  if (type == "secrets") {
    return resource.HasMember("tlsCertificate") ? "certificate and key" : "authorities";
  }
  if (type == "extensions") return std::string(text_at(at(resource, "typedConfig"), "@type"));
  return counted(size_at(resource, "virtualHosts"), "virtual host", "virtual hosts") + ", " +
         counted(count_inside(at(resource, "virtualHosts"), "routes"), "route", "routes");
}

void print_table(const Json& all) {
  Table table({"TYPE", "NAME", "WHAT"});
  for (const char* type : kTypes) {
    for (const Json& one : all[type].GetArray()) {
      table.add({type, std::string(text_at(one, "name")), summary(type, one["resource"])});
    }
  }
  print(table.to_string());
}

std::string file_of(const std::string& folder, const char* type) {
  return (std::filesystem::path(folder) / (std::string(type) + ".json")).string();
}

void print_sizes(const Json& all, const Json& sizes, const std::string& folder) {
  Table table({"TYPE", "COUNT", "BYTES", "FILE"});
  const auto add = [&](const char* type) {
    const Json& size = at(sizes, type);
    table.add({type, with_commas(all[type].Size()),
               size.IsObject() ? with_commas(number_at(size, "bytes")) : "",
               file_of(folder, type)});
  };
  for (const char* type : kTypes) add(type);
  add(kSecretNames);
  print(table.to_string());
}

void write_files(const Json& all, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw UsageError(folder + ": " + error.message());
  for (const char* type : kTypes) write_file(file_of(folder, type), print_json(all[type]));
  write_file(file_of(folder, kSecretNames), print_json(all[kSecretNames]));
}

int xds(const Common& common, const ProxyChoice& choice, const std::string& folder) {
  const Snapshot snapshot = load(common.inputs);
  const Findings findings = report(snapshot);
  const Proxy proxy = choose(snapshot, choice);
  const Xds generator(snapshot);
  const JsonDocument all = resources_of(generator, proxy);
  const JsonDocument sizes = parse(generator.sizes(proxy).text());
  if (!folder.empty()) write_files(all, folder);
  if (common.format != "table") {
    print_as(common.format, folder.empty() ? static_cast<const Json&>(all) : sizes);
  } else if (folder.empty()) {
    print_table(all);
  } else {
    print_sizes(all, sizes, folder);
  }
  return findings.status(common.strict);
}

}  // namespace

void add_xds(CLI::App& app) {
  auto common = std::make_shared<Common>();
  auto choice = std::make_shared<ProxyChoice>();
  auto folder = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("xds", "What one proxy is sent");
  add_inputs(*verb, *common);
  add_proxy_choice(*verb, *choice);
  verb->add_option(
          "--out", *folder,
          "write clusters.json, endpoints.json, listeners.json, routes.json, secrets.json, "
          "extensions.json, nametable.json and secret-names.json there")
      ->type_name("DIR");
  verb->footer(
      "Examples:\n  mesh xds -f examples/shop --pod shop-web/frontend\n"
      "  mesh xds -f examples/shop --pod shop-web/frontend --flavour envoy --out /tmp/xds\n"
      "  mesh xds -f input.yaml --proxy proxy.yaml --mesh-config mesh.yaml --out /tmp/xds");
  runs(*verb, [common, choice, folder] { return xds(*common, *choice, *folder); });
}

}  // namespace mesh::cli
