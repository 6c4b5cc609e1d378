#include "libmesh/injection/template/functions.h"

#include <map>

namespace mesh::injection {
namespace {

using Table = std::map<std::string_view, const GoFunction*>;

// The first table that has a name wins: Istio's over sprig's over text/template's, as the chain of
// Funcs() in parseDryTemplate does.
Table make_table() {
  Table table;
  const std::span<const GoFunction> parts[] = {
      go_istio_functions(),   go_unsupported_functions(), go_string_functions(),
      go_case_functions(),    go_list_functions(),        go_dict_functions(),
      go_number_functions(),  go_default_functions(),     go_encoding_functions(),
      go_regex_functions(),   go_path_functions(),        go_semver_functions(),
      go_builtin_functions(),
  };
  for (const auto& part : parts) {
    for (const GoFunction& function : part) table.emplace(function.name, &function);
  }
  return table;
}

constexpr std::string_view kClock = "its result depends on the time";
constexpr std::string_view kRandom = "its result is random";
constexpr std::string_view kTimes = "there are no times in an injection template without a clock";
constexpr std::string_view kKeys = "an injection template makes no keys and certificates";
constexpr std::string_view kEnvironment = "it reads the environment of the program it runs in";
constexpr std::string_view kNetwork = "it asks the network";

constexpr GoFunction unsupported(std::string_view name, std::string_view parameters,
                                 std::string_view reason) {
  return {name, parameters, nullptr, false, reason};
}

constexpr GoFunction kUnsupported[] = {
    unsupported("env", "ss", kEnvironment),
    unsupported("expandenv", "s", kEnvironment),
    unsupported("getHostByName", "s", kNetwork),
    unsupported("now", "", kClock),
    unsupported("ago", "a", kClock),
    unsupported("date", "sa", kTimes),
    unsupported("date_in_zone", "sas", kTimes),
    unsupported("date_modify", "sa", kTimes),
    unsupported("dateInZone", "sas", kTimes),
    unsupported("dateModify", "sa", kTimes),
    unsupported("htmlDate", "a", kTimes),
    unsupported("htmlDateInZone", "as", kTimes),
    unsupported("must_date_modify", "sa", kTimes),
    unsupported("mustDateModify", "sa", kTimes),
    unsupported("mustToDate", "ss", kTimes),
    unsupported("toDate", "ss", kTimes),
    unsupported("unixEpoch", "a", kTimes),
    unsupported("randAlphaNum", "i", kRandom),
    unsupported("randAlpha", "i", kRandom),
    unsupported("randAscii", "i", kRandom),
    unsupported("randNumeric", "i", kRandom),
    unsupported("randInt", "ii", kRandom),
    unsupported("randBytes", "i", kRandom),
    unsupported("shuffle", "s", kRandom),
    unsupported("uuidv4", "", kRandom),
    unsupported("bcrypt", "s", kRandom),
    unsupported("htpasswd", "ss", kRandom),
    unsupported("derivePassword", "issss", kKeys),
    unsupported("genPrivateKey", "s", kKeys),
    unsupported("buildCustomCert", "ss", kKeys),
    unsupported("genCA", "si", kKeys),
    unsupported("genCAWithKey", "sis", kKeys),
    unsupported("genSelfSignedCert", "saai", kKeys),
    unsupported("genSelfSignedCertWithKey", "saais", kKeys),
    unsupported("genSignedCert", "saaia", kKeys),
    unsupported("genSignedCertWithKey", "saaias", kKeys),
    unsupported("encryptAES", "ss", kRandom),
    unsupported("decryptAES", "ss", kKeys),
};

}  // namespace

std::span<const GoFunction> go_unsupported_functions() { return kUnsupported; }

const GoFunction* find_go_function(std::string_view name) {
  static const Table table = make_table();
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

void go_fail(std::string message) { throw GoError{std::move(message)}; }

}  // namespace mesh::injection
