#include "libmesh/xds/envoyfilter/listener_patcher.h"

#include <google/protobuf/message.h>

#include <algorithm>

namespace mesh::xds::envoyfilter {
namespace {

uint32_t port_of(const Message& listener) {
  const Message& address = message_at(listener, "address");
  if (!has(address, "socket_address")) return 0;
  const Message& socket = message_at(address, "socket_address");
  return has(socket, "port_value") ? number_at(socket, "port_value") : 0;
}

}  // namespace

bool ListenerPatcher::touches(std::string_view name, uint32_t port, std::string_view bytes) const {
  const auto any = [&](ApplyTo to) {
    return std::any_of(set_[to].begin(), set_[to].end(),
                       [&](const Patch* patch) { return matches_listener(name, port, *patch); });
  };
  for (const ApplyTo to : {ApplyTo::LISTENER, ApplyTo::LISTENER_FILTER, ApplyTo::FILTER_CHAIN,
                           ApplyTo::NETWORK_FILTER}) {
    if (any(to)) return true;
  }
  return any(ApplyTo::HTTP_FILTER) && bytes.find(kConnectionManager) != std::string_view::npos;
}

ListenerPatcher::PatchList ListenerPatcher::about(ApplyTo to) const {
  PatchList out;
  for (const Patch* patch : set_[to]) {
    if (is_about(*patch)) out.push_back(patch);
  }
  return out;
}

ListenerPatcher::PatchList ListenerPatcher::about_chain(ApplyTo to, const Message& chain) const {
  PatchList out;
  for (const Patch* patch : set_[to]) {
    if (is_about(*patch) && matches_chain(name_, chain, *patch)) out.push_back(patch);
  }
  return out;
}

void ListenerPatcher::look_at(const Message& listener) {
  name_ = text_at(listener, "name");
  port_ = port_of(listener);
}

bool ListenerPatcher::patch(Message& listener) {
  look_at(listener);
  for (const Patch* patch : set_[ApplyTo::LISTENER]) {
    if (!is_about(*patch)) continue;
    if (patch->operation == Operation::REMOVE) {
      editor_.applied(*patch);
      return false;
    }
    if (!patch->merges()) continue;
    editor_.merge(*patch, listener);
    if (failed()) return true;
    look_at(listener);
  }
  patch_listener_filters(listener);
  if (!failed()) patch_chains(listener);
  return true;
}

void ListenerPatcher::patch_listener_filters(Message& listener) {
  const PatchList patches = about(ApplyTo::LISTENER_FILTER);
  if (patches.empty()) return;
  Elements filters(listener, "listener_filters");
  for (const Patch* patch : patches) {
    if (patch->operation == Operation::MERGE) {
      if (names_listener_filter(*patch)) merge_listener_filter(*patch, filters.list);
    } else {
      editor_.edit(*patch, names_listener_filter(*patch), filters.list,
                   [&](const Message* filter) { return matches_listener_filter(*filter, *patch); });
    }
    if (failed()) return;
  }
}

// Istio merges into every listener filter that has a configuration, not into the one that the patch names
// (mergeListenerFilter), and so gives up at the first of another type; names stay.
void ListenerPatcher::merge_listener_filter(const Patch& patch, std::vector<MessagePtr>& filters) {
  for (MessagePtr& filter : filters) {
    editor_.merge_filter(patch, false, *filter);
    if (failed()) return;
  }
}

void ListenerPatcher::patch_chains(Message& listener) {
  const PatchList adds = about(ApplyTo::FILTER_CHAIN);
  const bool chains = set_.has(ApplyTo::FILTER_CHAIN) || set_.has(ApplyTo::NETWORK_FILTER) ||
                      set_.has(ApplyTo::HTTP_FILTER);
  if (!chains) return;
  Elements list(listener, "filter_chains");
  for (MessagePtr& chain : list.list) {
    // One without filters is left out at the end, however it came to be.
    if (!has(*chain, "filters") || !patch_chain(*chain)) chain = nullptr;
    if (failed()) return;
  }
  if (has(listener, "default_filter_chain")) {
    Message& chain = mutable_at(listener, "default_filter_chain");
    if (has(chain, "filters") && !patch_chain(chain)) clear(listener, "default_filter_chain");
    if (failed()) return;
  }
  for (const Patch* patch : adds) {
    if (patch->operation != Operation::ADD) continue;
    editor_.edit(*patch, false, list.list, [](const Message*) { return true; });
    if (failed()) return;
    if (!has(*list.list.back(), "filters")) list.list.pop_back();
  }
}

bool ListenerPatcher::patch_chain(Message& chain) {
  for (const Patch* patch : set_[ApplyTo::FILTER_CHAIN]) {
    if (!is_about(*patch) || !matches_chain(name_, chain, *patch)) continue;
    if (patch->operation == Operation::REMOVE) {
      editor_.applied(*patch);
      return false;
    }
    if (patch->merges()) merge_chain(*patch, chain);
    if (failed()) return true;
  }
  patch_network_filters(chain);
  return true;
}

// A patch with the transport socket of the chain is about that alone; one with another replaces it
// (mergeTransportSocketListener).
void ListenerPatcher::merge_chain(const Patch& patch, Message& chain) {
  if (patch.value == nullptr) return;
  if (has(*patch.value, "transport_socket") && has(chain, "transport_socket")) {
    const Message& socket = message_at(*patch.value, "transport_socket");
    Message& own = mutable_at(chain, "transport_socket");
    if (text_at(socket, "name") == text_at(own, "name")) {
      const bool read = editor_.merge_socket(patch, socket, own) != Editor::Socket::kUnreadable;
      if (read && !failed()) editor_.applied(patch);
      return;
    }
  }
  editor_.merge(patch, chain);
}

void ListenerPatcher::patch_network_filters(Message& chain) {
  Elements filters(chain, "filters");
  for (const Patch* patch : set_[ApplyTo::NETWORK_FILTER]) {
    if (patch->merges() || !is_about(*patch) || !matches_chain(name_, chain, *patch)) continue;
    editor_.edit(*patch, names_network_filter(*patch), filters.list, [&](const Message* filter) {
      return matches_network_filter(text_at(*filter, "name"), *patch);
    });
    if (failed()) return;
  }
  const PatchList merges = about_chain(ApplyTo::NETWORK_FILTER, chain);
  for (MessagePtr& filter : filters.list) {
    patch_network_filter(merges, chain, *filter);
    if (failed()) return;
  }
}

void ListenerPatcher::patch_network_filter(const PatchList& patches, const Message& chain,
                                           Message& filter) {
  for (const Patch* patch : patches) {
    if (patch->operation != Operation::MERGE) continue;
    if (!matches_network_filter(text_at(filter, "name"), *patch)) continue;
    editor_.merge_filter(*patch, true, filter);
    if (failed()) return;
  }
  if (text_at(filter, "name") == kConnectionManager) patch_http_filters(chain, filter);
}

void ListenerPatcher::patch_http_filters(const Message& chain, Message& filter) {
  PatchList patches = about_chain(ApplyTo::HTTP_FILTER, chain);
  std::erase_if(patches, [](const Patch* patch) {
    return !matches_network_filter(kConnectionManager, *patch);
  });
  if (patches.empty() || !has(filter, "typed_config")) return;
  Message& config = mutable_at(filter, "typed_config");
  const std::string url = schema::any_url(config);
  if (schema::type_of_url(url) != kConnectionManagerType) return;
  const MessagePtr manager = schema::open_any(config);
  if (manager == nullptr) return;
  {
    Elements filters(*manager, "http_filters");
    for (const Patch* patch : patches) {
      if (patch->merges()) continue;
      editor_.edit(*patch, names_http_filter(*patch), filters.list,
                   [&](const Message* http) { return matches_http_filter(*http, *patch); });
      if (failed()) return;
    }
    merge_http_filters(patches, filters.list);
    if (failed()) return;
  }
  schema::put_any(url, *manager, config);
}

void ListenerPatcher::merge_http_filters(const PatchList& patches,
                                         std::vector<MessagePtr>& filters) {
  for (MessagePtr& http : filters) {
    for (const Patch* patch : patches) {
      if (patch->operation != Operation::MERGE || !matches_http_filter(*http, *patch)) continue;
      editor_.merge_filter(*patch, true, *http);
      if (failed()) return;
    }
  }
}

}  // namespace mesh::xds::envoyfilter
