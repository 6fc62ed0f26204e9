# Plantroom's processes in one image: docker build --tag plantroom:local .
# BASE may be any image with Python 3.11 or newer, venv and a Debian-like useradd.
ARG BASE=python:3.13.5-slim-bookworm

FROM ${BASE} AS build
WORKDIR /source
COPY requirements requirements
ENV UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
RUN python3 -m venv /build \
    && /build/bin/python -m pip install --quiet --no-cache-dir --require-hashes --requirement requirements/image.txt
RUN /build/bin/uv venv --quiet --python "$(command -v python3)" /opt/plantroom \
    && /build/bin/uv pip install --quiet --python /opt/plantroom/bin/python --compile-bytecode --require-hashes \
        --requirement requirements/runtime.txt --requirement requirements/postgres.txt
COPY . .
RUN /build/bin/python -m hatchling build --target wheel --directory /wheels \
    && /build/bin/uv pip install --quiet --python /opt/plantroom/bin/python --compile-bytecode --no-deps --no-index \
        /wheels/plantroom-*.whl

FROM ${BASE}
ARG VERSION=local
LABEL org.opencontainers.image.title="Plantroom" \
      org.opencontainers.image.description="Facility monitoring: MQTT readings become alarms, alarms become work orders" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/plantroom plantroom \
    && install --directory --owner=plantroom --group=plantroom --mode=0700 /var/lib/plantroom /var/lib/influx-accounts
COPY --from=build /opt/plantroom /opt/plantroom
ENV PATH=/opt/plantroom/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PLANTROOM_DATA=/var/lib/plantroom
USER 10001:10001
WORKDIR /var/lib/plantroom
VOLUME /var/lib/plantroom
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=12 \
    CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/health/live', timeout=4)"]
ENTRYPOINT ["plantroom"]
CMD ["--help"]
