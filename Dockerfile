# One image for web, workers and timetable; compose.yaml says which is which.
# trixie for its PostgreSQL client: pg_dump makes no backup of a server that is newer, and compose.yaml's is 17.
FROM python:3.11-slim-trixie
RUN apt-get update && apt-get install -y --no-install-recommends curl make postgresql-client && rm -rf /var/lib/apt/lists/*
WORKDIR /fileplan
COPY Makefile production.txt ./
RUN make production
COPY . .
RUN useradd --uid 10001 --no-create-home fileplan && install -d -o fileplan -m 0700 /data /checkpoints
USER fileplan
ENV DATA_DIR=/data CHECKPOINT_DIR=/checkpoints PATH=/fileplan/.venv/bin:/fileplan:$PATH PYTHONUNBUFFERED=1
VOLUME /data /checkpoints
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--forwarded-allow-ips=", "--no-control-socket"]
HEALTHCHECK --interval=15s --start-period=30s \
  CMD curl -fsS -H "Host: ${ALLOWED_HOSTS%%,*}" http://127.0.0.1:8000/readyz
