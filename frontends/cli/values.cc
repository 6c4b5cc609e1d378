// mesh values: Helm values of control planes, with their profiles, and the charts they go to.
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

struct ValuesCall {
  Common common;
  std::string tenant;
  std::string release;
  std::string operator_namespace = "openshift-operators";
  std::string default_profile = "maistra";
  std::vector<std::string> images;  // KEY=IMAGE
  bool release_values = false;
  bool no_cni = false;
};

JsonDocument options_of(const ValuesCall& call) {
  JsonDocument out(rapidjson::kObjectType);
  auto& memory = out.GetAllocator();
  out.AddMember("operatorNamespace", text_value(call.operator_namespace, out), memory);
  out.AddMember("defaultProfile", text_value(call.default_profile, out), memory);
  out.AddMember("cni", !call.no_cni, memory);
  out.AddMember("releaseValues", call.release_values || !call.release.empty(), memory);
  if (call.images.empty()) return out;
  Json images(rapidjson::kObjectType);
  for (const std::string& image : call.images) {
    const size_t equal = image.find('=');
    if (equal == 0 || equal == std::string::npos) {
      throw UsageError("--image " + image + ": is not KEY=IMAGE");
    }
    images.AddMember(text_value(image.substr(0, equal), out),
                     text_value(image.substr(equal + 1), out), memory);
  }
  out.AddMember("images", images, memory);
  return out;
}

// Errors of control planes go to stderr; true when there were any.
bool report_errors(const Json& answer) {
  bool found = false;
  for (const Json& plane : at(answer, "controlPlanes").GetArray()) {
    if (!plane.HasMember("error")) continue;
    found = true;
    std::fprintf(stderr, "mesh: %s: %s\n", std::string(text_at(plane, "tenant")).c_str(),
                 std::string(text_at(plane, "error")).c_str());
  }
  return found;
}

std::string joined(const Json& texts) {
  std::string out;
  for (const Json& text : texts.GetArray()) {
    out += (out.empty() ? "" : ",") + std::string(text.GetString());
  }
  return out;
}

void print_table(const Json& answer) {
  Table table({"CONTROL PLANE", "VERSION", "PROFILES", "GROUP", "RELEASE", "CHART", "NAMESPACE"});
  for (const Json& plane : at(answer, "controlPlanes").GetArray()) {
    if (plane.HasMember("error")) continue;
    for (const Json& release : at(plane, "releases").GetArray()) {
      table.add({std::string(text_at(plane, "tenant")), std::string(text_at(plane, "version")),
                 joined(at(plane, "profiles")), std::to_string(number_at(release, "group")),
                 std::string(text_at(release, "name")), std::string(text_at(release, "chart")),
                 std::string(text_at(release, "namespace"))});
    }
  }
  print(table.to_string());
}

// The values of one release alone: what `helm template --values -` reads.
int print_release(const ValuesCall& call, const Json& answer) {
  const Json* found = nullptr;
  for (const Json& plane : at(answer, "controlPlanes").GetArray()) {
    if (plane.HasMember("error")) continue;
    for (const Json& release : at(plane, "releases").GetArray()) {
      if (text_at(release, "name") != call.release && text_at(release, "chart") != call.release) {
        continue;
      }
      if (found != nullptr) {
        throw UsageError("--release " + call.release +
                         ": there are several; name one as the table does, or give --tenant");
      }
      found = &release;
    }
  }
  if (found == nullptr) {
    std::fprintf(stderr, "mesh: there is no release \"%s\"\n", call.release.c_str());
    return kFails;
  }
  print_as(call.common.format == "table" ? "yaml" : call.common.format, at(*found, "values"));
  return kGood;
}

int values(const ValuesCall& call) {
  const JsonDocument options = options_of(call);
  const Snapshot snapshot = load(call.common.inputs);
  const Findings findings = report(snapshot, call.tenant);
  const JsonDocument answer = parse(snapshot.values(call.tenant, print_json(options)).text());
  const bool failed = report_errors(answer);
  int status = kGood;
  if (!call.release.empty()) {
    status = print_release(call, answer);
  } else if (call.common.format == "table") {
    print_table(answer);
  } else {
    print_as(call.common.format, answer);
  }
  return failed ? kFails : status != kGood ? status : findings.status(call.common.strict);
}

void add_options(CLI::App& verb, ValuesCall& call) {
  verb.add_option("--tenant", call.tenant, "only this control plane")->type_name("NS/NAME");
  verb.add_option("--release", call.release,
                  "print the values of this release (or the only one of this chart) alone")
      ->type_name("NAME");
  verb.add_flag("--release-values", call.release_values,
                "with yaml and json: the values of each release, too");
  verb.add_option("--operator-namespace", call.operator_namespace,
                  "where the operator's ConfigMap smcp-templates with your own profiles is")
      ->type_name("NS")
      ->capture_default_str();
  verb.add_option("--default-profile", call.default_profile,
                  "what the profile \"default\" is a copy of")
      ->type_name("NAME")
      ->check(CLI::IsMember({"maistra", "servicemesh"}))
      ->capture_default_str();
  verb.add_option(
          "--image", call.images,
          "an image of the operator's configuration (pilot, proxyv2, …), written over those "
          "of the profiles; may be given again")
      ->type_name("KEY=IMAGE")
      ->allow_extra_args(false);
  verb.add_flag("--no-cni", call.no_cni, "the cluster has no CNI plug-in of the mesh");
}

}  // namespace

void add_values(CLI::App& app) {
  auto call = std::make_shared<ValuesCall>();
  CLI::App* verb = app.add_subcommand(
      "values", "Helm values of control planes, with their profiles, and the charts they go to");
  add_inputs(*verb, call->common);
  add_options(*verb, *call);
  verb->footer(
      "Examples:\n  mesh values -f smcp.yaml\n  mesh values -f smcp.yaml -o yaml\n"
      "  mesh values -f smcp.yaml --release istio-discovery > values.yaml");
  runs(*verb, [call] { return values(*call); });
}

}  // namespace mesh::cli
