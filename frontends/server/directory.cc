#include "frontends/server/directory.h"

#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace mesh::server {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

// What to do about it; empty when the reason says all.
std::string remedy(int error, const std::string& path) {
  if (error == EACCES || error == EPERM) {
    return "; let the server's user read it: chmod -R a+rX '" + path + "'";
  }
  if (error == EMFILE || error == ENFILE) return "; allow more open files: ulimit -n";
  return "";
}

std::string complaint(const std::string& path, int error, bool was_read) {
  return path + ": cannot be read: " + reason(error) +
         (was_read ? "; what was read before stays" : "; its objects are missing") +
         remedy(error, path);
}

constexpr size_t kNamed = 3;

}  // namespace

Directory::Directory(std::vector<std::string> paths) : paths_(std::move(paths)) {}

bool Directory::check(std::string& why) const {
  for (const std::string& path : paths_) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      why = path + ": no such file or directory";
      return false;
    }
  }
  return true;
}

std::vector<FileChange> Directory::poll(Clock::time_point now) {
  const Listing listing = list_files(paths_, known_);
  complain_of(listing);
  for (const auto& [path, state] : listing.files) note(path, state, now);
  for (const auto& [path, state] : known_) {
    if (listing.files.contains(path)) continue;
    if (listing.hides(path)) {
      changes_.erase(path);  // nobody knows what became of it
    } else {
      note(path, std::nullopt, now);
    }
  }
  // What was never read and is not there now.
  std::erase_if(changes_, [&](const auto& change) {
    return !known_.contains(change.first) && !listing.files.contains(change.first);
  });
  std::erase_if(unreadable_, [&](const auto& file) { return !listing.files.contains(file.first); });
  std::vector<FileChange> out;
  for (const std::string& path : settled(now)) take(path, changes_.at(path), now, out);
  first_ = false;
  return out;
}

void Directory::note(const std::string& path, const State& state, Clock::time_point now) {
  auto known = known_.find(path);
  if (known != known_.end() ? state == known->second : !state) {
    changes_.erase(path);
    return;
  }
  auto [change, is_new] = changes_.try_emplace(path, Change{state, now, now});
  if (is_new || change->second.state == state) return;
  change->second.state = state;
  change->second.since = now;
}

bool Directory::has_settled(const std::string& path, const Change& change,
                            Clock::time_point now) const {
  if (first_) return true;
  const auto quiet = now - change.since;
  if (!change.state || change.state->size == 0) return quiet >= kPatience;
  if (now - change.first >= kLatest) return true;
  auto known = known_.find(path);
  const bool is_cut = known != known_.end() && known->second.inode == change.state->inode &&
                      change.state->size < known->second.size;
  return quiet >= kPatience || (!is_cut && quiet > Clock::duration::zero());
}

// Removals first. What was renamed goes with the new name's coming: else its objects would be there twice for a while.
std::vector<std::string> Directory::settled(Clock::time_point now) const {
  std::vector<std::string> gone;
  std::vector<std::string> here;
  std::set<FileState> arrived;
  for (const auto& [path, change] : changes_) {
    if (!change.state || !has_settled(path, change, now)) continue;
    here.push_back(path);
    arrived.insert(*change.state);  // the inode tells it from all others
  }
  for (const auto& [path, change] : changes_) {
    if (change.state) continue;
    if (has_settled(path, change, now) || arrived.contains(known_.at(path))) gone.push_back(path);
  }
  gone.insert(gone.end(), here.begin(), here.end());
  return gone;
}

void Directory::take(const std::string& path, const Change& change, Clock::time_point now,
                     std::vector<FileChange>& out) {
  if (!change.state) {
    known_.erase(path);
    changes_.erase(path);
    out.push_back({path, "", true});
    return;
  }
  int error = 0;
  std::optional<std::string> text = read_file(path, error);
  if (!text) {
    // Gone since it was listed: the next look tells. Else it is tried again each time.
    if (error != ENOENT) complain_of_reading(path, *change.state, error);
    return;
  }
  const bool is_same = state_of(path, error) == change.state;
  const bool must_be_taken = first_ || now - change.first >= kLatest;
  if (!is_same && !must_be_taken) return;  // written while it was read
  unreadable_.erase(path);
  // Of a file that goes on changing nobody knows which state was read, so it is read once more when it rests.
  const bool rests = is_same && (first_ || now > change.since);
  known_[path] = rests ? *change.state : FileState{};
  changes_.erase(path);
  out.push_back({path, std::move(*text), false});
}

void Directory::complain_of_reading(const std::string& path, const FileState& state, int error) {
  const Unreadable now{state, error};
  auto [before, is_new] = unreadable_.try_emplace(path, now);
  if (!is_new && before->second == now) return;
  before->second = now;
  complaints_.push_back(complaint(path, error, known_.contains(path)));
}

// A folder that may be listed but not searched hides each of its files: a few names are enough.
void Directory::complain_of(const Listing& listing) {
  size_t news = 0;
  for (const auto& [path, error] : listing.unseen) {
    auto before = unseen_.find(path);
    if (before != unseen_.end() && before->second == error) continue;
    if (++news <= kNamed) complaints_.push_back(complaint(path, error, !first_));
  }
  if (news > kNamed) complaints_.push_back("and " + std::to_string(news - kNamed) + " more");
  size_t back = 0;
  for (const auto& [path, error] : unseen_) {
    if (listing.unseen.contains(path)) continue;
    if (++back <= kNamed) complaints_.push_back(path + ": is seen again, or gone");
  }
  if (back > kNamed) complaints_.push_back("and " + std::to_string(back - kNamed) + " more");
  unseen_ = listing.unseen;
}

std::vector<std::string> Directory::take_complaints() { return std::exchange(complaints_, {}); }

}  // namespace mesh::server
