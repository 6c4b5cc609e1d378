/** @file injection.h
 *  @brief Which pods get a sidecar, why, and the patch: at admission, in manifests, and out again.
 */
#ifndef MESH_INJECTION_H
#define MESH_INJECTION_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** The settings of every control plane and revision of a snapshot, read once: templates, values, mesh
 *  configuration. Immutable, counted, and for any number of threads. It keeps what it needs of the snapshot.
 *  docs/injection.md tells the rules.  @since 0.1 */
typedef struct mesh_injector mesh_injector;

/** @param snapshot  where control planes, namespaces and webhooks are; NULL for none.
 *  @param options   one JSON object, or empty; docs/injection.md says what each does:
 *         "values", "meshConfig", "injectorConfig" (texts, YAML or JSON: the settings to use in place of the
 *         snapshot's control planes, with kube-inject's rules of whom to inject), "revision", "nativeSidecars"
 *         ("auto", "true" or "false"), "compliancePolicy", "platform" ("openshift"), "kubeletVersion",
 *         "cluster", "network".
 *  @param previous  an injector whose unchanged settings are taken over, or NULL.
 *  Ownership: the caller frees *out with mesh_injector_delete.  Threads: any.
 *  Errors: MESH_PARSE and MESH_INVALID_ARGUMENT for the options; what is wrong with settings of the snapshot is in
 *  mesh_injector_diagnostics.  @since 0.1 */
MESH_API mesh_error *mesh_injector_new(const mesh_snapshot *snapshot, mesh_view options,
                                       const mesh_injector *previous, mesh_injector **out);

/** A further handle of the same injector; NULL gives NULL.
 *  Ownership: the caller frees it with mesh_injector_delete.  Threads: any.  @since 0.1 */
MESH_API mesh_injector *mesh_injector_clone(const mesh_injector *injector);

/** Frees a handle; NULL is allowed.  Threads: any.  @since 0.1 */
MESH_API void mesh_injector_delete(mesh_injector *injector);

/** What is wrong with the settings that were given and with those of ConfigMaps in the snapshot, such as templates that
 *  cannot be used: known before any pod is asked about. Conflicts between control planes are told with the workloads, by
 *  mesh_injector_matrix and mesh_injector_explain (schema diagnostics.json).
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_injector_diagnostics(const mesh_injector *injector, mesh_buffer **out);

/** Answers an AdmissionReview of a pod (admission.k8s.io/v1 or v1beta1) with an AdmissionReview: the pod as it is, a
 *  JSON patch, or a refusal. The path is that of the HTTP request: "/inject/cluster/C/net/N" sets what istiod sets from
 *  it. Whatever stands in the review, the answer is one that can be sent back; its uid is the request's.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT, MESH_INTERNAL.  @since 0.1 */
MESH_API mesh_error *mesh_injector_review(const mesh_injector *injector, mesh_view review,
                                          mesh_view path, mesh_buffer **out);

/** Manifests with their pods injected, as kube-inject does it (schema inject.json): everything comes back in its order,
 *  what holds no pod to inject as it was written. "messages" say of which pod why not, as kube-inject does.
 *  @param text     YAML or JSON, any number of documents; items of a List are injected in it.
 *  @param file     what diagnostics call the text.
 *  @param options  {"namespace": of objects that name none, "output": "text" (YAML in "manifests") or "documents" (their
 *         list in "documents")}, or empty.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_PARSE and MESH_INVALID_ARGUMENT for the options. An object that cannot be injected comes as it was, with
 *  a diagnostic.  @since 0.1 */
MESH_API mesh_error *mesh_injector_apply(const mesh_injector *injector, mesh_view text,
                                         mesh_view file, mesh_view options, mesh_buffer **out);

/** Whether a pod of the snapshot would get a sidecar were it created now, from whom, and the chain of reasons (schema
 *  explain-inject.json). The name may be that of a workload with pods.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_NOT_FOUND when there is no such pod or workload; MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_injector_explain(const mesh_injector *injector, mesh_view ns,
                                           mesh_view name, mesh_buffer **out);

/** Who injects whom: every workload of the snapshot with every webhook, and the field that decides (schema
 *  inject-matrix.json).
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_INVALID_ARGUMENT.  @since 0.1 */
MESH_API mesh_error *mesh_injector_matrix(const mesh_injector *injector, mesh_buffer **out);

/** Manifests without what injection put in (schema uninject.json): everything comes back in its order. What a pod does
 *  not tell of its own past is in "diagnostics", with what was done about it.
 *  @param text     YAML or JSON, any number of documents.
 *  @param file     what diagnostics call the text.
 *  @param options  {"output": "text" or "documents"} as of mesh_injector_apply, or empty.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_PARSE and MESH_INVALID_ARGUMENT for the options.  @since 0.1 */
MESH_API mesh_error *mesh_uninject(mesh_view text, mesh_view file, mesh_view options,
                                   mesh_buffer **out);

MESH_END_DECLS
#endif
