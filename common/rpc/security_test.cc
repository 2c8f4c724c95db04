#include "common/rpc/security.h"

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/files.h"
#include "common/base/mutex.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/raw_call.h"
#include "common/rpc/rpc_server.h"
#include "common/rpc/test_certificates.h"
#include "common/rpc/test_service.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

constexpr char kHealth[] = "/grpc.health.v1.Health/Check";
constexpr char kEcho[] = "/lineup.v1.test.TestService/Echo";

std::string TempPath(const std::string& name) {
  return absl::StrCat(testing::TempDir(), "/", name);
}

Security Make(const SecurityOptions& options) {
  auto security = Security::Create(options);
  EXPECT_TRUE(security.ok()) << security.status();
  return *security;
}

Address Loopback() { return *Address::ParseListening("127.0.0.1:0"); }

absl::Status CallOver(const std::shared_ptr<grpc::Channel>& channel,
                      const std::string& method = kHealth) {
  Mutex mutex;
  CondVar changed;
  absl::optional<absl::Status> result;
  const auto call =
      RawCall::Start(channel, method, grpc::ByteBuffer(), absl::Seconds(20),
                     [&](absl::StatusOr<grpc::ByteBuffer> answer) {
                       MutexLock lock(&mutex);
                       result = answer.status();
                       changed.SignalAll();
                     });
  MutexLock lock(&mutex);
  while (!result.has_value()) changed.Wait(&mutex);
  return *result;
}

// A server with a service of the test.
class TestServer {
 public:
  explicit TestServer(const Security& security,
                      const Address& address = Loopback()) {
    RpcServerOptions options;
    options.security = security;
    auto server = RpcServer::Start(address, options, {&service_});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  const Address& address() const { return server_->address(); }

  // What becomes of a client's call; it looks for the role `peer`.
  absl::Status Call(const Security& client, Role peer = Role::kServer,
                    const std::string& method = kHealth) {
    const auto channel = OpenChannel(address(), client, peer);
    EXPECT_TRUE(channel.ok()) << channel.status();
    return CallOver(*channel, method);
  }

 private:
  TestService service_;
  std::unique_ptr<RpcServer> server_;
};

TEST(SecurityTest, PlaintextIsForThisMachineUnlessAllowed) {
  const Security security;
  EXPECT_FALSE(security.uses_tls());
  for (const char* text : {"localhost:1", "127.0.0.1:1", "unix:/s"}) {
    const Address address = *Address::Parse(text);
    EXPECT_TRUE(security.ForChannel(address, Role::kServer).ok()) << text;
    EXPECT_TRUE(security.ForServer(address).ok()) << text;
  }
  const Address network = *Address::Parse("node7:1");
  const std::string expected =
      "node7:1 is on a network, where everyone could read and change what is "
      "sent in plain text; give --tls-ca, --tls-certificate and --tls-key, or "
      "allow it with --allow-plaintext";
  for (const absl::Status& status :
       {security.ForChannel(network, Role::kServer).status(),
        security.ForServer(network).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(status.message(), expected);
  }
  EXPECT_FALSE(security.ForServer(*Address::ParseListening("0.0.0.0:1")).ok());
  SecurityOptions options;
  options.allow_plaintext = true;
  EXPECT_TRUE(Make(options).ForChannel(network, Role::kServer).ok());
  EXPECT_TRUE(Make(options).ForServer(network).ok());
}

TEST(SecurityTest, SaysWhatIsWrongWithTheFiles) {
  const std::string directory = MakeCertificates(TempPath("files"));
  SecurityOptions options = CertificateOptions(directory, "server");
  options.key_file.clear();
  EXPECT_EQ(Security::Create(options).status().message(),
            "--tls-ca, --tls-certificate and --tls-key belong together, but "
            "--tls-key is missing");
  options = {};
  options.certificate_file = "x";
  EXPECT_THAT(Security::Create(options).status().message(),
              HasSubstr("belong together, but --tls-"));
  options = CertificateOptions(directory, "nobody");
  EXPECT_THAT(Security::Create(options).status().message(),
              HasSubstr(absl::StrCat("--tls-certificate: cannot open ",
                                     directory, "/nobody.pem: ")));
  options = CertificateOptions(directory, "server");
  std::swap(options.certificate_file, options.key_file);
  EXPECT_EQ(Security::Create(options).status().message(),
            absl::StrCat("--tls-certificate: the file holds no certificate "
                         "that can be read (--tls-certificate ",
                         directory, "/server.key, --tls-key ", directory,
                         "/server.pem, --tls-ca ", directory, "/ca.pem)"));
  EXPECT_EQ(
      SecurityOf(directory, Role::kWorker).RequireRole(Role::kServer).message(),
      absl::StrCat("--tls-certificate: ", directory,
                   "/worker.pem names the role worker, but this process "
                   "is a server"));
  EXPECT_TRUE(
      SecurityOf(directory, Role::kServer).RequireRole(Role::kServer).ok());
  EXPECT_TRUE(Security().RequireRole(Role::kServer).ok());
}

TEST(SecurityTest, BothProveThemselves) {
  const std::string ours = MakeCertificates(TempPath("mutual_ours"));
  const std::string theirs = MakeCertificates(TempPath("mutual_theirs"));
  TestServer server(SecurityOf(ours, Role::kServer));
  EXPECT_EQ(server.Call(SecurityOf(ours, Role::kWorker)), absl::OkStatus());
  // Of another authority, all of it; without TLS.
  EXPECT_TRUE(
      absl::IsUnavailable(server.Call(SecurityOf(theirs, Role::kWorker))));
  EXPECT_TRUE(absl::IsUnavailable(server.Call(Security())));
  // Of another authority, though it trusts ours; with no certificate at all.
  const std::string ca = ReadFile(ours + "/ca.pem").value();
  grpc::SslCredentialsOptions stranger;
  stranger.pem_root_certs = ca;
  for (const bool has_certificate : {true, false}) {
    if (has_certificate) {
      stranger.pem_cert_chain = ReadFile(theirs + "/worker.pem").value();
      stranger.pem_private_key = ReadFile(theirs + "/worker.key").value();
    } else {
      stranger = {ca, "", ""};
    }
    EXPECT_TRUE(absl::IsUnavailable(CallOver(grpc::CreateChannel(
        server.address().ToTarget(), grpc::SslCredentials(stranger)))));
  }
}

TEST(SecurityTest, TheServerIsTheOneThatWasCalled) {
  const std::string ours = MakeCertificates(TempPath("called"));
  // The certificate is for 127.0.0.1 and localhost, not for 127.0.0.2.
  TestServer elsewhere(SecurityOf(ours, Role::kServer),
                       *Address::ParseListening("127.0.0.2:0"));
  EXPECT_TRUE(
      absl::IsUnavailable(elsewhere.Call(SecurityOf(ours, Role::kWorker))));
  // A coordinator's certificate is good for a coordinator only.
  TestServer server(SecurityOf(ours, Role::kCoordinator));
  const Security worker = SecurityOf(ours, Role::kWorker);
  EXPECT_EQ(server.Call(worker, Role::kCoordinator), absl::OkStatus());
  const absl::Status status = server.Call(worker, Role::kServer);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status.message(),
              HasSubstr("the certificate at the other end names the role "
                        "coordinator, but this process looks for a server"));
}

TEST(SecurityTest, CertificatesOfClientsDoNotMakeServers) {
  const std::string ours = MakeCertificates(TempPath("clients"));
  TestServer server(SecurityOf(ours, Role::kViewer));
  EXPECT_TRUE(absl::IsUnavailable(
      server.Call(SecurityOf(ours, Role::kWorker), Role::kViewer)));
}

TEST(SecurityTest, MethodsOfNoTableAreRefused) {
  const std::string ours = MakeCertificates(TempPath("unlisted"));
  TestServer server(SecurityOf(ours, Role::kServer));
  for (const std::string method : {kEcho, "/no.Service/Method", "nonsense"}) {
    const absl::Status status =
        server.Call(SecurityOf(ours, Role::kOperator), Role::kServer, method);
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ROLE_NOT_ALLOWED);
    EXPECT_EQ(DetailOf(status).role(), "operator");
    EXPECT_EQ(DetailOf(status).allowed_roles_size(), 0);
    EXPECT_THAT(
        status.message(),
        HasSubstr(absl::StrCat("may not call ", method, "; nobody may")));
  }
}

TEST(SecurityTest, CertificatesWithoutARoleGetNothing) {
  const std::string ours = MakeCertificates(TempPath("no_role"));
  TestServer server(SecurityOf(ours, Role::kServer));
  ASSERT_EQ(
      std::system(absl::StrCat("cd ", ours,
                               " && openssl req -new -key worker.key -subj "
                               "/CN=worker 2>/dev/null | openssl x509 -req -CA "
                               "ca.pem -CAkey ca.key -set_serial 7 -out "
                               "no_role.pem 2>/dev/null")
                      .c_str()),
      0);
  const absl::Status status = CallOver(grpc::CreateChannel(
      server.address().ToTarget(),
      grpc::SslCredentials({ReadFile(ours + "/ca.pem").value(),
                            ReadFile(ours + "/worker.key").value(),
                            ReadFile(ours + "/no_role.pem").value()})));
  EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("the certificate names no role"));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ROLE_NOT_ALLOWED);
  EXPECT_EQ(DetailOf(status).role(), "");
  EXPECT_EQ(DetailOf(status).allowed_roles_size(), 5);
}

TEST(SecurityTest, UnixSocketsToo) {
  const std::string ours = MakeCertificates(TempPath("unix"));
  TestServer server(
      SecurityOf(ours, Role::kServer),
      *Address::Parse(absl::StrCat("unix:/tmp/lineup_security_", getpid())));
  EXPECT_EQ(server.Call(SecurityOf(ours, Role::kWorker)), absl::OkStatus());
  EXPECT_TRUE(absl::IsUnavailable(server.Call(Security())));
}

// Copies ca.pem and the files of the roles, as a renewal does.
void Renew(const std::string& from, const std::string& to) {
  ASSERT_EQ(
      std::system(
          absl::StrCat("cp ", from, "/*.key ", from, "/*.pem ", to).c_str()),
      0);
}

TEST(SecurityTest, RenewedFilesAreTakenUpAtBothEnds) {
  const std::string used = MakeCertificates(TempPath("used"));
  const std::string before = MakeCertificates(TempPath("before"));
  const std::string after = MakeCertificates(TempPath("after"));
  Renew(before, used);
  // Both live on while the authority and all certificates change.
  TestServer server(SecurityOf(used, Role::kServer));
  const Security client = SecurityOf(used, Role::kWorker);
  ASSERT_EQ(server.Call(client), absl::OkStatus());
  Renew(after, used);
  const Security renewed = SecurityOf(after, Role::kWorker);
  const absl::Time give_up_at = absl::Now() + absl::Seconds(30);
  while (!server.Call(renewed).ok() || !server.Call(client).ok()) {
    ASSERT_LT(absl::Now(), give_up_at);
  }
  // What was good before is not any more.
  EXPECT_TRUE(
      absl::IsUnavailable(server.Call(SecurityOf(before, Role::kWorker))));
}

// Calls until the server cannot be reached any more; then what the client knows
// of why.
void AwaitFailure(const Security& client, absl::Time give_up_at,
                  TestServer* server, absl::Status* status) {
  do {
    ASSERT_LT(absl::Now(), give_up_at);
    *status = client.Explain(server->Call(client), server->address());
  } while (status->ok());
  EXPECT_TRUE(absl::IsUnavailable(*status)) << *status;
}

TEST(SecurityTest, ExpiredCertificatesAreNamed) {
  const std::string ours = MakeCertificates(TempPath("expired"));
  TestServer server(SecurityOf(ours, Role::kServer));
  const Security client = SecurityOf(ours, Role::kWorker);
  ASSERT_EQ(server.Call(client), absl::OkStatus());
  MakeCertificates(ours, "--days 0 worker");
  // A process that starts with it says so.
  const absl::Status at_start =
      Security::Create(CertificateOptions(ours, "worker")).status();
  EXPECT_THAT(at_start.message(),
              HasSubstr("--tls-certificate: the certificate expired on 20"));
  // One that runs is refused by the server, and knows why.
  const absl::Time give_up_at = absl::Now() + absl::Seconds(30);
  absl::Status status;
  ASSERT_NO_FATAL_FAILURE(AwaitFailure(client, give_up_at, &server, &status));
  EXPECT_THAT(status.message(),
              HasSubstr("--tls-certificate: the certificate expired on 20"));
  EXPECT_THAT(status.message(), HasSubstr(ours + "/worker.pem"));
  // A new one, and all is well again.
  MakeCertificates(ours, "worker");
  while (!client.Explain(server.Call(client), server.address()).ok()) {
    ASSERT_LT(absl::Now(), give_up_at);
  }
}

// The other way round: what the one who connects can say of the one who
// listens.
TEST(SecurityTest, APeersExpiredCertificateIsNamed) {
  const std::string ours = MakeCertificates(TempPath("expired_peer"));
  TestServer server(SecurityOf(ours, Role::kServer));
  const Security client = SecurityOf(ours, Role::kWorker);
  ASSERT_EQ(client.Explain(server.Call(client), server.address()),
            absl::OkStatus());
  MakeCertificates(ours, "--days 0 server");
  const absl::Time give_up_at = absl::Now() + absl::Seconds(30);
  absl::Status status;
  ASSERT_NO_FATAL_FAILURE(AwaitFailure(client, give_up_at, &server, &status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(server.address().ToString() +
                        ": its certificate expired on 20"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(" UTC; renew the file that it was given as "
                        "--tls-certificate"));
}

TEST(SecurityTest, APeerOfAnotherAuthorityIsNamed) {
  TestServer server(
      SecurityOf(MakeCertificates(TempPath("other_peer")), Role::kServer));
  const Security client =
      SecurityOf(MakeCertificates(TempPath("own_ca")), Role::kWorker);
  EXPECT_THAT(
      std::string(
          client.Explain(server.Call(client), server.address()).message()),
      HasSubstr(": its certificate is not one of an authority in --tls-ca"));
}

TEST(SecurityTest, ACertificateThatExpiresSoonIsWarnedAbout) {
  const Security security =
      SecurityOf(MakeCertificates(TempPath("soon")), Role::kServer);
  const absl::Time now = absl::Now();
  EXPECT_EQ(security.ExpiryWarning(now), "");
  const std::string warning =
      security.ExpiryWarning(now + absl::Hours(24 * 24));
  EXPECT_THAT(warning,
              HasSubstr("--tls-certificate: the certificate expires in 14"));
  EXPECT_THAT(warning, HasSubstr(", on 20"));
  EXPECT_THAT(warning, HasSubstr("soon/server.pem"));
  EXPECT_THAT(security.ExpiryWarning(now + absl::Hours(31 * 24)),
              HasSubstr("--tls-certificate: the certificate expired on 20"));
  EXPECT_EQ(Security().ExpiryWarning(now), "");
}

}  // namespace
}  // namespace lineup
