// A text of documents, of which some are rewritten: whatever is not stays as it is, to the byte.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/limits.h"
#include "libmesh/document/value.h"

namespace mesh::injection {

// Changes a document; false when it did not.
using Rewrite = std::function<bool(document::Value& object)>;

// Every document of the text followed by a line `---`, as kube-inject prints them. A document that
// cannot be read is a diagnostic and stays.
std::string rewrite_documents(std::string_view text, std::string_view file,
                              const document::Limits& limits, Diagnostics& diagnostics,
                              const Rewrite& rewrite);

}  // namespace mesh::injection
