#include "libmesh/traffic/meshconfig/provider_words.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "libmesh/traffic/check/go_text.h"

namespace mesh::traffic {

bool is_provider_status(std::string_view text) {
  static constexpr int kCodes[] = {0,   100, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226,
                                   300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403,
                                   404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415,
                                   416, 417, 421, 422, 423, 424, 426, 428, 429, 431, 500, 501,
                                   502, 503, 504, 505, 506, 507, 508, 510, 511};
  int code = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  return error == std::errc() && end == text.data() + text.size() &&
         std::binary_search(std::begin(kCodes), std::end(kCodes), code);
}

bool is_provider_path(std::string_view text) {
  return text.starts_with('/') && !has_control(text) && !has_bad_escape(text);
}

}  // namespace mesh::traffic
