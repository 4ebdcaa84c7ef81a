# One image for every worker and command: `docker build -t b12watch .`
FROM python:3.11-slim

RUN useradd --system --uid 10001 --no-create-home b12watch
WORKDIR /app
COPY pyproject.toml constraints.txt ./
COPY domain domain
COPY topics topics
COPY workers workers
RUN pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

USER b12watch
ENV B12WATCH_HEALTH_PORT=8080 PYTHONUNBUFFERED=1
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["b12watch"]
CMD ["worker", "all"]
