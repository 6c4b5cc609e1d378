// The seam between a YAML library and us: a parser pushes events, nothing of the library shows.
//
// A backend parses one text, calls the handler in the order of the text and stops at the first
// mistake. It neither resolves types nor aliases nor compares keys: yaml.cc does all that, once,
// so that backends can be held against each other (tests/document) and replaced.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libmesh/document/value.h"

namespace mesh::document {

// Only a plain scalar's text is looked at for its type; any quoted or block scalar is a string.
enum class ScalarStyle : uint8_t { kPlain, kQuoted };

struct NodeProperties {
  Position position;
  std::string_view anchor;  // without '&'; empty when there is none
  std::string_view tag;     // in full, "tag:yaml.org,2002:str"; empty when there is none or '!'
};

// Every call returns false to stop the parser.
class YamlHandler {
 public:
  virtual ~YamlHandler() = default;
  virtual bool on_document_start() = 0;
  virtual bool on_document_end() = 0;
  virtual bool on_alias(Position position, std::string_view anchor) = 0;
  virtual bool on_scalar(const NodeProperties& node, std::string_view text, ScalarStyle style) = 0;
  virtual bool on_list_start(const NodeProperties& node) = 0;
  virtual bool on_map_start(const NodeProperties& node) = 0;
  virtual bool on_end() = 0;  // of the innermost list or mapping
};

struct YamlSyntaxError {
  Position position;
  std::string message;        // "did not find expected key"
  std::string context;        // "while parsing a block mapping", or empty
  Position context_position;  // where that began
};

// Parses a text of UTF-8 without byte order mark. Nothing is returned when the text was well-formed
// or the handler stopped.
using YamlParser = std::optional<YamlSyntaxError> (*)(std::string_view text, YamlHandler& handler);

std::optional<YamlSyntaxError> parse_with_libyaml(std::string_view text, YamlHandler& handler);

}  // namespace mesh::document
