// mesh bootstrap: what an Envoy starts with.
#include <ctime>
#include <memory>

#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

struct BootstrapFlags {
  std::string xds_address = "127.0.0.1:15010";
  std::string admin_address = "127.0.0.1";
  int64_t admin_port = 15000;
  bool delta = false;
  bool complete = false;
};

// The complete form carries a certificate of a development authority made for this call.
Json identity_of(const Snapshot& snapshot, const Proxy& proxy, JsonDocument& owner) {
  const Authority authority("{\"now\":" + std::to_string(std::time(nullptr)) + "}");
  const JsonDocument issued = parse(authority.issue(snapshot, proxy).text());
  return Json(issued, owner.GetAllocator());
}

int bootstrap(const Common& common, const ProxyChoice& choice, const BootstrapFlags& flags) {
  const Snapshot snapshot = load(common.inputs);
  const Findings findings = report(snapshot);
  const Proxy proxy = choose(snapshot, choice);
  JsonDocument options(rapidjson::kObjectType);
  auto& allocator = options.GetAllocator();
  options.AddMember("xdsAddress", text_value(flags.xds_address, options), allocator);
  options.AddMember("adminAddress", text_value(flags.admin_address, options), allocator);
  options.AddMember("adminPort", Json(flags.admin_port), allocator);
  options.AddMember("delta", Json(flags.delta), allocator);
  options.AddMember("static", Json(flags.complete), allocator);
  if (flags.complete) {
    options.AddMember("identity", identity_of(snapshot, proxy, options), allocator);
  }
  const Xds generator(snapshot);
  print_as(common.format, parse(generator.bootstrap(proxy, print_json(options)).text()));
  return findings.status(common.strict);
}

}  // namespace

void add_bootstrap(CLI::App& app) {
  auto common = std::make_shared<Common>();
  auto choice = std::make_shared<ProxyChoice>();
  auto flags = std::make_shared<BootstrapFlags>();
  CLI::App* verb = app.add_subcommand("bootstrap", "What an Envoy starts with");
  common->format = "json";
  add_inputs(*verb, *common, Answer::kManifest);
  add_proxy_choice(*verb, *choice);
  verb->add_option("--xds-address", flags->xds_address, "where the control plane is")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  verb->add_option("--admin-address", flags->admin_address, "address of Envoy's admin page")
      ->type_name("IP")
      ->capture_default_str();
  verb->add_option("--admin-port", flags->admin_port, "its port; 0 takes a free one")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  verb->add_flag("--delta", flags->delta, "ask for changes only (delta xDS)");
  verb->add_flag("--static", flags->complete,
                 "complete in itself: endpoints, routes and a development certificate inline");
  verb->footer(
      "Examples:\n"
      "  mesh bootstrap -f examples/shop --pod shop-web/frontend --flavour envoy > envoy.json\n"
      "  mesh bootstrap -f examples/shop --pod shop-web/frontend --flavour envoy --static "
      "> envoy.json\n  envoy --mode validate -c envoy.json");
  runs(*verb, [common, choice, flags] { return bootstrap(*common, *choice, *flags); });
}

}  // namespace mesh::cli
