#include "libmesh/testing/walk/route_table.h"

#include "libmesh/base/strings.h"
#include "libmesh/schema/wire.h"

namespace mesh::testing {
namespace {

void put(std::string& out, const wire::Field& field) {
  wire::put_varint(out, wire::tag_of(field.number, field.type));
  switch (field.type) {
    case wire::Type::kVarint:
      wire::put_varint(out, field.number_value);
      return;
    case wire::Type::kFixed64:
      wire::put_fixed(out, field.number_value);
      return;
    case wire::Type::kFixed32:
      wire::put_fixed(out, static_cast<uint32_t>(field.number_value));
      return;
    case wire::Type::kBytes:
      wire::put_varint(out, field.bytes.size());
      out.append(field.bytes);
      return;
  }
}

// What a table says of all its hosts, so that it is found without walking over them.
std::string without_hosts(std::string_view table) {
  constexpr uint32_t kVirtualHosts = 2;
  std::string out;
  wire::Reader reader(table);
  while (const wire::Field* field = reader.next()) {
    if (field->number != kVirtualHosts) put(out, *field);
  }
  return out;
}

// "/apis/networking.istio.io/v1/namespaces/app/virtual-service/api" -> "VirtualService/app/api"
std::string object_of_path(std::string_view path) {
  const size_t ns = path.find("/namespaces/");
  if (ns == path.npos) return {};
  path.remove_prefix(ns + std::string_view("/namespaces/").size());
  const size_t kind = path.find('/');
  const size_t name = kind == path.npos ? path.npos : path.find('/', kind + 1);
  if (name == path.npos) return {};
  std::string out;
  bool large = true;
  for (char c : path.substr(kind + 1, name - kind - 1)) {
    if (c == '-') {
      large = true;
      continue;
    }
    out += large && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    large = false;
  }
  return out.append("/").append(path.substr(0, kind)).append(path.substr(name));
}

}  // namespace

std::string object_of(View message) {
  std::string out;
  message.at("metadata").each("filter_metadata", [&](View entry) {
    if (entry.text("key") != "istio") return;
    entry.at("value").each("fields", [&](View field) {
      if (field.text("key") == "config") {
        out = object_of_path(field.at("value").text("string_value"));
      }
    });
  });
  return out;
}

Route::Route(View route)
    : message(route),
      match(route.at("match")),
      name(route.text("name")),
      object(object_of(route)) {}

VirtualHost::VirtualHost(View host)
    : message_(host), name_(host.text("name")), domains_(host.texts("domains")) {}

const std::vector<Route>& VirtualHost::routes() const {
  std::call_once(once_,
                 [&] { message_.each("routes", [&](View each) { routes_.emplace_back(each); }); });
  return routes_;
}

RouteTable::RouteTable(View table) {
  table.each("virtual_hosts", [&](View each) {
    hosts_.push_back(std::make_unique<VirtualHost>(each));
    for (const std::string& domain : hosts_.back()->domains()) add(*hosts_.back(), domain);
  });
  rest_ = without_hosts(table.bytes());
  message_ = View(table.type(), rest_);
  name_ = message_.text("name");
  ignore_port_ = message_.flag("ignore_port_in_host_matching");
}

void RouteTable::add(const VirtualHost& host, std::string_view domain) {
  const std::string small = lower_ascii(domain);
  if (small == "*") {
    if (any_ == nullptr) any_ = &host;
  } else if (small.starts_with('*')) {
    suffixes_[small.size() - 1].emplace(small.substr(1), &host);
  } else if (small.ends_with('*')) {
    prefixes_[small.size() - 1].emplace(small.substr(0, small.size() - 1), &host);
  } else {
    exact_.emplace(small, &host);
  }
}

RouteTable::Found RouteTable::find(std::string_view authority) const {
  if (ignore_port_) authority = authority.substr(0, port_start(authority));
  const std::string host = lower_ascii(authority);
  if (const auto found = exact_.find(host); found != exact_.end()) {
    return {found->second, "its domain " + host};
  }
  // A wildcard stands for at least one character.
  for (const auto& [length, hosts] : suffixes_) {
    if (length >= host.size()) continue;
    const std::string end = host.substr(host.size() - length);
    if (const auto found = hosts.find(end); found != hosts.end()) {
      return {found->second, "its domain *" + end};
    }
  }
  for (const auto& [length, hosts] : prefixes_) {
    if (length >= host.size()) continue;
    const std::string start = host.substr(0, length);
    if (const auto found = hosts.find(start); found != hosts.end()) {
      return {found->second, "its domain " + start + "*"};
    }
  }
  if (any_ != nullptr) return {any_, "its domain *, as no other is for " + host};
  return {};
}

size_t port_start(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  if (colon == authority.npos) return authority.npos;
  const size_t bracket = authority.rfind(']');
  return bracket != authority.npos && bracket > colon ? authority.npos : colon;
}

}  // namespace mesh::testing
