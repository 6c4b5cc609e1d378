// mesh serve: discovery for every proxy of a directory.
#include "frontends/server/serve.h"

#include <memory>

#include "frontends/cli/verb.h"

namespace mesh::cli {

void add_serve(CLI::App& app) {
  auto options = std::make_shared<server::ServeOptions>();
  auto mesh_config = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand(
      "serve", "Discovery (ADS, SDS) for every proxy of a directory, following its files");
  verb->add_option("DIR", options->paths, "directories and files of Kubernetes objects")
      ->required();
  verb->add_option("--address", options->address, "where proxies connect; loopback only")
      ->type_name("IP:PORT")
      ->capture_default_str();
  verb->add_option("--http-address", options->http_address,
                   "/ready, /metrics and /debug; loopback only")
      ->type_name("IP:PORT")
      ->capture_default_str();
  verb->add_option("--mesh-config", *mesh_config, "a MeshConfig laid over every other one")
      ->type_name("FILE");
  verb->add_flag("--quiet", options->quiet, "no line for each change");
  verb->footer(
      "Examples:\n  mesh serve examples/shop\n"
      "  mesh serve examples/shop --address 127.0.0.1:15010 --http-address 127.0.0.1:15014");
  runs(*verb, [options, mesh_config] {
    options->store = store_config(*mesh_config);
    return server::serve(*options);
  });
}

}  // namespace mesh::cli
