/** @file admission.h
 *  @brief What the webhooks say of a control plane, member roll or member that is to be stored.
 */
#ifndef MESH_ADMISSION_H
#define MESH_ADMISSION_H

#include "mesh/base.h"
#include "mesh/snapshot.h"

MESH_BEGIN_DECLS

/** Judges one AdmissionReview against the state of the cluster (schema admission.json): {"outcome":
 *  "allowed" | "denied", "review": the AdmissionReview to send back} or {"outcome": "needsAnswers",
 *  "questions": […]}. Each question is a SubjectAccessReview for the caller to make; then
 *  call again with the answers. The same input gives the same outcome. Who holds a namespace is said
 *  only to users that the answers show to be administrators; docs/admission.md tells the rules.
 *  @param review   an AdmissionReview of admission.k8s.io/v1 or v1beta1, YAML or JSON, of a
 *         ServiceMeshControlPlane, ServiceMeshMemberRoll or ServiceMeshMember.
 *  @param answers  {"answers": [a question with "allowed": true|false, or "error": text, or
 *         "timedOut": true]}, or empty. What is left out of a question is the empty text.
 *  @param options  {"hook": "both" | "mutating" | "validating", "operatorNamespace": name,
 *         "watchedNamespaces": [names]}, or empty.
 *  Ownership: the caller frees *out with mesh_buffer_delete.  Threads: any.
 *  Errors: MESH_PARSE for unreadable input, MESH_INVALID_ARGUMENT when it is no AdmissionReview.
 *  @since 0.1 */
MESH_API mesh_error *mesh_admission_review(const mesh_snapshot *snapshot, mesh_view review,
                                           mesh_view answers, mesh_view options, mesh_buffer **out);

MESH_END_DECLS
#endif
