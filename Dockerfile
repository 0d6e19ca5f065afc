# The image that is released. `make image-rootfs` builds the same without a container engine; what both have to agree on is written down in
# tools/image/spec.ts, and a test compares. Digests are added to the tags by the bot that also raises them (.github/renovate.json).

# Bundling gives the same bytes everywhere, so it is done once, on the machine's own architecture.
FROM --platform=$BUILDPLATFORM docker.io/library/node:24.21.0-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No package needs its install script for this: the only one that has a use brings the Node.js that is here already.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node tools/image/main.ts stage /stage

FROM docker.io/library/node:24.21.0-trixie-slim AS node

# C library, authorities and users, no shell and no package manager. Its user `nonroot` has the numbers below.
FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/LICENSE /usr/share/doc/nodejs/LICENSE
COPY --from=build /stage/ /
LABEL org.opencontainers.image.title="rolekeeper" \
      org.opencontainers.image.description="Kubernetes operator that keeps organization roles in identity and access providers as they are declared in Git" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
# Numbers, because the kubelet can't tell whether a name is root's.
USER 65532:65532
WORKDIR /app
EXPOSE 8080 8081
ENTRYPOINT ["/usr/local/bin/node", "/app/rolekeeper.mjs"]
CMD ["operator"]
