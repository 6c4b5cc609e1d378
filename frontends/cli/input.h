// Input: the files of a call, read and given to a store.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "frontends/cli/json.h"

namespace mesh::cli {

struct Inputs {
  std::vector<std::string> paths;  // FILE, DIR or "-"; CLUSTER=… for those of a remote cluster
  std::string mesh_config;         // a file, or empty
  std::vector<std::string> texts;  // "URL=FILE": what stands behind a URL
};

// "URL=FILE" taken apart at the last '='. Throws UsageError when there is none.
struct NamedText {
  std::string url;
  std::string file;
};
NamedText named_text(const std::string& argument);

// "CLUSTER=PATH" taken apart: what stands before the first '=' if it is the id of a cluster and there is no file of the whole
// name. Else the cluster is empty: the config cluster.
struct ClusterPath {
  std::string cluster;
  std::string path;
};
ClusterPath cluster_path(const std::string& argument);

// A call that cannot be understood or carried out: exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws UsageError when the file cannot be read; "-" is standard input.
std::string read_file(const std::string& path);
// Throws UsageError when not all of the text can be written.
void write_file(const std::string& path, const std::string& text);
// Of a directory's entries, those that no verb looks into.
bool is_hidden(const std::filesystem::path& path);

// The files that the paths name: directories are walked whole (*.yaml, *.yml, *.json; nothing that
// begins with a dot; no suites of tests), in order of path, each file once.
std::vector<std::string> files_of(const std::vector<std::string>& paths);
// The suites of tests that the paths name: files, and in directories *_mesh_test.yaml, .yml and .json.
std::vector<std::string> suites_of(const std::vector<std::string>& paths);

// {"meshConfig": …} for mesh_store_new.
std::string store_config(const std::string& mesh_config_file);

// The state that the inputs describe. Mistakes in them are diagnostics of the snapshot.
Snapshot load(const Inputs& inputs);

}  // namespace mesh::cli
