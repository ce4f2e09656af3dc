"""Cost of HTTP requests from this process to a server in another, on one core.

    python benchmarks/requests.py [--requests 2000] [--clients 4]

Starts `sparrow serve` on the release that serves, then asks each endpoint: p50 and p99 of one
client that waits for each answer, the server's CPU time a request, and requests a second of several
clients at once. Also how long the server took to be ready, and its memory. `bare` is what uvicorn
and Starlette take to answer nothing, on this machine at this moment: compare with it. What is asked
`again` was asked before by the same users, whose lists hold still; all others are new questions.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, cycle, islice
from time import perf_counter
from urllib.parse import urlsplit

import numpy as np
import psutil

WARM_UP = 200
ENDPOINTS = {
    "/getmovie": "/getmovie?id={movie}",
    "/getuser": "/getuser?id={user}",
    "/getrecommendation, 8": "/getrecommendation?genre=Action&size=8&sortby=rating",
    "/getsimilarmovie, 16": "/getsimilarmovie?movieId={movie}&size=16&model=emb",
    "/getrecforyou, 32, emb": "/getrecforyou?id={user}&size={thirty_two}&model=emb",
    "recommendations, 20, default model": "/api/v1/users/{user}/recommendations?limit={twenty}",
    "a user's page": "/user/{user}",
}
AGAIN = {
    "/getuser, again": "/getuser?id={user}",
    "/getrecforyou, 32, emb, again": "/getrecforyou?id={user}&size=32&model=emb",
    "recommendations, 20, again": "/api/v1/users/{user}/recommendations?limit=20",
}
USERS_AGAIN = 20


BARE = """
import socket, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

async def nothing(request):
    return Response(b"{}", media_type="application/json")

app = Starlette(routes=[Route("/", nothing)])
config = uvicorn.Config(app, loop="uvloop", access_log=False, log_level="error")
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""


@contextmanager
def bare() -> Iterator[tuple[str, psutil.Process]]:
    """Address and process of a server that answers nothing, on one core."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.fileno()
        command = [sys.executable, "-c", BARE, str(number)]
        with subprocess.Popen(command, pass_fds=[number]) as running:
            try:
                process = psutil.Process(running.pid)
                on_one_core(process)
                yield f"http://127.0.0.1:{listener.getsockname()[1]}", process
            finally:
                running.terminate()


def on_one_core(process: psutil.Process) -> None:
    """Where the system lets us choose."""
    if hasattr(process, "cpu_affinity"):
        process.cpu_affinity(process.cpu_affinity()[:1])


@contextmanager
def server(scorer: str) -> Iterator[tuple[str, psutil.Process, float]]:
    """Address, process and seconds until ready of a server on one core."""
    start = perf_counter()
    command = [sys.executable, "-m", "sparrow", "serve", "--port", "0", "--scorer", scorer]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {"SPARROW_DEMO": "1"},
    ) as running:  # fmt: skip
        try:
            process = psutil.Process(running.pid)
            on_one_core(process)
            address = running.stdout.readline().strip()
            yield address, process, perf_counter() - start
        finally:
            running.terminate()


def ask(address: str, paths: list[str]) -> np.ndarray:
    """Milliseconds that each answer took, over one connection."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    times = []
    for path in paths:
        start = perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        times.append((perf_counter() - start) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
    connection.close()
    return np.array(times)


def at_once(address: str, paths: list[str], clients: int) -> float:
    """Requests a second of so many clients."""
    threads = [
        threading.Thread(target=ask, args=(address, paths[place::clients]))
        for place in range(clients)
    ]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(paths) / (perf_counter() - start)


def cpu(process: psutil.Process) -> float:
    """Seconds of CPU that a process has used."""
    times = process.cpu_times()
    return times.user + times.system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    with server("embedding") as (_, process, ready):
        print_start("embedding", process, ready)
    with bare() as (nothing, idle), server("savedmodel") as (address, process, ready):
        print_start("savedmodel", process, ready)
        print(f"{'':<36}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}{'× bare':>9}{'at once/s':>11}")
        ask(nothing, ["/"] * WARM_UP)
        number = 2 * options.requests  # half of them alone, half of them by clients at once
        alone = line("bare", nothing, idle, ["/"] * number, options.clients)
        for name, template in ENDPOINTS.items():
            paths = list(islice(some(template), WARM_UP + number))
            ask(address, paths[:WARM_UP])
            line(name, address, process, paths[WARM_UP:], options.clients, alone)
        for name, template in AGAIN.items():
            few = list(islice(some(template), USERS_AGAIN))
            ask(address, few)
            paths = list(islice(cycle(few), number))
            line(name, address, process, paths, options.clients, alone)
        print(f"{process.memory_info().rss / 2**20:.0f} MiB after all requests")


def print_start(scorer: str, process: psutil.Process, ready: float) -> None:
    """How long a server took to be ready, and its memory."""
    memory = process.memory_info().rss / 2**20
    print(f"--scorer {scorer}: ready in {ready:.1f} s, {memory:.0f} MiB")


def some(template: str) -> Iterator[str]:
    """Paths about movies and users of the data set; lists are of other lengths each time around."""
    random = np.random.default_rng(7)
    drawn = list(zip(random.integers(1, 500, 500), random.integers(1, 900, 500), strict=True))
    for turn in count():
        for movie, user in drawn:
            sizes = {"twenty": 20 + turn, "thirty_two": 32 + turn}
            yield template.format(movie=movie, user=user, **sizes)


def line(
    name: str, address: str, process: psutil.Process, paths: list[str], clients: int,
    bare: float | None = None,
) -> float:  # fmt: skip
    """Print what these requests cost; the CPU time of one, in microseconds."""
    alone, together = np.array_split(paths, 2)
    before = cpu(process)
    p50, p99 = np.percentile(ask(address, alone.tolist()), [50, 99])
    spent = (cpu(process) - before) / len(alone) * 1e6
    rate = at_once(address, together.tolist(), clients)
    ratio = spent / (bare or spent)
    print(f"{name:<36}{p50:>9.2f}{p99:>9.2f}{spent:>9.0f}{ratio:>9.1f}{rate:>11.0f}")
    return spent


if __name__ == "__main__":
    main()
