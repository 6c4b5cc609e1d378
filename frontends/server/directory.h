// Directory: the YAML and JSON files under some paths, and what changed of them.
//
// Files are compared by size, inode and time of change, a few times a second: that sees a file written in
// place, renamed into place, removed and put back, on every kind of file system.
//
// Programs write files in steps, so a change is taken once it has settled: the same at two looks. What looks like the
// beginning of writing (a file that is empty, gone, or shorter than before in the same inode) has to stay so for kPatience.
// Nothing that goes on changing waits longer than kLatest. What cannot be seen or read stays as it was read last;
// istiod's watcher, too, keeps what it has when a walk fails (pkg/kube/krt/files/files.go, readOnce).
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontends/server/listing.h"

namespace mesh::server {

struct FileChange {
  std::string path;
  std::string text;
  bool gone = false;
};

class Directory {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kPatience{1000};
  static constexpr std::chrono::milliseconds kLatest{2000};

  // Files and directories; directories are walked whole, in order of path.
  explicit Directory(std::vector<std::string> paths);

  // False when one of the paths does not exist; `why` names it.
  bool check(std::string& why) const;
  // What changed since the last call and has settled; at first, everything. A file that cannot be read is left as it was.
  std::vector<FileChange> poll(Clock::time_point now = Clock::now());
  // What poll() could not look at or read, and what it can again: lines for people, each once.
  std::vector<std::string> take_complaints();

 private:
  using State = std::optional<FileState>;  // none: the file is gone
  struct Change {
    State state;
    Clock::time_point first;  // when the file was first seen to differ
    Clock::time_point since;  // when it was first seen as it is
  };

  struct Unreadable {
    FileState state;
    int error;
    auto operator<=>(const Unreadable&) const = default;
  };

  void note(const std::string& path, const State& state, Clock::time_point now);
  bool has_settled(const std::string& path, const Change& change, Clock::time_point now) const;
  void take(const std::string& path, const Change& change, Clock::time_point now,
            std::vector<FileChange>& out);
  std::vector<std::string> settled(Clock::time_point now) const;
  void complain_of_reading(const std::string& path, const FileState& state, int error);
  void complain_of(const Listing& listing);

  const std::vector<std::string> paths_;
  bool first_ = true;
  std::map<std::string, FileState> known_;  // as it was when it was read
  std::map<std::string, Change> changes_;   // of what is known, not settled yet
  std::map<std::string, int> unseen_;  // what could not be looked at the last time, with the errno
  std::map<std::string, Unreadable> unreadable_;
  std::vector<std::string> complaints_;
};

}  // namespace mesh::server
