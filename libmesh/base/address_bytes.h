// IP addresses as the bytes of a packet, by which they have an order.
#pragma once

#include <string>
#include <string_view>

namespace mesh {

// 4 or 16 bytes; empty when the text is no address.
std::string address_bytes(std::string_view text);
// The shortest form of such bytes; empty when there are neither 4 nor 16.
std::string address_text(std::string_view bytes);

}  // namespace mesh
