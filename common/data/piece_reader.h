// Cuts a stream of bytes into the pieces that a RecordParser is fed with:
// whole lines or whatever is at hand, in one buffer that is used again and has
// the padding that parsers ask for.
//
//   for (;;) {
//     ParseResult result = parser.Parse(pieces.text(), pieces.at_end(), ...);
//     pieces.Consume(result.consumed);
//     if (... more is needed and !pieces.at_end()) status = pieces.Fill();
//   }
//
// For one thread at a time.

#ifndef LINEUP_COMMON_DATA_PIECE_READER_H_
#define LINEUP_COMMON_DATA_PIECE_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/data/byte_source.h"

namespace lineup {

class PieceReader {
 public:
  struct Options {
    // What errors call the source.
    std::string file;
    // What the first byte of the source is called.
    uint64_t begin = 0;
    // Where the last record of interest starts is before this byte. Of lines,
    // the one in which byte end - 1 lies is the last.
    uint64_t end = UINT64_MAX;
    // Pieces are whole lines; one that the source ends in gets an end of line.
    bool lines = true;
    // The source starts inside of a line, at its last byte or before: what
    // belongs to that line is passed over.
    bool skip_first_line = false;
    // Whether lines_before() is wanted.
    bool count_lines = false;
    // Of the buffer at first; it grows with the records.
    size_t buffer_bytes = 256 << 10;
    // Larger records are an error.
    size_t max_record_bytes = size_t{1} << 30;
  };

  PieceReader(std::unique_ptr<ByteSource> source, const Options& options);

  // The piece at hand, perhaps empty. Readable and writable on both sides as
  // RecordParser::kPadding says. Valid until the next call of Fill().
  absl::string_view text() const { return {data() + start_, limit_ - start_}; }

  // Nothing will come behind text().
  bool at_end() const { return at_end_; }

  // The place in the stream of the first byte of text().
  uint64_t offset() const { return buffer_offset_ + start_; }

  // Ends of lines before text(); for count_lines only.
  uint64_t lines_before() const { return lines_before_; }

  // Removes bytes from the front of the text.
  void Consume(size_t size);

  // Passes over bytes, reading as needed.
  absl::Status Skip(uint64_t bytes);

  // Puts more bytes behind the text (for lines, a whole one) or comes to the
  // end. An error of the source is returned, again and again, when the text
  // before it has been handed out.
  absl::Status Fill();

 private:
  static std::unique_ptr<char[]> NewBuffer(size_t capacity);
  char* data() const;

  // Reads into the free part of the buffer, which is made larger if there is
  // little.
  absl::Status ReadMore();
  absl::Status MakeRoom();
  // Moves start_ behind the first end of line, if that has been read.
  void SkipFirstLine();
  // Moves limit_ as far as whole lines (or bytes) of interest go.
  void MoveLimit();
  void MoveLimitByLines();

  const std::unique_ptr<ByteSource> source_;
  const Options options_;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_;
  // In the buffer: the text is [start_, limit_); bytes were read up to filled_,
  // the last time from fresh_ on.
  size_t start_ = 0;
  size_t limit_ = 0;
  size_t fresh_ = 0;
  size_t filled_ = 0;
  uint64_t buffer_offset_;
  uint64_t lines_before_ = 0;
  bool skipping_;
  bool source_ended_ = false;
  bool at_end_ = false;
  absl::Status source_error_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_PIECE_READER_H_
