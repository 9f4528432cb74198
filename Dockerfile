# Tertulia in a container: one process, one SQLite file in the volume /data, no root.
#
#   docker compose run --rm tertulia user add ana --owner     make the first account
#   docker compose up -d                                      then http://localhost:8777

FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /opt/tertulia \
    && /opt/tertulia/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/tertulia/bin/pip install --no-cache-dir --no-deps . \
    && /opt/tertulia/bin/python -m compileall -q /opt/tertulia/lib

FROM python:3.13-slim
COPY --from=build /opt/tertulia /opt/tertulia
RUN useradd --uid 10001 --no-create-home --home-dir /data tertulia \
    && install -d -o tertulia -g tertulia -m 0700 /data
ENV PATH=/opt/tertulia/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TERTULIA_DATA=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8777
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8777/readyz', timeout=2)"]
ENTRYPOINT ["tertulia"]
CMD ["serve", "--host", "0.0.0.0"]
