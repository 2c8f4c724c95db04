#include "server/part_collector.h"

#include <utility>
#include <vector>

#include "common/rpc/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kBytes[] = "0123456789";

LaneCall Part(uint32_t part, uint32_t num_parts, uint64_t part_id,
              uint64_t term = 1) {
  LaneCall call;
  call.at = {3, 7, term};
  call.part = part;
  call.num_parts = num_parts;
  call.part_id = part_id;
  call.pull.emplace();
  call.pull->rows.Append(kBytes);
  return call;
}

class PartCollectorTest : public testing::Test {
 protected:
  // The parts of the call that is complete now.
  std::vector<uint32_t> Add(LaneCall call) {
    std::vector<uint32_t> parts;
    for (const LaneCall& c : collector_.Add(std::move(call), &ended_)) {
      parts.push_back(c.part);
    }
    return parts;
  }

  // What ended since this was last asked: (part, reason).
  std::vector<std::pair<uint32_t, v1::ErrorReason>> Ended() {
    std::vector<std::pair<uint32_t, v1::ErrorReason>> result;
    for (const PartCollector::Ended& e : std::exchange(ended_, {})) {
      result.emplace_back(e.call.part, ReasonOf(e.status));
    }
    return result;
  }

  PartCollector collector_{100, 1000};
  std::vector<PartCollector::Ended> ended_;
};

constexpr auto kSuperseded = v1::ERROR_REASON_SUPERSEDED;
constexpr auto kMalformed = v1::ERROR_REASON_MALFORMED;

TEST_F(PartCollectorTest, AWholeCallIsCompleteAtOnce) {
  EXPECT_THAT(Add(Part(0, 1, 0)), ElementsAre(0));
  EXPECT_THAT(Add(Part(0, 0, 0)), ElementsAre(0));
  EXPECT_THAT(Ended(), IsEmpty());
}

TEST_F(PartCollectorTest, PartsMayComeInAnyOrder) {
  EXPECT_THAT(Add(Part(2, 3, 1)), IsEmpty());
  EXPECT_THAT(Add(Part(0, 3, 1)), IsEmpty());
  EXPECT_THAT(Add(Part(1, 3, 1)), ElementsAre(0, 1, 2));
  EXPECT_THAT(Add(Part(1, 3, 2)), IsEmpty());
  EXPECT_THAT(Ended(), IsEmpty());
}

TEST_F(PartCollectorTest, LanesDoNotMix) {
  EXPECT_THAT(Add(Part(0, 2, 1)), IsEmpty());
  LaneCall other = Part(1, 2, 1);
  other.at.lane = 4;
  EXPECT_THAT(Add(std::move(other)), IsEmpty());
  EXPECT_THAT(Add(Part(1, 2, 1)), ElementsAre(0, 1));
}

TEST_F(PartCollectorTest, ANewerCallEndsAnOlderOne) {
  EXPECT_THAT(Add(Part(0, 3, 1)), IsEmpty());
  EXPECT_THAT(Add(Part(1, 3, 1)), IsEmpty());
  EXPECT_THAT(Add(Part(0, 3, 2)), IsEmpty());
  EXPECT_THAT(Ended(), ElementsAre(std::make_pair(0, kSuperseded),
                                   std::make_pair(1, kSuperseded)));
  // What is late of the older one does not come into the newer.
  EXPECT_THAT(Add(Part(2, 3, 1)), IsEmpty());
  EXPECT_THAT(Ended(), ElementsAre(std::make_pair(2, kSuperseded)));
  // A newer holder of the lane counts its calls from the beginning.
  EXPECT_THAT(Add(Part(1, 3, 1, 2)), IsEmpty());
  EXPECT_THAT(Ended(), ElementsAre(std::make_pair(0, kSuperseded)));
}

TEST_F(PartCollectorTest, ARepeatedPartTakesTheOthersPlace) {
  EXPECT_THAT(Add(Part(0, 2, 1)), IsEmpty());
  EXPECT_THAT(Add(Part(0, 2, 1)), IsEmpty());
  EXPECT_THAT(Ended(), ElementsAre(std::make_pair(0, kSuperseded)));
  EXPECT_THAT(Add(Part(1, 2, 1)), ElementsAre(0, 1));
}

TEST_F(PartCollectorTest, RefusesPartsThatCannotBe) {
  EXPECT_THAT(Add(Part(2, 2, 1)), IsEmpty());
  EXPECT_THAT(Add(Part(1, 0, 1)), IsEmpty());
  EXPECT_THAT(Add(Part(0, 5000, 1)), IsEmpty());
  EXPECT_THAT(Ended(), ElementsAre(std::make_pair(2, kMalformed),
                                   std::make_pair(1, kMalformed),
                                   std::make_pair(0, kMalformed)));
  EXPECT_THAT(Add(Part(0, 2, 1)), IsEmpty());
  LaneCall other_clock = Part(1, 2, 1);
  other_clock.at.clock = 8;
  EXPECT_THAT(Add(std::move(other_clock)), IsEmpty());
  EXPECT_THAT(Add(Part(1, 3, 1)), IsEmpty());
  LaneCall push = Part(1, 2, 1);
  push.gradient.emplace();
  EXPECT_THAT(Add(std::move(push)), IsEmpty());
  EXPECT_THAT(Ended(), ElementsAre(std::make_pair(1, kMalformed),
                                   std::make_pair(1, kMalformed),
                                   std::make_pair(1, kMalformed)));
  EXPECT_THAT(Add(Part(1, 2, 1)), ElementsAre(0, 1));
}

TEST_F(PartCollectorTest, HoldsOnlySoMuch) {
  for (uint32_t part = 0; part < 10; ++part) {
    EXPECT_THAT(Add(Part(part, 12, 1)), IsEmpty());
  }
  EXPECT_THAT(Ended(), IsEmpty());
  EXPECT_THAT(Add(Part(10, 12, 1)), IsEmpty());
  EXPECT_THAT(Ended(),
              ElementsAre(std::make_pair(10, v1::ERROR_REASON_LIMIT_EXCEEDED)));
  // A repeated part does not count twice.
  EXPECT_THAT(Add(Part(0, 2, 2)), IsEmpty());
  Ended();
  for (int i = 0; i < 30; ++i) EXPECT_THAT(Add(Part(0, 2, 2)), IsEmpty());
  EXPECT_EQ(Ended().back().second, kSuperseded);
}

TEST(PartCollectorMemoryTest, HoldsOnlySoMuchOfAllLanes) {
  PartCollector collector(100, 25);
  std::vector<PartCollector::Ended> ended;
  const auto add = [&](uint32_t lane, uint32_t part, uint64_t part_id) {
    LaneCall call = Part(part, 2, part_id);
    call.at.lane = lane;
    return collector.Add(std::move(call), &ended).size();
  };
  EXPECT_EQ(add(1, 0, 1), 0u);
  EXPECT_EQ(add(2, 0, 1), 0u);
  EXPECT_THAT(ended, IsEmpty());
  // A third lane has to wait until one of the calls is complete ...
  EXPECT_EQ(add(3, 0, 1), 0u);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ReasonOf(ended[0].status), v1::ERROR_REASON_RETRY_LATER);
  EXPECT_EQ(ended[0].status.message(),
            "calls that are not complete hold 20 bytes here, of at most 25");
  ended.clear();
  // ... or has given its place to a newer one of its lane.
  EXPECT_EQ(add(2, 0, 2), 0u);
  ASSERT_EQ(ended.size(), 1u);
  ended.clear();
  EXPECT_EQ(add(2, 0, 2), 0u);  // again
  collector.Close(UnknownJobError("j"), &ended);
}

TEST(PartCollectorMemoryTest, GivesBackWhatACompleteCallHeld) {
  PartCollector collector(100, 25);
  std::vector<PartCollector::Ended> ended;
  for (uint64_t part_id = 1; part_id <= 10; ++part_id) {
    collector.Add(Part(0, 2, part_id), &ended);
    EXPECT_EQ(collector.Add(Part(1, 2, part_id), &ended).size(), 2u);
  }
  EXPECT_THAT(ended, IsEmpty());
}

TEST_F(PartCollectorTest, EndsEverythingWhenItIsClosed) {
  EXPECT_THAT(Add(Part(0, 2, 1)), IsEmpty());
  collector_.Close(UnknownJobError("j"), &ended_);
  EXPECT_THAT(Ended(),
              ElementsAre(std::make_pair(0, v1::ERROR_REASON_UNKNOWN_JOB)));
  EXPECT_THAT(Add(Part(1, 2, 1)), IsEmpty());
  EXPECT_THAT(Ended(),
              ElementsAre(std::make_pair(1, v1::ERROR_REASON_UNKNOWN_JOB)));
}

}  // namespace
}  // namespace lineup
