// The libyaml backend. libyaml is what go-yaml v2, the API server's YAML parser, was ported from,
// so both take and refuse the same texts.
#include <yaml.h>

#include <algorithm>

#include "libmesh/document/yaml_events.h"

namespace mesh::document {
namespace {

struct Parser {
  yaml_parser_t c;
  bool ready = yaml_parser_initialize(&c) != 0;
  ~Parser() {
    if (ready) yaml_parser_delete(&c);
  }
};

struct Event {
  yaml_event_t c{};
  ~Event() { yaml_event_delete(&c); }
};

Position to_position(const yaml_mark_t& mark) {
  return {static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
}

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// The reader (encoding) knows only the offset of its problem, not the line.
Position position_of_offset(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return {static_cast<uint32_t>(lines + 1), static_cast<uint32_t>(before.size() - line_start + 1)};
}

YamlSyntaxError to_error(const yaml_parser_t& parser, std::string_view text) {
  YamlSyntaxError error;
  error.message = parser.problem == nullptr ? "is not well-formed YAML" : parser.problem;
  if (parser.error == YAML_READER_ERROR) {
    error.position = position_of_offset(text, parser.problem_offset);
    return error;
  }
  error.position = to_position(parser.problem_mark);
  if (parser.context != nullptr) {
    error.context = parser.context;
    error.context_position = to_position(parser.context_mark);
  }
  return error;
}

NodeProperties properties(const yaml_event_t& event, const yaml_char_t* anchor,
                          const yaml_char_t* tag) {
  return {to_position(event.start_mark), view(anchor), view(tag)};
}

bool dispatch(const yaml_event_t& event, YamlHandler& handler) {
  switch (event.type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
      return true;
    case YAML_DOCUMENT_START_EVENT:
      return handler.on_document_start();
    case YAML_DOCUMENT_END_EVENT:
      return handler.on_document_end();
    case YAML_ALIAS_EVENT:
      return handler.on_alias(to_position(event.start_mark), view(event.data.alias.anchor));
    case YAML_SCALAR_EVENT: {
      const auto& scalar = event.data.scalar;
      const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
      return handler.on_scalar(properties(event, scalar.anchor, scalar.tag), text,
                               scalar.plain_implicit ? ScalarStyle::kPlain : ScalarStyle::kQuoted);
    }
    case YAML_SEQUENCE_START_EVENT: {
      const auto& list = event.data.sequence_start;
      return handler.on_list_start(properties(event, list.anchor, list.tag));
    }
    case YAML_MAPPING_START_EVENT: {
      const auto& map = event.data.mapping_start;
      return handler.on_map_start(properties(event, map.anchor, map.tag));
    }
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      return handler.on_end();
  }
  return true;
}

}  // namespace

std::optional<YamlSyntaxError> parse_with_libyaml(std::string_view text, YamlHandler& handler) {
  Parser parser;
  if (!parser.ready) return YamlSyntaxError{{}, "there is no memory to read it", {}, {}};
  yaml_parser_set_encoding(&parser.c, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser.c, reinterpret_cast<const unsigned char*>(text.data()),
                               text.size());
  for (;;) {
    Event event;
    if (!yaml_parser_parse(&parser.c, &event.c)) return to_error(parser.c, text);
    if (event.c.type == YAML_STREAM_END_EVENT) return std::nullopt;
    if (!dispatch(event.c, handler)) return std::nullopt;
  }
}

}  // namespace mesh::document
