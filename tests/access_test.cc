// Who may call what: the table in the code, the one in SECURITY.md, and what a
// coordinator and a parameter server really do, for every method and every
// certificate, must be the same.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/clock.h"
#include "common/base/files.h"
#include "common/base/mutex.h"
#include "common/rpc/access_table.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/protocol.h"
#include "common/rpc/raw_call.h"
#include "common/rpc/status.h"
#include "common/rpc/test_certificates.h"
#include "coordinator/coordinator_process.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "server/server_process.h"

namespace lineup {
namespace {

using google::protobuf::DescriptorPool;

// Each row: the method, and the roles that may call it.
using Table = std::map<std::string, std::set<std::string>>;

Table TableOfCode() {
  Table table;
  for (const MethodAccess& access : AccessTable()) {
    const std::vector<std::string> names = access.allowed.Names();
    table[std::string(access.method)] = {names.begin(), names.end()};
  }
  EXPECT_EQ(table.size(), AccessTable().size())
      << "a method stands there twice";
  return table;
}

std::vector<std::string> Cells(absl::string_view line) {
  std::vector<std::string> cells;
  absl::ConsumePrefix(&line, "|");
  absl::ConsumeSuffix(&line, "|");
  for (absl::string_view cell : absl::StrSplit(line, '|')) {
    cells.emplace_back(absl::StripAsciiWhitespace(cell));
  }
  return cells;
}

// Of SECURITY.md: the table whose head begins with "method".
Table TableOfDocument() {
  Table table;
  std::vector<std::string> head;
  const std::string document = ReadFile("SECURITY.md").value();
  for (absl::string_view line : absl::StrSplit(document, '\n')) {
    if (!absl::StartsWith(line, "|")) {
      head.clear();
      continue;
    }
    const std::vector<std::string> cells = Cells(line);
    if (cells[0] == "method") {
      head = cells;
    } else if (!head.empty() && cells.size() == head.size() &&
               absl::StartsWith(cells[0], "`")) {
      std::set<std::string>& roles =
          table[absl::StrCat("/", cells[0].substr(1, cells[0].size() - 2))];
      for (size_t i = 1; i < cells.size(); ++i) {
        if (cells[i] == "yes") roles.insert(head[i]);
        EXPECT_TRUE(cells[i].empty() || cells[i] == "yes") << line;
      }
    }
  }
  return table;
}

// Every method of every service of ours in this program.
std::set<std::string> MethodsOfProtos() {
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::set<std::string> methods;
  for (const std::string& name : files) {
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file == nullptr || !absl::StartsWith(file->package(), "lineup.")) {
      continue;
    }
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        methods.insert(absl::StrCat("/", service->full_name(), "/",
                                    service->method(m)->name()));
      }
    }
  }
  return methods;
}

TEST(AccessTableTest, HasEveryMethodAndNoOther) {
  std::set<std::string> listed;
  for (const auto& [method, roles] : TableOfCode()) {
    EXPECT_FALSE(roles.empty()) << method << ": nobody may";
    if (!absl::StartsWith(method, "/grpc.")) listed.insert(method);
  }
  const std::set<std::string> methods = MethodsOfProtos();
  EXPECT_GE(methods.size(), 19u);
  EXPECT_EQ(listed, methods)
      << "common/rpc/access_table.cc must say for each method who may call it";
}

TEST(AccessTableTest, IsTheOneInTheDocument) {
  EXPECT_EQ(TableOfDocument(), TableOfCode());
}

// A coordinator and a parameter server of one cluster, and strangers.
class AccessTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ours_ = new std::string(MakeCertificates(testing::TempDir() + "/ours"));
    theirs_ = new std::string(MakeCertificates(testing::TempDir() + "/theirs"));
  }

  AccessTest() {
    const Address any_port = *Address::ParseListening("127.0.0.1:0");
    CoordinatorProcessOptions options;
    options.security = SecurityOf(*ours_, Role::kCoordinator);
    coordinator_ =
        CoordinatorProcess::Start(any_port, options, &clock_).value();
    ServerProcessOptions serving{any_port};
    serving.security = SecurityOf(*ours_, Role::kServer);
    server_ = ServerProcess::Start(serving).value();
  }

  std::shared_ptr<grpc::Channel> CoordinatorFor(Role role) const {
    return OpenChannel(coordinator_->address(), SecurityOf(*ours_, role),
                       Role::kCoordinator)
        .value();
  }
  std::shared_ptr<grpc::Channel> ServerFor(Role role) const {
    return OpenChannel(server_->address(), SecurityOf(*ours_, role),
                       Role::kServer)
        .value();
  }

  static std::string* ours_;
  static std::string* theirs_;
  const RealClock clock_;
  std::unique_ptr<CoordinatorProcess> coordinator_;
  std::unique_ptr<ServerProcess> server_;
};
std::string* AccessTest::ours_ = nullptr;
std::string* AccessTest::theirs_ = nullptr;

// Calls of every method of the table with an empty message, all at the same
// time. Streams without an end are ended by a deadline.
class AllCalls {
 public:
  explicit AllCalls(std::shared_ptr<grpc::Channel> channel)
      : channel_(std::move(channel)) {
    for (const MethodAccess& access : AccessTable()) {
      const std::string method(access.method);
      const bool endless = absl::StrContains(method, "Watch");
      calls_.push_back(RawCall::Start(
          channel_, method, grpc::ByteBuffer(),
          endless ? absl::Seconds(3) : absl::Seconds(30),
          [this, method](const absl::StatusOr<grpc::ByteBuffer>& answer) {
            MutexLock lock(&mutex_);
            results_[method] = answer.status();
            changed_.SignalAll();
          }));
    }
  }
  ~AllCalls() { Results(); }

  // How each ended, once all have.
  std::map<std::string, absl::Status> Results() {
    MutexLock lock(&mutex_);
    while (results_.size() < AccessTable().size()) changed_.Wait(&mutex_);
    return results_;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  std::vector<std::shared_ptr<RawCall>> calls_;
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, absl::Status> results_ ABSL_GUARDED_BY(mutex_);
};

// What the role may call, as the process at the other end has it.
Table Observed(AllCalls* calls, Role role) {
  Table table;
  for (const auto& [method, status] : calls->Results()) {
    std::set<std::string>& roles = table[method];
    EXPECT_FALSE(absl::IsUnavailable(status)) << method << ": " << status;
    if (absl::IsPermissionDenied(status)) {
      const v1::ErrorDetail detail = DetailOf(status);
      EXPECT_EQ(detail.reason(), v1::ERROR_REASON_ROLE_NOT_ALLOWED);
      EXPECT_EQ(detail.role(), RoleName(role));
      const std::set<std::string> allowed(detail.allowed_roles().begin(),
                                          detail.allowed_roles().end());
      EXPECT_EQ(allowed, TableOfCode()[method]) << method;
    } else {
      EXPECT_FALSE(absl::IsUnauthenticated(status)) << method << ": " << status;
      roles.insert(std::string(RoleName(role)));
    }
  }
  return table;
}

void Merge(const Table& from, Table* into) {
  for (const auto& [method, roles] : from) {
    (*into)[method].insert(roles.begin(), roles.end());
  }
}

TEST_F(AccessTest, EveryRoleCallsEveryMethod) {
  std::map<Role, AllCalls> to_coordinator, to_server;
  for (const Role role : kAllRoles) {
    to_coordinator.emplace(role, CoordinatorFor(role));
    to_server.emplace(role, ServerFor(role));
  }
  Table at_coordinator, at_server;
  for (const Role role : kAllRoles) {
    Merge(Observed(&to_coordinator.at(role), role), &at_coordinator);
    Merge(Observed(&to_server.at(role), role), &at_server);
  }
  EXPECT_EQ(at_coordinator, TableOfDocument());
  EXPECT_EQ(at_server, TableOfDocument());
}

TEST_F(AccessTest, StrangersGetNothing) {
  const std::string ca = ReadFile(*ours_ + "/ca.pem").value();
  std::map<std::string, std::shared_ptr<grpc::ChannelCredentials>> strangers;
  strangers["plaintext"] = grpc::InsecureChannelCredentials();
  strangers["no certificate"] = grpc::SslCredentials({ca, "", ""});
  for (const Role role : kAllRoles) {
    const std::string files = absl::StrCat(*theirs_, "/", RoleName(role));
    strangers[absl::StrCat("another CA's ", RoleName(role))] =
        grpc::SslCredentials({ca, ReadFile(files + ".key").value(),
                              ReadFile(files + ".pem").value()});
  }
  for (const auto& [name, credentials] : strangers) {
    for (const Address& address :
         {coordinator_->address(), server_->address()}) {
      AllCalls calls(grpc::CreateChannel(address.ToTarget(), credentials));
      for (const auto& [method, status] : calls.Results()) {
        EXPECT_TRUE(absl::IsUnavailable(status))
            << name << ", " << method << ": " << status;
      }
    }
  }
}

// The report of a node with the role `claimed`.
absl::Status Report(const std::shared_ptr<grpc::Channel>& channel,
                    v1::NodeRole claimed) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  v1::NodeReport report;
  report.set_node_id(absl::StrCat("node-", static_cast<int>(claimed)));
  report.set_role(claimed);
  report.set_protocol_version(kProtocolVersion);
  v1::NodeOrders orders;
  return FromGrpcStatus(
      v1::Nodes::NewStub(channel)->Report(&context, report, &orders));
}

TEST_F(AccessTest, NodesReportAsWhatTheyAre) {
  const auto worker = CoordinatorFor(Role::kWorker);
  const auto server = CoordinatorFor(Role::kServer);
  EXPECT_EQ(Report(worker, v1::NODE_ROLE_WORKER), absl::OkStatus());
  EXPECT_EQ(Report(server, v1::NODE_ROLE_SERVER), absl::OkStatus());
  const absl::Status status = Report(worker, v1::NODE_ROLE_SERVER);
  EXPECT_EQ(status, RoleNotAllowedError("report as a server", Role::kWorker,
                                        {Role::kServer}));
  EXPECT_TRUE(absl::IsPermissionDenied(Report(server, v1::NODE_ROLE_WORKER)));
}

TEST_F(AccessTest, ProcessesNeedTheCertificateOfTheirRole) {
  const Address any_port = *Address::ParseListening("127.0.0.1:0");
  CoordinatorProcessOptions options;
  options.security = SecurityOf(*ours_, Role::kServer);
  EXPECT_EQ(
      CoordinatorProcess::Start(any_port, options, &clock_).status().message(),
      absl::StrCat("--tls-certificate: ", *ours_,
                   "/server.pem names the role server, but this process "
                   "is a coordinator"));
  ServerProcessOptions serving{any_port};
  serving.security = SecurityOf(*ours_, Role::kViewer);
  EXPECT_TRUE(absl::IsPermissionDenied(ServerProcess::Start(serving).status()));
}

}  // namespace
}  // namespace lineup
