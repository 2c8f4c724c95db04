#include "common/rpc/transport.h"

#include "grpc/grpc.h"
#include "grpcpp/resource_quota.h"

namespace lineup {
namespace {

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// A stream may have this much on its way before the receiver has taken any of
// it. Fixed: gRPC's own estimate (BDP probing) starts at 64 KiB and is wrong
// for calls that come in bursts.
constexpr int kStreamWindowBytes = 16 << 20;

// What both ends set, through any type with a SetInt or AddChannelArgument.
template <typename SetInt>
void SetCommon(SetInt set) {
  set(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, kMaxMessageBytes);
  set(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, kMaxMessageBytes);
  set(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  set(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(kKeepaliveTime));
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(kKeepaliveTimeout));
  // Pings go on while a call waits without data, and between calls.
  set(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  set(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  set(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  set(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kStreamWindowBytes);
}

}  // namespace

grpc::ChannelArguments ClientTransport() {
  grpc::ChannelArguments arguments;
  SetCommon(
      [&](const char* name, int value) { arguments.SetInt(name, value); });
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
                   Milliseconds(kMinReconnectPause));
  // Not a pause, whatever its name: the least that an attempt may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                   Milliseconds(kConnectTimeout));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
                   Milliseconds(kMaxReconnectPause));
  // A host whose address changed is found as soon.
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS,
                   Milliseconds(kMaxReconnectPause));
  // A lane's clock says what was done already; a transport that sends a push
  // again by itself knows nothing of that, and would buffer every message.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Nodes of a cluster reach each other directly, whatever the environment
  // says of proxies, and nobody publishes service configurations for them.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  return arguments;
}

void SetServerTransport(size_t memory_bytes, grpc::ServerBuilder* builder) {
  SetCommon([&](const char* name, int value) {
    builder->AddChannelArgument(name, value);
  });
  // Without these a client's keepalive is taken for an attack.
  builder->AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      Milliseconds(kKeepaliveTime) / 2);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              kMaxCallsPerConnection);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              Milliseconds(kHandshakeTimeout));
  // By default a second server on the same port shares its connections.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // A compressed message may be a thousand times larger than what was
  // received. Nothing of ours is compressed by gRPC.
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  grpc::ResourceQuota quota("lineup");
  quota.Resize(memory_bytes);
  quota.SetMaxThreads(kMaxSyncThreads);
  builder->SetResourceQuota(quota);
}

}  // namespace lineup
