# Builds the gateway and puts it beside SoftHSM 2 on a small Debian.
FROM rust:1.95-trixie AS build
RUN apt-get update && apt-get install -y --no-install-recommends cmake clang \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked -p gateway && strip target/release/sealgate

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl softhsm2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data sealgate \
    && install -d -o sealgate -g sealgate -m 700 /data /tokens
COPY --from=build /src/target/release/sealgate /usr/local/bin/sealgate
COPY deploy/start-gateway.sh deploy/start-store.sh deploy/make-bucket.sh /usr/local/lib/sealgate/
USER sealgate
VOLUME ["/data", "/tokens"]
EXPOSE 9443 9000 9090
CMD ["sealgate", "serve"]
