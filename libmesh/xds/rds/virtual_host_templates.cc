#include "libmesh/xds/rds/virtual_host_templates.h"

#include <cstring>

#include "libmesh/base/copy_bytes.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/pb.h"
#include "libmesh/schema/gen/envoy/route.h"
#include "libmesh/xds/common.h"

namespace mesh::xds {
namespace {

constexpr std::string_view kSvc = ".svc.";

std::string& empty_text() {
  thread_local std::string text;  // keeps its memory
  text.clear();
  return text;
}

}  // namespace

void VirtualHostTemplates::reset(const model::Proxy& proxy) {
  used_ = next_ = 0;
  const std::string_view domain = proxy.dns_domain;
  const size_t svc = domain.find(kSvc);
  own_ns_ = domain.substr(0, svc);
  suffix_ = last_label_ = {};
  if (svc == std::string_view::npos) {
    last_label_ = domain.substr(domain.rfind('.') + 1);
  } else {
    suffix_ = domain.substr(svc);
  }
}

VirtualHostTemplates::Form VirtualHostTemplates::form_of(const model::Service& service) const {
  const std::string_view host = service.hostname;
  const bool headless = service.resolution == model::Resolution::kPassthrough &&
                        service.registry == model::Registry::kKubernetes;
  if (headless || !service.aliases.empty() || host.size() < 2) return Form::kAny;
  const size_t dot = host.find('.');
  const size_t second = dot == std::string_view::npos ? dot : host.find('.', dot + 1);
  if (!suffix_.empty() && host.ends_with(suffix_)) {
    // Two labels in front of what all have.
    const size_t ns_end = host.size() - suffix_.size();
    if (dot == 0 || second != ns_end || second == dot + 1) return Form::kAny;
    return host.substr(dot + 1, ns_end - dot - 1) == own_ns_ ? Form::kOwn : Form::kOther;
  }
  const char last = host.back();
  const bool name = last != '.' && (last < '0' || last > '9') &&
                    host.find(':') == std::string_view::npos && !host.ends_with(".svc");
  if (!name || host.substr(host.rfind('.') + 1) == last_label_) return Form::kAny;
  return second == std::string_view::npos ? Form::kShort : Form::kOutside;
}

// A domain, or the name, that has the host's first bytes and perhaps more.
void VirtualHostTemplates::Template::put(std::string_view host, uint32_t size, bool port_behind) {
  envoy::route::VirtualHost fields(bytes);
  uint32_t whole = size;
  if (port_behind) {
    std::string& text = empty_text();
    append_texts(text, host.substr(0, size), ":", Digits(lengths.port).text());
    whole = static_cast<uint32_t>(text.size());
    fields.name(text);
    parts.name = {static_cast<uint32_t>(bytes.size() - whole), whole};
  } else {
    fields.domains(host.substr(0, size));
  }
  holes[hole_count++] = {static_cast<uint32_t>(bytes.size() - whole), size};
}

// In the order of route_domains.cc.
void VirtualHostTemplates::Template::write_head(const Names& names) {
  bytes.clear();
  hole_count = 0;
  parts = {};
  const std::string_view host = names.host;
  const auto whole = static_cast<uint32_t>(host.size());
  const auto with_ns = static_cast<uint32_t>(lengths.with_ns);
  put(host, whole, true);
  put(host, whole, false);
  envoy::route::VirtualHost fields(bytes);
  std::string& dotted = empty_text();
  append_texts(dotted, host, ".");
  fields.domains(dotted);
  holes[hole_count++] = {static_cast<uint32_t>(bytes.size() - host.size() - 1), whole};
  const auto with_svc = static_cast<uint32_t>(lengths.with_ns + kSvc.size() - 1);
  if (lengths.form == Form::kOwn) {
    put(host, static_cast<uint32_t>(lengths.name), false);
    put(host, with_svc, false);
    put(host, with_ns, false);
  } else if (lengths.form == Form::kOther) {
    put(host, with_ns, false);
    put(host, with_svc, false);
  }
  if (!names.address.empty()) fields.domains(names.address);
  address_at = bytes.size() - names.address.size();
  parts.head = {0, static_cast<uint32_t>(bytes.size())};
  closed = usable = false;
}

// Where the parts stand when the bytes, without what makes them a field, start there.
PortRoutes::VirtualHost VirtualHostTemplates::Template::parts_at(size_t start) const {
  PortRoutes::VirtualHost out = parts;
  out.name.offset += static_cast<uint32_t>(start);
  out.head.offset += static_cast<uint32_t>(start);
  return out;
}

PortRoutes::VirtualHost VirtualHostTemplates::Template::put_field(std::string& heads) const {
  const auto start = static_cast<uint32_t>(heads.size());
  envoy::route::RouteConfiguration(heads).virtual_hosts(wire::Raw{bytes});
  const auto end = static_cast<uint32_t>(heads.size());
  PortRoutes::VirtualHost out = parts_at(end - bytes.size());
  const uint32_t head_end = out.head.offset + out.head.size;
  out.routes = {head_end, end - head_end};
  out.field = {start, end - start};
  return out;
}

// The first host behind "||", and the last one, with a colon behind it.
bool VirtualHostTemplates::Template::find_rest() {
  const std::string_view all = bytes;
  const std::string_view host = all.substr(holes[0].at, holes[0].size);
  const size_t bars = all.find("||", parts.head.size);
  const size_t last = all.rfind(host);
  if (bars == std::string_view::npos || last < bars) return false;
  const size_t first = bars + 2;
  if (!all.substr(first).starts_with(host)) return false;
  if (!all.substr(last + host.size()).starts_with(':')) return false;
  holes[hole_count++] = {static_cast<uint32_t>(first), holes[0].size};
  holes[hole_count++] = {static_cast<uint32_t>(last), holes[0].size};
  return true;
}

void VirtualHostTemplates::Template::close() {
  closed = true;
  usable = find_rest();
  if (!usable) return;
  std::string& field = empty_text();
  parts = put_field(field);
  const auto front = static_cast<uint32_t>(field.size() - bytes.size());
  for (size_t i = 0; i < hole_count; ++i) holes[i].at += front;
  address_at += front;
  bytes = field;
}

PortRoutes::VirtualHost VirtualHostTemplates::Template::copy_to(const Names& names,
                                                                std::string& heads) const {
  const size_t start = heads.size();
  char* const to = wire::extend(heads, bytes.size());
  copy_bytes(to, bytes);
  for (size_t i = 0; i < hole_count; ++i) {
    std::memcpy(to + holes[i].at, names.host.data(), holes[i].size);
  }
  if (!names.address.empty()) {
    std::memcpy(to + address_at, names.address.data(), names.address.size());
  }
  PortRoutes::VirtualHost out = parts_at(start);
  if (closed) {
    out.routes.offset += static_cast<uint32_t>(start);
    out.field.offset += static_cast<uint32_t>(start);
  }
  return out;
}

VirtualHostTemplates::Lengths VirtualHostTemplates::lengths_of(const Names& names,
                                                               bool whole) const {
  Lengths out{names.form, whole, names.port, names.host.size(), 0, 0, names.address.size()};
  if (names.form == Form::kOwn) out.name = names.host.find('.');
  if (names.form == Form::kOwn || names.form == Form::kOther) {
    out.with_ns = names.host.size() - suffix_.size();
  }
  return out;
}

VirtualHostTemplates::Template& VirtualHostTemplates::find(const Lengths& lengths, bool& fresh) {
  for (size_t i = 0; i < used_; ++i) {
    if (templates_[i].lengths == lengths) return templates_[i];
  }
  constexpr size_t kMost = 32;
  fresh = true;
  if (used_ < kMost && used_ == templates_.size()) templates_.emplace_back();
  Template& out = templates_[used_ < kMost ? used_++ : next_++ % kMost];
  out.lengths = lengths;
  return out;
}

PortRoutes::VirtualHost VirtualHostTemplates::put_head(const Names& names, std::string& heads) {
  bool fresh = false;
  Template& known = find(lengths_of(names, false), fresh);
  if (!fresh) return known.copy_to(names, heads);
  known.write_head(names);
  wire::append(heads, known.bytes);
  return known.parts_at(heads.size() - known.bytes.size());
}

}  // namespace mesh::xds
