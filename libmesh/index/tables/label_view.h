// LabelView: labels or annotations wherever they stand, an object's map or a document's mapping.
// A view: what it looks at must outlive it.
#pragma once

#include <string>

#include "libmesh/base/labels.h"
#include "libmesh/document/value.h"

namespace mesh::index {

class LabelView {
 public:
  LabelView() = default;  // none
  LabelView(const Labels& labels) : labels_(&labels) {}
  // A mapping of texts, or null. Values that are no text are not there.
  explicit LabelView(const document::Value* mapping) : mapping_(mapping) {}

  const std::string* get(const std::string& key) const {
    if (labels_ != nullptr) {
      auto found = labels_->find(key);
      return found == labels_->end() ? nullptr : &found->second;
    }
    const document::Value* value = mapping_ == nullptr ? nullptr : mapping_->find(key);
    return value == nullptr ? nullptr : value->if_string();
  }

 private:
  const Labels* labels_ = nullptr;
  const document::Value* mapping_ = nullptr;
};

}  // namespace mesh::index
