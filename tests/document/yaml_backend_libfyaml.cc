#include <libfyaml.h>

#include <memory>
#include <string>

#include "tests/document/yaml_backends.h"

namespace mesh::document {
namespace {

struct ParserDeleter {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};

std::string_view text_of(fy_token* token) {
  size_t length = 0;
  const char* text = token == nullptr ? nullptr : fy_token_get_text(token, &length);
  return text == nullptr ? std::string_view() : std::string_view(text, length);
}

Position position_of(fy_token* token) {
  const fy_mark* mark = token == nullptr ? nullptr : fy_token_start_mark(token);
  if (mark == nullptr) return {};
  return {static_cast<uint32_t>(mark->line + 1), static_cast<uint32_t>(mark->column + 1)};
}

// A node begins where its first property does.
NodeProperties properties(fy_token* anchor, fy_token* tag, fy_token* content) {
  NodeProperties node{position_of(content), text_of(anchor), text_of(tag)};
  for (fy_token* token : {anchor, tag}) {
    const Position position = position_of(token);
    if (position.line != 0 && (node.position.line == 0 || position < node.position)) {
      node.position = position;
    }
  }
  if (node.tag == "!") node.tag = {};
  return node;
}

bool dispatch(const fy_event& event, YamlHandler& handler) {
  switch (event.type) {
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
      return true;
    case FYET_DOCUMENT_START:
      return handler.on_document_start();
    case FYET_DOCUMENT_END:
      return handler.on_document_end();
    case FYET_ALIAS:
      return handler.on_alias(position_of(event.alias.anchor), text_of(event.alias.anchor));
    case FYET_SCALAR: {
      const auto& scalar = event.scalar;
      const bool plain =
          scalar.value == nullptr || fy_token_scalar_style(scalar.value) == FYSS_PLAIN;
      const bool non_specific = text_of(scalar.tag) == "!";
      return handler.on_scalar(properties(scalar.anchor, scalar.tag, scalar.value),
                               text_of(scalar.value),
                               plain || non_specific ? ScalarStyle::kPlain : ScalarStyle::kQuoted);
    }
    case FYET_SEQUENCE_START: {
      const auto& list = event.sequence_start;
      return handler.on_list_start(properties(list.anchor, list.tag, list.sequence_start));
    }
    case FYET_MAPPING_START: {
      const auto& map = event.mapping_start;
      return handler.on_map_start(properties(map.anchor, map.tag, map.mapping_start));
    }
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
      return handler.on_end();
  }
  return true;
}

struct DiagDeleter {
  void operator()(fy_diag* diag) const { fy_diag_unref(diag); }
};

// Without one, libfyaml prints its errors; collected ones are never freed.
std::unique_ptr<fy_diag, DiagDeleter> silent_diag() {
  fy_diag_cfg config;
  fy_diag_cfg_default(&config);
  config.fp = nullptr;
  config.output_fn = [](fy_diag*, void*, const char*, size_t) {};
  return std::unique_ptr<fy_diag, DiagDeleter>(fy_diag_create(&config));
}

}  // namespace

std::optional<YamlSyntaxError> parse_with_libfyaml(std::string_view text, YamlHandler& handler) {
  fy_parse_cfg config{};
  config.flags =
      static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_1 | FYPCF_JSON_NONE);
  const auto diag = silent_diag();
  config.diag = diag.get();
  const std::unique_ptr<fy_parser, ParserDeleter> parser(fy_parser_create(&config));
  if (parser == nullptr) return YamlSyntaxError{{}, "there is no memory to read it", {}, {}};
  fy_parser_set_string(parser.get(), text.data(), text.size());
  while (fy_event* event = fy_parser_parse(parser.get())) {
    const bool go_on = dispatch(*event, handler);
    fy_parser_event_free(parser.get(), event);
    if (!go_on) return std::nullopt;
  }
  if (!fy_parser_get_stream_error(parser.get())) return std::nullopt;
  return YamlSyntaxError{{1, 1}, "is not well-formed YAML", {}, {}};
}

}  // namespace mesh::document
