// The subjects of `mesh explain` that belong to a proxy.
#pragma once

#include <CLI/CLI.hpp>

namespace mesh::cli {

void add_explain_proxy(CLI::App& explain);

}  // namespace mesh::cli
