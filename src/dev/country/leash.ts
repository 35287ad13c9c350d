/*
 * Loaded into each process of a country before anything else (`node --import`): ends the process when the one that
 * started it is gone, however it went. The channel between them breaks then, which nothing can prevent or forge.
 */
const graceMs = 10_000;

if (process.channel !== undefined) {
  process.once("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(1), graceMs).unref();
  });
  // The listener alone would keep the process alive.
  process.channel.unref();
}
