#include "frontends/cli/input.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>

#include "frontends/cli/json.h"
#include "frontends/cli/progress.h"

namespace mesh::cli {
namespace fs = std::filesystem;
namespace {

enum class What { kObjects, kSuites };

bool is_input(const fs::path& path, What what) {
  const std::string extension = path.extension().string();
  if (extension != ".yaml" && extension != ".yml" && extension != ".json") return false;
  return path.stem().string().ends_with("_mesh_test") == (what == What::kSuites);
}

void walk(const fs::path& folder, What what, std::vector<std::string>& out) {
  std::error_code error;
  std::vector<std::string> found;
  fs::recursive_directory_iterator it(folder, error);
  if (error) throw UsageError(folder.string() + ": " + error.message());
  for (; it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (error) throw UsageError(folder.string() + ": " + error.message());
    if (is_hidden(it->path())) {
      it.disable_recursion_pending();
    } else if (is_input(it->path(), what) && it->is_regular_file(error)) {
      found.push_back(it->path().string());
    }
  }
  std::sort(found.begin(), found.end());
  out.insert(out.end(), found.begin(), found.end());
}

}  // namespace

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::string read_file(const std::string& path) {
  const bool is_stdin = path == "-";
  std::unique_ptr<FILE, int (*)(FILE*)> file(is_stdin ? stdin : std::fopen(path.c_str(), "rb"),
                                             [](FILE* f) { return f == stdin ? 0 : fclose(f); });
  if (file == nullptr) throw UsageError(path + ": " + std::strerror(errno));
  std::string out;
  char chunk[65536];
  size_t size = 0;
  while ((size = std::fread(chunk, 1, sizeof chunk, file.get())) > 0) out.append(chunk, size);
  if (std::ferror(file.get()) != 0) throw UsageError(path + ": " + std::strerror(errno));
  return out;
}

void write_file(const std::string& path, const std::string& text) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "wb"), &std::fclose);
  // What is buffered may not fit: it is written before the file is closed, where that can be told.
  if (file == nullptr || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0) {
    throw UsageError(path + ": " + std::strerror(errno));
  }
}

namespace {

std::vector<std::string> found_in(const std::vector<std::string>& paths, What what) {
  std::vector<std::string> all;
  for (const std::string& argument : paths) {
    std::error_code error;
    const auto [cluster, path] = cluster_path(argument);
    const size_t first = all.size();
    if (path != "-" && fs::is_directory(path, error)) {
      walk(path, what, all);
    } else {
      all.push_back(path);
    }
    for (size_t i = first; i < all.size() && !cluster.empty(); ++i) {
      all[i] = cluster + "=" + all[i];
    }
  }
  std::set<std::string> seen;
  std::erase_if(all, [&](const std::string& path) { return !seen.insert(path).second; });
  return all;
}

}  // namespace

ClusterPath cluster_path(const std::string& argument) {
  const size_t at = argument.find('=');
  const std::string_view id = std::string_view(argument).substr(0, at);
  const auto is_of_id = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  std::error_code error;
  if (at == std::string::npos || id.empty() || id.front() == '-' || id.front() == '.' ||
      !std::all_of(id.begin(), id.end(), is_of_id) || fs::exists(argument, error)) {
    return {"", argument};
  }
  return {std::string(id), argument.substr(at + 1)};
}

std::vector<std::string> files_of(const std::vector<std::string>& paths) {
  return found_in(paths, What::kObjects);
}

std::vector<std::string> suites_of(const std::vector<std::string>& paths) {
  return found_in(paths, What::kSuites);
}

NamedText named_text(const std::string& argument) {
  const size_t at = argument.rfind('=');
  if (at == 0 || at == std::string::npos || at + 1 == argument.size()) {
    throw UsageError("--text " + argument + ": is not URL=FILE");
  }
  return {argument.substr(0, at), argument.substr(at + 1)};
}

std::string store_config(const std::string& mesh_config_file) {
  if (mesh_config_file.empty()) return "";
  JsonDocument options(rapidjson::kObjectType);
  options.AddMember("meshConfig", text_value(read_file(mesh_config_file), options),
                    options.GetAllocator());
  return print_json(options);
}

Snapshot load(const Inputs& inputs) {
  Store store(store_config(inputs.mesh_config));
  const std::vector<std::string> files = files_of(inputs.paths);
  Progress progress("reading", files.size());
  for (const std::string& argument : files) {
    const ClusterPath file = cluster_path(argument);
    const std::string name = file.path == "-" ? "<stdin>" : file.path;
    if (file.cluster.empty()) {
      store.apply(read_file(file.path), name);
    } else {
      store.cluster(file.cluster).apply(read_file(file.path), name);
    }
    progress.step();
  }
  for (const std::string& argument : inputs.texts) {
    const NamedText text = named_text(argument);
    store.give_text(text.url, read_file(text.file));
  }
  return store.snapshot();
}

}  // namespace mesh::cli
