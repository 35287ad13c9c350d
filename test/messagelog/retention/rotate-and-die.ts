import { rotateMasterKey } from "../../../src/messagelog/vault-rotation.ts";

/* A process of its own: rotates a master key and is killed behind the step of the given number. */

const [vaultDirectory, masterKeyFile, now, dieAfter] = process.argv.slice(2);
let steps = 0;
await rotateMasterKey(vaultDirectory!, masterKeyFile!, Number(now), () => {
  if (++steps === Number(dieAfter)) process.kill(process.pid, "SIGKILL");
});
