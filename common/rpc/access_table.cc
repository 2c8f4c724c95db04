#include "common/rpc/access_table.h"

#include "absl/strings/str_cat.h"
#include "common/rpc/errors.h"

namespace lineup {
namespace {

constexpr Role kCoordinator = Role::kCoordinator;
constexpr Role kServer = Role::kServer;
constexpr Role kWorker = Role::kWorker;
constexpr Role kOperator = Role::kOperator;
constexpr Role kViewer = Role::kViewer;

// What changes something is for one role, or for those that must; looking is
// for people, and for those that need it for their work.
constexpr MethodAccess kAccessTable[] = {
    {"/lineup.v1.Jobs/SubmitJob", {kOperator}},
    {"/lineup.v1.Jobs/StopJob", {kOperator}},
    {"/lineup.v1.Jobs/TakeCheckpoint", {kOperator}},
    {"/lineup.v1.Jobs/DrainNode", {kOperator}},
    {"/lineup.v1.Jobs/ListJobs", {kOperator, kViewer}},
    {"/lineup.v1.Jobs/GetJob", {kOperator, kViewer}},
    {"/lineup.v1.Jobs/ListNodes", {kOperator, kViewer}},
    {"/lineup.v1.Jobs/ListLanes", {kOperator, kViewer}},
    {"/lineup.v1.Jobs/ListCandidates", {kOperator, kViewer}},
    {"/lineup.v1.Jobs/ListShards", {kOperator, kViewer}},
    {"/lineup.v1.Jobs/WatchEvents", {kOperator, kViewer}},

    // A report must also be of the node's own role (NodesService).
    {"/lineup.v1.Nodes/Report", {kServer, kWorker}},
    {"/lineup.v1.Nodes/GetJobSetup", {kWorker}},
    {"/lineup.v1.Nodes/GetKeptModel", {kWorker}},

    {"/lineup.v1.ParameterServer/Pull", {kWorker}},
    {"/lineup.v1.ParameterServer/Push", {kWorker}},
    {"/lineup.v1.ParameterServer/FinishLane", {kWorker}},
    {"/lineup.v1.ParameterServer/Stream", {kWorker}},
    {"/lineup.v1.ParameterServer/Peek", {kCoordinator, kWorker}},
    {"/lineup.v1.ParameterServer/SetWeights", {kCoordinator}},
    {"/lineup.v1.ParameterServer/ReadSlots", {kServer}},
    {"/lineup.v1.ParameterServer/GetStatus",
     {kCoordinator, kWorker, kOperator, kViewer}},

    {"/grpc.health.v1.Health/Check",
     {kCoordinator, kServer, kWorker, kOperator, kViewer}},
    {"/grpc.health.v1.Health/Watch",
     {kCoordinator, kServer, kWorker, kOperator, kViewer}},
    {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
     {kOperator, kViewer}},
};

RoleSet AllowedRoles(absl::string_view method) {
  for (const MethodAccess& access : kAccessTable) {
    if (access.method == method) return access.allowed;
  }
  return {};
}

}  // namespace

absl::Span<const MethodAccess> AccessTable() { return kAccessTable; }

absl::Status CheckAccess(absl::string_view method,
                         const absl::StatusOr<Role>& role) {
  const RoleSet allowed = AllowedRoles(method);
  if (role.ok() && allowed.contains(*role)) return absl::OkStatus();
  return RoleNotAllowedError(absl::StrCat("call ", method), role, allowed);
}

}  // namespace lineup
