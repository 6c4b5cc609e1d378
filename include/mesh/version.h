/** @file version.h
 *  @brief Which libmesh this is, and what it matches.
 */
#ifndef MESH_VERSION_H
#define MESH_VERSION_H

#include "mesh/base.h"

#define MESH_VERSION_MAJOR 0
#define MESH_VERSION_MINOR 1
#define MESH_VERSION_PATCH 0
/** Grows by one with every change that old binaries would notice. */
#define MESH_ABI_VERSION 0

MESH_BEGIN_DECLS

/** A JSON object (schema version.json): {"version", "abi", "istio", "envoyApi"}, the last two being the
 *  versions whose behaviour and messages the library follows.
 *  Ownership: the view lives as long as the library.  Threads: any.  Errors: none.  @since 0.1 */
MESH_API mesh_view mesh_version(void);

/** MESH_ABI_VERSION of the library that is loaded: a host compares it with the one it was compiled
 *  with.  Threads: any.  Errors: none.  @since 0.1 */
MESH_API uint32_t mesh_abi_version(void);

MESH_END_DECLS
#endif
