#include "common/model/archive_file.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

struct ReadDeleter {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct WriteDeleter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct EntryDeleter {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};
using Reader = std::unique_ptr<archive, ReadDeleter>;
using Writer = std::unique_ptr<archive, WriteDeleter>;
using Entry = std::unique_ptr<archive_entry, EntryDeleter>;

std::string Reason(archive* a) {
  const char* text = archive_error_string(a);
  return text == nullptr ? "unknown reason" : text;
}

absl::Status Damaged(absl::string_view file, absl::string_view where,
                     archive* a) {
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": ", where, " cannot be unpacked: ", Reason(a),
                   "; the archive is truncated or damaged: copy it again"));
}

absl::Status ReadMember(archive* a, absl::string_view file, uint64_t max_bytes,
                        ArchiveMember* member) {
  char buffer[65536];
  while (true) {
    const la_ssize_t count = archive_read_data(a, buffer, sizeof(buffer));
    if (count < 0) {
      return Damaged(file, absl::StrCat("member \"", member->name, "\""), a);
    }
    if (count == 0) return absl::OkStatus();
    if (member->contents.size() + count > max_bytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          file, ": member \"", member->name, "\" unpacks to more than ",
          max_bytes, " bytes, the most that a model may take"));
    }
    member->contents.append(buffer, count);
  }
}

la_ssize_t AppendToString(archive*, void* out, const void* bytes, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

absl::Status PackError(archive* a) {
  return absl::InternalError(
      absl::StrCat("the model archive cannot be packed: ", Reason(a)));
}

absl::Status PackMember(const ArchiveMember& member, archive* a) {
  Entry entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), member.name.c_str());
  archive_entry_set_size(entry.get(),
                         static_cast<la_int64_t>(member.contents.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_uid(entry.get(), 0);
  archive_entry_set_gid(entry.get(), 0);
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (archive_write_header(a, entry.get()) != ARCHIVE_OK) return PackError(a);
  const la_ssize_t written =
      archive_write_data(a, member.contents.data(), member.contents.size());
  if (written != static_cast<la_ssize_t>(member.contents.size())) {
    return PackError(a);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ArchiveMember>> UnpackArchive(
    absl::string_view bytes, absl::string_view file, uint64_t max_bytes) {
  Reader reader(archive_read_new());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip_seekable(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) !=
      ARCHIVE_OK) {
    return Damaged(file, "the archive", reader.get());
  }
  std::vector<ArchiveMember> members;
  while (true) {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_EOF) return members;
    // A warning (names in an unknown character set) does not touch contents.
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
      return Damaged(file, "the archive", reader.get());
    }
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    const char* name = archive_entry_pathname(entry);
    members.emplace_back();
    members.back().name =
        std::string(absl::StripPrefix(name == nullptr ? "" : name, "./"));
    LINEUP_RETURN_IF_ERROR(
        ReadMember(reader.get(), file, max_bytes, &members.back()));
    max_bytes -= members.back().contents.size();
  }
}

absl::StatusOr<std::string> PackTarGz(absl::Span<const ArchiveMember> members) {
  std::string out;
  Writer writer(archive_write_new());
  archive* a = writer.get();
  // Plain ustar unless a member is too large for it.
  if (archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
      archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
      archive_write_set_filter_option(a, "gzip", "timestamp", nullptr) !=
          ARCHIVE_OK ||
      archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
      archive_write_open(a, &out, nullptr, AppendToString, nullptr) !=
          ARCHIVE_OK) {
    return PackError(a);
  }
  for (const ArchiveMember& member : members) {
    LINEUP_RETURN_IF_ERROR(PackMember(member, a));
  }
  if (archive_write_close(a) != ARCHIVE_OK) return PackError(a);
  return out;
}

}  // namespace lineup
