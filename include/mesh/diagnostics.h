/** @file diagnostics.h
 *  @brief Diagnostics are what is wrong with a user's configuration, where, and how to mend it.
 *
 *  A diagnostic is a JSON object (schema diagnostics.json):
 *  {"severity": "info|warning|error", "code": "unknown-field", "object": "VirtualService shop/cart", "field":
 *  "spec.http[0].route", "message", "mend", "file", "line", "column"}; line and column are 1-based, 0 when
 *  unknown. Codes are stable: they are only added to.
 */
#ifndef MESH_DIAGNOSTICS_H
#define MESH_DIAGNOSTICS_H

#include "mesh/base.h"

MESH_BEGIN_DECLS

/** Every code with its meaning: JSON array of {"code","meaning"} in a fixed order.
 *  Ownership: the view lives as long as the library.  Threads: any.  Errors: none.  @since 0.1 */
MESH_API mesh_view mesh_diagnostic_codes(void);

MESH_END_DECLS
#endif
