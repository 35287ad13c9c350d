# The image of one Sealway process: `serve` (security server), `console` (its management
# API), `authority` or `portal`. It runs the same TypeScript files
# as a working copy does; nothing is compiled. It holds no demonstration: `src/dev` stays outside (.dockerignore).
# Keys on a device need pkcs11js, which is compiled when it is installed: the full image has the compiler, and Node's headers.
FROM node:24 AS dependencies
ENV npm_config_nodedir=/usr/local
WORKDIR /sealway
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /sealway
COPY --from=dependencies /sealway/node_modules ./node_modules
COPY package.json LICENSE ./
COPY schemas ./schemas
COPY src ./src
# All that changes lies in this volume, so that the root file system can be read-only.
RUN mkdir -p /var/lib/sealway && chown node:node /var/lib/sealway
VOLUME /var/lib/sealway
USER node
EXPOSE 8080 8443 5500 5588
# `authority`, `console` and `portal` have their own ports: give HEALTH_URL there.
ENV HEALTH_URL=http://127.0.0.1:5588/health
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.HEALTH_URL).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=16", "/sealway/src/sealway.mjs"]
CMD ["--help"]
