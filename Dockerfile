# One image for every role: server, pipeline, Spark master and worker (the same Python everywhere).
FROM python:3.12-slim-bookworm

# procps: Spark's scripts look at processes with ps.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends openjdk-17-jre-headless procps \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock

COPY pyproject.toml README.md ./
COPY data/sources.toml data/sources.toml
COPY sparrow sparrow
COPY offline offline
COPY online online
COPY webui webui
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && useradd --create-home sparrow \
    && install --directory --owner=sparrow /data

USER sparrow
ENV SPARROW_DATA_DIR=/data PYSPARK_PYTHON=/usr/local/bin/python
VOLUME /data
EXPOSE 6010
ENTRYPOINT ["sparrow"]
CMD ["serve"]
