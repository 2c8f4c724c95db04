#include "common/rpc/security.h"

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/files.h"
#include "common/rpc/channel.h"
#include "common/rpc/rpc_server.h"
#include "common/rpc/status.h"
#include "common/rpc/test_service.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using v1::test::TestMessage;

// A directory with a CA and certificates for the names.
std::string MakeCertificates(const std::string& directory,
                             const std::string& names) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", directory);
  EXPECT_EQ(
      std::system(absl::StrCat("tools/make_certificates.sh ", path, " ", names)
                      .c_str()),
      0);
  return path;
}

SecurityOptions Ca(const std::string& directory) {
  SecurityOptions options;
  options.ca_file = directory + "/ca.pem";
  return options;
}

SecurityOptions Identity(const std::string& directory,
                         const std::string& name) {
  SecurityOptions options;
  options.certificate_file = absl::StrCat(directory, "/", name, ".pem");
  options.key_file = absl::StrCat(directory, "/", name, ".key");
  options.reload_seconds = 1;
  return options;
}

SecurityOptions Mutual(const std::string& directory, const std::string& name) {
  SecurityOptions options = Identity(directory, name);
  options.ca_file = directory + "/ca.pem";
  return options;
}

Security Make(const SecurityOptions& options) {
  auto security = Security::Create(options);
  EXPECT_TRUE(security.ok()) << security.status();
  return *security;
}

Address Loopback() { return *Address::ParseListening("127.0.0.1:0"); }

// A server with a service of the test.
class TestServer {
 public:
  explicit TestServer(const SecurityOptions& options,
                      const Address& address = Loopback()) {
    RpcServerOptions server_options;
    server_options.security = Make(options);
    auto server = RpcServer::Start(address, server_options, {&service_});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  const Address& address() const { return server_->address(); }

  // Whether a client gets through.
  absl::Status Call(const SecurityOptions& client) {
    return Call(client, address());
  }
  absl::Status Call(const SecurityOptions& client, const Address& address) {
    const auto channel = OpenChannel(address, Make(client));
    EXPECT_TRUE(channel.ok()) << channel.status();
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    TestMessage request, response;
    return FromGrpcStatus(v1::test::TestService::NewStub(*channel)->Echo(
        &context, request, &response));
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
    EXPECT_TRUE(security.ForChannel(address).ok()) << text;
    EXPECT_TRUE(security.ForServer(address).ok()) << text;
  }
  const Address network = *Address::Parse("node7:1");
  const std::string expected =
      "node7:1 is on a network, where everyone could read and change what is "
      "sent in plain text; give --tls-ca, --tls-certificate and --tls-key, or "
      "allow it with --allow-plaintext";
  for (const absl::Status& status : {security.ForChannel(network).status(),
                                     security.ForServer(network).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(status.message(), expected);
  }
  EXPECT_FALSE(security.ForServer(*Address::ParseListening("0.0.0.0:1")).ok());
  SecurityOptions options;
  options.allow_plaintext = true;
  EXPECT_TRUE(Make(options).ForChannel(network).ok());
  EXPECT_TRUE(Make(options).ForServer(network).ok());
}

TEST(SecurityTest, SaysWhatIsWrongWithTheFiles) {
  const std::string certificates = MakeCertificates("files", "node");
  SecurityOptions options = Identity(certificates, "node");
  options.key_file.clear();
  EXPECT_EQ(Security::Create(options).status().message(),
            "--tls-certificate and --tls-key belong together, but --tls-key "
            "is missing");
  options = Identity(certificates, "node");
  options.certificate_file.clear();
  EXPECT_THAT(Security::Create(options).status().message(),
              HasSubstr("but --tls-certificate is missing"));
  options = Mutual(certificates, "nobody");
  EXPECT_THAT(Security::Create(options).status().message(),
              HasSubstr(absl::StrCat("--tls-certificate: cannot open ",
                                     certificates, "/nobody.pem: ")));
  options = Identity(certificates, "node");
  std::swap(options.certificate_file, options.key_file);
  EXPECT_EQ(Security::Create(options).status().message(),
            absl::StrCat("--tls-certificate: ", certificates,
                         "/node.key holds no CERTIFICATE in PEM format"));
  const Address address = *Address::Parse("node7:1");
  EXPECT_THAT(Make(Identity(certificates, "node"))
                  .ForChannel(address)
                  .status()
                  .message(),
              HasSubstr("--tls-ca is missing"));
  EXPECT_THAT(Make(Ca(certificates)).ForServer(address).status().message(),
              HasSubstr("--tls-certificate and --tls-key are missing"));
}

TEST(SecurityTest, TheServerProvesItself) {
  const std::string ours = MakeCertificates("server_ours", "server");
  const std::string theirs = MakeCertificates("server_theirs", "server");
  TestServer server(Identity(ours, "server"));
  EXPECT_EQ(server.Call(Ca(ours)), absl::OkStatus());
  EXPECT_EQ(server.Call(Ca(theirs)).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(server.Call(SecurityOptions()).code(),
            absl::StatusCode::kUnavailable);
  // The certificate is for 127.0.0.1 and localhost, not for 127.0.0.2.
  TestServer elsewhere(Identity(ours, "server"),
                       *Address::ParseListening("127.0.0.2:0"));
  EXPECT_EQ(elsewhere.Call(Ca(ours)).code(), absl::StatusCode::kUnavailable);
}

TEST(SecurityTest, BothProveThemselves) {
  const std::string ours = MakeCertificates("mutual_ours", "server worker");
  const std::string theirs = MakeCertificates("mutual_theirs", "worker");
  TestServer server(Mutual(ours, "server"));
  EXPECT_EQ(server.Call(Mutual(ours, "worker")), absl::OkStatus());
  // No certificate, and one of another authority.
  EXPECT_EQ(server.Call(Ca(ours)).code(), absl::StatusCode::kUnavailable);
  SecurityOptions stranger = Identity(theirs, "worker");
  stranger.ca_file = ours + "/ca.pem";
  EXPECT_EQ(server.Call(stranger).code(), absl::StatusCode::kUnavailable);
}

TEST(SecurityTest, UnixSocketsToo) {
  const std::string ours = MakeCertificates("unix", "server worker");
  TestServer server(
      Mutual(ours, "server"),
      *Address::Parse(absl::StrCat("unix:/tmp/lineup_security_", getpid())));
  EXPECT_EQ(server.Call(Mutual(ours, "worker")), absl::OkStatus());
  EXPECT_EQ(server.Call(SecurityOptions()).code(),
            absl::StatusCode::kUnavailable);
}

TEST(SecurityTest, RenewedFilesAreTakenUp) {
  const std::string before = MakeCertificates("before", "server");
  const std::string after = MakeCertificates("after", "server");
  TestServer server(Identity(before, "server"));
  ASSERT_EQ(server.Call(Ca(before)), absl::OkStatus());
  ASSERT_EQ(std::system(absl::StrCat("cp ", after, "/server.key ", after,
                                     "/server.pem ", before)
                            .c_str()),
            0);
  const absl::Time start = absl::Now();
  while (!server.Call(Ca(after)).ok()) {
    ASSERT_LT(absl::Now() - start, absl::Seconds(30));
  }
}

}  // namespace
}  // namespace lineup
