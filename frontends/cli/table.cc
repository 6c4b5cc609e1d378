#include "frontends/cli/table.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace mesh::cli {
namespace {

// Code points, near enough for names.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= '0' && c <= '9') || c == ','; });
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  constexpr char kDelete = 0x7f;
  const auto commands = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == kDelete; };
  for (std::string& cell : cells) std::replace_if(cell.begin(), cell.end(), commands, ' ');
  rows_.push_back(std::move(cells));
}

std::string Table::to_string() const {
  std::vector<size_t> widths;
  for (const std::string& title : head_) widths.push_back(width(title));
  std::vector<bool> numeric(head_.size(), !rows_.empty());
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i]));
      numeric[i] = numeric[i] && is_number(row[i]);
    }
  }
  std::string out;
  auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string fill(widths[i] - width(cells[i]), ' ');
      text += numeric[i] ? fill + cells[i] : cells[i] + fill;
      if (i + 1 < cells.size()) text += "   ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line(head_);
  for (const auto& row : rows_) line(row);
  return out;
}

std::string with_commas(uint64_t number) {
  std::string out = std::to_string(number);
  for (size_t i = out.size(); i > 3; i -= 3) out.insert(i - 3, ",");
  return out;
}

}  // namespace mesh::cli
