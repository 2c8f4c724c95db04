#include "common/rpc/certificate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/files.h"
#include "common/rpc/test_certificates.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class CertificateTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ours_ = MakeCertificates(testing::TempDir() + "/ours");
    theirs_ = MakeCertificates(testing::TempDir() + "/theirs", "worker");
  }

  static std::string Read(const std::string& path) {
    return ReadFile(path).value();
  }
  static PemFiles Ours(const std::string& name) {
    return {Read(absl::StrCat(ours_, "/", name, ".pem")),
            Read(absl::StrCat(ours_, "/", name, ".key")),
            Read(ours_ + "/ca.pem")};
  }
  static std::string Problem(const PemFiles& files,
                             absl::Time now = absl::Now()) {
    const absl::Status status = CheckIdentity(files, now).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }

  static std::string ours_, theirs_;
};
std::string CertificateTest::ours_, CertificateTest::theirs_;

TEST_F(CertificateTest, NamesTheRole) {
  for (const Role role : kAllRoles) {
    const std::string name(RoleName(role));
    EXPECT_EQ(CheckIdentity(Ours(name), absl::Now()).value(), role) << name;
  }
}

TEST_F(CertificateTest, IsValidForATime) {
  EXPECT_THAT(Problem(Ours("worker"), absl::Now() + absl::Hours(31 * 24)),
              MatchesRegex("--tls-certificate: the certificate expired on "
                           "20..-..-.. ..:..:.. UTC; renew it, the file is "
                           "read again by itself"));
  EXPECT_THAT(Problem(Ours("worker"), absl::Now() - absl::Hours(24)),
              MatchesRegex("--tls-certificate: the certificate is not valid "
                           "before 20..-..-.. ..:..:.. UTC; is this machine's "
                           "clock right\\?"));
  MakeCertificates(ours_, "--days 0 --name expired worker");
  EXPECT_THAT(Problem(Ours("expired")), HasSubstr("expired on"));
}

TEST_F(CertificateTest, BelongsToKeyAndAuthority) {
  PemFiles files = Ours("worker");
  files.key = Ours("server").key;
  EXPECT_EQ(Problem(files),
            "--tls-key: the key is not that of --tls-certificate");
  files = Ours("worker");
  files.ca = Read(theirs_ + "/ca.pem");
  EXPECT_THAT(Problem(files), HasSubstr("--tls-certificate: an authority in "
                                        "--tls-ca does not vouch for it: "));
}

TEST_F(CertificateTest, MustBeReadable) {
  PemFiles files = Ours("worker");
  std::swap(files.certificate, files.key);
  EXPECT_EQ(Problem(files),
            "--tls-certificate: the file holds no certificate that can be "
            "read");
  files = Ours("worker");
  files.ca = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(Problem(files),
            "--tls-ca: the file holds no certificate that can be read");
  files = Ours("worker");
  files.key = "";
  EXPECT_THAT(Problem(files),
              HasSubstr("--tls-key: the file holds no key that can be read"));
}

TEST_F(CertificateTest, MustNameARole) {
  PemFiles files = Ours("worker");
  files.certificate = files.ca;
  files.key = Read(ours_ + "/ca.key");
  EXPECT_THAT(Problem(files),
              HasSubstr("--tls-certificate: the certificate names no role: "));
}

}  // namespace
}  // namespace lineup
