// IP addresses as the bytes of a packet, by which they have an order.
#pragma once

#include <string>
#include <string_view>

namespace mesh {

// 4 or 16 bytes; empty when the text is no address.
std::string address_bytes(std::string_view text);

}  // namespace mesh
