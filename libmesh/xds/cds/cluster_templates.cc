#include "libmesh/xds/cds/cluster_templates.h"

namespace mesh::xds {
namespace {

using Views = std::array<std::string_view, 5>;

Views views_of(const ClusterTexts& texts) {
  return {texts.name(), texts.sni, texts.host, texts.service, texts.ns};
}

// 0 when one of them is longer than names are.
uint64_t lengths_of(const ClusterTexts& texts) {
  constexpr unsigned kBits = 12;
  uint64_t out = 0;
  for (std::string_view text : views_of(texts)) {
    if (text.empty() || text.size() >> kBits != 0) return 0;
    out = out << kBits | text.size();
  }
  return out;
}

}  // namespace

bool ClusterShape::operator==(const ClusterShape& other) const {
  if (external != other.external || !(settings == other.settings)) return false;
  if (sans == other.sans) return true;
  return sans != nullptr && other.sans != nullptr && *sans == *other.sans;
}

// Bytes that no text of UTF-8 has.
ClusterTemplates::StandIns::StandIns(const ClusterTexts& like) {
  const Views views = views_of(like);
  for (size_t i = 0; i < kTexts; ++i)
    strings[i].assign(views[i].size(), static_cast<char>(0xff - i));
  strings[0].push_back(';');
  texts = {strings[0], strings[1], strings[2], strings[3], strings[4]};
}

// False unless each text stands where it is known to be: a length among the bytes may look like a short one.
bool ClusterTemplates::Template::find_holes(const ClusterTexts& stand_ins) {
  const Views views = views_of(stand_ins);
  hole_count = 0;
  for (uint32_t text = 0; text < kTexts; ++text) {
    const size_t expected = text == 0 ? 3 : text == 1 && shape.sans == nullptr ? 0 : 1;
    const size_t before = hole_count;
    for (size_t at = bytes.find(views[text]); at != std::string::npos;
         at = bytes.find(views[text], at + views[text].size())) {
      if (hole_count - before == expected) return false;
      holes[hole_count++] = {static_cast<uint32_t>(at), text};
    }
    if (hole_count - before != expected) return false;
  }
  return true;
}

void ClusterTemplates::Template::fill(const ClusterTexts& texts) {
  const Views views = views_of(texts);
  for (size_t i = 0; i < hole_count; ++i) {
    const std::string_view text = views[holes[i].text];
    text.copy(bytes.data() + holes[i].at, text.size());
  }
}

ClusterTemplates::Template* ClusterTemplates::use(const ClusterShape& shape,
                                                  const ClusterTexts& texts) {
  const uint64_t lengths = lengths_of(texts);
  if (lengths == 0) return nullptr;
  for (size_t i = 0; i < used_; ++i) {
    Template& known = templates_[i];
    if (known.lengths != lengths || !(known.shape == shape)) continue;
    if (known.uses == 0) return nullptr;
    ++known.uses;
    return &known;
  }
  constexpr size_t kMost = 32;
  if (used_ < kMost && used_ == templates_.size()) templates_.emplace_back();
  if (used_ < kMost) ++used_;
  Template& made = templates_[next_++ % kMost];
  made.lengths = lengths;
  made.uses = 1;
  made.shape = shape;
  made.bytes.clear();
  return &made;
}

}  // namespace mesh::xds
