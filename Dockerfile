# docs/deploy.md says how to run it. The environment is made in one stage and copied, so that no pip and no source is left.
FROM python:3.11-slim-bookworm AS build

WORKDIR /build
RUN python -m venv --without-pip /opt/forgelake
# LOCK=requirements-aws.lock makes the image of AWS's functions.
ARG LOCK=requirements.lock
COPY requirements.lock requirements-aws.lock ./
RUN pip --no-cache-dir --python /opt/forgelake/bin/python install --require-hashes --requirement "${LOCK}"
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip --no-cache-dir --python /opt/forgelake/bin/python install --no-deps --no-build-isolation .


FROM python:3.11-slim-bookworm

# git mines commits; tini is a first process that passes signals on. Debian keeps only its newest versions of them.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git tini \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 forgelake \
  && useradd --uid 10001 --gid forgelake --home-dir /data --no-create-home forgelake \
  && install --directory --owner=forgelake --group=forgelake --mode=0750 /data
COPY --from=build /opt/forgelake /opt/forgelake

# Outside a container only its published port leads here; without a key nothing is shown unless somebody says so.
ENV PATH=/opt/forgelake/bin:$PATH \
  PYTHONDONTWRITEBYTECODE=1 \
  HOME=/data \
  FORGELAKE_HOME=/data \
  FORGELAKE_API_HOST=0.0.0.0 \
  FORGELAKE_API_ANONYMOUS=never

# By number, so that a cluster can see that it is not root.
USER 10001:10001
# The only place that is written to: the rest may be read-only. Temporary files go here, too, where there is no /tmp.
WORKDIR /data
VOLUME /data
EXPOSE 8000

# The first start of `forgelake up` collects before it serves.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30m --start-interval=5s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('FORGELAKE_API_PORT', '8000') + '/api/v1/ready', timeout=4)"]

ENTRYPOINT ["tini", "--", "forgelake"]
CMD ["up"]
