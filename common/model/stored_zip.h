// Writes a ZIP archive whose members are stored, not compressed, exactly as
// Python's zipfile does: sizes and checksum stand in each member's header, no
// extra fields, Unix mode 0644. That is the file "model_algo-1" inside a
// Linear Learner model archive, byte for byte.
//
// libarchive, which reads these files here and writes the tar around them,
// cannot: its ZIP writer puts the checksum behind the data (flag bit 3) and
// adds extra fields even for stored members, which streaming readers refuse.
// Format: PKWARE APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16; members
// or archives of 4 GiB and more use its ZIP64 fields (4.5.3).

#ifndef LINEUP_COMMON_MODEL_STORED_ZIP_H_
#define LINEUP_COMMON_MODEL_STORED_ZIP_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lineup {

// MS-DOS time stamp. The default, the format's first moment (1980-01-01
// 00:00), is what makes archives of the same model the same bytes.
struct ZipTime {
  uint16_t time = 0;
  uint16_t date = (0 << 9) | (1 << 5) | 1;
};

struct ZipMember {
  absl::string_view name;
  absl::string_view contents;
};

std::string WriteStoredZip(absl::Span<const ZipMember> members,
                           const ZipTime& modified = {});

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_STORED_ZIP_H_
