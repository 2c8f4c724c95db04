#include "common/data/piece_reader.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/data/memory_source.h"
#include "common/data/record_parser.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr char kText[] = "a\nbb\n\nccc\n\n\ndddddddddddd\ne\nff";

// Hands out `text` and then fails.
class FailingSource : public ByteSource {
 public:
  explicit FailingSource(std::string text) : source_(std::move(text)) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    auto size = source_.Read(buffer);
    if (size.ok() && *size == 0) return absl::DataLossError("broken");
    return size;
  }

 private:
  MemorySource source_;
};

PieceReader::Options SmallBuffer(size_t bytes) {
  PieceReader::Options options;
  options.buffer_bytes = bytes;
  return options;
}

// All lines of the pieces.
std::vector<std::string> ReadLines(PieceReader* pieces) {
  std::vector<std::string> lines;
  while (true) {
    const absl::string_view text = pieces->text();
    if (text.empty()) {
      if (pieces->at_end()) return lines;
      EXPECT_TRUE(pieces->Fill().ok());
      continue;
    }
    // Whole lines, always.
    EXPECT_EQ(text.back(), '\n');
    const size_t size = text.find('\n') + 1;
    lines.emplace_back(text.substr(0, size));
    pieces->Consume(size);
  }
}

// A line belongs to the range in which its first byte lies.
std::vector<std::string> LinesFrom(const std::string& text, size_t begin,
                                   size_t end) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t newline = text.find('\n', at);
    const size_t next = newline == text.npos ? text.size() : newline + 1;
    if (at >= begin && at < end) {
      lines.push_back(text.substr(at, next - at));
      if (newline == text.npos) lines.back() += '\n';
    }
    at = next;
  }
  return lines;
}

TEST(PieceReaderTest, AnyRangeHasItsOwnLines) {
  const std::string text = kText;
  for (const size_t buffer : {1, 2, 3, 8, 100}) {
    for (const size_t max_read : {1, 5, 100}) {
      for (size_t begin = 0; begin < text.size(); ++begin) {
        for (size_t end = begin; end <= text.size(); ++end) {
          PieceReader::Options options = SmallBuffer(buffer);
          options.skip_first_line = begin > 0;
          options.begin = begin - options.skip_first_line;
          options.end = end;
          PieceReader pieces(std::make_unique<MemorySource>(
                                 text.substr(options.begin), max_read),
                             options);
          ASSERT_EQ(ReadLines(&pieces), LinesFrom(text, begin, end))
              << begin << " to " << end << " with a buffer of " << buffer;
        }
      }
    }
  }
}

TEST(PieceReaderTest, KnowsWhereItIs) {
  PieceReader::Options options = SmallBuffer(4);
  options.begin = 1000;
  options.count_lines = true;
  PieceReader pieces(std::make_unique<MemorySource>(kText), options);
  ASSERT_TRUE(pieces.Skip(5).ok());
  EXPECT_EQ(pieces.offset(), 1005u);
  EXPECT_EQ(pieces.lines_before(), 2u);
  ASSERT_TRUE(pieces.Fill().ok());
  EXPECT_EQ(pieces.text()[0], '\n');
  ASSERT_TRUE(pieces.Skip(1000).ok());
  EXPECT_TRUE(pieces.at_end());
}

TEST(PieceReaderTest, OtherBytesComeAsTheyAre) {
  for (const size_t end : {3, 7, 100}) {
    PieceReader::Options options = SmallBuffer(4);
    options.lines = false;
    options.end = end;
    PieceReader pieces(std::make_unique<MemorySource>("0123456789"), options);
    std::string all;
    while (!pieces.at_end()) {
      ASSERT_TRUE(pieces.Fill().ok());
      // Nothing is consumed: the buffer has to grow.
      ASSERT_EQ(pieces.text().substr(0, all.size()), all);
      all = std::string(pieces.text());
    }
    EXPECT_EQ(all, std::string("0123456789").substr(0, end));
  }
}

TEST(PieceReaderTest, PaddingIsReadableAndWritable) {
  PieceReader pieces(std::make_unique<MemorySource>("1234"), SmallBuffer(4));
  ASSERT_TRUE(pieces.Fill().ok());
  ASSERT_TRUE(pieces.at_end());
  ASSERT_EQ(pieces.text(), "1234\n");
  char* const begin = const_cast<char*>(pieces.text().data());
  std::fill_n(begin - RecordParser::kPadding, RecordParser::kPadding, 'x');
  std::fill_n(begin + 5, RecordParser::kPadding, 'x');
}

TEST(PieceReaderTest, AnErrorComesBehindTheLinesBeforeIt) {
  PieceReader pieces(std::make_unique<FailingSource>("1\n2\ncut off"),
                     SmallBuffer(100));
  ASSERT_TRUE(pieces.Fill().ok());
  EXPECT_EQ(pieces.text(), "1\n2\n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(pieces.Fill().message(), "broken");
    EXPECT_FALSE(pieces.at_end());
  }
  pieces.Consume(4);
  EXPECT_EQ(pieces.text(), "");
}

TEST(PieceReaderTest, RefusesEndlessRecords) {
  PieceReader::Options options = SmallBuffer(16);
  options.file = "FILE";
  options.max_record_bytes = 50;
  PieceReader pieces(
      std::make_unique<MemorySource>("1\n" + std::string(1000, 'x')), options);
  ASSERT_TRUE(pieces.Fill().ok());
  pieces.Consume(2);
  EXPECT_EQ(pieces.Fill().message(),
            "FILE: found no end of the record that starts at byte 2, expected "
            "one within 50 bytes; check that the file is of the format it is "
            "read as");
}

}  // namespace
}  // namespace lineup
