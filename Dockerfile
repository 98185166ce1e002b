# One image for console, consumer and migration. Packages are built in a stage of their own, so that no compiler comes along.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TZ=UTC QUAYSIDE_VAR=/var/lib/quayside
RUN useradd --uid 10001 --create-home quayside && install -d -o quayside -m 0700 /var/lib/quayside
COPY --from=packages /venv /venv
WORKDIR /app
COPY settings.py run_consumer.py run_console.py ./
COPY .streamlit .streamlit
COPY db db
COPY integrations integrations
COPY tasks tasks
COPY console console
USER quayside
EXPOSE 8090
# Of the console; docker-compose.yml gives the consumer its own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8090/healthz', timeout=4)"]
CMD ["python", "run_console.py"]
