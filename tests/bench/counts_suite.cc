// A run of policy tests: a hundred cases of all kinds over a hundred services.
#include <memory>

#include "tests/bench/counts.h"
#include "tests/bench/policy_town.h"

namespace mesh {

std::vector<Case> suite_cases() {
  auto tests = std::make_shared<testing::Tests>(testing::policy_town(100, 100));
  return {{"policy-suite", [tests]() -> size_t {
             const auto results = tests->run({});
             size_t passed = 0;
             for (const auto& each : results->suites.at(0).cases) {
               if (each.status != testing::Status::kPassed) fail(each.name + ": " + each.message);
               ++passed;
             }
             return passed;
           }}};
}

}  // namespace mesh
