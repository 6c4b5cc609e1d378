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

const CLI::App* find_verb(const CLI::App& app, const std::string& name) {
  const auto found =
      app.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

// CLI11 would say of a misspelt verb, or subject of one, only that one is missing.
bool is_misspelt(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  const CLI::App* verb = find_verb(app, argv[1]);
  if (verb == nullptr) {
    std::fprintf(stderr, "mesh: there is no verb \"%s\"; `mesh --help` lists them\n", argv[1]);
    return true;
  }
  if (verb->get_require_subcommand_min() == 0 || argc < 3 || argv[2][0] == '-') return false;
  if (find_verb(*verb, argv[2]) != nullptr) return false;
  std::fprintf(stderr, "mesh %s: there is no subject \"%s\"; `mesh %s --help` lists them\n",
               argv[1], argv[2], argv[1]);
  return true;
}

int run(int argc, char** argv) {
  CLI::App app("What a service mesh would make of a directory of YAML.", "mesh");
  app.set_version_flag("--version", version_line());
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 good, 1 the configuration or the asked condition fails, 2 the call is "
      "wrong.\n`mesh VERB --help` shows examples.");
  add_check(app);
  add_members(app);
  add_status(app);
  add_proxies(app);
  add_xds(app);
  add_bootstrap(app);
  add_values(app);
  add_convert(app);
  add_reach(app);
  add_route(app);
  add_plan(app);
  add_explain(app);
  add_diff(app);
  add_test(app);
  add_admit(app);
  add_inject(app);
  add_uninject(app);
  add_cni(app);
  add_serve(app);
  add_version(app);
  add_completion(app);
  if (is_misspelt(app, argc, argv)) return kWrongCall;
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
