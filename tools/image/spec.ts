/** What the image is, whichever way it is built. The Dockerfile says the same in its own words. */
export const imageSpec = {
  /** Uid and gid as numbers: Kubernetes can't see that a name is not root's. They are those of `nonroot` in the base image. */
  user: '65532:65532',
  workingDirectory: '/app',
  entrypoint: ['/usr/local/bin/node', '/app/rolekeeper.mjs'],
  /** What runs unless the pod says otherwise; `emulate NAME` is the other thing that this image is for. */
  command: ['operator'],
  environment: { NODE_ENV: 'production' },
  /** Metrics and health, as the flags have them by default. */
  ports: [8080, 8081],
  labels: {
    'org.opencontainers.image.title': 'rolekeeper',
    'org.opencontainers.image.description':
      'Kubernetes operator that keeps organization roles in identity and access providers as they are declared in Git',
    'org.opencontainers.image.licenses': 'Apache-2.0',
  },
} as const;

/** What images built on distroless have besides. */
export const baseEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
} as const;

/** The user's numbers. */
export const nonroot = 65532;
