#include "libmesh/xds/plain_listeners.h"

namespace mesh::xds {
namespace {

// False unless the text stands there as often as it should.
template <size_t kTimes>
bool find_all(std::string_view bytes, std::string_view text, size_t (&places)[kTimes]) {
  size_t from = 0;
  for (size_t& place : places) {
    place = bytes.find(text, from);
    if (place == std::string_view::npos) return false;
    from = place + text.size();
  }
  return bytes.find(text, places[0] + 1) == places[1] &&
         bytes.find(text, places[kTimes - 1] + 1) == std::string_view::npos;
}

}  // namespace

const std::string* PlainListeners::find(const Texts& texts) {
  for (Template& known : templates_) {
    if (!known.is_for(texts)) continue;
    char* const bytes = known.bytes.data();
    for (const size_t at : known.address_at) texts.address.copy(bytes + at, texts.address.size());
    for (const size_t at : known.host_at) texts.host.copy(bytes + at, texts.host.size());
    return &known.bytes;
  }
  return nullptr;
}

void PlainListeners::learn(const Texts& texts, std::string_view bytes) {
  Template made{
      texts.address.size(), texts.host.size(), texts.port, texts.cluster_port, {}, {}, {}};
  // Shorter texts may be met by chance.
  constexpr size_t kLeast = 6;
  if (texts.address.size() < kLeast || texts.host.size() < kLeast ||
      !find_all(bytes, texts.address, made.address_at) ||
      !find_all(bytes, texts.host, made.host_at)) {
    return;
  }
  made.bytes = bytes;
  constexpr size_t kMost = 32;
  if (templates_.size() < kMost) {
    templates_.push_back(std::move(made));
  } else {
    templates_[next_++ % kMost] = std::move(made);
  }
}

}  // namespace mesh::xds
