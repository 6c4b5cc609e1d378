#include "libmesh/document/yaml_chunks.h"

#include <algorithm>

namespace mesh::document {
namespace {

bool is_mark(std::string_view line, std::string_view mark) {
  if (line.substr(0, 3) != mark) return false;
  return line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r';
}

// Nothing that YAML would read: the line is empty or a comment.
bool is_blank_line(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t\r");
  return first == std::string_view::npos || line[first] == '#';
}

std::string_view next_line(std::string_view text) {
  return text.substr(0, std::min(text.find('\n'), text.size()));
}

}  // namespace

std::vector<YamlChunk> split_yaml(std::string_view text) {
  std::vector<YamlChunk> chunks;
  size_t begin = 0;
  uint32_t begin_line = 1;
  bool content = false;  // since `begin`: more than blank lines and directives
  uint32_t line_number = 1;
  const auto cut = [&](size_t end, uint32_t next) {
    if (content) chunks.push_back({text.substr(begin, end - begin), begin_line});
    // What was only comments and directives stays in front of the document it belongs to.
    if (content) begin_line = next;
    if (content) begin = end;
    content = false;
  };
  for (size_t at = 0; at < text.size(); ++line_number) {
    const std::string_view line = next_line(text.substr(at));
    const size_t after = std::min(at + line.size() + 1, text.size());
    if (is_mark(line, "---")) {
      cut(at, line_number);
      content = true;  // the mark itself: a second one begins another document
    } else if (is_mark(line, "...")) {
      content = true;
      cut(after, line_number + 1);
    } else if (!content && !is_blank_line(line) && line[0] != '%') {
      content = true;
    }
    at = after;
  }
  content = true;  // a directive without a document is a mistake that the parser tells
  cut(text.size(), line_number);
  return chunks;
}

bool is_blank_yaml(std::string_view chunk) {
  while (!chunk.empty()) {
    std::string_view line = next_line(chunk);
    chunk.remove_prefix(std::min(line.size() + 1, chunk.size()));
    if (is_mark(line, "---") || is_mark(line, "...")) line.remove_prefix(3);
    if (!is_blank_line(line)) return false;
  }
  return true;
}

}  // namespace mesh::document
