// Digests in hexadecimal, for sprig's sha*sum and for the table of known templates.
#pragma once

#include <string>
#include <string_view>

namespace mesh::injection {

enum class Digest : unsigned char { kSha1, kSha256, kSha512 };

std::string hex_digest(Digest digest, std::string_view bytes);

}  // namespace mesh::injection
