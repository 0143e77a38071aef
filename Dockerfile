# The mock server in a container: docker build -t understudy . && docker run -p 8000:8000 understudy
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
COPY specs specs
COPY mock_server mock_server
COPY conformance conformance
RUN python -m venv /opt/understudy \
 && /opt/understudy/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

FROM python:3.13-slim
COPY --from=build /opt/understudy /opt/understudy
# State that should outlive the container belongs in /data: serve --store sqlite:////data/state.db
RUN useradd --system --create-home understudy && mkdir /data && chown understudy /data
USER understudy
VOLUME /data
EXPOSE 8000
# Other containers reach the control operations (/_mock/) under a name that the mock was given: serve --allow-host NAME
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["/opt/understudy/bin/python", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:8000/_mock/health', timeout=2)"]
ENTRYPOINT ["/opt/understudy/bin/understudy"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
