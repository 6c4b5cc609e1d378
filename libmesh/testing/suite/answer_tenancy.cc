// The kinds that speak of namespaces and pods: inject, members, plan, reach.
#include "libmesh/index/proxies/named_pod.h"
#include "libmesh/index/proxies/proxies.h"
#include "libmesh/injection/decision/named.h"
#include "libmesh/injection/doors/manifest.h"
#include "libmesh/tenancy/plan/compare.h"
#include "libmesh/tenancy/plan/explain.h"
#include "libmesh/tenancy/reach/reach.h"
#include "libmesh/testing/suite/answer.h"
#include "libmesh/testing/suite/world.h"

namespace mesh::testing {

using document::List;
using document::Value;

namespace {

// yes and no as the booleans that YAML makes of these words anyway; "unknown" stays a text.
Value three_way(std::string_view word) {
  return word == "unknown" ? Value(word) : Value(word == "yes");
}

// ---- inject ------------------------------------------------------------------------------------

struct Subject {
  Value document;
  std::string ns;
  injection::Decision decision;
};

Result<Subject> inline_pod(World& world, const Value& object, const Value& question) {
  Subject out{object, std::string(question.string_at("namespace")), {}};
  if (out.ns.empty()) {
    if (const Value* metadata = object.find("metadata")) out.ns = metadata->string_at("namespace");
  }
  if (out.ns.empty()) out.ns = "default";
  const Value* metadata = object.find("metadata");
  const std::string name(metadata == nullptr ? "" : metadata->string_at("name"));
  if (object.string_at("kind") != "Pod" && !object.string_at("kind").empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "object: is a " + std::string(object.string_at("kind")) + ", must be a Pod"};
  }
  out.decision = world.injector().decide(object, out.ns, "Pod " + out.ns + "/" + name);
  return out;
}

Result<Subject> named_pod(World& world, std::string_view workload) {
  auto name = workload_name(workload);
  if (!name) return name.error();
  const std::string_view ns = workload.substr(0, workload.find('/'));  // with its cluster
  auto found = injection::decide_named(world.injector(), ns, name->name);
  if (!found && found.error().code == ErrorCode::kNotFound) {
    // A workload that is known by its pods alone, as everywhere in suites.
    const auto proxy = world.proxy(workload);
    if (!proxy) return proxy.error().code == ErrorCode::kNotFound ? found.error() : proxy.error();
    const std::string pod = proxy->id.substr(0, proxy->id.find('.'));
    found = injection::decide_named(world.injector(), name->ns, pod);
  }
  if (!found) return found.error();
  return Subject{std::move(found->document), name->ns, std::move(found->decision)};
}

// The pod as injection leaves it.
Result<Value> injected_pod(World& world, const Subject& subject) {
  Value pod = subject.document;
  if (pod.string_at("kind").empty()) {
    pod.set("apiVersion", Value("v1"));
    pod.set("kind", Value("Pod"));
  }
  injection::ManifestReport report;
  injection::inject_object(pod, world.injector(), {subject.ns}, report);
  for (const Diagnostic& each : report.diagnostics) {
    if (each.severity == Severity::kError) {
      return Error{ErrorCode::kInvalidArgument, to_string(each)};
    }
  }
  return pod;
}

}  // namespace

Result<Answer> answer_inject(World& world, const Case& question) {
  const Value* object = question.question.find("object");
  auto subject = object != nullptr ? inline_pod(world, *object, question.question)
                                   : named_pod(world, question.question.string_at("pod"));
  if (!subject) return subject.error();
  const injection::Decision& decision = subject->decision;
  Answer out;
  out.set("injected", three_way(index::answer_text(decision.answer)));
  out.set("reason", index::reason_text(decision.reason));
  out.set("presumed", Value(decision.presumed));
  out.set("tenant", decision.tenant.value);
  out.set("namespace", decision.plane_ns);
  out.set("revision", decision.revision);
  out.set("tag", decision.tag);
  out.set("configuration", decision.configuration);
  out.set("webhook", decision.webhook);
  for (const injection::Because& each : decision.because) {
    out.because.push_back({each.object, each.field, each.text});
  }
  if (question.expect.find("pod") != nullptr) {
    auto pod = injected_pod(world, *subject);
    if (!pod) return pod.error();
    out.set("pod", *std::move(pod));
  }
  return out;
}

// ---- members -----------------------------------------------------------------------------------

namespace {

void add_because(const tenancy::Because& because, Answer& out) {
  out.because.push_back({kube::to_string(because.object), because.field, because.reason});
}

Result<Answer> answer_namespace(World& world, const std::string& ns) {
  auto explained = tenancy::explain_member(world.snapshot(), ns);
  if (!explained) return explained.error();
  Answer out;
  out.set("mesh", explained->mesh.value);
  out.set("exists", Value(explained->exists));
  out.set("terminating", Value(explained->terminating));
  out.set("label", explained->label);
  out.set("conclusion", explained->conclusion);
  List claims;
  for (const tenancy::MemberClaim& claim : explained->claims) {
    Value entry;
    entry.set("tenant", Value(claim.tenant.value));
    entry.set("state", Value(claim.state));
    entry.set("via", Value(claim.via));
    entry.set("reason", Value(claim.reason));
    entry.set("message", Value(claim.message));
    entry.set("holder", Value(claim.holder));
    claims.push_back(std::move(entry));
  }
  out.set("claims", Value(std::move(claims)));
  for (const tenancy::Because& each : explained->chain) add_because(each, out);
  if (out.because.empty()) out.because.push_back({"Namespace " + ns, "", explained->conclusion});
  return out;
}

std::string_view state_text(index::MemberState state) {
  switch (state) {
    case index::MemberState::kConfigured:
      return "configured";
    case index::MemberState::kPending:
      return "pending";
    case index::MemberState::kRefused:
      return "refused";
  }
  return "";
}

Result<Answer> answer_tenant(World& world, const std::string& tenant) {
  const index::Tenant* found = world.snapshot().tenants().find({tenant});
  if (found == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no control plane \"" + tenant + "\""};
  }
  Answer out;
  out.set("version", found->version);
  out.set("clusterWide", Value(found->cluster_wide));
  List members;
  for (const index::Member& member : found->members) {
    Value entry;
    entry.set("namespace", Value(member.ns));
    entry.set("state", Value(state_text(member.state)));
    entry.set("reason", Value(member.reason));
    entry.set("message", Value(member.message));
    entry.set("via", Value(member.via));
    members.push_back(std::move(entry));
    out.because.push_back(
        {"", member.via, member.ns + " is " + std::string(state_text(member.state))});
  }
  out.set("members", Value(std::move(members)));
  List namespaces;
  for (const std::string& ns : found->namespaces) namespaces.emplace_back(ns);
  out.set("namespaces", Value(std::move(namespaces)));
  return out;
}

}  // namespace

Result<Answer> answer_members(World& world, const Case& question) {
  const std::string ns(question.question.string_at("namespace"));
  if (!ns.empty()) return answer_namespace(world, ns);
  return answer_tenant(world, std::string(question.question.string_at("tenant")));
}

// ---- plan --------------------------------------------------------------------------------------

namespace {

Value differences_of(const tenancy::Step& step) {
  List out;
  for (const tenancy::Difference& difference : step.differences) {
    Value entry;
    entry.set("path", Value(difference.path));
    entry.set("is", difference.is);
    entry.set("shouldBe", difference.should_be);
    out.push_back(std::move(entry));
  }
  return Value(std::move(out));
}

void answer_planned(World& world, const std::string& tenant, const tenancy::PlannedObject& planned,
                    Answer& out) {
  const tenancy::Step* step = world.step(tenant, planned.key);
  const bool absent = planned.ownership == tenancy::Ownership::kAbsent;
  out.set("exists", Value(!absent));
  out.set("action", step == nullptr ? "none" : tenancy::action_name(step->action));
  out.set("phase", tenancy::phase_name(planned.phase));
  out.set("tenant", planned.owner.value);
  const kube::ObjectPtr there = world.snapshot().find(planned.key);
  if (step != nullptr) {
    out.set("differences", differences_of(*step));
    if (!absent) out.set("object", world.plan(tenant).document_of(*step));
  } else if (!absent) {
    out.set("object", there != nullptr ? there->document : planned.document());
  }
  for (const tenancy::BecausePtr& each : planned.because) add_because(*each, out);
}

}  // namespace

Result<Answer> answer_plan(World& world, const Case& question) {
  auto key = object_key(question.question.string_at("object"));
  if (!key) return key.error();
  const std::string tenant(question.question.string_at("tenant"));
  if (!tenant.empty() && world.snapshot().tenants().find({tenant}) == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no control plane \"" + tenant + "\""};
  }
  Answer out;
  if (const tenancy::PlannedObject* planned = world.planned(tenant, *key)) {
    answer_planned(world, tenant, *planned, out);
    return out;
  }
  const kube::ObjectPtr there = world.snapshot().find(*key);
  out.set("exists", Value(there != nullptr && !there->synthesized));
  out.set("action", "none");
  if (there != nullptr) out.set("object", there->document);
  out.because.push_back({kube::to_string(*key), "", "the plan says nothing of it"});
  return out;
}

// ---- reach -------------------------------------------------------------------------------------

namespace {

std::string object_text(const kube::ObjectKey& key) {
  return key.name.empty() ? std::string() : kube::to_string(key);
}

Value ports_of(const tenancy::Decision& decision) {
  List out;
  for (const tenancy::PortAnswer& each : decision.ports) {
    Value entry;
    entry.set("port", each.port.number == 0 ? Value("other") : Value(int64_t{each.port.number}));
    entry.set("protocol", Value(each.port.protocol));
    entry.set("reached", three_way(tenancy::answer_name(each.answer)));
    out.push_back(std::move(entry));
  }
  return Value(std::move(out));
}

Value holes_of(const tenancy::Decision& decision) {
  List out;
  for (const tenancy::Hole& hole : decision.holes) {
    Value entry;
    entry.set("hole", Value(tenancy::hole_name(hole.kind)));
    entry.set("object", Value(object_text(hole.object)));
    entry.set("field", Value(hole.field));
    entry.set("message", Value(hole.message));
    out.push_back(std::move(entry));
  }
  return Value(std::move(out));
}

// "shop/cart:8080" of a workload as "shop/cart-7d-x:8080" of its pod; what is no name of a workload stays as it is.
Result<std::string> pod_endpoint(World& world, std::string_view text) {
  const size_t slash = text.find('/');
  const size_t colon = text.find(':');
  if (slash == std::string_view::npos || colon < slash) return std::string(text);
  const auto pod = world.pod(text.substr(0, colon));
  if (!pod) {
    if (pod.error().code == ErrorCode::kNotFound) return std::string(text);
    return pod.error();
  }
  const std::string port(colon == std::string_view::npos ? "" : text.substr(colon));
  const std::string cluster(index::cluster_of(world.snapshot(), **pod));
  return to_string(index::PodName{cluster, (*pod)->key.ns, (*pod)->key.name}) + port;
}

}  // namespace

Result<Answer> answer_reach(World& world, const Case& question) {
  const Value* planned = question.question.find("planned");
  const bool after = planned != nullptr && planned->if_bool() != nullptr && *planned->if_bool();
  const auto from = pod_endpoint(world, question.question.string_at("from"));
  if (!from) return from.error().at("from");
  const auto to = pod_endpoint(world, question.question.string_at("to"));
  if (!to) return to.error().at("to");
  auto decision = tenancy::reach(world.network(after), *from, *to);
  if (!decision) return decision.error();
  Answer out;
  out.set("reached", three_way(tenancy::answer_name(decision->answer)));
  out.set("from", decision->from);
  out.set("to", decision->to);
  out.set("strategy", tenancy::strategy_name(decision->strategy));
  out.set("ports", ports_of(*decision));
  out.set("missing", texts(decision->missing));
  out.set("holes", holes_of(*decision));
  for (const tenancy::ReachReason& each : decision->because) {
    out.because.push_back({object_text(each.object), each.field, each.message});
  }
  return out;
}

}  // namespace mesh::testing
