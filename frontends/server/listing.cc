#include "frontends/server/listing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace mesh::server {
namespace {

namespace fs = std::filesystem;

bool is_configuration(const fs::path& path) {
  const std::string extension = path.extension().string();
  // Suites of policy tests are no objects.
  return (extension == ".yaml" || extension == ".yml" || extension == ".json") &&
         !path.stem().string().ends_with("_mesh_test");
}

// A file or folder that goes between two looks is no error: it did go.
bool is_absence(int error) { return error == 0 || error == ENOENT; }

void add_file(const std::string& path, Listing& out) {
  int error = 0;
  if (auto state = state_of(path, error)) {
    out.files[path] = *state;
  } else if (!is_absence(error)) {
    out.unseen[path] = error;
  }
}

// Gives the folders in it. The descriptor is closed before these are walked, so that depth costs none.
std::vector<std::string> add_folder(const std::string& path, bool is_root, Listing& out) {
  std::vector<std::string> below;
  std::error_code error;
  fs::directory_iterator it(path, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    // Links to folders are not followed: they may lead in a circle.
    if (it->symlink_status(ignored).type() == fs::file_type::directory) {
      below.push_back(it->path().string());
    } else if (is_configuration(it->path())) {
      add_file(it->path().string(), out);
    }
  }
  if (error && (is_root || !is_absence(error.value()))) out.unseen[path] = error.value();
  return below;
}

void add_tree(const std::string& root, Listing& out) {
  std::vector<std::string> open = add_folder(root, true, out);
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    for (std::string& below : add_folder(next, false, out)) open.push_back(std::move(below));
  }
}

}  // namespace

bool Listing::hides(const std::string& file) const {
  if (unseen.empty()) return false;
  if (unseen.contains(file)) return true;
  // A root may have been given with a slash at its end.
  for (size_t slash = file.rfind('/'); slash != std::string::npos;
       slash = slash == 0 ? std::string::npos : file.rfind('/', slash - 1)) {
    if (unseen.contains(file.substr(0, slash)) || unseen.contains(file.substr(0, slash + 1))) {
      return true;
    }
  }
  return false;
}

Listing list_files(const std::vector<std::string>& roots,
                   const std::map<std::string, FileState>& was_file) {
  Listing out;
  for (const std::string& root : roots) {
    struct stat s{};
    if (::stat(root.c_str(), &s) != 0) {
      if (errno != ENOENT || !was_file.contains(root)) out.unseen[root] = errno;
    } else if (S_ISDIR(s.st_mode)) {
      add_tree(root, out);
    } else {
      add_file(root, out);
    }
  }
  return out;
}

std::optional<FileState> state_of(const std::string& file, int& error) {
  struct stat s{};
  error = ::stat(file.c_str(), &s) == 0 ? 0 : errno;
  if (error != 0 || !S_ISREG(s.st_mode)) return std::nullopt;
  return FileState{s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec, s.st_size, s.st_ino};
}

std::optional<std::string> read_file(const std::string& file, int& error) {
  // Never waits, should a pipe have taken the file's place.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    error = errno;
    return std::nullopt;
  }
  std::string out;
  char part[1 << 16];
  ssize_t size = 0;
  while ((size = ::read(descriptor, part, sizeof part)) > 0 || (size < 0 && errno == EINTR)) {
    if (size > 0) out.append(part, static_cast<size_t>(size));
  }
  error = size < 0 ? errno : 0;
  ::close(descriptor);
  if (error != 0) return std::nullopt;
  return out;
}

}  // namespace mesh::server
