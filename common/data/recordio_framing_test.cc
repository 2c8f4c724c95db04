#include "common/data/recordio_framing.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

const std::string& Magic() {
  static const std::string magic = "\x0a\x23\xd7\xce";
  return magic;
}

std::string Part(uint32_t flag, absl::string_view contents) {
  const uint32_t word = flag << 29 | static_cast<uint32_t>(contents.size());
  std::string part = Magic();
  part.append(reinterpret_cast<const char*>(&word), 4);
  absl::StrAppend(&part, contents,
                  std::string((4 - contents.size() % 4) % 4, '\0'));
  return part;
}

// As DMLC writes a record: cut wherever the magic stands at a multiple of 4.
std::string AsDmlcWrites(const std::string& payload) {
  std::string out;
  size_t start = 0;
  for (size_t i = 0; i + 4 <= payload.size(); i += 4) {
    if (payload.compare(i, 4, Magic()) != 0) continue;
    out += Part(start == 0 ? 1 : 2, payload.substr(start, i - start));
    start = i + 4;
  }
  return out + Part(start == 0 ? 0 : 3, payload.substr(start));
}

struct Cut {
  std::vector<std::string> payloads;
  std::vector<std::string> errors;
};

Cut CutAll(absl::string_view bytes) {
  Cut cut;
  RecordFrame frame;
  while (!bytes.empty()) {
    if (CutRecord(bytes, true, &frame) == FrameResult::kRecord) {
      cut.payloads.emplace_back(frame.payload);
    } else {
      cut.errors.push_back(frame.error);
    }
    bytes.remove_prefix(frame.size);
  }
  return cut;
}

TEST(RecordIoFramingTest, WritesAndCutsPlainRecords) {
  std::string bytes;
  AppendRecord("abcde", &bytes);
  AppendRecord("", &bytes);
  AppendRecord("abcd", &bytes);
  EXPECT_EQ(bytes.size(), 16u + 8u + 12u);
  EXPECT_EQ(bytes.substr(0, 8), Magic() + std::string("\5\0\0\0", 4));
  EXPECT_THAT(CutAll(bytes).payloads, ElementsAre("abcde", "", "abcd"));
}

TEST(RecordIoFramingTest, JoinsPartsWithTheMagicBetweenThem) {
  const std::string& m = Magic();
  for (const std::string& payload :
       {m, m + m, "abcd" + m, "abcd" + m + "efg", m + "abcd",
        "abcd" + m + m + "ef" + m, m + m + m + m}) {
    const Cut cut = CutAll(AsDmlcWrites(payload) + AsDmlcWrites("next"));
    EXPECT_THAT(cut.payloads, ElementsAre(payload, "next"));
  }
}

TEST(RecordIoFramingTest, TheMagicInsideAPlainRecordIsData) {
  std::string bytes;
  const std::string payload = Magic() + Part(0, "inner");
  AppendRecord(payload, &bytes);
  EXPECT_THAT(CutAll(bytes).payloads, ElementsAre(payload));
}

TEST(RecordIoFramingTest, AsksForTheRest) {
  const std::string bytes = AsDmlcWrites("abcd" + Magic() + "efg");
  RecordFrame frame;
  for (size_t size = 0; size < bytes.size(); ++size) {
    const absl::string_view piece(bytes.data(), size);
    EXPECT_EQ(CutRecord(piece, false, &frame), FrameResult::kIncomplete);
    if (size == 0) continue;
    EXPECT_EQ(CutRecord(piece, true, &frame), FrameResult::kBad);
    EXPECT_EQ(frame.size, size);
    EXPECT_EQ(frame.error,
              absl::StrCat("found the end of the file after ", size,
                           " bytes of the record, expected the rest; the file "
                           "was cut off: copy it again"));
  }
}

TEST(RecordIoFramingTest, GoesOnAfterPartsThatDoNotBelongTogether) {
  const std::string good = Part(0, "good");
  EXPECT_THAT(CutAll(Part(2, "x") + good + Part(3, "x") + good).payloads,
              ElementsAre("good", "good"));
  EXPECT_THAT(CutAll(Part(2, "x")).errors,
              ElementsAre("found a part with the flag 2, expected the start of "
                          "a record (flag 0 or 1); the file is damaged"));
  const Cut cut = CutAll(Part(1, "x") + Part(2, "y") + good + Part(1, "x") +
                         Part(1, "a") + Part(3, "b"));
  EXPECT_THAT(cut.payloads, ElementsAre("good", "a" + Magic() + "b"));
  EXPECT_THAT(cut.errors,
              testing::Each("found the start of another record, expected a "
                            "further part of this one (flag 2 or 3); the file "
                            "is damaged"));
  EXPECT_EQ(cut.errors.size(), 2u);
}

TEST(RecordIoFramingTest, GivesUpWhereNoRecordStands) {
  RecordFrame frame;
  const std::string text = "1,2,3\n4,5,6\n";
  EXPECT_EQ(CutRecord(text, false, &frame), FrameResult::kLost);
  EXPECT_EQ(frame.size, text.size());
  EXPECT_EQ(frame.error,
            "found the bytes 312c322c330a342c where a record should start, "
            "expected the mark 0a23d7ce of RecordIO and a flag from 0 to 3; "
            "the file is damaged or not RecordIO");
  EXPECT_EQ(CutRecord(Part(4, "abcd"), true, &frame), FrameResult::kLost);
  EXPECT_EQ(CutRecord(Part(1, "abcd") + text, true, &frame),
            FrameResult::kLost);
}

// Goes through `bytes` as the reader of a file does, `piece` bytes at a time.
RecordIndex Index(const std::string& bytes, uint64_t split_bytes,
                  size_t piece) {
  RecordIndex index(split_bytes);
  while (index.next_offset() + kRecordHeaderBytes <= bytes.size()) {
    const absl::Status status =
        index.Add(absl::string_view(bytes).substr(index.next_offset(), piece));
    EXPECT_TRUE(status.ok()) << status;
  }
  return index;
}

TEST(RecordIndexTest, FindsTheStartsThatCuttingFinds) {
  std::string bytes;
  std::vector<uint64_t> offsets;
  const auto add = [&](const std::string& record) {
    offsets.push_back(bytes.size());
    bytes += record;
  };
  for (int i = 0; i < 100; ++i) {
    add(Part(0, std::string(i, 'x')));
    add(AsDmlcWrites("abcd" + Magic() + std::string(i, 'y') + Magic()));
    if (i % 10 == 0) add(Part(2, "stray"));
    if (i % 10 == 0) add(Part(3, "stray"));
    if (i % 10 == 1) add(Part(1, "x") + Part(2, "without an end"));
    if (i % 10 == 1) add(Part(1, "x") + Part(3, "y"));
  }
  add(Part(0, "cut off").substr(0, 12));
  for (const size_t piece : {8, 100, 100000}) {
    const RecordIndex index = Index(bytes, 500, piece);
    EXPECT_EQ(index.num_records(), offsets.size());
    uint64_t multiple = 0;
    for (const RecordIndex::Start& start : index.starts()) {
      const auto first =
          std::lower_bound(offsets.begin(), offsets.end(), multiple);
      ASSERT_NE(first, offsets.end());
      EXPECT_EQ(start.offset, *first);
      EXPECT_EQ(start.first_record, first - offsets.begin());
      multiple = (start.offset / 500 + 1) * 500;
    }
    EXPECT_GT(multiple, offsets.back());
    const Cut cut = CutAll(bytes);
    EXPECT_EQ(cut.payloads.size() + cut.errors.size(), offsets.size());
  }
}

TEST(RecordIndexTest, RefusesWhatIsNotRecordIo) {
  RecordIndex index(1000);
  EXPECT_EQ(index.Add(Part(0, "abcd") + "1,2,3,4\n").message(),
            "record 2 (byte 12): found the bytes 312c322c332c340a where a "
            "record should start, expected the mark 0a23d7ce of RecordIO and a "
            "flag from 0 to 3; the file is damaged or not RecordIO");
}

}  // namespace
}  // namespace lineup
