// Fields that the values hold one to one: a table read in both directions.
//
// A row names a field of the v2 spec, how it is written, and its places in the values. To values:
// every place is written. From values: every place is taken, and a later one wins (meshConfig
// before global: "meshConfig takes precedence"). Sections keep functions only for what a row cannot
// say.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/smcp/path.h"

namespace mesh::smcp {

enum class FieldKind : uint8_t {
  kText,       // string; written unless empty
  kBool,       // *bool
  kNot,        // *bool, the values hold its opposite
  kInt,        // *int32
  kLong,       // *int64
  kPositive,   // int32; only above zero, both ways
  kTexts,      // []string as a list; an empty list that was given is written
  kCommaText,  // []string as "a,b"; empty text is one empty string
  kCommaList,  // []string as "a,b"; empty text is an empty list
  kCommaInts,  // []int32 as "1,2"; empty text is an empty list
};

// What an empty text in the values means.
enum class Empty : uint8_t {
  kSet,   // the field is given (and makes the structures around it), though it reads as nothing
  kSkip,  // nothing
};

struct FieldRule {
  std::string_view field;
  FieldKind kind;
  std::array<std::string_view, 2> places;  // the second may be empty
  Empty empty = Empty::kSet;
};

// Parts of the values that a section holds as trees of their own while it consumes them: upstream
// takes a copy of a mapping, and writes back what is left of it. Messages name paths within it.
class Parts {
 public:
  explicit Parts(Tree& all) : all_(&all) {}
  // Takes a copy of the mapping at `path`; false (and a fault) when it is none.
  bool open(std::string_view path);
  Tree& tree(std::string_view path);
  // Writes a part back, or removes it when nothing is left.
  void close(std::string_view path);
  // The tree that holds the place, and its path in there.
  std::pair<Tree*, std::string_view> locate(std::string_view place);
  Tree& all() { return *all_; }

 private:
  struct Part {
    std::string path;
    Value value;
  };
  Part* find(std::string_view path);

  Tree* all_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<std::unique_ptr<Tree>> trees_;
};

void fields_to_values(std::span<const FieldRule> rules, const Value& spec, Tree& values);
void fields_from_values(std::span<const FieldRule> rules, Parts& values, Value& spec);

// "a,b" in pieces; an empty text is one empty piece, as Go's strings.Split has it.
std::vector<std::string> split_commas(std::string_view text);
std::string join_commas(const List& texts);
Value texts_value(const std::vector<std::string>& texts);

}  // namespace mesh::smcp
