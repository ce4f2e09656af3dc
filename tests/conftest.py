"""What tests ask of the machine: small worlds gain nothing from what pays off on large data.

Read by libraries when they load, and by the processes that tests start.
"""

from __future__ import annotations

import os

os.environ |= {
    # two workers with two threads each wait for each other, in loops that take the whole processor
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # Java's second compiler works longer on Spark's code than these JVMs live
    "SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "SPARK_LAUNCHER_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto",
}
