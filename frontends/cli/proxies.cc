// mesh proxies: which Envoys there are, whose they are, and how much each is sent.
#include <algorithm>
#include <memory>

#include "frontends/cli/progress.h"
#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

constexpr const char* kTypes[] = {"clusters", "endpoints", "listeners", "routes"};

// Adds counts and bytes to each proxy of the answer.
void add_sizes(const Snapshot& snapshot, JsonDocument& answer) {
  const Xds xds(snapshot);
  auto& allocator = answer.GetAllocator();
  Json& list = answer["proxies"];
  Progress progress("generating", list.Size());
  for (Json& row : list.GetArray()) {
    const Proxy proxy = proxy_of_pod(snapshot, pod_of(row));
    const JsonDocument sizes = parse(xds.sizes(proxy).text());
    Json counts(rapidjson::kObjectType);
    uint64_t bytes = 0;
    for (const char* type : kTypes) {
      counts.AddMember(rapidjson::StringRef(type), Json(number_at(sizes[type], "count")),
                       allocator);
      bytes += number_at(sizes[type], "bytes");
    }
    row.AddMember("resources", counts, allocator);
    row.AddMember("bytes", Json(bytes), allocator);
    progress.step();
  }
}

std::string remark(const Json& row) {
  if (at(row, "synthesized").IsTrue()) return "made up from its workload";
  return at(row, "injected").IsTrue() ? "" : "to be injected";
}

bool has_remote(const Json& proxies) {
  return std::any_of(proxies.Begin(), proxies.End(),
                     [](const Json& row) { return !text_at(row, "cluster").empty(); });
}

void print_table(const Json& answer) {
  const bool remote = has_remote(answer["proxies"]);
  std::vector<std::string> head = {"TENANT",    "NAMESPACE", "NAME",     "TYPE",
                                   "FLAVOUR",   "IP",        "CLUSTERS", "ENDPOINTS",
                                   "LISTENERS", "ROUTES",    "BYTES",    "REMARK"};
  if (remote) head.insert(head.begin() + 3, "CLUSTER");
  Table table(std::move(head));
  for (const Json& row : answer["proxies"].GetArray()) {
    const std::string_view tenant = text_at(row, "tenant");
    const std::string_view cluster = text_at(row, "cluster");
    std::vector<std::string> cells = {std::string(tenant.empty() ? "(implicit)" : tenant),
                                      std::string(text_at(row, "namespace")),
                                      std::string(text_at(row, "name")),
                                      std::string(text_at(row, "type")),
                                      std::string(text_at(row, "flavour")),
                                      std::string(text_at(row, "ip"))};
    if (remote) cells.insert(cells.begin() + 3, std::string(cluster.empty() ? "-" : cluster));
    for (const char* type : kTypes) {
      cells.push_back(with_commas(number_at(row["resources"], type)));
    }
    cells.push_back(with_commas(number_at(row, "bytes")));
    cells.push_back(remark(row));
    table.add(std::move(cells));
  }
  print(table.to_string());
}

int proxies(const Common& common) {
  const Snapshot snapshot = load(common.inputs);
  const Findings findings = report(snapshot);
  JsonDocument answer = parse(snapshot.proxies().text());
  add_sizes(snapshot, answer);
  if (common.format == "table") {
    print_table(answer);
  } else {
    print_as(common.format, answer);
  }
  return findings.status(common.strict);
}

}  // namespace

void add_proxies(CLI::App& app) {
  auto common = std::make_shared<Common>();
  CLI::App* verb = app.add_subcommand("proxies", "Each proxy, its tenant, and how much it is sent");
  add_inputs(*verb, *common);
  verb->footer(
      "Examples:\n  mesh proxies -f examples/shop\n  mesh proxies -f examples/shop -o json\n"
      "  mesh proxies -f config/ -f east=east/");
  runs(*verb, [common] { return proxies(*common); });
}

}  // namespace mesh::cli
