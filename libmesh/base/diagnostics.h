// Diagnostics: what is wrong with a user's configuration, where, and how to mend it.
//
// A diagnostic never stops anything: whoever finds a mistake adds one and carries on with the rest
// of the input. Codes are stable (codes.def); messages may be reworded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesh {

enum class Severity : int { kInfo = 1, kWarning = 2, kError = 3 };

// What was found; the names are in codes.h.
enum class Code : int;

// The stable text of a code, e.g. "unknown-field".
std::string_view code_text(Code code);
// What the code means, one line.
std::string_view code_meaning(Code code);
// "info", "warning" or "error".
std::string_view severity_text(Severity severity);

struct Diagnostic {
  Severity severity = Severity::kError;
  Code code{};
  std::string object;   // "VirtualService shop/cart", or empty when no object could be read
  std::string field;    // "spec.http[0].route[1].weight", or empty
  std::string message;  // the fact: "is 101, must be at most 100"
  std::string mend;     // what to write instead, or empty
  std::string file;     // as given by the caller, or empty
  uint32_t line = 0;    // 1-based; 0 is unknown
  uint32_t column = 0;

  auto operator<=>(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

// One line for people: "shop.yaml:12:7: error[unknown-field] VirtualService shop/cart: spec.htp: …".
std::string to_string(const Diagnostic& diagnostic);

// Sorts by file, line, column, then everything else, and drops exact repetitions.
void sort_and_dedupe(Diagnostics& diagnostics);

}  // namespace mesh
