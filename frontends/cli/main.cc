// mesh: what a service mesh would make of a directory of YAML.
#include <cstdio>
#include <exception>

#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

std::string version_line() {
  const JsonDocument version = parse(meshpp::version());
  return "mesh " + std::string(text_at(version, "version")) + " (as Istio " +
         std::string(text_at(version, "istio")) + ")";
}

// A thing that is not there is a condition that fails; every other refusal is of the call itself.
int status_of(mesh_code code) { return code == MESH_NOT_FOUND ? kFails : kWrongCall; }

int run(int argc, char** argv) {
  CLI::App app("What a service mesh would make of a directory of YAML.", "mesh");
  app.set_version_flag("--version", version_line());
  app.require_subcommand(1);
  app.footer("Exit status: 0 good, 1 the configuration or the asked condition fails, 2 the call is "
             "wrong.\n`mesh VERB --help` shows examples.");
  add_check(app);
  add_members(app);
  add_proxies(app);
  add_xds(app);
  add_bootstrap(app);
  add_diff(app);
  add_serve(app);
  add_version(app);
  add_completion(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& status) {
    return status.get_exit_code();
  } catch (const CLI::ParseError& error) {
    // 0 is --help and --version.
    return app.exit(error) == 0 ? kGood : kWrongCall;
  } catch (const Error& error) {
    std::fprintf(stderr, "mesh: %s\n", error.what());
    return status_of(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mesh: %s\n", error.what());
    return kWrongCall;
  }
  return kGood;
}

}  // namespace
}  // namespace mesh::cli

int main(int argc, char** argv) { return mesh::cli::run(argc, argv); }
