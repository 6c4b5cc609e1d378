#include "libmesh/xds/lds/plain_listeners.h"

#include <algorithm>

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
    if (!known.is_for(texts) || known.bytes.empty()) continue;
    char* const bytes = known.bytes.data();
    for (const size_t at : known.address_at) texts.address.copy(bytes + at, texts.address.size());
    for (const size_t at : known.host_at) texts.host.copy(bytes + at, texts.host.size());
    return &known.bytes;
  }
  return nullptr;
}

void PlainListeners::learn(const Texts& texts, std::string_view bytes) {
  // Shorter texts may be met by chance.
  constexpr size_t kLeast = 6;
  if (texts.address.size() < kLeast || texts.host.size() < kLeast) return;
  const auto known = std::find_if(templates_.begin(), templates_.end(),
                                  [&](const Template& one) { return one.is_for(texts); });
  if (known == templates_.end()) return remember(texts);
  if (find_all(bytes, texts.address, known->address_at) &&
      find_all(bytes, texts.host, known->host_at)) {
    known->bytes = bytes;
  }
}

// Who wants one listener needs no template: the first one leaves its shape alone.
void PlainListeners::remember(const Texts& texts) {
  Template shape{
      texts.address.size(), texts.host.size(), texts.port, texts.cluster_port, {}, {}, {}};
  constexpr size_t kMost = 32;
  if (templates_.size() < kMost) {
    templates_.push_back(std::move(shape));
  } else {
    templates_[next_++ % kMost] = std::move(shape);
  }
}

}  // namespace mesh::xds
