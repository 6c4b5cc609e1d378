// write_yaml (yaml.h): block style that read_yaml reads back as the same value.
#include <algorithm>
#include <string>

#include "libmesh/document/json_writer.h"
#include "libmesh/document/numbers.h"
#include "libmesh/document/scalar.h"
#include "libmesh/document/utf8.h"
#include "libmesh/document/yaml.h"

namespace mesh::document {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Characters outside ASCII that YAML or libyaml treats apart: C1 controls and NEL (C2 80..9F), line
// and paragraph separators (E2 80 A8, A9), the byte order mark and U+FFFE, U+FFFF (EF BB BF, EF BF
// BE/BF). A string that has one is written as ASCII.
bool has_special_unicode(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const auto a = static_cast<unsigned char>(text[i]);
    const auto b = static_cast<unsigned char>(text[i + 1]);
    const auto c = static_cast<unsigned char>(i + 2 < text.size() ? text[i + 2] : '\0');
    if (a == 0xC2 && b <= 0x9F) return true;
    if (a == 0xE2 && b == 0x80 && (c == 0xA8 || c == 0xA9)) return true;
    if (a == 0xEF && ((b == 0xBB && c == 0xBF) || (b == 0xBF && c >= 0xBE))) return true;
  }
  return false;
}

// A string that can stand without quotes on one line of a block: as strict as it is simple, since
// quotes harm nobody.
bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > 1024 || text.front() == ' ' || text.back() == ' ') return false;
  constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`=<";
  const bool path_like = text.size() > 1 && (text[0] == '-' || text[0] == '<') && text[1] != ' ' &&
                         text[1] != '-' && text[1] != '<';
  if (kIndicators.find(text.front()) != std::string_view::npos && !path_like) return false;
  if (text.back() == ':' || text.find(": ") != std::string_view::npos) return false;
  if (text.find(" #") != std::string_view::npos || text.substr(0, 3) == "...") return false;
  if (std::any_of(text.begin(), text.end(), is_control)) return false;
  return !has_special_unicode(text) && resolves_to_itself(text);
}

// A text of several lines that a literal block (|) holds as it is.
bool is_literal(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || has_special_unicode(text)) return false;
  if (text.front() == ' ' || text.front() == '\n' || text.front() == '\t') return false;
  if (text.find(" \n") != std::string_view::npos) return false;
  return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\n'; });
}

// What is read back is UTF-8, so what is written is, too.
void append_quoted(std::string& out, std::string_view text) {
  if (!has_special_unicode(text) && text.find('\x7F') == std::string_view::npos) {
    append_json_string(out, text);
    return;
  }
  std::string json;
  append_json_string(json, text);
  for (size_t i = 0; i < json.size();) {
    const size_t length = utf8_sequence(std::string_view(json).substr(i));
    const std::string_view sequence = std::string_view(json).substr(i, length);
    i += length;
    if (sequence == "\x7F") {
      out.append("\\x7f");
    } else if (length == 1 || !(has_special_unicode(sequence))) {
      out.append(sequence);
    } else {
      char32_t code = static_cast<unsigned char>(sequence[0]) & (length == 2 ? 0x1Fu : 0x0Fu);
      for (char c : sequence.substr(1))
        code = (code << 6) | (static_cast<unsigned char>(c) & 0x3Fu);
      constexpr char kHex[] = "0123456789abcdef";
      out.append("\\u");
      for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[(code >> shift) & 0xF]);
    }
  }
}

class Writer {
 public:
  std::string take() { return std::move(out_); }

  // `indent` is the column of the node's first character; a list or mapping begins there.
  void node(const Value& value, size_t indent) {
    if (const Map* map = value.if_map(); map != nullptr && !map->empty()) {
      mapping(*map, indent);
    } else if (const List* list = value.if_list(); list != nullptr && !list->empty()) {
      items(*list, indent);
    } else {
      scalar(value, indent);
      out_.push_back('\n');
    }
  }

 private:
  void mapping(const Map& map, size_t indent) {
    bool first = true;
    for (const Member& member : map) {
      if (!first) out_.append(indent, ' ');
      first = false;
      key(member.key);
      member_value(member.value, indent);
    }
  }

  void key(std::string_view key) {
    // libyaml takes a key only within 1,024 bytes of its line; longer ones are marked.
    if (key.size() > 100) {
      out_.append("? ");
      append_quoted(out_, key);
      out_.append("\n");
      pending_indent_ = true;
      return;
    }
    if (is_plain(key)) {
      out_.append(key);
    } else {
      append_quoted(out_, key);
    }
  }

  void member_value(const Value& value, size_t indent) {
    if (pending_indent_) out_.append(indent, ' ');
    pending_indent_ = false;
    out_.push_back(':');
    const Map* map = value.if_map();
    const List* list = value.if_list();
    if (map != nullptr && !map->empty()) {
      out_.push_back('\n');
      out_.append(indent + 2, ' ');
      mapping(*map, indent + 2);
    } else if (list != nullptr && !list->empty()) {
      out_.push_back('\n');
      out_.append(indent, ' ');
      items(*list, indent);  // not indented, as kubectl prints it
    } else {
      out_.push_back(' ');
      scalar(value, indent);
      out_.push_back('\n');
    }
  }

  void items(const List& list, size_t indent) {
    bool first = true;
    for (const Value& item : list) {
      if (!first) out_.append(indent, ' ');
      first = false;
      out_.append("- ");
      node(item, indent + 2);
    }
  }

  // The indentation of a block scalar's parent decides that of its lines.
  void scalar(const Value& value, size_t indent) {
    const std::string* text = value.if_string();
    if (text == nullptr) {
      plain_value(value);
    } else if (is_plain(*text)) {
      out_.append(*text);
    } else if (is_literal(*text)) {
      literal(*text, indent + 2);
    } else {
      append_quoted(out_, *text);
    }
  }

  void plain_value(const Value& value) {
    if (value.is_map()) {
      out_.append("{}");
    } else if (value.is_list()) {
      out_.append("[]");
    } else {
      JsonWriter json;
      out_.append(json.value(value).text());
    }
  }

  void literal(std::string_view text, size_t indent) {
    const size_t end = text.find_last_not_of('\n');
    const size_t newlines = text.size() - 1 - end;
    out_.append(newlines == 0 ? "|-" : newlines == 1 ? "|" : "|+");
    for (std::string_view rest = text.substr(0, end + 1); !rest.empty();) {
      const size_t length = std::min(rest.find('\n'), rest.size());
      out_.push_back('\n');
      if (length > 0) out_.append(indent, ' ').append(to_valid_utf8(rest.substr(0, length)));
      rest.remove_prefix(std::min(length + 1, rest.size()));
    }
    if (newlines > 1) out_.append(newlines - 1, '\n');
  }

  std::string out_;
  bool pending_indent_ = false;  // a marked key was written; its value begins a line
};

}  // namespace

std::string write_yaml(const Value& value) {
  Writer writer;
  writer.node(value, 0);
  return writer.take();
}

}  // namespace mesh::document
