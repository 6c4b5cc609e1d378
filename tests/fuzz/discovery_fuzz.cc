// Any bytes as a client's discovery stream. The first byte says: delta or state of the world (1),
// whether the first request is given a node (2), whether the mesh changes between requests (4). The
// rest is requests, each behind its length in two bytes.
//
// Holds besides not crashing: an error ends the stream; every response is a well-formed message
// that says its type and nonce; the slices of a message are as long as it says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libmesh/index/store.h"
#include "libmesh/schema/gen/envoy/core.h"
#include "libmesh/schema/gen/envoy/discovery.h"
#include "libmesh/xds/generator.h"
#include "libmesh/xds/session/session.h"
#include "tests/fuzz/check.h"
#include "tests/support/fleet.h"

namespace {

using namespace mesh;
using fuzz::check;

const testing::Fleet kFleet{.services = 4, .namespaces = 2};

// A node to append to a request: fields of a message may come in any order.
std::string node(bool delta) {
  std::string out;
  auto fill = [](auto& node) { node.id("sidecar~10.200.0.1~p.n0~n0.svc.cluster.local"); };
  if (delta) {
    envoy::discovery::DeltaDiscoveryRequest(out).node(fill);
  } else {
    envoy::discovery::DiscoveryRequest(out).node(fill);
  }
  return out;
}

void check_message(const xds::Message& message) {
  size_t size = 0;
  for (std::string_view slice : message.slices()) size += slice.size();
  check(size == message.size(), "the slices are as long as the message");
  const std::string bytes = message.to_string();
  bool has_type = false;
  bool has_nonce = false;
  wire::Reader reader(bytes);
  while (const wire::Field* field = reader.next()) {
    has_type = has_type || field->number == 4;
    has_nonce = has_nonce || field->number == 5;
  }
  check(reader.ok() && has_type && has_nonce, "a response is a message with type and nonce");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool delta = (data[0] & 1) != 0;
  const bool with_node = (data[0] & 2) != 0;
  const bool changing = (data[0] & 4) != 0;
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  static const std::string text = kFleet.text();
  index::Store store;
  store.apply(text, "");
  xds::Generator generator;
  generator.update(store.snapshot());
  xds::Session session(generator, {.delta = delta, .flavour = {}, .secrets = {}});
  for (size_t turn = 0; rest.size() >= 2 && turn < 64; ++turn) {
    const size_t length = static_cast<uint8_t>(rest[0]) * 256u + static_cast<uint8_t>(rest[1]);
    std::string request(rest.substr(2, length));
    rest.remove_prefix(std::min(rest.size(), length + 2));
    if (turn == 0 && with_node) request += node(delta);
    if (!session.receive(request)) return 0;
    if (changing) {
      store.apply(kFleet.slice(turn % 4, turn + 1), "");
      generator.update(store.snapshot());
      session.update();
    }
    while (auto message = session.next()) check_message(*message);
  }
  for (const xds::TypeStatus& status : session.status()) {
    check(status.acked_nonce.empty() || !status.sent_nonce.empty(),
          "only what was sent is acknowledged");
  }
  return 0;
}
