#include "common/rpc/role.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::StatusOr<Role> RoleOf(std::vector<absl::string_view> uris) {
  return RoleFromUris(uris);
}

TEST(RoleTest, EachRoleHasItsUri) {
  for (const Role role : kAllRoles) {
    const std::string uri =
        absl::StrCat("spiffe://example.org/lineup/", RoleName(role));
    EXPECT_EQ(RoleOf({uri}).value(), role) << uri;
  }
}

TEST(RoleTest, NothingElseIsARole) {
  for (const char* uri :
       {"", "worker", "spiffe://", "spiffe://example.org",
        "spiffe:///lineup/worker", "spiffe://example.org/worker",
        "spiffe://example.org/lineup/", "spiffe://example.org/lineup/worker/",
        "spiffe://example.org/lineup/Worker", "https://a/lineup/worker",
        "spiffe://example.org/lineup/worker2", "spiffe://a/b/lineup/worker"}) {
    const absl::Status status = RoleOf({uri}).status();
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << uri;
    EXPECT_THAT(status.message(),
                HasSubstr(absl::StrCat("URI \"", uri, "\" names no role: ")));
  }
}

TEST(RoleTest, ThereMustBeExactlyOneUri) {
  EXPECT_THAT(RoleOf({}).status().message(),
              HasSubstr("names no role: a certificate of a Lineup cluster has "
                        "exactly one URI, spiffe://TRUST-DOMAIN/lineup/ROLE"));
  const char worker[] = "spiffe://example.org/lineup/worker";
  EXPECT_THAT(RoleOf({worker, worker}).status().message(),
              HasSubstr("has 2 URIs"));
}

TEST(RoleTest, SetsKeepTheirOrder) {
  EXPECT_THAT((RoleSet{Role::kViewer, Role::kServer}).Names(),
              ElementsAre("server", "viewer"));
  EXPECT_THAT(RoleSet({}).Names(), IsEmpty());
  EXPECT_FALSE((RoleSet{Role::kViewer}).contains(Role::kWorker));
}

}  // namespace
}  // namespace lineup
