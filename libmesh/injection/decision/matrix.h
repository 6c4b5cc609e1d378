// matrix: namespace × workload × control plane revision, each cell with the field that decides.
//
// Rows are what makes pods: pods without an owner, Deployments, StatefulSets, DaemonSets,
// ReplicaSets and Jobs without an owner, CronJobs; by namespace, kind and name. Columns are the
// control planes that the snapshot has or, without any, that its labels name. A cell answers for
// its column alone; `decision` is the whole answer of the row, `diagnostics` the conflicts.
#pragma once

#include <string>
#include <vector>

#include "libmesh/base/diagnostics.h"
#include "libmesh/index/snapshot.h"
#include "libmesh/injection/decision/decide.h"

namespace mesh::injection {

struct MatrixColumn {
  model::TenantId tenant;
  std::string ns;  // of the control plane; empty when not known
  std::string revision;
  auto operator<=>(const MatrixColumn&) const = default;
};
// "basic (mesh-a)", "canary (istio-system)": for tables.
std::string column_title(const MatrixColumn& column);

struct MatrixCell {
  Answer answer = Answer::kNo;
  InjectionReason reason = InjectionReason::kNoWebhook;
  Because because;  // the deciding one
};

struct MatrixRow {
  std::string ns;
  std::string kind;
  std::string name;
  std::vector<MatrixCell> cells;  // as the columns
  Decision decision;
};

struct Matrix {
  std::vector<MatrixColumn> columns;
  std::vector<MatrixRow> rows;
  Diagnostics diagnostics;  // of all rows, sorted
};

// `ns` empty: all namespaces.
Matrix matrix(const index::Snapshot& snapshot, std::string_view ns = {});

}  // namespace mesh::injection
