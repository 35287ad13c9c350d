/** What is to be done about it: open the device anew; nothing, since a further try does harm; ask something else. */
export type DeviceFault = "device" | "pin" | "question";

/** Why a device did not do what it was asked. */
export class DeviceError extends Error {
  readonly fault: DeviceFault;

  constructor(message: string, fault: DeviceFault, options?: ErrorOptions) {
    super(message, options);
    this.name = "DeviceError";
    this.fault = fault;
  }
}
