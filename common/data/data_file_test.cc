#include "common/data/data_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "common/data/dataset_testing.h"
#include "common/data/file_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

DataFile Open(const std::string& path, uint64_t bytes, bool pipe = false) {
  auto file = DataFile::Open({path, bytes, pipe});
  EXPECT_TRUE(file.ok()) << file.status();
  return *std::move(file);
}

std::string ReadRest(ByteSource* source) {
  std::string text;
  char buffer[3];
  while (true) {
    const auto size = source->Read(buffer);
    EXPECT_TRUE(size.ok()) << size.status();
    if (!size.ok() || *size == 0) return text;
    text.append(buffer, *size);
  }
}

std::string ReadFrom(const DataFile& file, uint64_t begin) {
  auto source = file.Read(begin);
  EXPECT_TRUE(source.ok()) << source.status();
  return ReadRest(source->get());
}

TEST(DataFileTest, ReadsFromAnywhere) {
  const DataFile file = Open(WriteTestFile("a", "0123456789"), 10);
  EXPECT_TRUE(file.seekable());
  EXPECT_EQ(file.bytes(), 10u);
  EXPECT_EQ(ReadFrom(file, 0), "0123456789");
  EXPECT_EQ(ReadFrom(file, 7), "789");
  EXPECT_EQ(ReadFrom(file, 10), "");
}

TEST(DataFileTest, ShowsTheBeginning) {
  const std::string text = "0123456789";
  for (const std::string& bytes : {text, GzipOf(text), ZstdOf(text)}) {
    const DataFile file = Open(WriteTestFile("a", bytes), bytes.size());
    EXPECT_EQ(file.seekable(), bytes == text);
    const auto part = file.ReadHead(4);
    ASSERT_TRUE(part.ok()) << part.status();
    EXPECT_EQ(part->text, "0123");
    EXPECT_FALSE(part->whole);
    const auto all = file.ReadHead(10);
    ASSERT_TRUE(all.ok()) << all.status();
    EXPECT_EQ(all->text, text);
    EXPECT_TRUE(all->whole);
    EXPECT_EQ(all->file_bytes, bytes.size());
    EXPECT_EQ(ReadFrom(file, 0), text);
  }
}

TEST(DataFileTest, TheBeginningOfADamagedFileIsWhatCanBeRead) {
  const std::string bytes = GzipOf("0123456789");
  const DataFile file = Open(
      WriteTestFile("a", bytes.substr(0, bytes.size() - 4)), bytes.size() - 4);
  const auto head = file.ReadHead(100);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->text, "0123456789");
}

TEST(DataFileTest, NoticesThatAFileHasChanged) {
  const std::string path = WriteTestFile("a", "0123456789");
  const DataFile file = Open(path, 10);
  WriteTestFile("a", "0123");
  EXPECT_EQ(file.Read(0).status().message(),
            path +
                ": the file changed while it was in use: it had 10 bytes "
                "and now has 4; leave the files alone during a job, and "
                "start again");
  unlink(path.c_str());
  EXPECT_THAT(std::string(file.Read(0).status().message()),
              HasSubstr("No such file"));
}

// Writes to a named pipe from another thread, as another process would.
class PipeWriter {
 public:
  PipeWriter(const std::string& path, std::string text)
      : thread_([path, text = std::move(text)] {
          const int descriptor = open(path.c_str(), O_WRONLY);
          size_t written = 0;
          while (written < text.size()) {
            const ssize_t size =
                write(descriptor, text.data() + written, text.size() - written);
            ASSERT_GT(size, 0);
            written += size;
          }
          close(descriptor);
        }) {}
  ~PipeWriter() { thread_.join(); }

 private:
  std::thread thread_;
};

TEST(DataFileTest, APipeIsReadOnce) {
  const std::string path = TestDirectory() + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::string text(300000, 'x');
  for (const std::string& bytes : {text, GzipOf(text)}) {
    const PipeWriter writer(path, bytes);
    const DataFile file = Open(path, 0, true);
    EXPECT_TRUE(file.is_pipe());
    EXPECT_FALSE(file.seekable());
    for (const size_t size : {10, 1000}) {
      const auto head = file.ReadHead(size);
      ASSERT_TRUE(head.ok()) << head.status();
      EXPECT_EQ(head->text, text.substr(0, size));
      EXPECT_FALSE(head->whole);
    }
    EXPECT_EQ(ReadFrom(file, 0), text);
    EXPECT_EQ(file.Read(0).status().message(),
              path +
                  ": a pipe can be read only once, and it is wanted again; "
                  "write the data to a file");
  }
}

TEST(DataFileTest, AShortPipeIsSeenWhole) {
  const std::string path = TestDirectory() + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const PipeWriter writer(path, "1,2\n");
  const DataFile file = Open(path, 0, true);
  const auto head = file.ReadHead(4);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->text, "1,2\n");
  EXPECT_TRUE(head->whole);
}

}  // namespace
}  // namespace lineup
