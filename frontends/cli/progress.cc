#include "frontends/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace mesh::cli {

constexpr std::chrono::milliseconds kPatience{300};
constexpr size_t kWidth = 30;

Progress::Progress(std::string what, size_t total)
    : what_(std::move(what)),
      total_(std::max<size_t>(total, 1)),
      visible_(isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::step() {
  ++done_;
  if (!visible_ || std::chrono::steady_clock::now() - start_ < kPatience) return;
  drawn_ = true;
  const size_t filled = std::min(kWidth, kWidth * done_ / total_);
  std::fprintf(stderr, "\r%s [%s%s] %zu/%zu", what_.c_str(), std::string(filled, '=').c_str(),
               std::string(kWidth - filled, ' ').c_str(), done_, total_);
  std::fflush(stderr);
}

}  // namespace mesh::cli
