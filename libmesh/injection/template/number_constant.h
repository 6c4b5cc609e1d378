// Number constants of a template (parse.NumberNode, newNumber).
#pragma once

#include "libmesh/base/result.h"
#include "libmesh/injection/template/lexer.h"
#include "libmesh/injection/template/tree.h"

namespace mesh::injection {

// Complex constants are not supported: no function takes one.
Result<GoNumber> read_number_constant(const GoItem& item);

}  // namespace mesh::injection
