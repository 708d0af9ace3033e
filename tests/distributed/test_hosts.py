"""``--hosts``: workers on two hosts, each with an address and a network of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from deltarule import load_model
from tests.distributed.jobs import needs_mpi, run_job

pytestmark = needs_mpi
SCRIPT = Path(sys.executable).with_name("deltarule")
ADDRESSES = ("10.77.0.1", "10.77.0.2")
LIMIT = 60  # seconds
AGENT = """#!/bin/sh
# As ssh: options, a host, a command - which runs in the host's own network.
while [ "${{1#-}}" != "$1" ]; do shift; done
case $1 in {0[0]}) host={1[0]};; {0[1]}) host={1[1]};; *) exit 255;; esac
shift
exec ip netns exec $host sh -c "$*"
"""


@pytest.fixture
def hosts(tmp_path):
    """Two network namespaces and a cable; how to run a command in one, and reach the other."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("network namespaces need root and ip (Debian: iproute2)")
    names = [f"deltarule-{os.getpid()}-{i}" for i in range(2)]
    cable = [f"dr{os.getpid() % 10**6}{side}" for side in "ab"]
    steps = [
        *(f"netns add {name}" for name in names),
        f"link add {cable[0]} netns {names[0]} type veth peer name {cable[1]} netns {names[1]}",
        *(
            f"-n {name} {what}"
            for name, end, address in zip(names, cable, ADDRESSES, strict=True)
            for what in (
                "link set lo up",
                f"link set {end} up",
                f"addr add {address}/24 dev {end}",
            )
        ),
    ]
    agent = tmp_path / "agent.sh"
    agent.write_text(AGENT.format(ADDRESSES, names))
    agent.chmod(0o700)
    try:
        for step in steps:
            done = subprocess.run(["ip", *step.split()], capture_output=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"network namespaces cannot be made here: {done.stderr.decode()}")
        inside = ["ip", "netns", "exec", names[0]]
        yield inside, {**os.environ, "PRTE_MCA_plm_ssh_agent": str(agent)}
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


@pytest.fixture
def train(tmp_path):
    """The command for a table in this test's folder."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5000, 4)).round(3)
    lines = [",".join(map(str, row)) + f",{int(row[0] * row[1] > 0)}" for row in X]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c,d,label", *lines]) + "\n")
    options = "--target label --seed 0 --preset quick --max-iter 20 --threads 1"
    return [SCRIPT, "train", "t.csv", *options.split(), "--hidden-layer-sizes", "64,64"]


def losses(path):
    model = load_model(path)
    return model.loss_curve_, [parameters.theta.tobytes() for parameters in model._parameters]


def test_two_hosts_train_the_model_of_one_process(hosts, train, tmp_path):
    inside, environment = hosts
    named = ",".join(f"{address}:1" for address in ADDRESSES)
    before = bytes_through(inside)
    command = [*inside, *train, "--hosts", named, "--out", "two.deltarule"]
    done = run_job(command, limit=LIMIT, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert bytes_through(inside) - before > 1e6  # it went over the cable
    done = run_job([*train, "--shards", 8, "--out", "one.deltarule"], limit=LIMIT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert losses(tmp_path / "two.deltarule") == losses(tmp_path / "one.deltarule")


def test_a_host_that_does_not_answer_is_said_in_time(hosts, train, tmp_path):
    inside, environment = hosts
    command = [*inside, *train, "--hosts", f"{ADDRESSES[0]}:1,10.77.0.9:1"]
    done = run_job(command, limit=LIMIT, cwd=tmp_path, env=environment)
    assert done.returncode == 69
    assert done.stderr.startswith("deltarule: The workers could not start")
    assert done.stdout == ""


def bytes_through(inside):
    """Return the bytes that the first host has sent."""
    table = subprocess.run([*inside, "cat", "/proc/net/dev"], capture_output=True, check=True)
    lines = [line.split(":") for line in table.stdout.decode().splitlines() if ":" in line]
    return sum(int(rest.split()[8]) for name, rest in lines if name.strip() != "lo")
