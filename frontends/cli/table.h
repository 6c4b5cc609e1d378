// Table: columns for people.
//
//   Table table({"NAMESPACE", "STATE"});
//   table.add({"shop-web", "configured"});
//   std::cout << table.to_string();
//
// Columns are as wide as their widest cell; the last is not filled up. Numbers stand to the right.
#pragma once

#include <string>
#include <vector>

namespace mesh::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  // As many cells as the head has. Control characters in them (a name may have any) are shown as spaces.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string to_string() const;

 private:
  const std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

// 1234567 -> "1,234,567".
std::string with_commas(uint64_t number);

}  // namespace mesh::cli
