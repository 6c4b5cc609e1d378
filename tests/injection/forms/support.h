// Settings and pods of a few lines, for tables of what the native forms make of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "libmesh/document/json.h"
#include "libmesh/document/read.h"
#include "libmesh/injection/default_values.h"
#include "libmesh/injection/settings.h"
#include "libmesh/injection/template.h"
#include "libmesh/smcp/path.h"

namespace mesh::injection::testing {

inline document::Value read(std::string_view yaml) {
  Diagnostics problems;
  auto documents = document::read_any(yaml, "", problems);
  return documents.empty() ? document::Value(document::Map{}) : std::move(documents.front().root);
}

// Values by path over the defaults: {{"global.proxy.image", "my/proxy:1"}}, each as YAML.
using Changes = std::vector<std::pair<std::string, std::string>>;

struct Steering {
  Changes values;
  std::string mesh_config;  // YAML
  Options options;
  std::vector<ProxyConfigObject> proxy_configs;
  std::string maistra;  // a version
};

inline SettingsPtr settings_of(const Steering& setup) {
  document::Value values = default_values();
  for (const auto& [path, yaml] : setup.values) smcp::put(values, path, read(yaml));
  SettingsTexts texts;
  texts.values = document::write_json(values);
  texts.mesh_config = setup.mesh_config;
  SettingsIdentity identity;
  identity.maistra = maistra_flavour(setup.maistra, values);
  Diagnostics problems;
  auto settings =
      read_settings(texts, setup.options, std::move(identity), setup.proxy_configs, problems);
  EXPECT_TRUE(settings.ok()) << (settings.ok() ? "" : settings.error().message);
  EXPECT_TRUE(problems.empty());
  return settings.ok() ? *settings : nullptr;
}

struct Pod {
  std::string annotations;  // the inside of a flow mapping
  std::string labels;
  std::string spec = "containers: [{name: app, image: 'app:1', ports: [{containerPort: 80}]}]";
  Owner owner{"cart", "shop", "apps/v1", "Deployment"};
};

inline document::Value document_of(const Pod& pod) {
  return read("metadata: {annotations: {" + pod.annotations + "}, labels: {" + pod.labels +
              "}}\nspec: {" + pod.spec + "}");
}

// The overlay that a form makes, without any template's text to ask.
inline document::Value overlay(NativeForm form, const Steering& setup, const Pod& pod) {
  const SettingsPtr settings = settings_of(setup);
  const document::Value document = document_of(pod);
  const document::Value* annotation =
      document.find("metadata")->find("annotations")->find("proxy.istio.io/config");
  const ProxyConfigPtr config =
      settings->proxy_configs.of_pod(pod.owner.ns, document.find("metadata")->find("labels"),
                                     annotation == nullptr ? nullptr : annotation->if_string());
  const TemplateInput input{
      *settings,       document,        pod.owner, *config, settings->native_sidecars,
      "hub/proxyv2:1", "hub/proxyv2:1", 1337,      1337,    settings->revision};
  auto rendered = native_template(form)->render(input);
  EXPECT_TRUE(rendered.ok());
  return rendered.ok() ? std::move(*rendered) : document::Value();
}

// "spec.containers[istio-proxy].args": members by name, list elements by `name`; null when absent.
inline const document::Value* at(const document::Value& root, std::string_view path) {
  const document::Value* value = &root;
  while (value != nullptr && !path.empty()) {
    const size_t end = path.find_first_of(".[");
    if (end != 0) value = value->find(path.substr(0, end));
    if (end == std::string_view::npos) return value;
    if (path[end] == '[') {
      const size_t close = path.find(']');
      const std::string_view name = path.substr(end + 1, close - end - 1);
      const document::List* list = value == nullptr ? nullptr : value->if_list();
      value = nullptr;
      for (size_t i = 0; list != nullptr && i < list->size(); ++i) {
        if ((*list)[i].string_at("name") == name) value = &(*list)[i];
      }
      path.remove_prefix(close + 1);
      if (path.starts_with('.')) path.remove_prefix(1);
    } else {
      path.remove_prefix(end + 1);
    }
  }
  return value;
}

// As JSON; "-" when absent.
inline std::string json_at(const document::Value& root, std::string_view path) {
  const document::Value* found = at(root, path);
  return found == nullptr ? "-" : document::write_json(*found);
}

}  // namespace mesh::injection::testing
