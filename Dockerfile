# PixelTrack's image: every process of the application, chosen by its command. It holds no secret
# and needs none to be built, runs as 10001 and writes to /spool, /journal, /scratch and /dev/shm alone.

FROM python:3.11.15-slim-bookworm AS builder

# MySQL's driver is built from source.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt requirements-kafka.txt requirements-mysql.txt /build/
RUN /venv/bin/pip install \
    -r /build/requirements.txt -r /build/requirements-kafka.txt -r /build/requirements-mysql.txt


FROM python:3.11.15-slim-bookworm

# The client makes backups.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libmariadb3 mariadb-client \
    && rm -rf /var/lib/apt/lists/*
# A volume that is mounted here first belongs to whom the folder belongs.
RUN install --directory --owner=10001 --group=10001 --mode=750 \
        /spool /journal /scratch /backups
COPY --from=builder /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SPOOL_DIR=/spool CONSENT_JOURNAL=/journal/consent.journal LOG_DIR=- TMPDIR=/scratch \
    GUNICORN_CMD_ARGS=--worker-tmp-dir=/dev/shm
# Settings want their secrets; these are of this command alone, and nothing is signed with them.
RUN blank=$(printf '%050d' 0) \
    && SECRET_KEY=$blank API_SECRET_KEY=$blank HASH_KEY=$blank FERNET_KEY=$(printf '%043d=' 0) \
        python manage.py collectstatic --noinput \
    && python -m compileall -q .

USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "pixeltrack.wsgi"]
