// Nothing is lost: every field of the schema survives the other version and back.
//
// The fields come from the CustomResourceDefinition's openAPI schema ($MESH_CRDS names the folder of
// maistra-servicemeshcontrolplanes.yaml; without it the folder crds beside the recorded cases is
// tried). Each field is set alone, in every version, and looked for after the trip; so are the
// values that the fields became.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libmesh/document/json.h"
#include "libmesh/document/yaml.h"
#include "libmesh/smcp/conversion.h"
#include "libmesh/smcp/losses.h"
#include "libmesh/smcp/path.h"
#include "libmesh/smcp/shape.h"
#include "libmesh/smcp/versions.h"
#include "tests/smcp/recorded.h"

namespace mesh::smcp {
namespace {

struct Sample {
  std::string path;  // for messages
  Value spec;
};

std::optional<Value> read_schema(std::string_view version) {
  std::string folder;
  if (const char* given = std::getenv("MESH_CRDS"); given != nullptr) folder = given;
  if (folder.empty() && recorded_folder()) folder = *recorded_folder() + "/../../crds";
  const auto text = read_file(folder + "/maistra-servicemeshcontrolplanes.yaml");
  if (!text) return std::nullopt;
  Diagnostics diagnostics;
  for (const auto& document : document::read_yaml(*text, "", diagnostics)) {
    const Value* versions = at(document.root, "spec.versions");
    if (versions == nullptr || !versions->is_list()) continue;
    for (const Value& row : *versions->if_list()) {
      if (text_at(row, "name") != version) continue;
      if (const Value* schema = at(row, "schema.openAPIV3Schema")) return *schema;
    }
  }
  return std::nullopt;
}

bool is_set(const Value& schema, std::string_view key) {
  const bool* flag = bool_at(schema, key);
  return flag != nullptr && *flag;
}

// What a scalar is set to: a value that is no zero, and false for booleans too.
std::vector<Value> scalars(const Value& schema, std::string_view name) {
  const std::string_view type = text_at(schema, "type");
  if (const Value* choices = at(schema, "enum")) {
    return {choices->if_list()->begin(), choices->if_list()->end()};
  }
  if (is_set(schema, "x-kubernetes-int-or-string")) return {Value(int64_t{5})};
  if (type == "boolean") return {Value(true), Value(false)};
  if (type == "integer") return {Value(int64_t{57})};
  if (type == "number") return {Value(1.5)};
  if (name == "version") return {};
  return {Value("1h")};  // also where a duration or a quantity is wanted it is one or is refused
}

using Wrap = std::function<Value(Value)>;

Wrap under(const Wrap& wrap, std::string key) {
  return [wrap, key = std::move(key)](Value inner) {
    Value map{Map{}};
    map.set(key, std::move(inner));
    return wrap(std::move(map));
  };
}

void walk(const Value& schema, const std::string& path, const Wrap& wrap,
          std::vector<Sample>& samples) {
  if (const Value* properties = at(schema, "properties")) {
    for (const document::Member& member : *properties->if_map()) {
      walk(member.value, path + "." + member.key, under(wrap, member.key), samples);
    }
  } else if (const Value* items = at(schema, "items")) {
    walk(
        *items, path + "[]", [wrap](Value inner) { return wrap(Value(List{std::move(inner)})); },
        samples);
  } else if (const Value* more = schema.find("additionalProperties");
             more != nullptr && more->is_map()) {
    walk(*more, path + ".extra", under(wrap, "extra"), samples);
  } else if (text_at(schema, "type") == "object") {
    Value free{Map{}};
    if (is_set(schema, "x-kubernetes-preserve-unknown-fields")) {
      free.set("unknown", Value(int64_t{1}));
    }
    samples.push_back({path, wrap(std::move(free))});
  } else {
    const std::string name = path.substr(path.rfind('.') + 1);
    for (Value& value : scalars(schema, name)) samples.push_back({path, wrap(std::move(value))});
  }
}

// Everything of `before` is in `after`; else says what is not.
std::string missing(const Value& before, const Value* after, const std::string& path) {
  if (after == nullptr) return path + " is gone";
  if (!before.is_map() || !after->is_map()) {
    return before == *after ? "" : path + " became " + document::write_json(*after);
  }
  for (const document::Member& member : *before.if_map()) {
    std::string found = missing(member.value, after->find(member.key), path + "." + member.key);
    if (!found.empty()) return found;
  }
  return "";
}

Value object(std::string_view version, Value spec) {
  Value smcp{Map{}};
  smcp.set("apiVersion", Value("maistra.io/" + std::string(version)));
  smcp.set("kind", Value("ServiceMeshControlPlane"));
  put(smcp, "metadata.name", Value("basic"));
  put(smcp, "metadata.namespace", Value("team-a"));
  smcp.set("spec", std::move(spec));
  return smcp;
}

using Convert = Result<Value> (*)(const Value&);

// "" when everything came back; a refusal counts in `refused`.
std::string trip(const Value& smcp, std::string_view type, Convert there, Convert back,
                 size_t& refused) {
  const Result<Value> decoded = decode(*smcp.find("spec"), shape(type), "spec");
  if (!decoded) {
    ++refused;
    return "";
  }
  Value before = encode(*decoded, shape(type));
  normalize_numbers(before);
  const Result<Value> other = there(smcp);
  if (!other) {
    // Only a made-up name of a tracer, a signer, …
    EXPECT_TRUE(other.error().message.starts_with("unknown ")) << other.error().message;
    ++refused;
    return "";
  }
  const Result<Value> again = back(*other);
  if (!again) return "no way back: " + again.error().message;
  if (!noted_losses(*again, type == "ControlPlaneSpec" ? "v2" : "v1").is_null()) {
    return "the note about losses is still there";
  }
  Value after = *again->find("spec");
  normalize_numbers(after);
  return missing(before, &after, "spec");
}

// The samples below spec of one version of the schema.
std::optional<std::vector<Sample>> fields_of(std::string_view version) {
  const auto schema = read_schema(version);
  const Value* spec = schema ? at(*schema, "properties.spec") : nullptr;
  if (spec == nullptr) return std::nullopt;
  std::vector<Sample> samples;
  walk(*spec, "spec", [](Value inner) { return inner; }, samples);
  return samples;
}

// The one leaf of a sample is there, whatever its text is now.
bool is_there(const Value& sample, const Value* written) {
  if (written == nullptr) return false;
  if (sample.is_map() && !sample.if_map()->empty()) {
    const document::Member& member = sample.if_map()->front();
    return is_there(member.value, written->find(member.key));
  }
  if (sample.is_list() && !sample.if_list()->empty()) {
    const List* list = written->if_list();
    return list != nullptr && !list->empty() && is_there(sample.if_list()->front(), &list->front());
  }
  return true;
}

// Without this the others would not see a field that the tables of types lack.
TEST(RoundTrip, TypesKnowEveryField) {
  for (auto [version, type] : {std::pair("v1", "ControlPlaneSpecV1"), {"v2", "ControlPlaneSpec"}}) {
    const auto samples = fields_of(version);
    if (!samples) GTEST_SKIP() << "no CustomResourceDefinition: set MESH_CRDS to its folder";
    for (const Sample& sample : *samples) {
      const Result<Value> decoded = decode(sample.spec, shape(type), "spec");
      if (!decoded) {
        EXPECT_TRUE(sample.path.ends_with(".extra")) << sample.path << decoded.error().message;
        continue;
      }
      if (document::write_json(sample.spec).find("false") != std::string::npos) continue;
      const Value written = encode(*decoded, shape(type));
      EXPECT_TRUE(is_there(sample.spec, &written)) << sample.path;
    }
  }
}

TEST(RoundTrip, EveryV2FieldSurvivesV1) {
  const auto samples = fields_of("v2");
  if (!samples) GTEST_SKIP() << "no CustomResourceDefinition: set MESH_CRDS to its folder";
  ASSERT_GT(samples->size(), 1000U);
  size_t refused = 0;
  for (const VersionFacts& version : all_versions()) {
    for (const Sample& sample : *samples) {
      Value spec = sample.spec;
      spec.set("version", Value(version.text));
      EXPECT_EQ(trip(object("v2", std::move(spec)), "ControlPlaneSpec", to_v1, to_v2, refused), "")
          << sample.path << " at " << version.text;
    }
  }
  std::cout << samples->size() << " values of fields in " << all_versions().size() << " versions, "
            << refused << " refused\n";
  // What is refused names no known tracer, signer, … in all versions alike.
  EXPECT_LT(refused, samples->size() * all_versions().size() / 50);
}

// The leaves of values, each alone: path -> one value.
void leaves(const Value& value, const Wrap& wrap, const std::string& path,
            std::map<std::string, Value>& out) {
  if (value.is_map() && !value.if_map()->empty()) {
    for (const document::Member& member : *value.if_map()) {
      leaves(member.value, under(wrap, member.key), path + "." + member.key, out);
    }
    return;
  }
  out.emplace(path + "=" + document::write_json(value), wrap(value));
}

TEST(RoundTrip, EveryV1FieldSurvivesV2) {
  const auto v1 = fields_of("v1");
  const auto v2 = fields_of("v2");
  if (!v1 || !v2) GTEST_SKIP() << "no CustomResourceDefinition: set MESH_CRDS to its folder";
  size_t refused = 0;
  size_t values = 0;
  // One of each kind of rules: the charts before istiod, with it, and each place of the mode.
  constexpr Version kVersions[] = {Version::kV1_1, Version::kV2_1, Version::kV2_3, Version::kV2_5};
  for (const Version tried : kVersions) {
    const VersionFacts& version = facts(tried);
    std::map<std::string, Value> specs;
    for (const Sample& sample : *v1) specs.emplace(sample.path, sample.spec);
    for (const Sample& sample : *v2) {
      Value spec = sample.spec;
      spec.set("version", Value(version.text));
      const Result<Value> converted = spec_to_v1(spec, "team-a");
      if (converted) leaves(*converted, [](Value inner) { return inner; }, "", specs);
    }
    values += specs.size();
    for (auto& [path, spec] : specs) {
      spec.set("version", Value(version.text));
      EXPECT_EQ(trip(object("v1", spec), "ControlPlaneSpecV1", to_v2, to_v1, refused), "")
          << path << " at " << version.text;
    }
  }
  std::cout << values << " values in " << std::size(kVersions) << " versions, " << refused
            << " refused\n";
  EXPECT_LT(refused, values / 50);
}

}  // namespace
}  // namespace mesh::smcp
