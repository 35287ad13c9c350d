import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { AgreementOffice, type AgreementOfficeParts } from "../../src/assembly/agreement-office.ts";
import { parseAgreementOrder } from "../../src/assembly/agreement-orders.ts";
import { gatewayDesk } from "../../src/assembly/console/gateway-desk.ts";
import { listAgreements } from "../../src/assembly/order-agreement.ts";
import { giveOrder, takeOrders } from "../../src/assembly/order-socket.ts";
import type { ServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { SealwayError } from "../../src/core/errors.ts";

function newDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-orders-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function taking(t: Test, execute: (order: Buffer) => Promise<unknown>): Promise<string> {
  const directory = newDirectory(t);
  const server = await takeOrders(directory, execute);
  t.teardown(() => server?.close());
  return directory;
}

t.test("an order is carried out and its report comes back; nobody else can open the socket", async (t) => {
  const directory = await taking(t, async (order) => ({ got: JSON.parse(order.toString()) }));
  const large = { text: "ä\n".repeat(100_000) };
  t.strictSame(await giveOrder(directory, large), { report: { got: large } });
  t.equal(statSync(join(directory, "orders.sock")).mode & 0o777, 0o600);
});

t.test("without a server there is nobody to order, also behind the socket that a kill left", async (t) => {
  const directory = newDirectory(t);
  t.equal(await giveOrder(directory, {}), undefined);
  writeFileSync(join(directory, "orders.sock"), "");
  t.equal(await giveOrder(directory, {}), undefined);
  const server = await takeOrders(directory, async () => "again");
  t.strictSame(await giveOrder(directory, {}), { report: "again" });
  server!.close();
});

t.test("what the server says against it is told", async (t) => {
  const refusing = await taking(t, async () => {
    throw new SealwayError("legal_hold", "case 7");
  });
  await t.rejects(giveOrder(refusing, {}), { code: "legal_hold", detail: "case 7" });
  const failing = await taking(t, async () => {
    throw new Error("the disk is gone");
  });
  await t.rejects(giveOrder(failing, {}), { code: "internal_error", detail: "the disk is gone" });
});

t.test("a server that breaks off leaves no doubt that the outcome is unknown", async (t) => {
  const directory = newDirectory(t);
  const server = await takeOrders(directory, () => new Promise(() => {}));
  server!.on("connection", (socket) => socket.once("data", () => socket.destroy()));
  await t.rejects(giveOrder(directory, {}), { code: "internal_error" });
  server!.close();
});

t.test("an order without end is cut off", async (t) => {
  const directory = await taking(t, async () => t.fail("nothing is carried out"));
  const socket = connect(join(directory, "orders.sock"));
  socket.on("error", () => {});
  const pour = () => {
    while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 0x20)));
  };
  socket.on("connect", pour).on("drain", pour);
  await new Promise((resolve) => socket.once("close", resolve));
  t.ok(socket.bytesWritten > 0, "the server closed it");
});

t.test("a path that is too long for a socket is told, not failed on", async (t) => {
  const directory = join(newDirectory(t), "x".repeat(120));
  t.equal(await takeOrders(directory, async () => {}), undefined);
  t.equal(await giveOrder(directory, {}), undefined);
});

t.test("some thousand agreements are listed by pages, sought, and one is asked for by its id", async (t) => {
  const ids = Array.from({ length: 5_000 }, (_, i) => `agreement-${`${i}`.padStart(4, "0")}`);
  const [bank, register] = ["DEV/COM/1", "DEV/GOV/2"];
  const all = ids.map((id, i) => ({
    ...{ id, consumer: `${i % 2 === 0 ? bank : register}/${"c".repeat(200)}`, service: "DEV/GOV/3/s/of" },
    ...{ revision: 1, validity: { from: 0, to: 1 } },
  }));
  const office = new AgreementOffice({
    book: { ledger: { ids: () => [], view: () => undefined } },
    services: {
      agreements: { all: () => all },
      clock: { now: () => 0 },
      trust: () => ({ directory: { member: () => undefined }, configuration: { parameters: {} } }),
    },
  } as unknown as AgreementOfficeParts);
  const stateDirectory = await taking(t, (order) => office.execute(parseAgreementOrder(order)!));
  const listed = await listAgreements({ stateDirectory });
  t.strictSame(
    listed.map(({ id }) => id),
    ids,
  );
  const desk = gatewayDesk({ stateDirectory } as ServerConfiguration);
  const members = new Set([bank!]);
  const first = await desk.agreements({ members });
  const second = await desk.agreements({ members, cursor: first.cursor! });
  const own = ids.filter((_, i) => i % 2 === 0);
  const shown = [...first.agreements, ...second.agreements].map(({ id }) => id);
  t.strictSame(shown, own.slice(0, shown.length), "those of a member alone");
  t.strictSame([first.total, second.total, shown.length], [2_500, 2_500, 200]);
  t.match(await desk.agreements({ words: "AGREEMENT-4999" }), { total: 1, cursor: null });
  t.strictSame((await desk.agreements({ state: "ended" })).agreements, []);
  t.match((await desk.agreements({ agreement: ids[4_000]! })).agreements, [{ id: ids[4_000] }]);
});
