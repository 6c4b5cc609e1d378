// sprig's semantic versions (Masterminds/semver/v3: version.go, constraints.go).
#include <algorithm>
#include <array>
#include <optional>

#include "libmesh/injection/template/functions.h"
#include "libmesh/injection/template/go_numbers.h"
#include "libmesh/injection/template/go_text.h"

namespace mesh::injection {
namespace {

struct Version {
  std::array<uint64_t, 3> numbers{};
  size_t written = 0;  // how many of them stand in the text
  std::string_view prerelease;
  std::string_view metadata;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_wild(std::string_view part) { return part == "x" || part == "X" || part == "*"; }

bool is_identifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
  });
}

// "v1.2.3-alpha+build", from one to three numbers; wildcards in a constraint end the numbers.
std::optional<Version> read_version(std::string_view text, bool wild) {
  Version made;
  if (text.starts_with('v')) text.remove_prefix(1);
  if (const size_t plus = text.find('+'); plus != std::string_view::npos) {
    made.metadata = text.substr(plus + 1);
    text = text.substr(0, plus);
    if (!is_identifier(made.metadata)) return std::nullopt;
  }
  if (const size_t dash = text.find('-'); dash != std::string_view::npos) {
    made.prerelease = text.substr(dash + 1);
    text = text.substr(0, dash);
    if (!is_identifier(made.prerelease)) return std::nullopt;
  }
  bool open = true;
  for (size_t i = 0;; ++i) {
    const size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    if (i == 3) return std::nullopt;
    if (wild && is_wild(part)) {
      open = false;
    } else {
      const auto number = parse_go_uint(part, 10);
      if (!number || !is_digit(part[0])) return std::nullopt;
      if (open) {
        made.numbers[i] = *number;
        made.written = i + 1;
      }
    }
    if (dot == std::string_view::npos) return made;
    text.remove_prefix(dot + 1);
  }
}

int compare_parts(std::string_view a, std::string_view b) {
  const auto x = parse_go_uint(a, 10);
  const auto y = parse_go_uint(b, 10);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  if (x || y) return x ? -1 : 1;  // numbers come before words
  return a.compare(b) < 0 ? -1 : a == b ? 0 : 1;
}

int compare_prerelease(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  if (a.empty() || b.empty()) return a.empty() ? 1 : -1;
  while (!a.empty() && !b.empty()) {
    const size_t da = std::min(a.find('.'), a.size());
    const size_t db = std::min(b.find('.'), b.size());
    if (const int order = compare_parts(a.substr(0, da), b.substr(0, db)); order != 0) return order;
    a.remove_prefix(std::min(da + 1, a.size()));
    b.remove_prefix(std::min(db + 1, b.size()));
  }
  return a.empty() ? (b.empty() ? 0 : -1) : 1;
}

int compare(const Version& a, const Version& b) {
  if (a.numbers != b.numbers) return a.numbers < b.numbers ? -1 : 1;
  return compare_prerelease(a.prerelease, b.prerelease);
}

struct Constraint {
  std::string_view operation;
  Version version;
  bool dirty() const { return version.written < 3; }
  bool minor_dirty() const { return version.written == 1; }
  bool patch_dirty() const { return version.written == 2; }
};

bool tilde(const Version& v, const Constraint& c) {
  if (compare(v, c.version) < 0) return false;
  const bool zero = c.version.numbers == std::array<uint64_t, 3>{};
  if (zero && !c.minor_dirty() && !c.patch_dirty()) return true;
  if (v.numbers[0] != c.version.numbers[0]) return false;
  return c.minor_dirty() || v.numbers[1] == c.version.numbers[1];
}

bool caret(const Version& v, const Constraint& c) {
  const auto& want = c.version.numbers;
  if (compare(v, c.version) < 0) return false;
  if (want[0] > 0 || c.minor_dirty()) return v.numbers[0] == want[0];
  if (v.numbers[0] > 0) return false;
  if (want[1] > 0 || c.patch_dirty()) return v.numbers[1] == want[1];
  if (v.numbers[1] > 0) return false;
  return v.numbers[2] == want[2];
}

bool greater(const Version& v, const Constraint& c) {
  const auto& want = c.version.numbers;
  if (!c.dirty()) return compare(v, c.version) > 0;
  if (v.numbers[0] != want[0]) return v.numbers[0] > want[0];
  if (c.minor_dirty()) return false;
  return v.numbers[1] > want[1];
}

bool less_or_equal(const Version& v, const Constraint& c) {
  const auto& want = c.version.numbers;
  if (!c.dirty()) return compare(v, c.version) <= 0;
  if (v.numbers[0] != want[0]) return v.numbers[0] < want[0];
  return c.minor_dirty() || v.numbers[1] <= want[1];
}

bool not_equal(const Version& v, const Constraint& c) {
  if (!c.dirty()) return compare(v, c.version) != 0;
  if (v.numbers[0] != c.version.numbers[0]) return true;
  return !c.minor_dirty() && v.numbers[1] != c.version.numbers[1];
}

bool holds(const Version& v, const Constraint& c, bool prereleases) {
  if (!v.prerelease.empty() && !prereleases) return false;
  if (c.operation.empty() || c.operation == "=") {
    return c.dirty() ? tilde(v, c) : compare(v, c.version) == 0;
  }
  if (c.operation == "!=") return not_equal(v, c);
  if (c.operation == ">") return greater(v, c);
  if (c.operation == "<") return compare(v, c.version) < 0;
  if (c.operation == ">=" || c.operation == "=>") return compare(v, c.version) >= 0;
  if (c.operation == "<=" || c.operation == "=<") return less_or_equal(v, c);
  return c.operation == "^" ? caret(v, c) : tilde(v, c);
}

[[noreturn]] void improper(std::string_view text) {
  go_fail("improper constraint: " + std::string(text));
}

// ">=1.2, <2" or ">1 <2" or "1.2 - 1.4".
std::vector<Constraint> read_group(std::string_view group) {
  static constexpr std::string_view kOperations = "=!<>~^";
  std::vector<Constraint> made;
  std::string_view rest = go_trim_space(group);
  if (rest.empty()) made.push_back({"", {}});
  while (!rest.empty()) {
    const size_t symbols = std::min(rest.find_first_not_of(kOperations), rest.size());
    Constraint constraint;
    constraint.operation = rest.substr(0, symbols);
    rest = go_trim_space(rest.substr(symbols));
    const size_t end = std::min(rest.find_first_of(" ,"), rest.size());
    const auto version = read_version(rest.substr(0, end), true);
    if (!version || symbols > 2) improper(group);
    constraint.version = *version;
    rest = go_trim_space(rest.substr(end));
    made.push_back(constraint);
    if (rest.starts_with("- ")) {  // up to the next version
      made.back().operation = ">=";
      rest = go_trim_space(rest.substr(2));
      const size_t stop = std::min(rest.find_first_of(" ,"), rest.size());
      const auto last = read_version(rest.substr(0, stop), true);
      if (!last) improper(group);
      made.push_back({"<=", *last});
      rest = go_trim_space(rest.substr(stop));
    }
    if (rest.starts_with(',')) rest = go_trim_space(rest.substr(1));
  }
  return made;
}

Version needed(std::string_view text) {
  const auto version = read_version(text, false);
  if (!version) go_fail("invalid semantic version");
  return *version;
}

GoValue semver_compare(const GoCall& call) {
  std::vector<std::vector<Constraint>> groups;
  for (const std::string_view group : go_split(call.arena, call.text(0), "||")) {
    groups.push_back(read_group(group));
  }
  const Version version = needed(call.text(1));
  for (const auto& group : groups) {
    const bool prereleases = std::any_of(group.begin(), group.end(), [](const Constraint& c) {
      return !c.version.prerelease.empty();
    });
    if (std::all_of(group.begin(), group.end(),
                    [&](const Constraint& c) { return holds(version, c, prereleases); })) {
      return go_bool(true);
    }
  }
  return go_bool(false);
}

GoValue natural(uint64_t value) {
  GoValue made = go_zero(GoTypes::get().uint64);
  made.rep = GoValue::Rep::kScalar;
  made.natural = value;
  return made;
}

// Major, Minor, Patch, Prerelease, Metadata, the canonical text, Original: as GoTypes lists them.
GoValue semver(const GoCall& call) {
  const Version version = needed(call.text(0));
  std::string text = std::to_string(version.numbers[0]) + "." + std::to_string(version.numbers[1]) +
                     "." + std::to_string(version.numbers[2]);
  if (!version.prerelease.empty()) text += "-" + std::string(version.prerelease);
  if (!version.metadata.empty()) text += "+" + std::string(version.metadata);
  GoValue* fields = call.arena.make<GoValue>(7);
  for (size_t i = 0; i < 3; ++i) fields[i] = natural(version.numbers[i]);
  fields[3] = go_string(version.prerelease);
  fields[4] = go_string(version.metadata);
  fields[5] = call.string(text);
  fields[6] = go_string(call.text(0));
  GoValue made;
  made.type = GoTypes::get().version;
  made.rep = GoValue::Rep::kFields;
  made.fields = fields;
  return made;
}

constexpr GoFunction kFunctions[] = {
    {"semver", "s", semver},
    {"semverCompare", "ss", semver_compare},
};

}  // namespace

std::span<const GoFunction> go_semver_functions() { return kFunctions; }

}  // namespace mesh::injection
