# syntax=docker/dockerfile:1
# AskOnce with its models inside; it needs no network but its own port.
#   docker build --tag askonce .
#   docker run --publish 127.0.0.1:8080:8080 --volume askonce-data:/data askonce

FROM python:3.13-slim-bookworm AS build
RUN python -m venv /opt/askonce
WORKDIR /source
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY src src
RUN /opt/askonce/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="AskOnce" \
      org.opencontainers.image.description="A self-hosted semantic cache for LLM answers that speaks the LangCache API" \
      org.opencontainers.image.licenses="Apache-2.0"
# Numbers, so that Kubernetes can see that they are not root's.
RUN groupadd --system --gid 10001 askonce \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin askonce \
 && install --directory --owner 10001 --group 10001 --mode 700 /data
COPY --from=build /opt/askonce /opt/askonce
ENV PATH=/opt/askonce/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ASKONCE_HOST=0.0.0.0 \
    ASKONCE_DATA=/data \
    ASKONCE_LOG_FORMAT=json
# Where an askonce.toml is looked for.
WORKDIR /etc/askonce
USER 10001:10001
VOLUME /data
EXPOSE 8080
# Asks by the server's own settings, over TLS where it has a certificate.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "askonce.ready"]
ENTRYPOINT ["askonce"]
CMD ["serve"]
