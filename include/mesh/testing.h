/** @file testing.h
 *  @brief Policy tests: suites that say what a mesh must do, run by the core in every language.
 *
 *  A suite (*_mesh_test.yaml, schema mesh-test.json) names the configuration under test and cases with what is
 *  expected. The library opens no files: it says what suites want, and is given it.
 *
 *      mesh_tests_new(&tests);
 *      mesh_tests_add(tests, text, file, NULL);            // each suite
 *      mesh_tests_wanted(tests, &wanted);                  // JSON: paths
 *      mesh_tests_give(tests, path, file, content);        // each file that is, or is in, a wanted path
 *      mesh_tests_run(tests, options, &results);           // JSON
 *      mesh_tests_report(results, "junit", &text);
 *
 *  docs/testing.md has the language of suites.
 */
#ifndef MESH_TESTING_H
#define MESH_TESTING_H

#include "mesh/base.h"

MESH_BEGIN_DECLS

/** Suites and the files they ask for.  @since 0.1 */
typedef struct mesh_tests mesh_tests;

/** Ownership: the caller frees *out with mesh_tests_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_tests_new(mesh_tests **out);

/** Frees them; NULL is allowed.  Threads: any.  @since 0.1 */
MESH_API void mesh_tests_delete(mesh_tests *tests);

/** Adds a file of suites, or replaces what was added under that name.
 *  @param suite        YAML or JSON; each document is a suite.
 *  @param file         its path, from which the paths in it start.
 *  @param diagnostics  what is wrong with it (schema diagnostics.json), or NULL. It is told with the results, too.
 *  Ownership: the caller frees *diagnostics with mesh_buffer_delete.  Threads: one.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_tests_add(mesh_tests *tests, mesh_view suite, mesh_view file,
                                    mesh_buffer **diagnostics);

/** The paths that the suites name (schema test-wanted.json), sorted: files, or directories of which every file of
 *  objects (*.yaml, *.yml, *.json; no suites) is meant. "text" is true for one that stands behind a URL.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_tests_wanted(const mesh_tests *tests, mesh_buffer **out);

/** Gives a file of a wanted path, or gives it anew. A path of which nothing was given makes the suites that name it fail.
 *  @param path     as mesh_tests_wanted has it.
 *  @param file     what diagnostics call the file; files are read in order of these names.
 *  @param content  of the file.
 *  Ownership: nothing is kept of the views.  Threads: one.  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_tests_give(mesh_tests *tests, mesh_view path, mesh_view file,
                                     mesh_view content);

/** Runs the suites (schema test-results.json): each case with its status, what was expected and what was found, and the
 *  chain of objects and fields that made the answer.
 *  @param options  {"filter": a regular expression (RE2) that is found in "<suite>/<case>", "coverage": true to learn which
 *         routes, rules and policies no case touched, "strict": true to let warnings count as errors in the reports}, or empty.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT and MESH_PARSE for the options. A case that fails is no error.  @since 0.1 */
MESH_API mesh_error *mesh_tests_run(const mesh_tests *tests, mesh_view options, mesh_buffer **out);

/** Results in another form.
 *  @param results  as mesh_tests_run gave them.
 *  @param format   "text" (for people), "junit" (XML), "sarif" (2.1.0), "tap" (version 14).
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT for the format, MESH_PARSE for results that are none.  @since 0.1 */
MESH_API mesh_error *mesh_tests_report(mesh_view results, mesh_view format, mesh_buffer **out);

MESH_END_DECLS
#endif
