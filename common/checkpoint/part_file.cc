#include "common/checkpoint/part_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

constexpr absl::string_view kMagic = "LineupCP";
constexpr uint32_t kVersion = 2;
constexpr uint32_t kOldestVersion = 1;
constexpr size_t kStartBytes = 12;  // magic, version
// kind, key, bytes; and the checksum of these and the payload.
constexpr size_t kHeadBytes = 16;
constexpr size_t kChecksumBytes = 8;

template <typename T>
void Append(T value, std::string* out) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out->push_back(static_cast<char>(value >> (8 * i)));
  }
}

template <typename T>
T Load(const char* bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  }
  return value;
}

std::string HeadOf(PartKind kind, uint32_t key, uint64_t bytes) {
  std::string head;
  Append(static_cast<uint32_t>(kind), &head);
  Append(key, &head);
  Append(bytes, &head);
  return head;
}

uint64_t PartChecksum(absl::string_view head, absl::string_view payload) {
  ChecksumStream stream;
  stream.Update(head);
  stream.Update(payload);
  return stream.Digest();
}

std::string NameOf(const Part& part) {
  switch (part.kind) {
    case PartKind::kEnd:
      return "the end";
    case PartKind::kManifest:
      return "the manifest";
    case PartKind::kHeader:
      return "the header";
    case PartKind::kSlot:
      return absl::StrCat("slot ", part.key);
  }
  return absl::StrCat("a part of the unknown kind ",
                      static_cast<uint32_t>(part.kind));
}

}  // namespace

absl::StatusOr<PartWriter> PartWriter::Create(const std::string& path,
                                              FileSystem* files) {
  LINEUP_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path, files));
  PartWriter writer(std::move(file));
  std::string start(kMagic);
  Append(kVersion, &start);
  LINEUP_RETURN_IF_ERROR(writer.Write(start));
  return writer;
}

absl::Status PartWriter::Write(absl::string_view bytes) {
  checksum_.Update(bytes);
  bytes_ += bytes.size();
  return file_.Append(bytes);
}

absl::Status PartWriter::Add(PartKind kind, uint32_t key,
                             absl::string_view payload) {
  std::string head = HeadOf(kind, key, payload.size());
  Append(PartChecksum(head, payload), &head);
  ++parts_;
  LINEUP_RETURN_IF_ERROR(Write(head));
  return Write(payload);
}

absl::Status PartWriter::Commit() {
  LINEUP_RETURN_IF_ERROR(Add(PartKind::kEnd, parts_, ""));
  return file_.Commit();
}

namespace {

class MemoryReader final : public FileSystem::Reader {
 public:
  explicit MemoryReader(absl::string_view bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  absl::Status ReadAt(uint64_t offset, char* out, size_t bytes) override {
    std::memcpy(out, bytes_.data() + offset, bytes);
    return absl::OkStatus();
  }

 private:
  const absl::string_view bytes_;
};

}  // namespace

PartReader::PartReader(std::unique_ptr<FileSystem::Reader> source,
                       std::string name)
    : source_(std::move(source)),
      name_(std::move(name)),
      size_(source_->size()) {}
PartReader::PartReader(PartReader&&) noexcept = default;
PartReader& PartReader::operator=(PartReader&&) noexcept = default;
PartReader::~PartReader() = default;

absl::StatusOr<PartReader> PartReader::Open(const std::string& path,
                                            FileSystem* files) {
  LINEUP_ASSIGN_OR_RETURN(std::unique_ptr<FileSystem::Reader> file,
                          files->Open(path));
  PartReader reader(std::move(file), path);
  LINEUP_RETURN_IF_ERROR(reader.ReadStart());
  return reader;
}

absl::StatusOr<PartReader> PartReader::OfBytes(absl::string_view bytes,
                                               const std::string& name) {
  PartReader reader(std::make_unique<MemoryReader>(bytes), name);
  LINEUP_RETURN_IF_ERROR(reader.ReadStart());
  return reader;
}

absl::Status PartReader::DamagedAt(uint64_t offset,
                                   absl::string_view problem) const {
  return absl::DataLossError(
      absl::StrCat(name_, ": byte ", offset, ": ", problem));
}

absl::Status PartReader::Damaged(uint64_t at, absl::string_view problem) const {
  return DamagedAt(part_.offset + kHeadBytes + kChecksumBytes + at,
                   absl::StrCat(NameOf(part_), ": ", problem));
}

absl::Status PartReader::ReadHere(char* out, size_t bytes,
                                  absl::string_view what) {
  if (size_ - at_ < bytes) {
    return DamagedAt(at_, absl::StrCat("the file ends after ", size_ - at_,
                                       " of the ", bytes, " bytes of ", what));
  }
  LINEUP_RETURN_IF_ERROR(source_->ReadAt(at_, out, bytes));
  checksum_.Update({out, bytes});
  at_ += bytes;
  return absl::OkStatus();
}

absl::Status PartReader::ReadStart() {
  char start[kStartBytes];
  LINEUP_RETURN_IF_ERROR(
      ReadHere(start, kStartBytes, "a checkpoint file's start"));
  if (absl::string_view(start, kMagic.size()) != kMagic) {
    return DamagedAt(0, absl::StrCat("not a checkpoint file: it should start "
                                     "with \"",
                                     kMagic, "\""));
  }
  const uint32_t version = Load<uint32_t>(start + kMagic.size());
  if (version < kOldestVersion || version > kVersion) {
    return DamagedAt(kMagic.size(),
                     absl::StrCat("version ", version, " of the format, this ",
                                  "program reads versions ", kOldestVersion,
                                  " to ", kVersion));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Part>> PartReader::Next() {
  if (unread_) at_ += part_.bytes;
  unread_ = false;
  char head[kHeadBytes + kChecksumBytes];
  part_ = Part{PartKind::kEnd, 0, 0, at_};
  LINEUP_RETURN_IF_ERROR(ReadHere(head, sizeof(head), "a part's head"));
  head_.assign(head, sizeof(head));
  part_.kind = static_cast<PartKind>(Load<uint32_t>(head));
  part_.key = Load<uint32_t>(head + 4);
  part_.bytes = Load<uint64_t>(head + 8);
  if (part_.bytes > size_ - at_) {
    return Damaged(0, absl::StrCat("its length should be ", part_.bytes,
                                   " bytes, but the file has only ",
                                   size_ - at_, " more"));
  }
  unread_ = true;
  if (part_.kind != PartKind::kEnd) {
    ++parts_;
    return std::optional<Part>(part_);
  }
  std::string payload;
  LINEUP_RETURN_IF_ERROR(Read(&payload));
  if (part_.key != parts_) {
    return Damaged(0, absl::StrCat("there are ", parts_,
                                   " parts before it, expected ", part_.key));
  }
  if (at_ != size_) {
    return DamagedAt(at_, absl::StrCat(size_ - at_,
                                       " bytes after the end of the last part, "
                                       "expected none"));
  }
  return std::optional<Part>();
}

absl::Status PartReader::Read(std::string* payload) {
  unread_ = false;
  payload->resize(part_.bytes);
  LINEUP_RETURN_IF_ERROR(ReadHere(payload->data(), payload->size(), "a part"));
  const uint64_t expected = Load<uint64_t>(head_.data() + kHeadBytes);
  const uint64_t found =
      PartChecksum(absl::string_view(head_.data(), kHeadBytes), *payload);
  if (found != expected) {
    return Damaged(
        0, absl::StrFormat("checksum %016x, expected %016x", found, expected));
  }
  return absl::OkStatus();
}

}  // namespace lineup
