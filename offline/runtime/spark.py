"""The Spark session that every offline step works in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyspark
from py4j.java_gateway import JavaGateway
from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.errors.exceptions.captured import CapturedException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from offline.runtime.java import java_home
from sparrow.errors import DependencyError, SparrowError, StorageError
from sparrow.settings import Settings
from sparrow.system.files import storage_errors

_STOP_SECONDS = 20
_EXIT_SECONDS = 5  # that a JVM whose sockets are closed may take to end

_RETENTION_LIMITS = {
    f"spark.{what}": "10"
    for what in (
        "ui.retainedJobs",
        "ui.retainedStages",
        "ui.retainedTasks",
        "sql.ui.retainedExecutions",
    )
}
"""Of what is over. Spark keeps a thousand plans for pages that nobody sees, and the heap fills."""


@contextmanager
def spark_session(settings: Settings, app_name: str) -> Iterator[SparkSession]:
    """Yield a session on `settings.spark_master`; its JVM ends with the block, after Ctrl-C too.

    A session that is already open in this process is shared and left open. What the JVM writes to
    its standard error is in `spark/spark.log` under the data folder. Raises `DependencyError` when
    the JVM does not start or ends too soon, or a job fails, `StorageError` when a job filled the
    disk, and `ConfigurationError` when there is no Java.
    """
    open_session = SparkSession.getActiveSession()
    if open_session is not None:
        yield open_session
        return
    folder = settings.data_dir.absolute() / "spark"
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        log = (folder / "spark.log").open("ab")
    with log, _environment(_variables(settings)), _preserve_sigint_handler():
        log_offset = log.tell()
        gateway = _start_jvm(_configuration(settings, app_name, folder), log)
        try:
            yield _session(gateway)
        except (Py4JJavaError, CapturedException) as error:
            raise _job_error(error, app_name, log) from error
        except (Py4JError, ConnectionError, EOFError) as error:
            if (code := _exit_code(gateway.proc)) is not None:
                raise _crash_error(code, app_name, log, log_offset) from error
            raise
        finally:
            _stop(gateway)


def is_local(master: str) -> bool:
    """Whether Spark runs inside its driver's JVM, on this machine alone."""
    return master.startswith("local")


def _configuration(settings: Settings, app_name: str, folder: Path) -> SparkConf:
    options = {
        "spark.master": settings.spark_master,
        "spark.app.name": app_name,
        "spark.driver.memory": settings.spark_memory,
        # ALS' lineage grows with its iterations and is walked by recursion: a deeper stack
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -Xss8m "
        f'"-Dderby.system.home={folder}"',
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **_RETENTION_LIMITS,
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.parquet.compression.codec": "zstd",
    }
    if is_local(settings.spark_master):
        options |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    return SparkConf(loadDefaults=False).setAll(list(options.items()))


def _variables(settings: Settings) -> dict[str, str]:
    """What the JVM and its Python workers read from the environment."""
    variables = {
        "JAVA_HOME": str(java_home(settings)),
        "SPARK_HOME": str(Path(pyspark.__file__).parent),  # never another Spark of the machine
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }
    if is_local(settings.spark_master):
        # Without an address Spark resolves the host name, which need not resolve on a laptop.
        variables |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    else:
        variables["PYSPARK_PYTHON"] = os.environ.get("PYSPARK_PYTHON", sys.executable)
    return variables


def _start_jvm(conf: SparkConf, log: IO[bytes]) -> JavaGateway:
    try:
        return launch_gateway(conf, {"stderr": log, "stdout": log})  # type: ignore[no-untyped-call]
    except PySparkRuntimeError as error:
        raise DependencyError(
            f"Spark's Java process ended before it was ready; {log.name} says why. "
            "SPARROW_SPARK_MEMORY may ask for more memory than the machine has."
        ) from error


def _session(gateway: JavaGateway) -> SparkSession:
    context = SparkContext(gateway=gateway, conf=SparkConf(_jvm=gateway.jvm))
    context.setLogLevel("ERROR")
    session = SparkSession(context)
    session.conf.set("spark.sql.shuffle.partitions", str(2 * context.defaultParallelism))
    return session


def _job_error(
    error: Py4JJavaError | CapturedException, app_name: str, log: IO[bytes]
) -> SparrowError:
    """What went wrong in a line, for the text of Spark's own errors is gone with its JVM."""
    text = str(error)
    log.write(f"{text}\n".encode())
    if "No space left on device" in text:
        return StorageError(
            f"Spark ran out of disk space in {app_name}; free some, then run the same command "
            f"again. {log.name} has more."
        )
    causes = re.findall(r"^(?:Caused by: )?([\w.$]+(?:Error|Exception)\b.*)$", text, re.MULTILINE)
    cause = causes[-1] if causes else text.partition("\n")[0]
    return DependencyError(f"Spark did not finish {app_name}: {cause}. {log.name} has more.")


def _exit_code(jvm: subprocess.Popen[bytes]) -> int | None:
    """What a JVM that is going down ended with; None for one that works on."""
    try:
        return jvm.wait(_EXIT_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _crash_error(code: int, app_name: str, log: IO[bytes], log_offset: int) -> DependencyError:
    """For a JVM that ended in the middle of work; its last error, if it had time for one.

    `log_offset`: where its words begin in the log.
    """
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    lines = Path(log.name).read_bytes()[log_offset:].decode(errors="replace").splitlines()
    errors = [line.strip() for line in lines if re.search(r"\w(Error|Exception)\b", line)]
    last = f": {errors[-1]}" if errors else ""
    return DependencyError(
        f"Spark's Java process ended {how} in {app_name}{last}. {log.name} has more. "
        "SPARROW_SPARK_MEMORY may be too little for the data, or more than the machine has."
    )


def _stop(gateway: JavaGateway) -> None:
    """End the session and its JVM; the next session of this process starts a new one."""
    try:
        session = SparkSession.getActiveSession()
        if session is not None:
            session.stop()
    except (Py4JError, OSError):
        pass  # the JVM is gone already: the block's own error says what happened
    finally:
        # a JVM that died could not be told to stop, and then these stay
        SparkContext._active_spark_context = SparkSession._instantiatedSession = None
        SparkContext._gateway = SparkContext._jvm = None
        gateway.shutdown()
        _end_process(gateway.proc)


def _end_process(jvm: subprocess.Popen[bytes]) -> None:
    if jvm.stdin is not None:
        jvm.stdin.close()  # the gateway's JVM ends with its input
    try:
        jvm.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        jvm.kill()
        jvm.wait()


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _preserve_sigint_handler() -> Iterator[None]:
    """Restore the handler of Ctrl-C, for which Spark puts its own that outlives its context."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
