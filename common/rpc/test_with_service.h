#ifndef LINEUP_COMMON_RPC_TEST_WITH_SERVICE_H_
#define LINEUP_COMMON_RPC_TEST_WITH_SERVICE_H_

// For tests that call a service of their own, or a TestService.

#include <memory>
#include <utility>

#include "common/rpc/address.h"
#include "common/rpc/rpc_server.h"
#include "common/rpc/test_service.h"
#include "gtest/gtest.h"

namespace lineup {

template <typename Service>
class TestWith : public testing::Test {
 protected:
  void SetUp() override {
    auto server = RpcServer::Start(*Address::ParseListening("127.0.0.1:0"), {},
                                   {&service_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  Service service_;
  std::unique_ptr<RpcServer> server_;
};

using TestWithService = TestWith<TestService>;

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_TEST_WITH_SERVICE_H_
