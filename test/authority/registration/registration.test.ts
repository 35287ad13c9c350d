import t from "tap";
import { newMember, newServer, RegistrationScene } from "./registration-scene.ts";

t.test("a newcomer asks, two officers approve, and servers see it", async (t) => {
  const scene = await RegistrationScene.start(t);
  const answer = await scene.send(scene.make(...scene.joining()), scene.seal, scene.tls);
  t.match(answer, { kind: "taken", taken: { state: "requested", persons: 2, approved: 0 } });
  if (answer.kind !== "taken") return;
  const first = await scene.approve(answer.taken, 0);
  t.match(first, { taken: { state: "requested", approved: 1, configuration: null } });
  t.notOk((await scene.fetched()).member(newMember));
  t.match(await scene.approve(answer.taken, 1), { taken: { state: "approved", configuration: Number } });
  const index = await scene.fetched();
  t.equal(index.member(newMember)?.name, "Newcomer");
  t.equal(index.serverOf(`${newMember}/desk` as never)?.id, newServer);
  await scene.restart();
  t.ok((await scene.fetched()).member(newMember), "after a restart too");
});
