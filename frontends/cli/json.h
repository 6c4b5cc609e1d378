// JSON answers of the library, read again to print them in another form.
#pragma once

#include <string>
#include <string_view>

#include "mesh/mesh.hpp"

// RapidJSON 1.1 copies its members with memcpy, which g++ 12 remarks upon.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wclass-memaccess"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <rapidjson/document.h>
#pragma GCC diagnostic pop

namespace mesh::cli {

using meshpp::Authority;
using meshpp::Error;
using meshpp::Injector;
using meshpp::Proxy;
using meshpp::Snapshot;
using meshpp::Store;
using meshpp::Xds;

using Json = rapidjson::Value;
using JsonDocument = rapidjson::Document;

// Answers of the library are always JSON; anything else is a defect and throws mesh::Error.
JsonDocument parse(std::string_view text);

// A member's text, or empty.
std::string_view text_at(const Json& object, const char* key);
// A member, or a null value.
const Json& at(const Json& object, const char* key);
uint64_t number_at(const Json& object, const char* key);
size_t size_at(const Json& object, const char* key);
// "Kind namespace/name" of an object with these members, without those that it does not have.
std::string name_of(const Json& object);

// The text with "CLUSTER=" in front, where the object says a remote cluster: as names are given on the command line.
std::string with_cluster(const Json& object, std::string_view text, const char* key = "cluster");

// "ns/name", or "cluster=ns/name" of a remote cluster, of an object with these members: as --pod takes it.
std::string pod_of(const Json& object);

Json text_value(std::string_view text, JsonDocument& owner);

// Orders the keys of every object.
void sort_keys(Json& value);

// Two spaces a level, and a new line at the end.
std::string print_json(const Json& value);
std::string print_yaml(const Json& value);

}  // namespace mesh::cli
