#include "worker/parameter_messages.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/base/status_macros.h"
#include "common/linear/aligned.h"
#include "common/linear/owned_rows.h"
#include "common/rpc/errors.h"
#include "common/rpc/message_codec.h"
#include "proto/parameter_server.pb.h"

namespace lineup {
namespace {

// Rows whose gradients are computed by one thread at a time.
constexpr size_t kBlockRows = 256;

v1::FloatFormat FormatMessage(FloatFormat format) {
  return format == FloatFormat::kFloat32 ? v1::FLOAT_FORMAT_FLOAT32
                                         : v1::FLOAT_FORMAT_BFLOAT16;
}

grpc::Slice PartOfBuffer(const std::shared_ptr<const SendBuffer>& buffer,
                         size_t begin, size_t end) {
  return LendSlice(absl::MakeConstSpan(buffer->data() + begin, end - begin),
                   buffer);
}

// The rows of a call as they are named in it: by a number, or one by one.
class NamedRows {
 public:
  NamedRows(const RowSet& set, const ServerRows& rows) : size_(rows.size()) {
    if (set.is_all()) {
      all_rows_ = static_cast<uint32_t>(set.size());
      return;
    }
    auto list = std::make_shared<SendBuffer>(size_ * sizeof(uint32_t));
    for (size_t p = 0; p < size_; ++p) {
      const uint32_t row = set.row(rows.index(p));
      std::memcpy(list->data() + p * sizeof(row), &row, sizeof(row));
    }
    list_ = std::move(list);
  }

  uint32_t all_rows() const { return all_rows_; }

  // The field of part `part`, if it has one, goes to `payloads`.
  void AddPart(int field, uint32_t part, uint32_t num_parts,
               std::vector<Payload>* payloads) const {
    if (list_ == nullptr) return;
    const auto [begin, end] = RowsOfPart(size_, part, num_parts);
    payloads->push_back({field, PartOfBuffer(list_, begin * sizeof(uint32_t),
                                             end * sizeof(uint32_t))});
  }

 private:
  size_t size_;
  uint32_t all_rows_ = 0;
  std::shared_ptr<const SendBuffer> list_;
};

// Copies the weights of positions [begin, end) to where they belong.
absl::Status TakeWeights(const MessageContext& context, const PulledRows& pull,
                         size_t begin, size_t end, uint32_t groups,
                         const PayloadView& weights) {
  const PackedColumns* const sent = context.columns.all().OfGroups(groups);
  if (sent == nullptr) {
    return absl::InternalError(
        absl::StrCat("answered with weights of ", groups,
                     " groups of candidates, which there are at no time"));
  }
  const uint32_t number = static_cast<uint32_t>(sent->num_groups());
  if (pull.most_groups != nullptr) pull.most_groups->RaiseTo(number);
  const PackedColumns* const taken =
      context.columns.InMemory(pull.groups)->OfGroups(number);
  if (taken == nullptr && pull.most_groups != nullptr) return absl::OkStatus();
  const PackedColumns& columns =
      pull.candidate.has_value() ? context.candidate_columns : *taken;
  const size_t expected = (end - begin) * context.RowBytes(columns);
  if (weights.size() != expected) {
    return absl::InternalError(
        absl::StrCat("answered with ", weights.size(), " bytes of weights, ",
                     expected, " expected for ", end - begin, " rows"));
  }
  const size_t width = columns.width();
  FloatReader reader(context.format, weights);
  if (columns.is_identity() && pull.rows->is_whole_set()) {
    reader.Read(pull.out + begin * width, (end - begin) * width);
    return absl::OkStatus();
  }
  std::vector<float> packed(columns.packed_width());
  for (size_t p = begin; p < end; ++p) {
    float* const row = pull.out + pull.rows->index(p) * width;
    if (columns.is_identity()) {
      reader.Read(row, width);
    } else {
      reader.Read(packed.data(), packed.size());
      columns.Unpack(packed.data(), row);
    }
  }
  return absl::OkStatus();
}

// Reads the answer of one part.
template <typename Response>
std::function<absl::Status(const grpc::ByteBuffer&)> WeightsReader(
    const MessageContext& context, const PulledRows& pull, uint32_t part,
    uint32_t num_parts) {
  const auto [begin, end] = RowsOfPart(pull.rows->size(), part, num_parts);
  return [&context, pull, begin = begin,
          end = end](const grpc::ByteBuffer& answer) {
    Response header;
    LINEUP_ASSIGN_OR_RETURN(
        const ReceivedMessage message,
        ReceivedMessage::Decode(answer, {Response::kWeightsFieldNumber},
                                &header));
    return TakeWeights(context, pull, begin, end, header.groups(),
                       message.payload(0));
  };
}

// For answers that say nothing but that all went well.
std::function<absl::Status(const grpc::ByteBuffer&)> AnswerIgnorer() {
  return [](const grpc::ByteBuffer&) { return absl::OkStatus(); };
}

// Encodes `header` with its attempt's number and the payloads, which are
// shared by all attempts.
template <typename Request>
std::function<grpc::ByteBuffer(uint64_t)> PartWriter(
    Request header, std::vector<Payload> payloads) {
  return [header = std::move(header),
          payloads = std::move(payloads)](uint64_t attempt_id) {
    Request request = header;
    if (request.num_parts() > 1) request.set_part_id(attempt_id);
    return EncodeMessage(request, payloads);
  };
}

// What Pull and Push have in common.
template <typename Request>
Request LaneRequest(const MessageContext& context, LaneClock at, uint32_t part,
                    uint32_t num_parts) {
  Request request;
  request.set_job(context.job);
  request.set_lane(at.lane);
  request.set_clock(at.clock);
  request.set_term(at.term);
  request.set_routing_epoch(context.routing_epoch);
  request.set_format(FormatMessage(context.format));
  request.set_replica(context.replica);
  if (num_parts > 1) {
    request.set_part(part);
    request.set_num_parts(num_parts);
  }
  return request;
}

}  // namespace

uint32_t MessageContext::NumParts(size_t rows,
                                  std::optional<size_t> candidate) const {
  const PackedColumns& packed =
      candidate.has_value() ? candidate_columns : columns.of_all();
  const size_t bytes = rows * (RowBytes(packed) + sizeof(uint32_t));
  return static_cast<uint32_t>(
      std::max<size_t>(1, (bytes + part_bytes - 1) / part_bytes));
}

SendBuffer EncodeGradient(const MessageContext& context, uint32_t groups,
                          const ServerRows& rows, GradientRows gradient,
                          ThreadPool* pool) {
  const PackedColumns& columns = context.columns.InMemory(groups)->all();
  const size_t row_bytes = context.RowBytes(columns);
  const bool as_it_is =
      columns.is_identity() && context.format == FloatFormat::kFloat32;
  SendBuffer buffer(rows.size() * row_bytes);
  const size_t blocks = (rows.size() + kBlockRows - 1) / kBlockRows;
  pool->ParallelFor(blocks, [&](size_t block) {
    const size_t begin = block * kBlockRows;
    const size_t end = std::min(begin + kBlockRows, rows.size());
    if (as_it_is && rows.is_whole_set()) {
      gradient(begin, 1, end - begin,
               buffer.floats() + begin * columns.width());
      return;
    }
    AlignedFloats row(columns.width());
    std::vector<float> packed(columns.packed_width());
    for (size_t p = begin; p < end; ++p) {
      if (as_it_is) {
        gradient(rows.index(p), 1, 1, buffer.floats() + p * columns.width());
        continue;
      }
      gradient(rows.index(p), 1, 1, row.data());
      columns.Pack(row.data(), packed.data());
      EncodeFloats(context.format, packed.data(), packed.size(),
                   buffer.data() + p * row_bytes);
    }
  });
  return buffer;
}

std::vector<RetriedCall::Part> PullParts(const MessageContext& context,
                                         LaneClock at, const PulledRows& pull) {
  using Request = v1::PullRequest;
  const NamedRows rows(*pull.set, *pull.rows);
  const uint32_t num_parts = context.NumParts(pull.rows->size());
  std::vector<RetriedCall::Part> parts;
  for (uint32_t part = 0; part < num_parts; ++part) {
    Request request = LaneRequest<Request>(context, at, part, num_parts);
    request.set_all_rows(rows.all_rows());
    request.set_takes_groups(true);
    std::vector<Payload> payloads;
    rows.AddPart(Request::kRowsFieldNumber, part, num_parts, &payloads);
    parts.push_back(
        {PartWriter(std::move(request), std::move(payloads)),
         WeightsReader<v1::PullResponse>(context, pull, part, num_parts)});
  }
  return parts;
}

std::vector<RetriedCall::Part> PushParts(const MessageContext& context,
                                         LaneClock at, const PushedRows& push,
                                         const PulledRows* next) {
  using Request = v1::PushRequest;
  const NamedRows rows(*push.set, *push.rows);
  absl::optional<NamedRows> next_rows;
  if (next != nullptr) next_rows.emplace(*next->set, *next->rows);
  const uint32_t num_parts =
      std::max(context.NumParts(push.rows->size()),
               context.NumParts(next == nullptr ? 0 : next->rows->size()));
  const size_t row_bytes =
      context.RowBytes(context.columns.InMemory(push.groups)->all());
  std::vector<RetriedCall::Part> parts;
  for (uint32_t part = 0; part < num_parts; ++part) {
    Request request = LaneRequest<Request>(context, at, part, num_parts);
    request.set_all_rows(rows.all_rows());
    request.set_takes_groups(true);
    request.set_groups(push.groups);
    request.set_examples(push.examples);
    request.mutable_loss_sums()->Add(push.loss_sums.begin(),
                                     push.loss_sums.end());
    const auto [begin, end] = RowsOfPart(push.rows->size(), part, num_parts);
    std::vector<Payload> payloads;
    rows.AddPart(Request::kRowsFieldNumber, part, num_parts, &payloads);
    payloads.push_back(
        {Request::kGradientsFieldNumber,
         PartOfBuffer(push.gradient, begin * row_bytes, end * row_bytes)});
    if (next != nullptr) {
      request.set_pull_next(true);
      request.set_next_all_rows(next_rows->all_rows());
      next_rows->AddPart(Request::kNextRowsFieldNumber, part, num_parts,
                         &payloads);
    }
    parts.push_back({PartWriter(std::move(request), std::move(payloads)),
                     next == nullptr ? AnswerIgnorer()
                                     : WeightsReader<v1::PushResponse>(
                                           context, *next, part, num_parts)});
  }
  return parts;
}

std::vector<RetriedCall::Part> PeekParts(const MessageContext& context,
                                         const PulledRows& pull) {
  using Request = v1::PeekRequest;
  const NamedRows rows(*pull.set, *pull.rows);
  const uint32_t num_parts =
      context.NumParts(pull.rows->size(), pull.candidate);
  std::vector<RetriedCall::Part> parts;
  for (uint32_t part = 0; part < num_parts; ++part) {
    Request request;
    request.set_job(context.job);
    request.set_routing_epoch(context.routing_epoch);
    request.set_format(FormatMessage(context.format));
    request.set_replica(context.replica);
    request.set_all_rows(rows.all_rows());
    if (pull.candidate.has_value()) {
      request.set_candidate(static_cast<uint32_t>(*pull.candidate));
    }
    request.set_takes_groups(true);
    if (rows.all_rows() != 0 && num_parts > 1) {
      request.set_part(part);
      request.set_num_parts(num_parts);
    }
    std::vector<Payload> payloads;
    rows.AddPart(Request::kRowsFieldNumber, part, num_parts, &payloads);
    parts.push_back(
        {[request, payloads](uint64_t) {
           return EncodeMessage(request, payloads);
         },
         WeightsReader<v1::PullResponse>(context, pull, part, num_parts)});
  }
  return parts;
}

RetriedCall::Part FinishPart(const MessageContext& context, LaneClock at) {
  v1::FinishLaneRequest request;
  request.set_job(context.job);
  request.set_lane(at.lane);
  request.set_clock(at.clock);
  request.set_term(at.term);
  request.set_routing_epoch(context.routing_epoch);
  request.set_replica(context.replica);
  return {[request](uint64_t) { return EncodeMessage(request, {}); },
          AnswerIgnorer()};
}

RetriedCall::Part NextClockPart(const MessageContext& context, uint32_t lane,
                                uint64_t* next) {
  return {
      [](uint64_t) { return EncodeMessage(v1::GetStatusRequest(), {}); },
      [&context, lane, next](const grpc::ByteBuffer& answer) -> absl::Status {
        v1::ParameterServerStatus status;
        LINEUP_RETURN_IF_ERROR(
            ReceivedMessage::Decode(answer, {}, &status).status());
        const v1::ServedJob& job =
            context.replica ? status.replica() : status.job();
        if (job.job() != context.job ||
            static_cast<int>(lane) >= job.lanes_size()) {
          return UnknownJobError(context.job);
        }
        if (job.routing_epoch() != context.routing_epoch) {
          return StaleRoutingError(context.routing_epoch, job.routing_epoch());
        }
        const v1::ServedJob::Lane& held = job.lanes(lane);
        *next = held.finished() ? held.clock() : held.clock() + 1;
        return absl::OkStatus();
      }};
}

}  // namespace lineup
