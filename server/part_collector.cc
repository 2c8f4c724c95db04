#include "server/part_collector.h"

#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/errors.h"

namespace lineup {
namespace {

// More parts than any call that is allowed would need.
constexpr uint32_t kMaxParts = 4096;

// Whether two parts can be of the same call.
bool FitTogether(const LaneCall& a, const LaneCall& b) {
  return a.at.clock == b.at.clock && a.num_parts == b.num_parts &&
         a.format == b.format && a.routing_epoch == b.routing_epoch &&
         a.gradient.has_value() == b.gradient.has_value() &&
         a.pull.has_value() == b.pull.has_value() &&
         (!a.gradient.has_value() ||
          (a.gradient->examples == b.gradient->examples &&
           a.gradient->loss_sums == b.gradient->loss_sums));
}

// What a part holds in memory, roughly.
size_t BytesOf(const LaneCall& call) {
  size_t bytes = 0;
  if (call.gradient.has_value()) {
    bytes += call.gradient->rows.rows.size() + call.gradient->values.size() +
             call.gradient->loss_sums.size() * sizeof(double);
  }
  if (call.pull.has_value()) bytes += call.pull->rows.size();
  return bytes;
}

absl::Status Overtaken(uint32_t lane) {
  return SupersededError(
      absl::StrCat("a newer call of lane ", lane, " took this one's place"));
}

}  // namespace

absl::Status PartCollector::Admit(const LaneCall& call,
                                  std::vector<Ended>* ended) {
  if (call.part >= call.num_parts || call.num_parts > kMaxParts) {
    return MalformedError(absl::StrCat(
        "part ", call.part, " of ", call.num_parts,
        "; parts count from 0, and there are at most ", kMaxParts));
  }
  Collection& collection = by_lane_[call.at.lane];
  const auto age = std::tie(call.at.term, call.part_id);
  const auto current = std::tie(collection.term, collection.part_id);
  if (age < current) return Overtaken(call.at.lane);
  if (age > current) {
    for (auto& [part, older] : collection.parts) {
      ended->push_back({std::move(older), Overtaken(call.at.lane)});
    }
    Clear(collection);
    collection.term = call.at.term;
    collection.part_id = call.part_id;
  }
  if (!collection.parts.empty() &&
      !FitTogether(collection.parts.begin()->second, call)) {
    return MalformedError(
        "parts with the same part_id belong to different calls");
  }
  return CheckSize(call, collection);
}

absl::Status PartCollector::CheckSize(const LaneCall& call,
                                      const Collection& collection) const {
  if (collection.bytes + BytesOf(call) > max_call_bytes_) {
    return LimitExceededError(
        absl::StrCat("a call of lane ", call.at.lane, " has more than ",
                     max_call_bytes_,
                     " bytes in all its parts; use smaller minibatches or "
                     "more servers"),
        max_call_bytes_);
  }
  if (held_bytes_ + BytesOf(call) > max_held_bytes_) {
    // The others' calls will soon be complete, or given up.
    return RetryLaterError(
        absl::StrCat("calls that are not complete hold ", held_bytes_,
                     " bytes here, of at most ", max_held_bytes_),
        absl::Milliseconds(100));
  }
  return absl::OkStatus();
}

void PartCollector::Clear(Collection& collection) {
  held_bytes_ -= collection.bytes;
  collection.bytes = 0;
  collection.parts.clear();
}

std::vector<LaneCall> PartCollector::Add(LaneCall call,
                                         std::vector<Ended>* ended) {
  std::vector<LaneCall> complete;
  if (call.num_parts <= 1 && call.part == 0) {
    complete.push_back(std::move(call));
    return complete;
  }
  absl::Status status = closed_.ok() ? Admit(call, ended) : closed_;
  if (!status.ok()) {
    ended->push_back({std::move(call), std::move(status)});
    return complete;
  }
  Collection& collection = by_lane_[call.at.lane];
  const uint32_t part = call.part;
  const uint32_t num_parts = call.num_parts;
  collection.bytes += BytesOf(call);
  held_bytes_ += BytesOf(call);
  const auto earlier = collection.parts.find(part);
  if (earlier != collection.parts.end()) {
    collection.bytes -= BytesOf(earlier->second);
    held_bytes_ -= BytesOf(earlier->second);
    ended->push_back({std::move(earlier->second), Overtaken(call.at.lane)});
    collection.parts.erase(earlier);
  }
  collection.parts.emplace(part, std::move(call));
  if (collection.parts.size() < num_parts) return complete;
  for (auto& [index, whole] : collection.parts) {
    complete.push_back(std::move(whole));
  }
  Clear(collection);
  return complete;
}

void PartCollector::Close(const absl::Status& status,
                          std::vector<Ended>* ended) {
  for (auto& [lane, collection] : by_lane_) {
    for (auto& [part, call] : collection.parts) {
      ended->push_back({std::move(call), status});
    }
  }
  by_lane_.clear();
  held_bytes_ = 0;
  closed_ = status;
}

}  // namespace lineup
