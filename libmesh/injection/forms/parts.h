// Parts of the overlay that several forms have.
#pragma once

#include <string>

#include "libmesh/document/value.h"
#include "libmesh/injection/forms/view.h"

namespace mesh::injection::forms {

// The image: the pod's annotation or the values' where it names a repository, else `composed`.
std::string_view image_of(View& view, std::string_view of_values, std::string_view composed);
// "--name=" and a text of the pod or the values.
document::Value argument(View& view, std::string_view name, Known known,
                         std::string_view otherwise);
// The arguments that every proxy begins with.
document::List proxy_arguments(View& view, std::string_view role);

document::Value http_probe_of(int64_t port);
document::Value named_port(int64_t port, std::string_view name);
// "true": the agent serves probes at the status port.
bool serves_status(View& view);
// The readiness probe with the pod's annotations; `annotated` false: with the values alone.
document::Value readiness_probe(View& view, int64_t port, bool annotated);
document::Value resources_of(View& view);
document::Value drop_list(const View& view);

// Mounts and volumes that the pod itself names in annotations.
void add_user_mounts(View& view, document::List& mounts);
void add_user_volumes(View& view, document::List& volumes);
void add_bootstrap_volume(View& view, document::List& volumes);
void add_bootstrap_mount(const View& view, document::List& mounts);
void add_mtls_volume(View& view, document::List& volumes);

// `spec` and `metadata` together.
document::Value overlay(document::Map labels, document::Map annotations, document::Map spec);
void add_pull_secrets(const View& view, document::Map& spec);

}  // namespace mesh::injection::forms
