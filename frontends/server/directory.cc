#include "frontends/server/directory.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

namespace mesh::server {
namespace {

namespace fs = std::filesystem;

bool is_configuration(const fs::path& path) {
  const std::string extension = path.extension().string();
  // Suites of policy tests are no objects.
  return (extension == ".yaml" || extension == ".yml" || extension == ".json") &&
         !path.stem().string().ends_with("_mesh_test");
}

std::optional<std::string> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream out;
  out << in.rdbuf();
  if (in.bad()) return std::nullopt;
  return out.str();
}

}  // namespace

Directory::Directory(std::vector<std::string> paths) : paths_(std::move(paths)) {}

bool Directory::check(std::string& why) const {
  for (const std::string& path : paths_) {
    std::error_code error;
    if (!fs::exists(path, error)) {
      why = path + ": no such file or directory";
      return false;
    }
  }
  return true;
}

std::map<std::string, Directory::State> Directory::list() const {
  std::map<std::string, State> out;
  auto add = [&out](const std::string& path) {
    struct stat s{};
    if (::stat(path.c_str(), &s) != 0 || !S_ISREG(s.st_mode)) return;
    out[path] = {s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec, s.st_size, s.st_ino};
  };
  for (const std::string& path : paths_) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      add(path);
      continue;
    }
    fs::recursive_directory_iterator it(path, fs::directory_options::skip_permission_denied, error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      if (is_configuration(it->path())) add(it->path().string());
    }
  }
  return out;
}

std::vector<FileChange> Directory::poll() {
  std::vector<FileChange> out;
  std::map<std::string, State> now = list();
  for (auto it = known_.begin(); it != known_.end();) {
    if (now.count(it->first) != 0) {
      ++it;
      continue;
    }
    out.push_back({it->first, ""});
    it = known_.erase(it);
  }
  for (const auto& [path, state] : now) {
    auto it = known_.find(path);
    if (it != known_.end() && it->second == state) continue;
    std::optional<std::string> text = read(path);
    if (!text) continue;  // looked at again next time
    known_[path] = state;
    out.push_back({path, std::move(*text)});
  }
  return out;
}

}  // namespace mesh::server
