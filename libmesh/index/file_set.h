// FileSet: files as the only source of their objects.
//
//   FileSet files(store);
//   files.replace("shop.yaml", text);    // again and again; "" when the file is gone
//
// What an earlier text of a file brought and the present one does not, goes. A text that is not
// well-formed changes nothing but the diagnostics: its last good objects stay. So does the last good version of an object that
// the text has with errors, as an API server refuses such an update: half of a rule may let in whom the whole one kept out. What
// was never good counts as far as it can be read. An object that
// stands in several files is that of the last file in order of their names, so that the store's
// content depends on the files alone and not on the order in which they were edited (tests/index).
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/document/value.h"
#include "libmesh/index/store.h"
#include "libmesh/kube/reader.h"

namespace mesh::index {

class FileSet {
 public:
  // The store must outlive it. `cluster`: whose objects the files have, as Store::apply takes it.
  explicit FileSet(Store& store, std::string cluster = {})
      : store_(store), cluster_(std::move(cluster)) {}

  // What is wrong with the text, sorted; also shown by Snapshot::diagnostics.
  Diagnostics replace(std::string_view file, std::string_view text);

 private:
  struct Held {
    kube::ReadObject read;
    bool good = true;  // the object has no errors; what is said may be of a later text that has
  };
  using Objects = std::map<kube::ObjectKey, Held>;
  static Objects read_objects(std::vector<document::Document> documents, Diagnostics& said);
  static void keep_good(const Objects& before, const Diagnostics& said, Objects& now);
  void settle(const kube::ObjectKey& key);

  Store& store_;
  const std::string cluster_;
  std::map<std::string, Objects, std::less<>> files_;         // last good objects
  std::map<kube::ObjectKey, std::set<std::string>> holders_;  // files with the object
};

}  // namespace mesh::index
