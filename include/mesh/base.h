/** @file base.h
 *  @brief Views, buffers and errors: what every other header of libmesh is made of.
 */
#ifndef MESH_BASE_H
#define MESH_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MESH_API __attribute__((visibility("default")))
#else
#define MESH_API
#endif

#ifdef __cplusplus
#define MESH_BEGIN_DECLS extern "C" {
#define MESH_END_DECLS }
#else
#define MESH_BEGIN_DECLS
#define MESH_END_DECLS
#endif

MESH_BEGIN_DECLS

/** Bytes that somebody else owns: text in UTF-8 or protobuf, not terminated by a zero. A view given to
 *  a function is read during the call only; a view returned by one lives as long as the object that
 *  the function names. {NULL, 0} is the empty view.  @since 0.1 */
typedef struct mesh_view {
  const char *data;
  size_t size; /**< in bytes */
} mesh_view;

/** Bytes that the caller owns and frees with mesh_buffer_delete. Immutable.  @since 0.1 */
typedef struct mesh_buffer mesh_buffer;

/** The bytes of a buffer; {NULL, 0} for NULL.
 *  Ownership: the view lives as long as the buffer.  Threads: any.  Errors: none.  @since 0.1 */
MESH_API mesh_view mesh_buffer_view(const mesh_buffer *buffer);

/** Frees a buffer; NULL is allowed.  Threads: any.  Errors: none.  @since 0.1 */
MESH_API void mesh_buffer_delete(mesh_buffer *buffer);

/** Why a call could not be answered. Numbers are only added to.  @since 0.1 */
typedef enum mesh_code {
  MESH_OK = 0,
  MESH_INVALID_ARGUMENT = 1, /**< an argument is outside what the function takes */
  MESH_PARSE = 2,            /**< bytes that must be well-formed are not */
  MESH_UNSUPPORTED = 3,      /**< known, but not built yet or not in this version */
  MESH_INTERNAL = 4,         /**< a defect of the library; the message helps to report it */
  MESH_NOT_FOUND = 5,        /**< the named thing does not exist */
  MESH_CONFLICT = 6,         /**< the state does not allow it */
  MESH_TIMEOUT = 7           /**< the time was over first */
} mesh_code;

/** What went wrong with a call. Every function that can fail returns one; NULL is success. A mistake
 *  in the user's configuration is not an error but a diagnostic (diagnostics.h).  @since 0.1 */
typedef struct mesh_error mesh_error;

/** The code of an error; MESH_OK for NULL.  Threads: any.  Errors: none.  @since 0.1 */
MESH_API mesh_code mesh_error_code(const mesh_error *error);

/** One line for people, naming the object and the fact; empty for NULL.
 *  Ownership: the view lives as long as the error.  Threads: any.  Errors: none.  @since 0.1 */
MESH_API mesh_view mesh_error_message(const mesh_error *error);

/** Frees an error; NULL is allowed.  Threads: any.  Errors: none.  @since 0.1 */
MESH_API void mesh_error_delete(mesh_error *error);

MESH_END_DECLS
#endif
