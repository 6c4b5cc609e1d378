// `mesh serve`: discovery for every proxy of a directory, following its files.
#pragma once

#include <string>
#include <vector>

namespace mesh::server {

struct ServeOptions {
  std::vector<std::string> paths;                // files and directories
  std::string address = "127.0.0.1:15010";       // ADS over gRPC; loopback only
  std::string http_address = "127.0.0.1:15014";  // debug endpoints; loopback only
  std::string store;                             // JSON for mesh_store_new; empty: defaults
  bool quiet = false;                            // no line for each change
};

// Runs until SIGTERM or SIGINT. 0: stopped by a signal; 2: an option is wrong (a line on stderr says which); 1: it could
// not listen.
int serve(const ServeOptions& options);

}  // namespace mesh::server
