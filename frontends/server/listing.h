// What stands under some paths now, and what of it could not be looked at.
//
// A file that cannot be seen is not a file that is gone: out of descriptors, a folder that may not be read or a
// mount that hangs must never pass for a deletion. So each place that could not be looked at is named, with the
// reason, and whoever compares two listings leaves out all below it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mesh::server {

struct FileState {
  int64_t changed_ns = 0;
  int64_t size = 0;
  uint64_t inode = 0;
  auto operator<=>(const FileState&) const = default;
};

struct Listing {
  std::map<std::string, FileState> files;
  std::map<std::string, int> unseen;  // files and folders, and the errno

  // Whether a file that is not listed may be there all the same.
  bool hides(const std::string& file) const;
};

// Files stand for themselves, folders for the YAML and JSON files below them. A folder of `roots` that is not there is unseen;
// one below that goes while it is walked takes its files along, as if it had gone before. `was_file` tells which of the roots
// that are not there were files: these are gone.
Listing list_files(const std::vector<std::string>& roots,
                   const std::map<std::string, FileState>& was_file);

// Nothing when there is no such regular file, or (with `error`) when it cannot be looked at.
std::optional<FileState> state_of(const std::string& file, int& error);
// A file's text; nothing, with the errno, when it cannot be read.
std::optional<std::string> read_file(const std::string& file, int& error);

}  // namespace mesh::server
