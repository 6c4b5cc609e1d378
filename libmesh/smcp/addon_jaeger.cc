// spec.addons.jaeger: the Jaeger resource, which the tracing chart makes.
#include <array>
#include <string>

#include "libmesh/smcp/fields.h"
#include "libmesh/smcp/parts.h"

namespace mesh::smcp {
namespace {

struct StorageType {
  std::string_view type;
  std::string_view chart_template;
};
constexpr std::array<StorageType, 2> kStorageTypes = {{
    {"Memory", "all-in-one"},
    {"Elasticsearch", "production-elasticsearch"},
}};

constexpr std::string_view kElasticsearch = "install.storage.elasticsearch";
constexpr std::array kMemory = {
    FieldRule{"install.storage.memory.maxTraces", FieldKind::kLong, {"memory.max_traces"}},
};
constexpr std::array kIngress = {
    FieldRule{"install.ingress.enabled", FieldKind::kBool, {"ingress.enabled"}},
};

std::string in_elasticsearch(std::string_view field) {
  return std::string(kElasticsearch) + "." + std::string(field);
}

void storage_to_values(const Value& jaeger, Tree& values) {
  const std::string_view type = text_at(jaeger, "install.storage.type");
  for (const StorageType& known : kStorageTypes) {
    if (known.type == type) values.set("template", Value(known.chart_template));
  }
  fields_to_values(kMemory, jaeger, values);
  const Value* elasticsearch = at(jaeger, kElasticsearch);
  if (elasticsearch == nullptr) return;
  if (const Value* count = at(*elasticsearch, "nodeCount")) {
    values.set("elasticsearch.nodeCount", *count);
  }
  const Value* storage = at(*elasticsearch, "storage");
  if (not_empty_map(storage)) values.set("elasticsearch.storage", *storage);
  const std::string_view redundancy = text_at(*elasticsearch, "redundancyPolicy");
  if (!redundancy.empty()) values.set("elasticsearch.redundancyPolicy", Value(redundancy));
  const Value* cleaner = at(*elasticsearch, "indexCleaner");
  if (not_empty_map(cleaner)) values.set("esIndexCleaner", *cleaner);
}

void type_from_values(Tree& values, Value& jaeger) {
  const auto chart_template = values.take_string("template");
  if (!chart_template || chart_template->empty()) return;
  for (const StorageType& known : kStorageTypes) {
    if (known.chart_template == *chart_template) {
      put(jaeger, "install.storage.type", Value(known.type));
      return;
    }
  }
  values.faults().add("unknown jaeger.template: " + *chart_template);
}

void elasticsearch_from_values(Tree& values, Value& jaeger) {
  auto part = open_part(values, "elasticsearch");
  if (!part) return;
  Tree tree(*part, values.faults());
  if (auto count = tree.take_int("nodeCount")) {
    put(jaeger, in_elasticsearch("nodeCount"), Value(int64_t{static_cast<int32_t>(*count)}));
  }
  if (auto storage = open_part(tree, "storage")) {
    put(jaeger, in_elasticsearch("storage"), std::move(*storage));
    tree.remove("storage");
  }
  if (auto redundancy = tree.take_string("redundancyPolicy"); redundancy && !redundancy->empty()) {
    put(jaeger, in_elasticsearch("redundancyPolicy"), Value(*redundancy));
  }
  close_part(values, Path{"elasticsearch"}, *part);
}

void resource_from_values(Tree& values, Value& jaeger) {
  if (auto name = values.take_string("resourceName"); name && !name->empty()) {
    jaeger.set("name", Value(*name));
  }
  type_from_values(values, jaeger);
  Parts parts(values);
  fields_from_values(kMemory, parts, jaeger);
  elasticsearch_from_values(values, jaeger);
  if (auto cleaner = open_part(values, "esIndexCleaner")) {
    put(jaeger, in_elasticsearch("indexCleaner"), std::move(*cleaner));
    values.remove("esIndexCleaner");
  }
}

void ingress_from_values(Tree& tracing, Value& jaeger) {
  Parts parts(tracing);
  fields_from_values(kIngress, parts, jaeger);
  Value metadata{Map{}};
  if (metadata_from_values(tracing, "ingress.labels", "ingress.annotations", Removal::kWhenRead,
                           metadata)) {
    put(jaeger, "install.ingress.metadata", std::move(metadata));
  }
}

}  // namespace

void jaeger_to_values(const Value& jaeger, Tree& values) {
  Value written{Map{}};
  Tree tracing(written, values.faults());
  Value resource{Map{}};
  Tree tree(resource, values.faults());
  const std::string_view name = text_at(jaeger, "name");
  if (!name.empty()) tree.set("resourceName", Value(name));
  storage_to_values(jaeger, tree);
  if (not_empty_map(&resource)) tracing.set("jaeger", std::move(resource));
  fields_to_values(kIngress, jaeger, tracing);
  metadata_to_values(at(jaeger, "install.ingress.metadata"), tracing, "ingress.labels",
                     "ingress.annotations");
  values.overwrite(written, Path{"tracing"});
}

bool jaeger_from_values(Tree& values, Value& jaeger) {
  auto part = open_part(values, "tracing");
  if (!part) return false;
  Tree tracing(*part, values.faults());
  auto resource = open_part(tracing, "jaeger");
  if (!resource) return false;
  Tree tree(*resource, values.faults());
  resource_from_values(tree, jaeger);
  ingress_from_values(tracing, jaeger);
  close_part(tracing, Path{"jaeger"}, *resource);
  close_part(values, Path{"tracing"}, *part);
  return not_empty_map(&jaeger);
}

}  // namespace mesh::smcp
