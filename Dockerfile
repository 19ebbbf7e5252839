# One image for every process: web, stream, worker and beat differ by their command alone (see compose.yaml).
# Not built by the tests, which have no container engine.
FROM python:3.13-slim-bookworm AS build

WORKDIR /srv
COPY requirements/run.txt requirements/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/run.txt

FROM python:3.13-slim-bookworm

# Backups call the server's own client programs.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends mariadb-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin stays \
    && install -d -o stays -g stays /var/lib/stays

COPY --from=build /opt/venv /opt/venv
WORKDIR /srv
COPY --chown=root:root . .

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    APP_ENV=production \
    INSTANCE_PATH=/var/lib/stays \
    HOST=0.0.0.0 \
    PORT=8000

USER 10001
VOLUME /var/lib/stays
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=2)"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "wsgi:app"]
