// Names that come from outside: URLs of Wasm modules, SPIFFE ids, header values, expressions of CEL, and what serialized listeners and clusters ask for.
//
// Whatever the bytes, reading them ends without an error of memory; what is read is written in a form that is read the
// same again.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "libmesh/identity/spiffe.h"
#include "libmesh/traffic/check/cel_syntax.h"
#include "libmesh/traffic/check/header_value.h"
#include "libmesh/traffic/extensions/url.h"
#include "libmesh/xds/references.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = mesh::traffic::parse_module_url(text); url && !url->file) {
    const auto again = mesh::traffic::parse_module_url(url->text);
    mesh::fuzz::check(again.has_value(), "a URL that was written is one", url->text);
    mesh::fuzz::check(again->file || again->text == url->text, "and is read the same", url->text);
  }
  if (const auto id = mesh::identity::parse_spiffe_id(text)) {
    mesh::fuzz::check(
        "spiffe://" + id->trust_domain + "/ns/" + id->ns + "/sa/" + id->account == text,
        "an identity is its parts", std::string(text));
  }
  static_cast<void>(mesh::traffic::header_value_fault(text));
  if (mesh::traffic::cel_fault(text).empty() && size < 100) {
    const std::string again = "(" + std::string(text) + "\n) == [a, b].c(d)";
    mesh::fuzz::check(mesh::traffic::cel_fault(again).empty(), "an expression may be a part",
                      again);
  }
  mesh::xds::SecretNames secrets;
  secrets.add_listener(text);
  secrets.add_cluster(text);
  std::set<std::string, std::less<>> extensions;
  mesh::xds::add_extension_names(text, extensions);
  return 0;
}
