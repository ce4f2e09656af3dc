import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from sparrow.errors import DependencyError

pytestmark = pytest.mark.spark


def run(script: str, folder, **arguments) -> subprocess.Popen:
    head = """
        import pathlib, sys
        from offline.runtime.spark import spark_session
        from sparrow.settings import Settings
        settings = Settings(
            data_dir=pathlib.Path(sys.argv[1]), spark_master="local[2]", spark_memory="512m"
        )
    """
    script = textwrap.dedent(head) + textwrap.dedent(script)
    command = [sys.executable, "-W", "error", "-c", script, str(folder)]
    environment = os.environ | {"SCRIPT": script}  # for those that start another like themselves
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **arguments,
    )


@pytest.fixture
def without_java(tmp_path, monkeypatch):
    """An environment in which only the wheel's Java can be found."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for program in ("bash", "sh", "env", "dirname", "chmod", "ls", "uname"):
        found = subprocess.run(["which", program], capture_output=True, text=True, check=True)
        (programs / program).symlink_to(found.stdout.strip())
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(programs))


@pytest.mark.usefixtures("without_java")
def test_word2vec_and_arrow_run_quietly_on_the_wheels_java(tmp_path):
    """In a process of its own: this one may have a session open, which would be shared."""
    script = """
        from pyspark.ml.feature import Word2Vec
        from pyspark.sql import functions as F
        with spark_session(settings, "test") as spark:
            words = spark.createDataFrame([(list("abcd"),)] * 20, ["words"])
            model = Word2Vec(vectorSize=2, minCount=1, inputCol="words", outputCol="v").fit(words)
            groups = spark.range(9).groupBy((F.col("id") % 3).alias("group"))
            first = groups.applyInArrow(lambda table: table.slice(0, 1), "id long")
            print(model.getVectors().count(), first.count())
            print(spark.conf.get("spark.sql.session.timeZone"))
            first.write.parquet(f"{sys.argv[1]}/out")
            with spark_session(settings, "inner") as inner:
                assert inner is spark
            print(spark.range(1).count())
        with spark_session(settings, "again") as spark:
            print(spark.range(2).count())
        import psutil
        assert psutil.Process().children() == []
    """
    with run(script, tmp_path / "data") as process:
        output, errors = process.communicate(timeout=600)
    assert (process.returncode, output.split(), errors) == (0, ["4", "3", "UTC", "1", "2"], "")
    assert list((tmp_path / "data" / "java").iterdir())
    assert list((tmp_path / "data" / "out").glob("*.zstd.parquet"))


@pytest.mark.usefixtures("without_java")
def test_a_child_of_a_process_with_a_session_starts_its_own(tmp_path):
    """It inherits the JAVA_HOME that the session needs: the wheel's."""
    script = """
        import os, subprocess
        if len(sys.argv) < 3:
            with spark_session(settings, "parent"):
                command = [sys.executable, "-W", "error", "-c", os.environ["SCRIPT"]]
                subprocess.run([*command, f"{sys.argv[1]} of the child", "child"], check=True)
        else:
            with spark_session(settings, "child") as spark:
                print(spark.range(3).count(), os.environ["JAVA_HOME"])
    """
    with run(script, tmp_path / "data") as process:
        output, errors = process.communicate(timeout=600)
    assert (process.returncode, errors) == (0, "")
    count, home = output.split(maxsplit=1)
    assert count == "3"
    assert Path(home.strip()).parent == tmp_path / "data" / "java"


def test_what_fails_in_a_worker_is_told_in_a_line(tmp_path):
    script = """
        from sparrow.errors import SparrowError
        def fail(batches):
            raise error
        for error in ValueError("no such movie"), OSError(28, "No space left on device"):
            try:
                with spark_session(settings, "samples") as spark:
                    spark.range(4).mapInArrow(fail, "id long").count()
            except SparrowError as told:
                print(type(told).__name__, told)
    """
    with run(script, tmp_path) as process:
        output, errors = process.communicate(timeout=600)
    assert errors == ""
    first, second = output.splitlines()
    assert first.startswith("DependencyError Spark did not finish samples: ValueError: no such")
    assert second.startswith("StorageError Spark ran out of disk space in samples")
    assert "no such movie" in (tmp_path / "spark" / "spark.log").read_text()


def test_a_jvm_that_dies_at_work_is_told_in_a_line(tmp_path):
    """As one does that the system kills when memory runs out."""
    script = """
        import psutil
        from sparrow.errors import DependencyError
        for job in (
            lambda spark: spark.range(4).count(),
            lambda spark: spark.range(4).toArrow(),
        ):
            try:
                with spark_session(settings, "samples") as spark:
                    [jvm] = psutil.Process().children()
                    jvm.kill()
                    job(spark)
            except DependencyError as told:
                print(told)
        with spark_session(settings, "again") as spark:
            print(spark.range(2).count())
    """
    (tmp_path / "spark").mkdir()
    (tmp_path / "spark" / "spark.log").write_text("last week: java.lang.StackOverflowError\n")
    with run(script, tmp_path) as process:
        output, _ = process.communicate(timeout=600)
    *told, count = output.splitlines()
    assert len(told) == 2
    for line in told:
        assert line.startswith("Spark's Java process ended by SIGKILL in samples")
        assert "SPARROW_SPARK_MEMORY" in line
        assert "StackOverflowError" not in line
    assert count == "2"


def test_what_is_over_does_not_stay_in_memory(tmp_path):
    script = """
        with spark_session(settings, "test") as spark:
            for _ in range(15):
                spark.range(4).groupBy("id").count().collect()
            state = spark._jsparkSession.sharedState().statusStore()
            tracked = spark._jvm.org.apache.spark.SparkContext.getOrCreate().statusStore()
            print(state.executionsCount(), tracked.jobsList(None).size())
    """
    with run(script, tmp_path) as process:
        output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    kept = [int(number) for number in output.split()]
    assert max(kept) < 15


def test_an_interrupt_ends_the_jvm(tmp_path):
    script = """
        import time
        with spark_session(settings, "test") as spark:
            def sleep(batches):
                print("running", flush=True)
                time.sleep(100)
                yield from batches
            print("ready", flush=True)
            spark.range(4).mapInArrow(sleep, "id long").count()
    """
    with run(script, tmp_path, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of them
        _, errors = process.communicate(timeout=600)
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []


def test_a_jvm_that_does_not_start_is_reported(tmp_path):
    script = """
        settings = settings.model_copy(update={"spark_memory": "999999g"})
        with spark_session(settings, "test"):
            pass
    """
    with run(script, tmp_path) as process:
        _, errors = process.communicate(timeout=600)
    assert f"{DependencyError.__name__}: Spark's Java process ended" in errors
    assert "spark.log" in errors
