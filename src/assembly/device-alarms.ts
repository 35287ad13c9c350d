import type { Alarm } from "../http/health-interface.ts";
import { lostDevices } from "../pki/device/device-key.ts";

const remedies = {
  device: "Look at the device, its library and its network; it is tried again every second.",
  pin: "Correct the PIN file, log in once by hand with the right PIN, and restart: the PIN is not tried again by itself.",
  question: "Look at the key's name in its key file.",
} as const;

/** Of devices that hold keys and cannot be used now. */
export function deviceAlarms(): Alarm[] {
  return lostDevices().map(({ device, error }) => ({
    code: "device_lost",
    severity: "critical",
    about: device,
    detail: `the device ${device} cannot be used: ${error.message}`,
    remedy: remedies[error.fault],
  }));
}
