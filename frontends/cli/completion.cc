// mesh completion: scripts for shells, made from the program's own verbs and options. What --pod takes is asked of the program
// itself (`mesh completion pods`), with the objects of the line.
#include <algorithm>
#include <memory>

#include "frontends/cli/verb.h"

namespace mesh::cli {
namespace {

struct VerbWords {
  std::string name;
  std::string about;
  std::vector<std::pair<std::string, std::string>> options;   // "--strict", what it does
  std::vector<std::pair<std::string, std::string>> subjects;  // `member` of explain, what it does
};

void add_options(const CLI::App& app, VerbWords& out) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty()) continue;
    const std::string name = "--" + option->get_lnames().front();
    bool known = std::any_of(out.options.begin(), out.options.end(),
                             [&](const auto& there) { return there.first == name; });
    if (!known) out.options.emplace_back(name, option->get_description());
  }
}

std::vector<VerbWords> verbs_of(const CLI::App& app) {
  std::vector<VerbWords> out;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    VerbWords words{verb->get_name(), verb->get_description(), {}, {}};
    add_options(*verb, words);
    for (const CLI::App* group : verb->get_subcommands([](const CLI::App*) { return true; })) {
      add_options(*group, words);
      // Groups of options are nameless commands to CLI11.
      if (!group->get_name().empty()) {
        words.subjects.emplace_back(group->get_name(), group->get_description());
      }
    }
    out.push_back(std::move(words));
  }
  return out;
}

std::string single_quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string option_words(const VerbWords& verb) {
  std::string out;
  for (const auto& [name, about] : verb.options) out += (out.empty() ? "" : " ") + name;
  return out;
}

std::string subject_words(const VerbWords& verb) {
  std::string out;
  for (const auto& [name, about] : verb.subjects) out += (out.empty() ? "" : " ") + name;
  return out;
}

// bash takes words apart at "=" and ":": the line is read anew, and of "east=shop/web" only what stands behind "=" is given.
constexpr const char* kBashPods =
    "_mesh_pods() {\n  local line=${COMP_LINE:0:COMP_POINT} words word i inputs=()\n"
    "  read -ra words <<< \"$line\"\n  word=\"\"\n"
    "  [[ $line == *[[:space:]] ]] || { word=${words[-1]}; unset 'words[-1]'; }\n"
    "  [[ ${words[-1]} == --pod ]] || return 1\n"
    "  for ((i = 2; i + 1 < ${#words[@]}; i++)); do\n"
    "    [[ ${words[i]} == -f || ${words[i]} == --file ]] && inputs+=(-f "
    "\"${words[i+1]/#\\~/$HOME}\")\n"
    "  done\n  compopt +o filenames\n"
    "  COMPREPLY=($(compgen -W \"$(mesh completion pods \"${inputs[@]}\" 2>/dev/null)\" -- "
    "\"$word\"))\n"
    "  [[ $word != *=* ]] || COMPREPLY=(\"${COMPREPLY[@]#\"${word%\"${word##*=}\"}\"}\")\n}\n";

std::string bash(const std::vector<VerbWords>& verbs) {
  std::string names;
  std::string cases;
  for (const VerbWords& verb : verbs) {
    names += (names.empty() ? "" : " ") + verb.name;
    cases += "    " + verb.name + ") words=\"" + option_words(verb) + "\"";
    if (!verb.subjects.empty()) cases += " subjects=\"" + subject_words(verb) + "\"";
    cases += " ;;\n";
  }
  return std::string(kBashPods) +
         "_mesh() {\n  _mesh_pods && return\n  local word=${COMP_WORDS[COMP_CWORD]} words "
         "subjects\n  if [ \"$COMP_CWORD\" "
         "-eq 1 ]; "
         "then\n"
         "    COMPREPLY=($(compgen -W \"" +
         names +
         "\" -- \"$word\"))\n    return\n  fi\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  if [[ $word == -* ]]; then\n    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  elif [ \"$COMP_CWORD\" -eq 2 ] && [ -n \"$subjects\" ]; then\n"
         "    COMPREPLY=($(compgen -W \"$subjects\" -- \"$word\"))\n"
         "  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\ncomplete -o filenames -F "
         "_mesh mesh\n";
}

constexpr const char* kZshPods =
    "_mesh_pods() {\n  [[ $words[CURRENT-1] == --pod ]] || return 1\n"
    "  local -a inputs pods\n  local i\n  for (( i = 3; i < CURRENT - 1; i++ )); do\n"
    "    [[ $words[i] == (-f|--file) ]] && inputs+=(-f ${(Q)~words[i+1]})\n  done\n"
    "  pods=(${(f)\"$(mesh completion pods $inputs 2>/dev/null)\"})\n  compadd -- $pods\n"
    "  return 0\n}\n";

std::string zsh(const std::vector<VerbWords>& verbs) {
  std::string out =
      "#compdef mesh\n" + std::string(kZshPods) +
      "_mesh() {\n  _mesh_pods && return\n  if (( CURRENT == 2 )); then\n    local -a verbs=(\n";
  for (const VerbWords& verb : verbs) {
    out += "      " + single_quoted(verb.name + ":" + verb.about) + "\n";
  }
  out +=
      "    )\n    _describe verb verbs\n    return\n  fi\n  local -a words\n  case $words[2] in\n";
  std::string cases;
  for (const VerbWords& verb : verbs) {
    cases += "    " + verb.name + ") options=(" + option_words(verb) + ")";
    if (!verb.subjects.empty()) cases += " subjects=(" + subject_words(verb) + ")";
    cases += " ;;\n";
  }
  // zsh's own $words holds the line, so the list has another name.
  out = out.substr(0, out.find("  local -a words\n")) +
        "  local -a options subjects\n  case $words[2] in\n";
  return out + cases +
         "  esac\n  if [[ $PREFIX == -* ]]; then\n    compadd -- $options\n"
         "  elif (( CURRENT == 3 && $#subjects )); then\n    compadd -- $subjects\n  else\n"
         "    _files\n  fi\n}\ncompdef _mesh mesh\n";
}

constexpr const char* kFishPods =
    "function __mesh_pods\n  set -l words (commandline -opc)\n  set -l inputs\n"
    "  for i in (seq (count $words))\n    if contains -- $words[$i] -f --file; and test $i -lt "
    "(count "
    "$words)\n"
    "      set -a inputs -f $words[(math $i + 1)]\n    end\n  end\n"
    "  mesh completion pods $inputs 2>/dev/null\nend\n";

std::string fish(const std::vector<VerbWords>& verbs) {
  std::string out = kFishPods;
  for (const VerbWords& verb : verbs) {
    out += "complete -c mesh -n __fish_use_subcommand -f -a " + verb.name + " -d " +
           single_quoted(verb.about) + "\n";
    for (const auto& [name, about] : verb.subjects) {
      out += "complete -c mesh -n '__fish_seen_subcommand_from " + verb.name +
             "; and not __fish_seen_subcommand_from " + subject_words(verb) + "' -f -a " + name +
             " -d " + single_quoted(about) + "\n";
    }
    for (const auto& [name, about] : verb.options) {
      out += "complete -c mesh -n '__fish_seen_subcommand_from " + verb.name + "' -l " +
             name.substr(2) + (name == "--pod" ? " -x -a '(__mesh_pods)'" : "") + " -d " +
             single_quoted(about) + "\n";
    }
  }
  return out;
}

// Of those that --pod takes, each on a line.
std::string pods(const Inputs& inputs) {
  const JsonDocument answer = parse(load(inputs).proxies().text());
  std::string out;
  for (const Json& row : answer["proxies"].GetArray()) out += pod_of(row) + "\n";
  return out;
}

}  // namespace

void add_completion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  auto inputs = std::make_shared<Inputs>();
  CLI::App* verb = app.add_subcommand("completion", "A completion script for a shell");
  verb->add_option("SHELL", *shell,
                   "bash, zsh or fish; pods: what --pod takes of the objects of -f")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "pods"}));
  verb->add_option("-f,--file", inputs->paths, "of pods: the objects, as other verbs take them")
      ->type_name("FILE|DIR")
      ->allow_extra_args(false);
  verb->footer(
      "Examples:\n  source <(mesh completion bash)\n"
      "  mesh completion fish > ~/.config/fish/completions/mesh.fish");
  runs(*verb, [&app, shell, inputs] {
    if (*shell == "pods") {
      print(pods(*inputs));
      return kGood;
    }
    const std::vector<VerbWords> verbs = verbs_of(app);
    print(*shell == "bash" ? bash(verbs) : *shell == "zsh" ? zsh(verbs) : fish(verbs));
    return kGood;
  });
}

}  // namespace mesh::cli
