#include "libmesh/injection/forms/view.h"

#include "libmesh/injection/forms/text.h"

namespace mesh::injection::forms {
namespace {

using document::List;
using document::Value;

const Value* metadata_of(const Value& pod, std::string_view field) {
  const Value* metadata = pod.find("metadata");
  return metadata == nullptr ? nullptr : metadata->find(field);
}

const List* containers_of(const Value* spec) {
  const Value* containers = spec == nullptr ? nullptr : spec->find("containers");
  return containers == nullptr ? nullptr : containers->if_list();
}

}  // namespace

View::View(const TemplateInput& in)
    : input(in),
      settings(*in.settings.prepared),
      annotations(metadata_of(in.pod, "annotations")),
      labels(metadata_of(in.pod, "labels")),
      spec(in.pod.find("spec")),
      containers(containers_of(spec)) {
  if (containers == nullptr) return;
  app_names.reserve(containers->size());
  for (const Value& container : *containers) {
    const std::string_view name = container.string_at("name");
    if (name != "istio-proxy") app_names.push_back(name);
  }
}

std::string_view View::label(std::string_view name) const {
  return labels == nullptr ? std::string_view() : labels->string_at(name);
}

std::string_view View::service_account() const {
  return spec == nullptr ? std::string_view() : spec->string_at("serviceAccountName");
}

std::string_view View::quoted(std::string_view text) {
  odd = odd || !is_quotable(text);
  return text;
}

std::string_view View::part(std::string_view text) {
  odd = odd || !is_plain_part(text);
  return text;
}

std::string_view View::name(std::string_view text) {
  odd = odd || !is_plain_string(text);
  return text;
}

}  // namespace mesh::injection::forms
