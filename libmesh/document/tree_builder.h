// TreeBuilder: puts the values a reader meets together to one tree. Shared by YAML and JSON.
//
// It owns what both have in common: the nesting and size limits, the field path for messages, and
// duplicate keys. The last of two equal keys wins, because that is what the API server stores: both
// of its decoders (encoding/json's fork and go-yaml v2) overwrite, and strict field validation only
// adds the complaint (sigs.k8s.io/json, UnmarshalStrict). So a duplicate is a diagnostic here, and
// the value is the one the cluster would have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/limits.h"
#include "libmesh/document/value.h"

namespace mesh::document {

class TreeBuilder {
 public:
  TreeBuilder(const Limits& limits, std::string_view file, Diagnostics& diagnostics);

  // Each returns false when a limit is hit; the diagnostic is added, and the tree is lost.
  bool open_list(Position position) { return open(position, false); }
  bool open_map(Position position) { return open(position, true); }
  bool add(Value value);

  // The key of what is added next. A merged key (YAML's `<<`) overrides and is overridden silently.
  void key(std::string key, Position position, bool merged = false);
  // True where a mapping is open and a key is due.
  bool key_due() const { return !frames_.empty() && frames_.back().is_map && !have_key_; }

  // Closes the innermost list or mapping.
  void close();

  bool has_root() const { return frames_.empty() && !stack_.empty(); }
  // What was completed last; valid until the next call.
  const Value& last() const { return stack_.back().value; }
  // Takes back what was completed last, with its key.
  Value take_last();
  // The finished tree; the builder is ready for the next one.
  Value take();
  // Drops an unfinished tree.
  void reset();

  size_t depth() const { return frames_.size(); }
  size_t nodes() const { return nodes_; }
  // "spec.http[0].route": where the reader stands.
  std::string path() const;
  void report(Code code, Position position, std::string message, std::string mend);

 private:
  struct Frame {
    size_t begin = 0;  // of its children in stack_
    Position position;
    bool is_map = false;
    bool merges = false;  // some key came from a merge
  };

  bool open(Position position, bool is_map);
  bool count_node(Position position);
  Map settle(const Frame& frame);
  Map settle_duplicates(size_t begin, const std::vector<size_t>& order);

  const Limits limits_;
  const std::string file_;
  Diagnostics& diagnostics_;
  std::vector<Frame> frames_;
  std::vector<Member> stack_;  // children of all open frames; a list's have no key
  std::vector<char> merged_;   // beside stack_
  bool have_key_ = false;      // the last of stack_ waits for its value
  size_t nodes_ = 0;
};

}  // namespace mesh::document
