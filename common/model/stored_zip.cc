#include "common/model/stored_zip.h"

#include <zlib.h>

#include <vector>

namespace lineup {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kCentralHeader = 0x02014b50;
constexpr uint32_t kEndOfDirectory = 0x06054b50;
constexpr uint32_t kZip64EndOfDirectory = 0x06064b50;
constexpr uint32_t kZip64Locator = 0x07064b50;
constexpr uint64_t kMax32 = 0xFFFFFFFF;  // also: "see the ZIP64 field"
constexpr uint16_t kVersion = 20;
constexpr uint16_t kZip64Version = 45;
constexpr uint16_t kMadeByUnix = 3 << 8;
constexpr uint32_t kMode = 0100644u << 16;
constexpr uint16_t kZip64Field = 1;

template <typename T>
void Append(T value, std::string* out) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out->push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
  }
}

uint32_t Narrow(uint64_t value) {
  return static_cast<uint32_t>(value < kMax32 ? value : kMax32);
}

struct Placed {
  ZipMember member;
  uint32_t checksum = 0;
  uint64_t offset = 0;

  bool wide_size() const { return member.contents.size() >= kMax32; }
  bool wide_offset() const { return offset >= kMax32; }
};

// What the local and the central header have in common.
void AppendCommon(const Placed& placed, bool wide, uint16_t extra_bytes,
                  const ZipTime& modified, std::string* out) {
  const uint64_t size = placed.member.contents.size();
  Append<uint16_t>(wide ? kZip64Version : kVersion, out);
  Append<uint16_t>(0, out);  // flags
  Append<uint16_t>(0, out);  // method: stored
  Append<uint16_t>(modified.time, out);
  Append<uint16_t>(modified.date, out);
  Append<uint32_t>(placed.checksum, out);
  Append<uint32_t>(Narrow(size), out);  // compressed
  Append<uint32_t>(Narrow(size), out);
  Append<uint16_t>(static_cast<uint16_t>(placed.member.name.size()), out);
  Append<uint16_t>(extra_bytes, out);
}

void AppendLocal(const Placed& placed, const ZipTime& modified,
                 std::string* out) {
  const uint64_t size = placed.member.contents.size();
  const bool wide = placed.wide_size();
  Append<uint32_t>(kLocalHeader, out);
  AppendCommon(placed, wide, wide ? 20 : 0, modified, out);
  out->append(placed.member.name.data(), placed.member.name.size());
  if (wide) {
    Append<uint16_t>(kZip64Field, out);
    Append<uint16_t>(16, out);
    Append<uint64_t>(size, out);
    Append<uint64_t>(size, out);
  }
  out->append(placed.member.contents.data(), size);
}

void AppendCentral(const Placed& placed, const ZipTime& modified,
                   std::string* out) {
  const uint64_t size = placed.member.contents.size();
  const bool wide = placed.wide_size() || placed.wide_offset();
  const uint16_t field_bytes =
      (placed.wide_size() ? 16 : 0) + (placed.wide_offset() ? 8 : 0);
  Append<uint32_t>(kCentralHeader, out);
  Append<uint16_t>(kMadeByUnix | (wide ? kZip64Version : kVersion), out);
  AppendCommon(placed, wide, wide ? field_bytes + 4 : 0, modified, out);
  Append<uint16_t>(0, out);  // comment
  Append<uint16_t>(0, out);  // disk
  Append<uint16_t>(0, out);  // internal attributes
  Append<uint32_t>(kMode, out);
  Append<uint32_t>(Narrow(placed.offset), out);
  out->append(placed.member.name.data(), placed.member.name.size());
  if (!wide) return;
  Append<uint16_t>(kZip64Field, out);
  Append<uint16_t>(field_bytes, out);
  if (placed.wide_size()) {
    Append<uint64_t>(size, out);
    Append<uint64_t>(size, out);
  }
  if (placed.wide_offset()) Append<uint64_t>(placed.offset, out);
}

void AppendEnd(uint64_t members, uint64_t directory, std::string* out) {
  const uint64_t end = out->size();
  if (directory >= kMax32) {
    Append<uint32_t>(kZip64EndOfDirectory, out);
    Append<uint64_t>(44, out);  // bytes of this record from here on
    Append<uint16_t>(kMadeByUnix | kZip64Version, out);
    Append<uint16_t>(kZip64Version, out);
    Append<uint32_t>(0, out);  // this disk
    Append<uint32_t>(0, out);  // the directory's disk
    Append<uint64_t>(members, out);
    Append<uint64_t>(members, out);
    Append<uint64_t>(end - directory, out);
    Append<uint64_t>(directory, out);
    Append<uint32_t>(kZip64Locator, out);
    Append<uint32_t>(0, out);
    Append<uint64_t>(end, out);
    Append<uint32_t>(1, out);  // disks
  }
  Append<uint32_t>(kEndOfDirectory, out);
  Append<uint16_t>(0, out);  // this disk
  Append<uint16_t>(0, out);  // the directory's disk
  Append<uint16_t>(static_cast<uint16_t>(members), out);
  Append<uint16_t>(static_cast<uint16_t>(members), out);
  Append<uint32_t>(Narrow(end - directory), out);
  Append<uint32_t>(Narrow(directory), out);
  Append<uint16_t>(0, out);  // comment
}

}  // namespace

std::string WriteStoredZip(absl::Span<const ZipMember> members,
                           const ZipTime& modified) {
  size_t bytes = 0;
  for (const ZipMember& member : members) bytes += member.contents.size();
  std::string out;
  out.reserve(bytes + 256 * (members.size() + 1));
  std::vector<Placed> directory;
  for (const ZipMember& member : members) {
    const auto checksum = static_cast<uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(member.contents.data()),
                member.contents.size()));
    directory.push_back({member, checksum, out.size()});
    AppendLocal(directory.back(), modified, &out);
  }
  const uint64_t directory_offset = out.size();
  for (const Placed& placed : directory) AppendCentral(placed, modified, &out);
  AppendEnd(members.size(), directory_offset, &out);
  return out;
}

}  // namespace lineup
