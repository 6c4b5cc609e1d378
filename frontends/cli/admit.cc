// mesh admit: what the webhooks say of an AdmissionReview.
#include <memory>

#include "frontends/cli/table.h"
#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

struct AdmitFlags {
  std::string review;
  std::string answers;
  std::string hook = "both";
  std::string operator_namespace;
  std::vector<std::string> watched;
};

std::string options_of(const AdmitFlags& flags) {
  JsonDocument options(rapidjson::kObjectType);
  auto& allocator = options.GetAllocator();
  options.AddMember("hook", text_value(flags.hook, options), allocator);
  options.AddMember("operatorNamespace", text_value(flags.operator_namespace, options), allocator);
  Json watched(rapidjson::kArrayType);
  for (const std::string& ns : flags.watched) watched.PushBack(text_value(ns, options), allocator);
  options.AddMember("watchedNamespaces", watched, allocator);
  return print_json(options);
}

// "create servicemeshcontrolplanes.maistra.io"
std::string what_of(const Json& question) {
  std::string out(text_at(question, "resource"));
  const std::string_view group = text_at(question, "group");
  if (!group.empty()) out += "." + std::string(group);
  const std::string_view name = text_at(question, "name");
  return name.empty() ? out : out + " \"" + std::string(name) + "\"";
}

void print_questions(const Json& answer) {
  Table table({"USER", "MAY", "WHAT", "NAMESPACE"});
  for (const Json& question : at(answer, "questions").GetArray()) {
    const std::string_view ns = text_at(question, "namespace");
    table.add({std::string(text_at(question, "user")), std::string(text_at(question, "verb")),
               what_of(question), ns.empty() ? "(all)" : std::string(ns)});
  }
  print("needs answers: " + std::to_string(size_at(answer, "questions")) +
        " (give them with --answers)\n" + table.to_string());
}

void print_verdict(const Json& answer) {
  const Json& response = at(at(answer, "review"), "response");
  const Json& status = at(response, "status");
  std::string line(text_at(answer, "outcome"));
  for (const char* key : {"reason", "message"}) {
    const std::string_view text = text_at(status, key);
    if (!text.empty()) line += ": " + std::string(text);
  }
  line += " (" + std::to_string(number_at(status, "code")) + ")\n";
  if (at(response, "warnings").IsArray()) {
    for (const Json& warning : at(response, "warnings").GetArray()) {
      line += std::string("warning: ") + warning.GetString() + "\n";
    }
  }
  if (!text_at(response, "patch").empty()) {
    line += "the object is changed by a JSON patch; -o yaml shows it\n";
  }
  print(line);
}

// The library says which of the texts it cannot read; the call has files for them.
std::string with_file(const std::string& message, const AdmitFlags& flags) {
  for (const auto& [text, file] :
       {std::pair{"review: ", flags.review}, std::pair{"answers: ", flags.answers}}) {
    if (message.starts_with(text)) return (file == "-" ? "<stdin>" : file) + ": " + message;
  }
  return message;
}

int admit(const Common& common, const AdmitFlags& flags) {
  if (flags.review == "-" && flags.answers == "-") {
    throw UsageError("--review and --answers cannot both be read from standard input");
  }
  const Snapshot snapshot = load(common.inputs);
  const std::string review = read_file(flags.review);
  const std::string answers = flags.answers.empty() ? "" : read_file(flags.answers);
  JsonDocument answer;
  try {
    answer = parse(snapshot.admission_review(review, answers, options_of(flags)).text());
  } catch (const Error& error) {
    throw UsageError(with_file(error.what(), flags));
  }
  const std::string_view outcome = text_at(answer, "outcome");
  if (common.format != "table") {
    print_as(common.format, answer);
  } else if (outcome == "needsAnswers") {
    print_questions(answer);
  } else {
    print_verdict(answer);
  }
  const bool warned = at(at(at(answer, "review"), "response"), "warnings").IsArray();
  return outcome == "allowed" && !(common.strict && warned) ? kGood : kFails;
}

}  // namespace

void add_admit(CLI::App& app) {
  auto common = std::make_shared<Common>();
  auto flags = std::make_shared<AdmitFlags>();
  CLI::App* verb = app.add_subcommand(
      "admit", "What the webhooks say of a control plane, member roll or member");
  add_inputs(*verb, *common);
  verb->add_option("--review", flags->review, "the AdmissionReview: a file, or - for stdin")
      ->type_name("FILE")
      ->required();
  verb->add_option("--answers", flags->answers, "answers to the access reviews it asked for")
      ->type_name("FILE");
  verb->add_option("--hook", flags->hook, "both, mutating or validating")
      ->check(CLI::IsMember({"both", "mutating", "validating"}))
      ->capture_default_str();
  verb->add_option("--operator-namespace", flags->operator_namespace,
                   "namespace of the operator, which takes no mesh")
      ->type_name("NS");
  verb->add_option("--watched-namespace", flags->watched,
                   "judge control planes and rolls of these namespaces only")
      ->type_name("NS");
  verb->footer(
      "Exit status: 0 allowed, 1 denied or questions open, 2 the call is wrong.\n"
      "Examples:\n  mesh admit -f cluster/ --review review.json\n"
      "  mesh admit -f cluster/ --review review.json --answers answers.yaml -o yaml");
  runs(*verb, [common, flags] { return admit(*common, *flags); });
}

}  // namespace mesh::cli
