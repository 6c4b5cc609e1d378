// Progress: a bar on stderr while something takes long, and only when a person looks on.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace mesh::cli {

class Progress {
 public:
  Progress(std::string what, size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step();

 private:
  const std::string what_;
  const size_t total_;
  const bool visible_;
  const std::chrono::steady_clock::time_point start_;
  size_t done_ = 0;
  bool drawn_ = false;
};

}  // namespace mesh::cli
