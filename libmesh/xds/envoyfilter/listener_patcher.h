// The patches of one listener: itself, its listener filters, its filter chains, their network filters, the HTTP filters
// of a connection manager (listener_patch.go).
#pragma once

#include <string>
#include <vector>

#include "libmesh/xds/envoyfilter/edit.h"
#include "libmesh/xds/envoyfilter/match.h"

namespace mesh::xds::envoyfilter {

inline constexpr char kConnectionManager[] = "envoy.filters.network.http_connection_manager";
inline constexpr char kConnectionManagerType[] =
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

class ListenerPatcher {
 public:
  // Borrows both.
  ListenerPatcher(const PatchSet& set, Outcome* outcome) : set_(set), editor_(outcome) {}

  // Whether any patch is about a listener of that name and port. `bytes`: the listener itself.
  bool touches(std::string_view name, uint32_t port, std::string_view bytes) const;
  // False when the listener is to be removed.
  bool patch(Message& listener);
  bool failed() const { return editor_.failed(); }

 private:
  using PatchList = std::vector<const Patch*>;
  struct Chain {
    MessagePtr message;
    bool removed = false;
  };

  bool is_about(const Patch& patch) const { return matches_listener(name_, port_, patch); }
  PatchList about(ApplyTo to) const;
  PatchList about_chain(ApplyTo to, const Message& chain) const;
  void look_at(const Message& listener);
  void patch_listener_filters(Message& listener);
  void merge_listener_filter(const Patch& patch, std::vector<MessagePtr>& filters);
  void patch_chains(Message& listener);
  // False when it is to be removed.
  bool patch_chain(Message& chain);
  void merge_chain(const Patch& patch, Message& chain);
  void patch_network_filters(Message& chain);
  void patch_network_filter(const PatchList& patches, const Message& chain, Message& filter);
  void patch_http_filters(const Message& chain, Message& filter);
  void merge_http_filters(const PatchList& patches, std::vector<MessagePtr>& filters);

  const PatchSet& set_;
  Editor editor_;
  std::string name_;
  uint32_t port_ = 0;
};

}  // namespace mesh::xds::envoyfilter
