// A case whose allocations and instructions are counted (counts.cc).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace mesh {

struct Case {
  const char* name;
  std::function<size_t()> run;  // gives how much it made; nothing made is a broken case
};

[[noreturn]] void fail(const std::string& why);

std::vector<Case> injection_cases();  // counts_injection.cc
std::vector<Case> suite_cases();      // counts_suite.cc

}  // namespace mesh
