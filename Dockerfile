# Plantroom's processes in one image: docker build --tag plantroom:local .
FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements requirements
RUN python -m venv /build \
    && /build/bin/pip install --no-cache-dir --require-hashes --requirement requirements/build.txt \
    && python -m venv /opt/plantroom \
    && /opt/plantroom/bin/pip install --no-cache-dir --require-hashes \
        --requirement requirements/runtime.txt --requirement requirements/postgres.txt
COPY . .
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/plantroom/bin/pip install --no-cache-dir --no-deps --no-index /wheels/plantroom-*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/plantroom --create-home plantroom
COPY --from=build /opt/plantroom /opt/plantroom
ENV PATH=/opt/plantroom/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PLANTROOM_DATA=/var/lib/plantroom
USER plantroom
WORKDIR /var/lib/plantroom
VOLUME /var/lib/plantroom
EXPOSE 8080
ENTRYPOINT ["plantroom"]
CMD ["--help"]
