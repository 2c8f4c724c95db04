// Archives as bytes in memory: unpacks tar and ZIP files, plain or under gzip
// (libarchive finds out which), and writes a tar.gz.
//
// Contents are the reader's to distrust: a limit bounds what unpacking may
// take, whatever the archive says. Errors are INVALID_ARGUMENT and name the
// file, the member and what is wrong.

#ifndef LINEUP_COMMON_MODEL_ARCHIVE_FILE_H_
#define LINEUP_COMMON_MODEL_ARCHIVE_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lineup {

struct ArchiveMember {
  std::string name;  // without a leading "./"
  std::string contents;
};

// All regular files of the archive, in its order. `file` only names it in
// errors. More than `max_bytes` of contents in total is an error.
absl::StatusOr<std::vector<ArchiveMember>> UnpackArchive(
    absl::string_view bytes, absl::string_view file, uint64_t max_bytes);

// The same members always give the same bytes: owner 0/0, mode 0644, no time.
absl::StatusOr<std::string> PackTarGz(absl::Span<const ArchiveMember> members);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_ARCHIVE_FILE_H_
