// mesh serve: discovery for every proxy of a directory.
#include "frontends/server/serve.h"

#include <memory>

#include "frontends/cli/injector.h"

namespace mesh::cli {
namespace {

void add_webhook(CLI::App& verb, server::WebhookOptions& webhook, InjectorFlags& injector) {
  verb.add_option("--webhook", webhook.address,
                  "answer AdmissionReviews of pods over HTTPS here, at /inject; loopback only")
      ->type_name("IP:PORT")
      ->group("Injection");
  verb.add_option("--webhook-cert", webhook.certificate,
                  "its certificate, PEM with its chain, read again when it changes; without it one "
                  "of a development CA")
      ->type_name("FILE")
      ->group("Injection");
  verb.add_option("--webhook-key", webhook.key, "the certificate's key, PEM")
      ->type_name("FILE")
      ->group("Injection");
  verb.add_option("--webhook-ca", webhook.ca_file,
                  "where to write the development CA; without it standard error shows the caBundle")
      ->type_name("FILE")
      ->group("Injection");
  add_injector_environment(verb, injector);
}

}  // namespace

void add_serve(CLI::App& app) {
  auto options = std::make_shared<server::ServeOptions>();
  auto mesh_config = std::make_shared<std::string>();
  auto injector = std::make_shared<InjectorFlags>();
  CLI::App* verb = app.add_subcommand(
      "serve", "Discovery (ADS, SDS) for every proxy of a directory, following its files");
  auto paths = std::make_shared<std::vector<std::string>>();
  verb->add_option("DIR", *paths,
                   "directories and files of Kubernetes objects; CLUSTER=DIR for those of a remote "
                   "cluster of the mesh")
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
  auto texts = std::make_shared<std::vector<std::string>>();
  verb->add_option("--text", *texts,
                   "what stands behind a URL that the configuration names (jwksUri, an issuer's "
                   "OpenID configuration), read again when it changes; may be given again")
      ->type_name("URL=FILE")
      ->allow_extra_args(false);
  verb->add_flag("--quiet", options->quiet, "no line for each change");
  add_webhook(*verb, options->webhook, *injector);
  verb->footer(
      "Examples:\n  mesh serve examples/shop\n"
      "  mesh serve examples/shop --address 127.0.0.1:15010 --http-address 127.0.0.1:15014\n"
      "  mesh serve cluster/ --webhook 127.0.0.1:9443 --webhook-ca ca.pem");
  runs(*verb, [options, paths, injector, mesh_config, texts] {
    for (const std::string& argument : *paths) {
      ClusterPath given = cluster_path(argument);
      (given.cluster.empty() ? options->paths : options->clusters[given.cluster])
          .push_back(std::move(given.path));
    }
    for (const std::string& argument : *texts) {
      const NamedText text = named_text(argument);
      options->texts[text.file].push_back(text.url);
    }
    options->store = store_config(*mesh_config);
    // One MeshConfig for both, where the injector is told its settings.
    InjectorFlags flags = *injector;
    if (!flags.values.empty() || !flags.injector_config.empty()) flags.mesh_config = *mesh_config;
    options->webhook.injector = injector_options(flags);
    return server::serve(*options);
  });
}

}  // namespace mesh::cli
