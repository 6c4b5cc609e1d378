// Answers one question a line, for `peers fields`, which has thousands of them:
//
//   INPUT [NAME=INPUT]... PROXY OUT [PROXY OUT]...      separated by tabs
//
// is what `mesh xds -f INPUT -f NAME=INPUT --proxy PROXY --out OUT` writes, and the answer is a line: "ok", or "error"
// and why. tests/peers/run builds it against the installed library.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mesh/mesh.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + ": " + std::strerror(errno));
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!out.flush()) throw std::runtime_error(path + ": " + std::strerror(errno));
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> parts;
  for (size_t from = 0; from <= line.size();) {
    const size_t to = std::min(line.find('\t', from), line.size());
    parts.push_back(line.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

// As `mesh xds` takes it.
constexpr const char* kCaller = R"({"believeNode":true,"readsSecrets":true})";

void answer(const std::vector<std::string>& question, const std::vector<std::string>& types) {
  meshpp::Store store;
  store.apply(read(question.at(0)), question.at(0));
  size_t next = 1;
  for (; next < question.size(); ++next) {
    const size_t sign = question[next].find('=');
    if (sign == std::string::npos) break;
    const std::string file = question[next].substr(sign + 1);
    store.cluster(question[next].substr(0, sign)).apply(read(file), file);
  }
  const meshpp::Snapshot snapshot = store.snapshot();
  const meshpp::Xds xds(snapshot);
  for (size_t i = next; i + 1 < question.size(); i += 2) {
    const meshpp::Proxy proxy = meshpp::Proxy::read(snapshot, read(question[i]), question[i]);
    for (const std::string& type : types) {
      write(question[i + 1] + "/" + type + ".json", xds.sent_json(proxy, type, kCaller).text());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> types(argv + 1, argv + argc);
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      answer(split(line), types);
      std::cout << "ok" << std::endl;
    } catch (const std::exception& e) {
      std::cout << "error " << e.what() << std::endl;
    }
  }
}
