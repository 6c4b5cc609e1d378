// What counts as a change of files, and when: the clock is the tests' own.
#include "frontends/server/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace mesh::server {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Root may read everything, so what modes do is seen by another user only.
struct AsNobody {
  AsNobody() { was_root = ::geteuid() == 0 && ::seteuid(65534) == 0; }
  ~AsNobody() {
    if (was_root && ::seteuid(0) != 0) std::abort();
  }
  bool was_root = false;
};

class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest() {
    char name[] = "/tmp/directory_test.XXXXXX";
    folder = mkdtemp(name);
    ::chmod(folder.c_str(), 0755);
    directory.emplace(std::vector<std::string>{folder.string()});
  }
  ~DirectoryTest() override { fs::remove_all(folder); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  // What the next look after this time takes: "name=text", "-name" when it is gone.
  std::vector<std::string> after(int ms) {
    now += milliseconds(ms);
    std::vector<std::string> out;
    for (const FileChange& change : directory->poll(now)) {
      const std::string name = fs::path(change.path).lexically_relative(folder).string();
      out.push_back(change.gone ? "-" + name : name + "=" + change.text);
    }
    return out;
  }

  fs::path folder;
  std::optional<Directory> directory;
  Directory::Clock::time_point now{};
};

TEST_F(DirectoryTest, TheFirstLookTakesEverything) {
  write("a.yaml", "one");
  write("below/b.yml", "two");
  write("c.json", "{}");
  write("readme.md", "no configuration");
  write("a_mesh_test.yaml", "a suite of policy tests");
  EXPECT_THAT(after(0), ElementsAre("a.yaml=one", "below/b.yml=two", "c.json={}"));
  EXPECT_THAT(after(200), IsEmpty());
}

TEST_F(DirectoryTest, AChangeIsTakenWhenTwoLooksShowTheSame) {
  write("a.yaml", "one");
  after(0);
  write("a.yaml", "three");
  EXPECT_THAT(after(200), IsEmpty());
  EXPECT_THAT(after(200), ElementsAre("a.yaml=three"));
  EXPECT_THAT(after(200), IsEmpty());
}

TEST_F(DirectoryTest, AFileRenamedIntoPlaceIsAChange) {
  write("a.yaml", "one");
  after(0);
  write("new", "four");
  fs::rename(folder / "new", folder / "a.yaml");
  after(200);
  EXPECT_THAT(after(200), ElementsAre("a.yaml=four"));
}

TEST_F(DirectoryTest, AFileThatIsGoneHasToStaySo) {
  write("a.yaml", "one");
  after(0);
  fs::remove(folder / "a.yaml");
  EXPECT_THAT(after(200), IsEmpty());
  EXPECT_THAT(after(900), IsEmpty());
  EXPECT_THAT(after(200), ElementsAre("-a.yaml"));
  EXPECT_THAT(after(200), IsEmpty());
}

// `helm template > file`: the shell empties the file at once, the text comes later.
TEST_F(DirectoryTest, AFileThatIsEmptiedAndWrittenIsOneChange) {
  write("a.yaml", "one");
  after(0);
  write("a.yaml", "");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(after(200), IsEmpty());
  write("a.yaml", "new");
  after(200);
  EXPECT_THAT(after(200), ElementsAre("a.yaml=new"));
}

TEST_F(DirectoryTest, AFileThatStaysEmptyIsTaken) {
  write("a.yaml", "one");
  after(0);
  write("a.yaml", "");
  after(200);
  EXPECT_THAT(after(1000), ElementsAre("a.yaml="));
}

TEST_F(DirectoryTest, HalfOfWhatWasThereIsTheBeginningOfWriting) {
  write("a.yaml", "one and two");
  after(0);
  write("a.yaml", "one");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(after(200), IsEmpty());
  write("a.yaml", "one and TWO");
  after(200);
  EXPECT_THAT(after(200), ElementsAre("a.yaml=one and TWO"));
}

TEST_F(DirectoryTest, WhatWasUnlinkedAndMadeAgainIsNoRemoval) {
  write("a.yaml", "one");
  after(0);
  fs::remove(folder / "a.yaml");
  for (int i = 0; i < 4; ++i) EXPECT_THAT(after(200), IsEmpty());
  write("a.yaml", "two");
  after(200);
  EXPECT_THAT(after(200), ElementsAre("a.yaml=two"));
}

TEST_F(DirectoryTest, ARenamedFileLeavesItsOldNameAtOnce) {
  write("a.yaml", "one");
  after(0);
  fs::rename(folder / "a.yaml", folder / "b.yaml");
  after(200);
  EXPECT_THAT(after(200), ElementsAre("-a.yaml", "b.yaml=one"));
}

TEST_F(DirectoryTest, AFileRenamedOverAnotherLeavesItsOldNameAtOnce) {
  write("a.yaml", "one");
  write("b.yaml", "two");
  after(0);
  fs::rename(folder / "a.yaml", folder / "b.yaml");
  after(200);
  EXPECT_THAT(after(200), ElementsAre("-a.yaml", "b.yaml=one"));
}

TEST_F(DirectoryTest, AFileThatNeverRestsIsTakenAllTheSame) {
  write("a.yaml", "0");
  after(0);
  std::vector<std::string> taken;
  for (int i = 1; i <= 11; ++i) {
    write("a.yaml", std::string(static_cast<size_t>(i), 'x'));
    for (std::string& one : after(200)) taken.push_back(std::move(one));
  }
  EXPECT_THAT(taken, ElementsAre("a.yaml=" + std::string(11, 'x')));
  after(200);
  EXPECT_THAT(after(200), ElementsAre("a.yaml=" + std::string(11, 'x')))
      << "read once more at rest";
}

TEST_F(DirectoryTest, AFolderThatIsGoneTakesItsFilesAndNoOthers) {
  write("a/1.yaml", "one");
  write("b/2.yaml", "two");
  after(0);
  fs::remove_all(folder / "a");
  after(200);
  EXPECT_THAT(after(1000), ElementsAre("-a/1.yaml"));
  EXPECT_THAT(directory->take_complaints(), IsEmpty());
}

// The first folder that is gone must not end the walk: those after it would seem gone, too.
TEST_F(DirectoryTest, FoldersThatComeAndGoAreNoRemovalsOfOthers) {
  for (int i = 0; i < 20; ++i) write("stays" + std::to_string(i) + "/a.yaml", "one");
  after(0);
  std::atomic<bool> done{false};
  std::thread other([&] {
    for (int i = 0; !done.load(); ++i) {
      const fs::path passing = folder / ("passing" + std::to_string(i % 5));
      fs::create_directories(passing / "a" / "b");
      fs::remove_all(passing);
    }
  });
  std::vector<std::string> taken;
  for (int i = 0; i < 200; ++i) {
    for (std::string& one : after(600)) taken.push_back(std::move(one));
  }
  done.store(true);
  other.join();
  EXPECT_THAT(taken, IsEmpty());
  EXPECT_THAT(directory->take_complaints(), IsEmpty());
}

TEST_F(DirectoryTest, ARootThatIsMovedAwayTakesNothing) {
  write("a.yaml", "one");
  after(0);
  const fs::path aside = folder.string() + ".aside";
  fs::rename(folder, aside);
  EXPECT_THAT(after(200), IsEmpty());
  EXPECT_THAT(after(5000), IsEmpty());
  const auto complaints = directory->take_complaints();
  EXPECT_THAT(complaints, ElementsAre(HasSubstr("No such file or directory")));
  fs::rename(aside, folder);
  EXPECT_THAT(after(200), IsEmpty());
  EXPECT_THAT(directory->take_complaints(), ElementsAre(HasSubstr("is seen again")));
}

TEST_F(DirectoryTest, AFileGivenByNameThatIsGoneIsGone) {
  write("a.yaml", "one");
  directory.emplace(std::vector<std::string>{(folder / "a.yaml").string()});
  EXPECT_THAT(after(0), ElementsAre("a.yaml=one"));
  fs::remove(folder / "a.yaml");
  after(200);
  EXPECT_THAT(after(1000), ElementsAre("-a.yaml"));
}

TEST_F(DirectoryTest, WithoutDescriptorsNothingIsGone) {
  write("a.yaml", "one");
  write("below/b.yaml", "two");
  after(0);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto first = after(200);
  const auto second = after(5000);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(first, IsEmpty());
  EXPECT_THAT(second, IsEmpty());
  EXPECT_THAT(directory->take_complaints(), ElementsAre(HasSubstr("Too many open files")))
      << "once";
  fs::remove(folder / "a.yaml");
  after(200);
  EXPECT_THAT(after(1000), ElementsAre("-a.yaml"));
}

TEST_F(DirectoryTest, WhatMayNotBeListedIsNotGone) {
  write("a.yaml", "one");
  write("below/b.yaml", "two");
  after(0);
  ::chmod((folder / "below").c_str(), 0);
  fs::remove(folder / "a.yaml");
  const AsNobody nobody;
  after(200);
  EXPECT_THAT(after(2000), ElementsAre("-a.yaml"));
  EXPECT_THAT(directory->take_complaints(),
              ElementsAre(HasSubstr(
                  "below: cannot be read: Permission denied; what was read before stays")));
}

TEST_F(DirectoryTest, AFileThatMayNotBeReadIsToldOnce) {
  write("a.yaml", "one");
  ::chmod((folder / "a.yaml").c_str(), 0);
  {
    const AsNobody nobody;
    EXPECT_THAT(after(0), IsEmpty());
    EXPECT_THAT(after(200), IsEmpty());
  }
  EXPECT_THAT(directory->take_complaints(),
              ElementsAre(HasSubstr(
                  "Permission denied; its objects are missing; let the server's user read it")));
  ::chmod((folder / "a.yaml").c_str(), 0644);
  EXPECT_THAT(after(200), ElementsAre("a.yaml=one"));
}

TEST(Listing, HidesWhatIsBelowAnUnseenPlace) {
  Listing listing;
  listing.unseen = {{"/a/b", 1}, {"root/", 1}};
  for (const char* hidden : {"/a/b", "/a/b/c.yaml", "/a/b/c/d.yaml", "root/x.yaml"}) {
    EXPECT_TRUE(listing.hides(hidden)) << hidden;
  }
  for (const char* seen : {"/a/bc.yaml", "/a/c.yaml", "/x.yaml", "x.yaml"}) {
    EXPECT_FALSE(listing.hides(seen)) << seen;
  }
}

}  // namespace
}  // namespace mesh::server
