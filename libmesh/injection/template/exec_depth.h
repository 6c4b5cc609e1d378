// The depth of an execution, bounded because it is the depth of the C++ stack as well.
#pragma once

#include <string>

#include "libmesh/injection/template/exec.h"

namespace mesh::injection {

struct GoRun::Depth {
  explicit Depth(GoRun& run) : run_(run) {
    const int limit = run.arena_.limits().depth;
    if (run.depth_ >= limit) {
      run.fail("exceeded maximum template depth (" + std::to_string(limit) + ")");
    }
    ++run.depth_;
  }
  ~Depth() { --run_.depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
  GoRun& run_;
};

}  // namespace mesh::injection
