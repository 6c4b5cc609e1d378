// The few fields of a DiscoveryRequest or DeltaDiscoveryRequest that the server itself looks at, before the library reads it.
#pragma once

#include <string>
#include <string_view>

namespace mesh::server {

struct RequestView {
  std::string type_url;
  std::string node_id;        // empty: the request carries no node
  std::string node_metadata;  // JSON object
};

// What cannot be read stays empty: the library tells what is wrong with the request.
RequestView view_request(std::string_view bytes, bool delta);

}  // namespace mesh::server
