// `mesh serve`: discovery for every proxy of a directory, following its files.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace mesh::server {

struct WebhookOptions {
  std::string address;  // of the injection webhook (HTTPS); loopback only; empty: none
  std::string
      certificate;       // a PEM file, read again when it changes; empty: a development certificate
  std::string key;       // its key
  std::string ca_file;   // where the development CA is written; empty: shown as caBundle on stderr
  std::string injector;  // JSON for mesh_injector_new
};

struct ServeOptions {
  std::vector<std::string> paths;                            // files and directories
  std::map<std::string, std::vector<std::string>> clusters;  // those of remote clusters
  std::string address = "127.0.0.1:15010";                   // ADS over gRPC; loopback only
  std::string http_address = "127.0.0.1:15014";              // debug endpoints; loopback only
  std::string store;   // JSON for mesh_store_new; empty: defaults
  bool quiet = false;  // no line for each change
  std::map<std::string, std::vector<std::string>> texts;  // files, and the URLs they stand behind
  WebhookOptions webhook;
};

// Runs until SIGTERM, SIGINT or (unless it is ignored) SIGHUP. 0: stopped by a signal; 2: an option is wrong (a line on stderr says which); 1: it could
// not listen.
int serve(const ServeOptions& options);

}  // namespace mesh::server
