#include "libmesh/xds/rds/virtual_host_heads.h"

#include <cstring>

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

void VirtualHostHeads::reset(const model::Proxy& proxy) {
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

VirtualHostHeads::Form VirtualHostHeads::form_of(const model::Service& service) const {
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
void VirtualHostHeads::Template::put(std::string_view host, uint32_t size, bool port_behind) {
  envoy::route::VirtualHost fields(bytes);
  uint32_t whole = size;
  if (port_behind) {
    std::string& text = empty_text();
    append_texts(text, host.substr(0, size), ":", Digits(lengths.port).text());
    whole = static_cast<uint32_t>(text.size());
    fields.name(text);
    name = {static_cast<uint32_t>(bytes.size() - whole), whole};
  } else {
    fields.domains(host.substr(0, size));
  }
  holes[hole_count++] = {static_cast<uint32_t>(bytes.size() - whole), size};
}

// In the order of route_domains.cc.
void VirtualHostHeads::Template::write(std::string_view host, std::string_view address) {
  bytes.clear();
  hole_count = 0;
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
  if (!address.empty()) fields.domains(address);
  address_at = bytes.size() - address.size();
}

VirtualHostHeads::Template& VirtualHostHeads::find(const Lengths& lengths, bool& fresh) {
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

PortRoutes::Text VirtualHostHeads::put(Form form, std::string_view host, std::string_view address,
                                       uint32_t port, std::string& heads) {
  Lengths lengths{form, port, host.size(), 0, 0, address.size()};
  if (form == Form::kOwn) lengths.name = host.find('.');
  if (form == Form::kOwn || form == Form::kOther) lengths.with_ns = host.size() - suffix_.size();
  bool fresh = false;
  Template& known = find(lengths, fresh);
  if (fresh) known.write(host, address);
  const size_t start = heads.size();
  char* const to = wire::extend(heads, known.bytes.size());
  std::memcpy(to, known.bytes.data(), known.bytes.size());
  for (size_t i = 0; i < known.hole_count; ++i) {
    std::memcpy(to + known.holes[i].at, host.data(), known.holes[i].size);
  }
  if (!address.empty()) std::memcpy(to + known.address_at, address.data(), address.size());
  return {static_cast<uint32_t>(start) + known.name.offset, known.name.size};
}

}  // namespace mesh::xds
