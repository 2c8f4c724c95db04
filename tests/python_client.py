"""A client of a cluster, made only from the .proto files and grpcio.

  python_client.py LINEUP DATA

Starts a coordinator, a parameter server and a worker (LINEUP is the command,
DATA a CSV file), and uses their services as any client in any language could:
health, reflection, submitting a job, streaming its events, reading weights,
the typed reason of an error, stopping the job. The generated modules must be
on PYTHONPATH.
"""

import contextlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import grpc

from proto import error_pb2
from proto import jobs_pb2
from proto import jobs_pb2_grpc
from proto import node_pb2
from proto import parameter_server_pb2
from proto import parameter_server_pb2_grpc

TIMEOUT = 60  # seconds, of everything that is waited for


def expect(condition, what):
  if not condition:
    raise AssertionError(what)


@contextlib.contextmanager
def process(*arguments):
  running = subprocess.Popen(arguments)
  try:
    yield running
  finally:
    running.terminate()
    try:
      running.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
      running.kill()
      raise


def wait_for(what, attempt):
  """The first result of attempt() that is not None."""
  deadline = time.monotonic() + TIMEOUT
  while time.monotonic() < deadline:
    result = attempt()
    if result is not None:
      return result
    time.sleep(0.05)
  raise AssertionError(f"no {what} within {TIMEOUT} s")


def raw_call(channel, method, request):
  """A call whose messages have no class here."""
  call = channel.stream_stream(
      method,
      request_serializer=lambda message: message,
      response_deserializer=lambda message: message)
  return b"".join(call(iter([request]), timeout=TIMEOUT))


def check_health_and_reflection(channel, service):
  # grpc.health.v1.HealthCheckResponse: status SERVING.
  expect(raw_call(channel, "/grpc.health.v1.Health/Check", b"") == b"\x08\x01",
         "the health service says SERVING")
  # grpc.reflection.v1alpha.ServerReflectionRequest: list_services.
  listed = raw_call(
      channel,
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      b"\x3a\x01*")
  expect(service.encode() in listed, f"reflection lists {service}")


def error_detail(error):
  """The typed detail of a failed call."""
  for key, value in error.trailing_metadata():
    if key == "grpc-status-details-bin":
      status = error_pb2.RpcStatus.FromString(value)
      detail = error_pb2.ErrorDetail()
      expect(status.details[0].Unpack(detail), "the detail is an ErrorDetail")
      return detail
  raise AssertionError(f"no detail in {error}")


def check_parameter_server(address, job):
  with grpc.insecure_channel(address) as channel:
    check_health_and_reflection(channel, "lineup.v1.ParameterServer")
    server = parameter_server_pb2_grpc.ParameterServerStub(channel)
    status = server.GetStatus(parameter_server_pb2.GetStatusRequest(),
                              timeout=TIMEOUT)
    expect(status.job.job == job, f"the server serves {job}")
    request = parameter_server_pb2.PeekRequest(
        job=job, routing_epoch=status.job.routing_epoch, all_rows=3)
    answer = server.Peek(request, timeout=TIMEOUT)
    count = 3 * status.job.num_columns
    weights = struct.unpack(f"<{count}f", answer.weights)
    expect(any(weight != 0 for weight in weights), "the model has weights")
    request.job = "no-such-job"
    try:
      server.Peek(request, timeout=TIMEOUT)
      raise AssertionError("an unknown job is an error")
    except grpc.RpcError as error:
      expect(error.code() == grpc.StatusCode.NOT_FOUND, error)
      expect(error_detail(error).reason ==
             error_pb2.ERROR_REASON_UNKNOWN_JOB, error)


def check_monitoring(jobs, job):
  listed = jobs.ListJobs(jobs_pb2.ListJobsRequest(), timeout=TIMEOUT).jobs
  expect([j.job for j in listed] == [job], listed)
  lanes = jobs.ListLanes(jobs_pb2.ListLanesRequest(), timeout=TIMEOUT).lanes
  expect([lane.lane for lane in lanes] == [0, 1], lanes)
  candidates = jobs.ListCandidates(
      jobs_pb2.ListCandidatesRequest(job=job), timeout=TIMEOUT).candidates
  expect(len(candidates) == 32 and candidates[0].train_loss, candidates)
  shards = jobs.ListShards(jobs_pb2.ListShardsRequest(), timeout=TIMEOUT).shards
  expect(len(shards) == 1 and shards[0].report.pushes_applied > 0, shards)


def run_job(jobs, data, output):
  spec = jobs_pb2.SubmitJobRequest()
  spec.spec.name = "from Python"
  # Far more epochs than will be waited for.
  spec.spec.hyperparameters_json = (
      '{"predictor_type": "multiclass_classifier", "num_classes": 10,'
      ' "epochs": 100000, "mini_batch_size": 20,'
      ' "early_stopping_patience": 100000}')
  spec.spec.train.append(data)
  spec.spec.validation_fraction = 0.2
  spec.spec.output = output
  spec.spec.num_lanes = 2
  job = jobs.SubmitJob(spec, timeout=TIMEOUT).job

  kinds = []
  events = jobs.WatchEvents(jobs_pb2.WatchEventsRequest(), timeout=TIMEOUT)
  for event in events:
    kinds.append(event.kind)
    if event.kind == "epoch_validated":
      break
  events.cancel()
  expect("job_started" in kinds, kinds)

  status = jobs.GetJob(jobs_pb2.GetJobRequest(job=job), timeout=TIMEOUT)
  expect(status.state == jobs_pb2.JOB_STATE_RUNNING, status)
  nodes = jobs.ListNodes(jobs_pb2.ListNodesRequest(), timeout=TIMEOUT).nodes
  servers = [n for n in nodes if n.role == node_pb2.NODE_ROLE_SERVER]
  expect(len(servers) == 1 and len(nodes) == 2, nodes)
  check_parameter_server(servers[0].address, job)

  check_monitoring(jobs, job)

  last_event = event.number
  jobs.StopJob(jobs_pb2.StopJobRequest(job=job), timeout=TIMEOUT)
  # Goes on where the stream above was left, and nothing is told twice.
  kinds = []
  for event in jobs.WatchEvents(
      jobs_pb2.WatchEventsRequest(after=last_event),
      timeout=TIMEOUT):
    expect(event.number > last_event, event)
    kinds.append(event.kind)
    if event.kind == "job_stopped":
      break
  expect("job_stopping" in kinds, kinds)
  status = jobs.GetJob(jobs_pb2.GetJobRequest(job=job), timeout=TIMEOUT)
  expect(status.state == jobs_pb2.JOB_STATE_STOPPED, status)
  expect(os.path.exists(f"{output}/model.json"), "a stopped job has a model")


def main():
  lineup, data = sys.argv[1], os.path.abspath(sys.argv[2])
  # Short: the paths of Unix sockets have little room.
  directory = tempfile.mkdtemp(prefix="lineup_")
  coordinator = f"unix:{directory}/coordinator"
  try:
    with contextlib.ExitStack() as cluster:
      cluster.enter_context(
          process(lineup, "coordinator", "--listen", coordinator))
      cluster.enter_context(
          process(lineup, "server", "--coordinator", coordinator, "--listen",
                  f"unix:{directory}/server"))
      cluster.enter_context(
          process(lineup, "worker", "--coordinator", coordinator))
      channel = cluster.enter_context(grpc.insecure_channel(coordinator))
      grpc.channel_ready_future(channel).result(TIMEOUT)
      check_health_and_reflection(channel, "lineup.v1.Jobs")
      run_job(jobs_pb2_grpc.JobsStub(channel), data, f"{directory}/model")
  finally:
    shutil.rmtree(directory)
  print("ok")


if __name__ == "__main__":
  main()
