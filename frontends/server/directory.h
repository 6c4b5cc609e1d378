// Directory: the YAML and JSON files under some paths, and what changed of them.
//
// Files are compared by size, inode and time of change, a few times a second: that sees a file written in
// place, renamed into place, removed and put back, on every kind of file system.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mesh::server {

struct FileChange {
  std::string path;
  std::string text;  // empty when the file is gone
};

class Directory {
 public:
  // Files and directories; directories are walked whole, in order of path.
  explicit Directory(std::vector<std::string> paths);

  // False when one of the paths does not exist; `why` names it.
  bool check(std::string& why) const;
  // What changed since the last call; at first, everything. A file that cannot be read is left as it was.
  std::vector<FileChange> poll();

 private:
  struct State {
    int64_t changed_ns = 0;
    int64_t size = 0;
    uint64_t inode = 0;
    bool operator==(const State&) const = default;
  };
  std::map<std::string, State> list() const;

  const std::vector<std::string> paths_;
  std::map<std::string, State> known_;
};

}  // namespace mesh::server
