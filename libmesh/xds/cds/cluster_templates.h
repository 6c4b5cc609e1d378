// Clusters of one shape: the same settings and TLS, and texts of the same lengths.
//
// Most clusters of a mesh differ in their names alone. From the second one of a shape on its bytes are kept
// with the places of those texts, so that a further one is a copy with its own texts put in. The
// bytes are made by the writers from texts that stand for real ones, never taken apart from real clusters.
// Made for one generation, as ClusterBuilder.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libmesh/xds/cds/cluster_settings.h"

namespace mesh::xds {

// What clusters of one shape differ in.
struct ClusterTexts {
  std::string_view stat;  // the name and ";"
  std::string_view sni;
  std::string_view host;  // of the service, as its name and namespace
  std::string_view service;
  std::string_view ns;

  std::string_view name() const { return stat.substr(0, stat.size() - 1); }
};

// What they have in common but for the lengths.
struct ClusterShape {
  ClusterSettings settings;
  const std::vector<std::string>* sans = nullptr;  // null: no TLS
  bool external = false;

  bool operator==(const ClusterShape& other) const;
};

class ClusterTemplates {
 public:
  // Forgets all, and keeps the memory.
  void clear() { used_ = next_ = 0; }

  // The bytes with these texts; null when the shape is not known well enough to have a template. They stand
  // until the next call. `write(texts, out)` appends the bytes of such a cluster.
  template <typename Write>
  const std::string* find(const ClusterShape& shape, const ClusterTexts& texts, Write&& write) {
    Template* known = use(shape, texts);
    if (known == nullptr || known->uses < kUsesBefore) return nullptr;
    if (known->bytes.empty()) {
      const StandIns stand_ins(texts);
      write(stand_ins.texts, known->bytes);
      if (!known->find_holes(stand_ins.texts)) known->uses = 0;
      if (known->uses == 0) return nullptr;
    }
    known->fill(texts);
    return &known->bytes;
  }

 private:
  static constexpr uint32_t kUsesBefore = 2;
  static constexpr size_t kTexts = 5;
  static constexpr size_t kHoles = 7;  // the name stands there three times

  struct StandIns {
    explicit StandIns(const ClusterTexts& like);
    std::array<std::string, kTexts> strings;
    ClusterTexts texts;
  };
  struct Hole {
    uint32_t at = 0;
    uint32_t text = 0;
  };
  struct Template {
    uint64_t lengths = 0;
    uint32_t uses = 0;  // 0 after it was tried and failed: no template of this shape
    ClusterShape shape;
    std::string bytes;
    std::array<Hole, kHoles> holes;
    size_t hole_count = 0;

    bool find_holes(const ClusterTexts& stand_ins);
    void fill(const ClusterTexts& texts);
  };
  Template* use(const ClusterShape& shape, const ClusterTexts& texts);

  std::vector<Template> templates_;
  size_t used_ = 0;  // of them
  size_t next_ = 0;
};

}  // namespace mesh::xds
