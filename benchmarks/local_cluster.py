"""A cluster of real processes on this machine, for the benchmarks."""
import json
import os
import signal
import subprocess

TIMEOUT = 600  # seconds, of one job and of a process to end


class Cluster:
    """A coordinator, parameter servers, and as many workers as are asked for.

    Addresses are sockets in `directory`, or ports of the loopback device where
    `tcp` is true. What the processes print goes to `directory`/cluster.log.
    """

    def __init__(self, binary, directory, servers=2, tcp=False):
        self.binary = binary
        self.directory = directory
        self.servers = servers
        self.nodes = []
        self.workers = []
        self.address = '127.0.0.1:0' if tcp else 'unix:%s/coordinator' % directory
        coordinator = self.start('coordinator', '--listen', self.address,
                                 stdout=subprocess.PIPE if tcp else None)
        self.nodes.append(coordinator)
        if tcp:
            # "lineup: … listens on ADDRESS"
            self.address = coordinator.stdout.readline().decode().split()[-1]
        for index in range(servers):
            self.nodes.append(self.start(
                'server', '--coordinator', self.address, '--listen',
                '127.0.0.1:0' if tcp else
                'unix:%s/server-%d' % (directory, index)))

    def start(self, role, *arguments, stdout=None):
        with open(os.path.join(self.directory, 'cluster.log'), 'a') as log:
            return subprocess.Popen([self.binary, role, *arguments],
                                    stderr=log, stdout=stdout or log)

    @staticmethod
    def stop(process):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise

    def use_workers(self, count, *more):
        """Starts or ends workers, of one thread each and with the flags."""
        while len(self.workers) > count:
            self.stop(self.workers.pop())
        while len(self.workers) < count:
            self.workers.append(self.start(
                'worker', '--coordinator', self.address, '--threads', '1',
                *more))

    def submit(self, *arguments):
        """Runs a job to its end."""
        subprocess.run(
            [self.binary, 'submit', '--coordinator', self.address, '--follow',
             '--min-servers', str(self.servers),
             '--min-workers', str(len(self.workers)), *arguments],
            check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT)

    def query(self, command, *arguments):
        """What a monitoring command answers in JSON."""
        return json.loads(subprocess.run(
            [self.binary, command, '--coordinator', self.address, '--json',
             *arguments], check=True, stdout=subprocess.PIPE,
            timeout=TIMEOUT).stdout)

    def close(self):
        self.use_workers(0)
        while self.nodes:
            self.stop(self.nodes.pop())
